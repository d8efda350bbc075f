"""What follows from facts: how an order's payment stands. Pure, as they are.

Session, intent, charge and invoice speak of the same money; which of them stands for a payment
depends on the way it was made: a session of Checkout, an intent of our own page, a lone charge.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from paydesk.foundation.money import Money
from paydesk.orders.ledger import Moved, Movement
from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import Fact, Kind, merge_all
from paydesk.payments.unpaid import authorised, unpaid_status

# In these stages the bank has taken the disputed money back.
_MONEY_IS_TAKEN = frozenset({"open", "under_review", "lost"})
_IS_BEING_REFUNDED = frozenset({"pending", "succeeded"})
FIRST_INVOICE = "subscription_create"
# Who knows best what arrived: where a part was captured, only the intent and its charge say so.
_BY_KNOWLEDGE = (Kind.INTENT, Kind.CHARGE, Kind.INVOICE, Kind.SESSION)
# What of a subscription says which invoice it is about.
_OF_INVOICES = (Kind.INVOICE, Kind.SESSION)


@dataclass(frozen=True)
class Agreed:
    """What the order says must be paid: the lines that are due now."""

    total: Money
    livemode: bool
    # Nobody can pay any more although Stripe never told of a session: no checkout was opened.
    given_up: bool = False
    mode: str = "payment"
    # Stripe's page may add tax and shipping, and take discounts off: then its total counts.
    adds: bool = False
    # What shipping costs beside the lines, where the shop reckoned it itself.
    shipping_minor: int = 0

    @property
    def due_minor(self) -> int:
        """The lines and the agreed shipping, before Stripe's page adds anything."""
        return self.total.minor + self.shipping_minor


@dataclass(frozen=True)
class Received:
    """What arrived through one payment. Amounts are in the minor unit of the order's currency."""

    # The payment intent; a charge, invoice or session without one stands for itself.
    payment_id: str
    paid_minor: int
    refunded_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be refunded of it."""
        return max(0, self.paid_minor - self.refunded_minor)


@dataclass(frozen=True)
class Added:
    """What Stripe's page added to the lines, and took off. In the order's minor unit."""

    tax_minor: int = 0
    shipping_minor: int = 0
    discount_minor: int = 0


@dataclass(frozen=True)
class Payment:
    """How an order's payment stands. Amounts are in the minor unit of the order's currency."""

    status: PaymentStatus
    # What is due: the agreed total, or what Stripe's page made of it.
    total_minor: int = 0
    added: Added = field(default_factory=Added)
    paid_minor: int = 0
    refunded_minor: int = 0
    # What banks have taken back, for now or for good.
    disputed_minor: int = 0
    # Refunds that failed and that no other refund stands in for.
    owed_minor: int = 0
    # What a bank keeps for us, and until when, in seconds UTC; 0: nobody said.
    authorised_minor: int = 0
    capture_before: int = 0
    email: str | None = None
    customer_id: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset)
    received: tuple[Received, ...] = ()
    # The same money, payment by payment, refund by refund, dispute by dispute: for the ledger.
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class _Arrived:
    """One payment that arrived. `fits` None: Stripe has not said yet what it was for."""

    minor: int
    fits: bool | None
    due_minor: int = 0
    added: Added = field(default_factory=Added)


def fold(agreed: Agreed, facts: Iterable[Fact]) -> Payment:
    """What follows from everything Stripe has said about one order."""
    known = _of_the_order(list(merge_all(facts).values()))
    arrived = _arrived(agreed, known)
    received = tuple(
        Received(payment, each.minor, _refunded(agreed, known, payment))
        for payment, each in sorted(arrived.items())
    )
    owed = sum(fact.amount_minor for fact in owed_refunds(agreed, known))
    flags = _flags(agreed, known, arrived)
    if owed:
        flags |= {"refund_failed"}
    fitting = [each for _, each in sorted(arrived.items()) if each.fits]
    authorised_minor, capture_before = authorised(
        fact for fact in known if not is_foreign(agreed, fact)
    )
    return Payment(
        status=_status(agreed, known, arrived, flags),
        total_minor=fitting[0].due_minor if fitting else agreed.due_minor,
        added=fitting[0].added if fitting else Added(shipping_minor=agreed.shipping_minor),
        paid_minor=sum(each.minor for each in arrived.values()),
        refunded_minor=_refunded(agreed, known),
        disputed_minor=_disputed(agreed, known),
        owed_minor=owed,
        authorised_minor=authorised_minor,
        capture_before=capture_before,
        email=max((fact.email for fact in known if fact.email), default=None),
        customer_id=max((fact.customer_id for fact in known if fact.customer_id), default=None),
        flags=flags,
        received=received,
        moved=_moved(agreed, known, received),
    )


def owed_refunds(agreed: Agreed, facts: Iterable[Fact]) -> list[Fact]:
    """Refunds that failed and that no other one was made for.

    A failed refund that was repeated is no longer owed itself: its repetition may be.
    """
    refunds = _refunds(agreed, _of_the_order(list(merge_all(facts).values())))
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
        or (fact.kind is Kind.SESSION and fact.mode not in ("", agreed.mode))
    )


def is_money(fact: Fact) -> bool:
    """Whether a fact says that money arrived."""
    return (fact.kind, fact.stage) in {
        (Kind.SESSION, "paid"),
        (Kind.INTENT, "succeeded"),
        (Kind.CHARGE, "succeeded"),
        (Kind.INVOICE, "paid"),
    }


def is_renewal(fact: Fact) -> bool:
    """Whether a fact is of an invoice after a subscription's first."""
    return fact.kind is Kind.INVOICE and fact.mode not in ("", FIRST_INVOICE)


def released(facts: Iterable[Fact]) -> set[str]:
    """Payments that were authorised and let go: Stripe calls that a refund, and none was paid."""
    return {
        fact.intent_id or fact.stripe_id
        for fact in facts
        if fact.kind is Kind.CHARGE and fact.stage == "released"
    }


def _of_the_order(facts: list[Fact]) -> list[Fact]:
    """Without what belongs to a subscription's later invoices: that was not agreed here."""
    later = {fact.intent_id for fact in facts if is_renewal(fact) and fact.intent_id}
    let_go = released(facts)
    return [
        fact
        for fact in facts
        if not is_renewal(fact)
        and fact.kind is not Kind.SUBSCRIPTION
        and (fact.intent_id is None or fact.intent_id not in later)
        and not (fact.kind is Kind.REFUND and fact.intent_id in let_go)
    ]


def _flags(agreed: Agreed, facts: list[Fact], arrived: dict[str, _Arrived]) -> frozenset[str]:
    raised = {
        "amount_differs": any(each.fits is False for each in arrived.values()),
        "currency_or_mode_differs": any(
            is_foreign(agreed, fact) and is_money(fact) for fact in facts
        ),
        "paid_twice": sum(each.fits is True for each in arrived.values()) > 1,
        "paid_after_expiry": bool(arrived) and (agreed.given_up or _is_late(facts)),
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
    agreed: Agreed, facts: list[Fact], arrived: dict[str, _Arrived], flags: frozenset[str]
) -> PaymentStatus:
    fits = {each.fits for each in arrived.values()}
    if True in fits:
        return PaymentStatus.PAID
    if False in fits or "currency_or_mode_differs" in flags:
        return PaymentStatus.REVIEW
    if None in fits:
        return PaymentStatus.PENDING
    return unpaid_status(facts, given_up=agreed.given_up)


def _arrived(agreed: Agreed, facts: list[Fact]) -> dict[str, _Arrived]:
    """What arrived, by payment."""
    intents = _intents_of_invoices(facts)
    payments: dict[str, dict[Kind, Fact]] = {}
    for fact in facts:
        if is_money(fact) and not is_foreign(agreed, fact):
            payment = _payment_of(fact, intents)
            of_kind = payments.setdefault(payment, {})
            known = of_kind.get(fact.kind)
            # Two charges of one intent do not both succeed; if they seem to, the larger counts.
            if known is None or (known.amount_minor, known.stripe_id) < (
                fact.amount_minor,
                fact.stripe_id,
            ):
                of_kind[fact.kind] = fact
    return {payment: _one(agreed, of_kind) for payment, of_kind in payments.items()}


def _intents_of_invoices(facts: list[Fact]) -> dict[str, str]:
    """By which intent an invoice was paid: its session may know before the invoice does."""
    return {
        fact.invoice_id: fact.intent_id
        for fact in sorted(facts, key=lambda fact: fact.kind is Kind.INVOICE)
        if fact.kind in _OF_INVOICES and fact.invoice_id is not None and fact.intent_id is not None
    }


def _payment_of(fact: Fact, intents: dict[str, str]) -> str:
    """The name under which a payment is known: its intent's if it has one."""
    if fact.intent_id is not None:
        return fact.intent_id
    if fact.kind in _OF_INVOICES and fact.invoice_id is not None:
        return intents.get(fact.invoice_id) or fact.invoice_id
    return fact.stripe_id


def _one(agreed: Agreed, told: dict[Kind, Fact]) -> _Arrived:
    best = next(told[kind] for kind in _BY_KNOWLEDGE if kind in told)
    session = told.get(Kind.SESSION)
    tellers = [each for each in (session, told.get(Kind.INTENT)) if each is not None] or [best]
    asked = {fact.asked_minor or fact.amount_minor for fact in tellers}
    if not agreed.adds:
        due = agreed.due_minor
        added = Added(shipping_minor=agreed.shipping_minor)
        return _Arrived(best.amount_minor, asked == {due}, due_minor=due, added=added)
    if session is None:
        return _Arrived(best.amount_minor, fits=None)
    fits = (
        session.subtotal_minor == agreed.total.minor
        and session.shipping_minor >= agreed.shipping_minor
        and len(asked) == 1
    )
    added = Added(session.tax_minor, session.shipping_minor, session.discount_minor)
    return _Arrived(best.amount_minor, fits, session.amount_minor, added)


def _refunds(agreed: Agreed, facts: list[Fact]) -> list[Fact]:
    return [
        fact
        for fact in facts
        if fact.kind is Kind.REFUND and fact.currency == agreed.total.currency
    ]


def _refunded(agreed: Agreed, facts: list[Fact], payment: str | None = None) -> int:
    made = _made_refunds(agreed, facts)
    return sum(fact.amount_minor for fact in made if payment in (None, fact.intent_id))


def _made_refunds(agreed: Agreed, facts: list[Fact]) -> list[Fact]:
    return [fact for fact in _refunds(agreed, facts) if fact.stage in _IS_BEING_REFUNDED]


def _disputed(agreed: Agreed, facts: list[Fact]) -> int:
    return sum(fact.amount_minor for fact in _taken_back(agreed, facts))


def _taken_back(agreed: Agreed, facts: list[Fact]) -> list[Fact]:
    return [
        fact
        for fact in facts
        if fact.kind is Kind.DISPUTE
        and fact.stage in _MONEY_IS_TAKEN
        and fact.currency == agreed.total.currency
    ]


def _moved(agreed: Agreed, facts: list[Fact], received: tuple[Received, ...]) -> tuple[Moved, ...]:
    paid = (Moved(Movement.PAYMENT, each.payment_id, each.paid_minor) for each in received)
    told = {
        Movement.REFUND: _made_refunds(agreed, facts),
        Movement.DISPUTE: _taken_back(agreed, facts),
    }
    back = (
        Moved(movement, fact.stripe_id, fact.amount_minor)
        for movement, made in told.items()
        for fact in made
    )
    # In an order of its own, so that it says nothing of the order in which the facts came.
    return tuple(sorted((*paid, *back), key=lambda each: (each.movement, each.about)))
