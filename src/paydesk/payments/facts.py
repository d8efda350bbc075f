"""Facts: small statements about Stripe's objects, and how they merge.

Pure: no clock, no database, no SDK. `merge` does not depend on order or repetition, so it does
not matter through which door, how often or how late Stripe's word reaches us. What follows from
them is in `folding.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from paydesk.foundation.money import Money


class Kind(StrEnum):
    """Which of Stripe's objects a fact is about."""

    SESSION = "session"
    INTENT = "intent"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"


# Each kind's stages, from early to late: a later stage replaces an earlier one, never the other
# way round. States Stripe moves between freely (requires_payment_method <-> processing) are one.
STAGES: dict[Kind, tuple[str, ...]] = {
    Kind.SESSION: ("open", "expired", "complete", "failed", "paid"),
    # "waiting" is for a voucher or a transfer; "lapsed" when that, or a debit, came to nothing.
    Kind.INTENT: ("open", "waiting", "lapsed", "authorised", "canceled", "succeeded"),
    # Each try is a charge of its own, so "failed" is final; "bounced" failed after days.
    Kind.CHARGE: ("pending", "failed", "bounced", "authorised", "released", "succeeded"),
    # A card refund can fail days after it succeeded ("Refund and cancel payments").
    Kind.REFUND: ("pending", "succeeded", "canceled", "failed"),
    # An inquiry moves no money and can become a dispute; a lost one can still be won on appeal.
    Kind.DISPUTE: ("inquiry", "open", "under_review", "prevented", "closed", "lost", "won"),
    # While it runs it moves freely between active, past_due, unpaid and paused: the newest word
    # counts, which `mode` holds.
    Kind.SUBSCRIPTION: ("incomplete", "running", "ended"),
    Kind.INVOICE: ("draft", "open", "failing", "uncollectible", "void", "paid"),
}
_RANK = {kind: {stage: n for n, stage in enumerate(stages)} for kind, stages in STAGES.items()}


@dataclass(frozen=True)
class Fact:
    """What Stripe said of one object. Amounts are in the minor unit of `currency`."""

    kind: Kind
    stripe_id: str
    stage: str
    # What arrived, or would: a part only, where only a part was captured.
    amount_minor: int = 0
    currency: str = ""
    livemode: bool = False
    # The payment intent the object belongs to; an intent names itself.
    intent_id: str | None = None
    # Our own checkout, as we wrote it into the object's metadata.
    checkout_id: str | None = None
    email: str | None = None
    # A session's mode ("payment", "subscription" or "setup"), a subscription's status in Stripe's
    # word, why an invoice was made (`billing_reason`).
    mode: str = ""
    # Our own refund, as we wrote it into the metadata, and the failed one it stands in for.
    refund_id: str | None = None
    replaces: str | None = None
    # What was asked for, which is more than arrived where a part was captured.
    asked_minor: int = 0
    # Of a session: the lines alone, and what Stripe added to them or took off.
    subtotal_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0
    discount_minor: int = 0
    # When Stripe said so, in seconds UTC, where stages do not tell old from new.
    told_at: int = 0
    # Until when an authorisation can be captured, a subscription's period runs, a dispute can be
    # answered; seconds UTC.
    until: int = 0
    # When a subscription ends or ended, in seconds UTC; 0: not foreseen.
    ends_at: int = 0
    invoice_id: str | None = None
    subscription_id: str | None = None
    customer_id: str | None = None
    # Where the buyer can take an expired session up again.
    url: str | None = None
    # What the buyer answered on Stripe's page; see `answers`.
    answers: str = ""
    # Of a charge: what it was paid by, Stripe's words, such as "visa 4242" or "paypal".
    paid_by: str | None = None

    @property
    def key(self) -> tuple[Kind, str]:
        return (self.kind, self.stripe_id)

    @property
    def payment_name(self) -> str | None:
        """What refunds and disputes call the payment by: its intent, or a charge without one."""
        if self.intent_id is None and self.kind is Kind.CHARGE:
            return self.stripe_id
        return self.intent_id

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def rank(self) -> int:
        return _RANK[self.kind][self.stage]


# What both may know and neither contradicts; everything else is the later one's word.
_KNOWN_ONCE = (
    *("intent_id", "checkout_id", "email", "refund_id", "replaces"),
    *("invoice_id", "subscription_id", "customer_id", "url", "paid_by"),
)
_SAID = tuple(
    each.name
    for each in fields(Fact)
    if each.name not in (*_KNOWN_ONCE, "kind", "stripe_id", "stage", "told_at", "mode", "livemode")
)


def merge(one: Fact, other: Fact) -> Fact:
    """Both statements in one. Commutative, associative and idempotent."""
    assert one.key == other.key, "only facts about the same object merge"
    late = max(one, other, key=_lateness)
    values = vars(late) | {
        name: _known(getattr(one, name), getattr(other, name)) for name in _KNOWN_ONCE
    }
    values["livemode"] = one.livemode or other.livemode
    if one.kind is not Kind.SUBSCRIPTION:
        values["mode"] = max(one.mode, other.mode)
    return Fact(**values)


def merge_all(facts: Iterable[Fact]) -> dict[tuple[Kind, str], Fact]:
    """One fact per object."""
    merged: dict[tuple[Kind, str], Fact] = {}
    for fact in facts:
        known = merged.get(fact.key)
        merged[fact.key] = fact if known is None else merge(known, fact)
    return merged


def _lateness(fact: Fact) -> tuple[Any, ...]:
    # The rest only makes the choice the same whichever comes first.
    return (fact.rank, fact.told_at, *(getattr(fact, name) for name in _SAID), fact.mode)


def _known(one: str | None, other: str | None) -> str | None:
    return max((value for value in (one, other) if value is not None), default=None)
