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
    # An inquiry moves no money and can become a dispute; a lost one can still be won on appeal.
    Kind.DISPUTE: ("inquiry", "open", "under_review", "prevented", "closed", "lost", "won"),
}
# In these stages the bank has taken the disputed money back.
_MONEY_IS_TAKEN = frozenset({"open", "under_review", "lost"})
_IS_BEING_REFUNDED = frozenset({"pending", "succeeded"})
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
    # A session's mode: "payment", "subscription" or "setup".
    mode: str = ""
    # Our own refund, as we wrote it into the metadata, and the failed one it stands in for.
    refund_id: str | None = None
    replaces: str | None = None

    @property
    def key(self) -> tuple[Kind, str]:
        return (self.kind, self.stripe_id)

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)

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
        mode=max(one.mode, other.mode),
        refund_id=_known(one.refund_id, other.refund_id),
        replaces=_known(one.replaces, other.replaces),
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
    mode: str = "payment"


@dataclass(frozen=True)
class Received:
    """What arrived through one payment. Amounts are in the minor unit of the order's currency."""

    # The payment intent; a charge or session without one stands for itself.
    payment_id: str
    paid_minor: int
    refunded_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be refunded of it."""
        return max(0, self.paid_minor - self.refunded_minor)


@dataclass(frozen=True)
class Payment:
    """How an order's payment stands. Amounts are in the minor unit of the order's currency."""

    status: PaymentStatus
    paid_minor: int = 0
    refunded_minor: int = 0
    # What banks have taken back, for now or for good.
    disputed_minor: int = 0
    # Refunds that failed and that no other refund stands in for.
    owed_minor: int = 0
    email: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset)
    received: tuple[Received, ...] = ()


def fold(agreed: Agreed, facts: Iterable[Fact]) -> Payment:
    """What follows from everything Stripe has said about one order."""
    known = list(merge_all(facts).values())
    paid = _paid(agreed, known)
    received = tuple(
        Received(payment, amount, _refunded(agreed, known, payment))
        for payment, amount in sorted(paid.items())
    )
    owed = sum(fact.amount_minor for fact in owed_refunds(agreed, known))
    flags = _flags(agreed, known, paid)
    if owed:
        flags |= {"refund_failed"}
    return Payment(
        status=_status(agreed, known, paid, flags),
        paid_minor=sum(paid.values()),
        refunded_minor=_refunded(agreed, known),
        disputed_minor=_disputed(agreed, known),
        owed_minor=owed,
        email=max((fact.email for fact in known if fact.email), default=None),
        flags=flags,
        received=received,
    )


def owed_refunds(agreed: Agreed, facts: Iterable[Fact]) -> list[Fact]:
    """Refunds that failed and that no other one was made for.

    A failed refund that was repeated is no longer owed itself: its repetition may be.
    """
    refunds = _refunds(agreed, list(merge_all(facts).values()))
    repeated = {fact.replaces for fact in refunds}
    failed = [fact for fact in refunds if fact.stage == "failed"]
    return sorted(
        (fact for fact in failed if fact.stripe_id not in repeated), key=lambda fact: fact.stripe_id
    )


def is_foreign(agreed: Agreed, fact: Fact) -> bool:
    """Whether a fact speaks of another currency, or of another mode, than was agreed."""
    return (
        fact.currency != agreed.total.currency
        or fact.livemode is not agreed.livemode
        or fact.mode not in ("", agreed.mode)
    )


def is_money(fact: Fact) -> bool:
    """Whether a fact says that money arrived."""
    return (fact.kind, fact.stage) in {
        (Kind.SESSION, "paid"),
        (Kind.INTENT, "succeeded"),
        (Kind.CHARGE, "succeeded"),
    }


def _flags(agreed: Agreed, facts: list[Fact], paid: dict[str, int]) -> frozenset[str]:
    as_agreed = [amount for amount in paid.values() if amount == agreed.total.minor]
    raised = {
        "amount_differs": len(as_agreed) != len(paid),
        "currency_or_mode_differs": any(
            is_foreign(agreed, fact) and is_money(fact) for fact in facts
        ),
        "paid_twice": len(as_agreed) > 1,
        "paid_after_expiry": bool(paid) and (agreed.given_up or _is_late(facts)),
        "disputed": any(fact.kind is Kind.DISPUTE for fact in facts),
    }
    return frozenset(name for name, true in raised.items() if true)


def _is_late(facts: list[Fact]) -> bool:
    """Whether a checkout whose session was over was paid all the same, through another one.

    Stripe's link for an expired session opens a new one with the same metadata.
    """
    sessions = [fact for fact in facts if fact.kind is Kind.SESSION and fact.checkout_id]
    over = {fact.checkout_id for fact in sessions if fact.stage in ("expired", "failed")}
    return any(fact.stage == "paid" and fact.checkout_id in over for fact in sessions)


def _status(
    agreed: Agreed, facts: list[Fact], paid: dict[str, int], flags: frozenset[str]
) -> PaymentStatus:
    if agreed.total.minor in paid.values():
        return PaymentStatus.PAID
    if paid or "currency_or_mode_differs" in flags:
        return PaymentStatus.REVIEW
    return _unpaid_status(agreed, facts)


def _paid(agreed: Agreed, facts: list[Fact]) -> dict[str, int]:
    """What arrived, by payment intent: session, intent and charge speak of the same money."""
    paid: dict[str, int] = {}
    for fact in facts:
        if is_money(fact) and not is_foreign(agreed, fact):
            payment = fact.intent_id or fact.stripe_id
            paid[payment] = max(paid.get(payment, 0), fact.amount_minor)
    return paid


def _unpaid_status(agreed: Agreed, facts: list[Fact]) -> PaymentStatus:
    intents = {fact.stripe_id: fact.stage for fact in facts if fact.kind is Kind.INTENT}
    # A session whose payment was cancelled stays "complete" and "unpaid" for ever.
    stages = {
        "failed"
        if fact.stage == "complete" and intents.get(fact.intent_id or "") == "canceled"
        else fact.stage
        for fact in facts
        if fact.kind is Kind.SESSION
    }
    if "complete" in stages or "authorised" in intents.values():
        return PaymentStatus.PENDING
    if "open" in stages or not (stages or agreed.given_up):
        return PaymentStatus.AWAITING
    return PaymentStatus.FAILED if "failed" in stages else PaymentStatus.EXPIRED


def _refunds(agreed: Agreed, facts: list[Fact]) -> list[Fact]:
    return [
        fact
        for fact in facts
        if fact.kind is Kind.REFUND and fact.currency == agreed.total.currency
    ]


def _refunded(agreed: Agreed, facts: list[Fact], payment: str | None = None) -> int:
    return sum(
        fact.amount_minor
        for fact in _refunds(agreed, facts)
        if fact.stage in _IS_BEING_REFUNDED and payment in (None, fact.intent_id)
    )


def _disputed(agreed: Agreed, facts: list[Fact]) -> int:
    return sum(
        fact.amount_minor
        for fact in facts
        if fact.kind is Kind.DISPUTE
        and fact.stage in _MONEY_IS_TAKEN
        and fact.currency == agreed.total.currency
    )


def _known(one: str | None, other: str | None) -> str | None:
    return max((value for value in (one, other) if value is not None), default=None)
