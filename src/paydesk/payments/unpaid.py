"""How an order stands that no money has arrived for, and what a bank keeps for it. Pure.

Each trip counts by the object that settles it: a session; an intent no session speaks for; a
charge no intent speaks for.
"""

from collections.abc import Iterable

from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import Fact, Kind

_PENDING = frozenset({"pending"})


def unpaid_status(facts: list[Fact], *, given_up: bool) -> PaymentStatus:
    """Awaiting, pending, failed or expired."""
    stages = {_of_session(facts, fact) for fact in facts if fact.kind is Kind.SESSION}
    stages |= {_of_intent(facts, fact) for fact in lone_intents(facts)}
    stages |= {_of_charge(fact) for fact in lone_charges(facts)}
    stages.discard("")
    if "complete" in stages or _is_authorised(facts):
        return PaymentStatus.PENDING
    if "open" in stages or not (stages or given_up):
        return PaymentStatus.AWAITING
    return PaymentStatus.FAILED if "failed" in stages else PaymentStatus.EXPIRED


def authorised(facts: Iterable[Fact]) -> tuple[int, int]:
    """What banks keep for us, in the minor unit, and until when, in seconds UTC (0: unknown)."""
    known = list(facts)
    kept = kept_payments(known)
    ids = {fact.intent_id or fact.stripe_id for fact in kept}
    until = [
        fact.until
        for fact in known
        if fact.kind is Kind.CHARGE
        and fact.stage == "authorised"
        and fact.until
        and (fact.intent_id or fact.stripe_id) in ids
    ]
    return sum(fact.amount_minor for fact in kept), min(until, default=0)


def kept_payments(facts: Iterable[Fact]) -> list[Fact]:
    """The intents, and charges no intent made, that can be captured."""
    return [
        fact
        for fact in facts
        if fact.stage == "authorised"
        and (fact.kind is Kind.INTENT or (fact.kind is Kind.CHARGE and fact.intent_id is None))
    ]


def lone_intents(facts: list[Fact]) -> list[Fact]:
    """Intents of our own page: marked as ours, and no session carries the same mark."""
    marks = {fact.checkout_id for fact in facts if fact.kind is Kind.SESSION}
    return [
        fact
        for fact in facts
        if fact.kind is Kind.INTENT and fact.checkout_id and fact.checkout_id not in marks
    ]


def lone_charges(facts: list[Fact]) -> list[Fact]:
    """Charges that no intent made."""
    return [fact for fact in facts if fact.kind is Kind.CHARGE and fact.intent_id is None]


def _is_authorised(facts: list[Fact]) -> bool:
    return any(fact.kind is Kind.INTENT and fact.stage == "authorised" for fact in facts)


def _of_session(facts: list[Fact], session: Fact) -> str:
    # A session whose payment was cancelled stays "complete" and "unpaid" for ever.
    is_over = any(
        fact.kind is Kind.INTENT
        and fact.stage == "canceled"
        and fact.stripe_id == (session.intent_id or "")
        for fact in facts
    )
    return "failed" if session.stage == "complete" and is_over else session.stage


def _of_intent(facts: list[Fact], intent: Fact) -> str:
    tries = {
        fact.stage
        for fact in facts
        if fact.kind is Kind.CHARGE and fact.intent_id == intent.stripe_id
    }
    if intent.stage in ("authorised", "waiting"):
        return "complete"
    if intent.stage == "lapsed":
        return "failed"
    if intent.stage == "canceled":
        # What had been authorised was let go; what nobody paid has merely ended.
        return "failed" if tries & {"authorised", "released", "bounced"} else "expired"
    if tries & _PENDING:
        return "complete"
    return "failed" if "bounced" in tries else "open"


def _of_charge(charge: Fact) -> str:
    if charge.stage in ("pending", "authorised"):
        return "complete"
    # A declined card can be followed by another one: it says nothing of the order.
    return "failed" if charge.stage in ("bounced", "released") else ""
