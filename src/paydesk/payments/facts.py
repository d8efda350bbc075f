"""Facts: small statements about Stripe's objects, how they merge, and what follows from them.

Pure: no clock, no database, no SDK. `merge` does not depend on order or repetition, so it does
not matter through which door, how often or how late Stripe's word reaches us.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from paydesk.foundation.money import Money
from paydesk.orders.order import PaymentStatus


class Kind(StrEnum):
    """Which of Stripe's objects a fact is about."""

    SESSION = "session"
    INTENT = "intent"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"


# Each kind's stages, from early to late: a later stage replaces an earlier one, never the other
# way round. States Stripe moves between freely (requires_payment_method <-> processing) are one.
STAGES: dict[Kind, tuple[str, ...]] = {
    Kind.SESSION: ("open", "expired", "complete", "failed", "paid"),
    Kind.INTENT: ("open", "authorised", "canceled", "succeeded"),
    Kind.CHARGE: ("pending", "failed", "authorised", "succeeded"),
    # A card refund can fail days after it succeeded ("Refund and cancel payments").
    Kind.REFUND: ("pending", "succeeded", "canceled", "failed"),
    Kind.DISPUTE: ("open", "under_review", "prevented", "closed", "won", "lost"),
}
_RANK = {kind: {stage: n for n, stage in enumerate(stages)} for kind, stages in STAGES.items()}


@dataclass(frozen=True)
class Fact:
    """What Stripe said of one object. Amounts are in the minor unit of `currency`."""

    kind: Kind
    stripe_id: str
    stage: str
    amount_minor: int = 0
    currency: str = ""
    livemode: bool = False
    # The payment intent the object belongs to; an intent names itself.
    intent_id: str | None = None
    # Our own checkout, as we wrote it into the object's metadata.
    checkout_id: str | None = None
    email: str | None = None

    @property
    def key(self) -> tuple[Kind, str]:
        return (self.kind, self.stripe_id)

    @property
    def rank(self) -> int:
        return _RANK[self.kind][self.stage]


def merge(one: Fact, other: Fact) -> Fact:
    """Both statements in one. Commutative, associative and idempotent."""
    assert one.key == other.key, "only facts about the same object merge"
    late = max(one, other, key=lambda fact: (fact.rank, fact.amount_minor, fact.currency))
    return Fact(
        kind=late.kind,
        stripe_id=late.stripe_id,
        stage=late.stage,
        amount_minor=late.amount_minor,
        currency=late.currency,
        livemode=one.livemode or other.livemode,
        intent_id=_known(one.intent_id, other.intent_id),
        checkout_id=_known(one.checkout_id, other.checkout_id),
        email=_known(one.email, other.email),
    )


def merge_all(facts: Iterable[Fact]) -> dict[tuple[Kind, str], Fact]:
    """One fact per object."""
    merged: dict[tuple[Kind, str], Fact] = {}
    for fact in facts:
        known = merged.get(fact.key)
        merged[fact.key] = fact if known is None else merge(known, fact)
    return merged


@dataclass(frozen=True)
class Agreed:
    """What the order says must be paid."""

    total: Money
    livemode: bool
    # Nobody can pay any more although Stripe never told of a session: no checkout was opened.
    given_up: bool = False


@dataclass(frozen=True)
class Payment:
    """How an order's payment stands. Amounts are in the minor unit of the order's currency."""

    status: PaymentStatus
    paid_minor: int = 0
    refunded_minor: int = 0
    email: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset)


def fold(agreed: Agreed, facts: Iterable[Fact]) -> Payment:
    """What follows from everything Stripe has said about one order."""
    known = list(merge_all(facts).values())
    received = _received(agreed, known)
    as_agreed = [amount for amount in received.values() if amount == agreed.total.minor]
    flags = set()
    if len(as_agreed) != len(received):
        flags.add("amount_differs")
    if any(_is_foreign(agreed, fact) and _is_money(fact) for fact in known):
        flags.add("currency_or_mode_differs")
    if len(as_agreed) > 1:
        flags.add("paid_twice")
    if any(fact.kind is Kind.DISPUTE for fact in known):
        flags.add("disputed")
    if as_agreed:
        status = PaymentStatus.PAID
    elif received or "currency_or_mode_differs" in flags:
        status = PaymentStatus.REVIEW
    else:
        status = _unpaid_status(agreed, known)
    return Payment(
        status=status,
        paid_minor=sum(received.values()),
        refunded_minor=_refunded(agreed, known),
        email=max((fact.email for fact in known if fact.email), default=None),
        flags=frozenset(flags),
    )


def _received(agreed: Agreed, facts: list[Fact]) -> dict[str, int]:
    """What arrived, by payment intent: session, intent and charge speak of the same money."""
    received: dict[str, int] = {}
    for fact in facts:
        if _is_money(fact) and not _is_foreign(agreed, fact):
            payment = fact.intent_id or fact.stripe_id
            received[payment] = max(received.get(payment, 0), fact.amount_minor)
    return received


def _is_money(fact: Fact) -> bool:
    return (fact.kind, fact.stage) in {
        (Kind.SESSION, "paid"),
        (Kind.INTENT, "succeeded"),
        (Kind.CHARGE, "succeeded"),
    }


def _is_foreign(agreed: Agreed, fact: Fact) -> bool:
    return fact.currency != agreed.total.currency or fact.livemode is not agreed.livemode


def _unpaid_status(agreed: Agreed, facts: list[Fact]) -> PaymentStatus:
    stages = {fact.stage for fact in facts if fact.kind is Kind.SESSION}
    authorised = any(fact.kind is Kind.INTENT and fact.stage == "authorised" for fact in facts)
    if "complete" in stages or authorised:
        return PaymentStatus.PENDING
    if "open" in stages or not (stages or agreed.given_up):
        return PaymentStatus.AWAITING
    return PaymentStatus.FAILED if "failed" in stages else PaymentStatus.EXPIRED


def _refunded(agreed: Agreed, facts: list[Fact]) -> int:
    return sum(
        fact.amount_minor
        for fact in facts
        if fact.kind is Kind.REFUND
        and fact.stage in ("pending", "succeeded")
        and fact.currency == agreed.total.currency
    )


def _known(one: str | None, other: str | None) -> str | None:
    return max((value for value in (one, other) if value is not None), default=None)
