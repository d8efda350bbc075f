"""Ours beside Stripe's, pure: what the two say, and each difference by its name."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from paydesk.foundation.money import Money
from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import Agreed, Payment, fold, is_foreign, is_money

Key = tuple[Kind, str]


@dataclass(frozen=True)
class Booking:
    """One of Stripe's balance transactions. Amounts in the minor unit of `currency`.

    `fresh` if it was made while Stripe was asked: its charge may have been listed before.
    """

    id: str
    type: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    source: str | None
    fresh: bool = False


@dataclass(frozen=True)
class Booked:
    """A charge or refund, what must stand in the books for it, and which entry it names."""

    stripe_id: str
    amount_minor: int
    currency: str
    booking_id: str | None


@dataclass
class Theirs:
    """What Stripe lists of a time."""

    facts: dict[Key, Fact] = field(default_factory=dict)
    booked: list[Booked] = field(default_factory=list)
    bookings: dict[str, Booking] = field(default_factory=dict)


@dataclass(frozen=True)
class OurFact:
    """What we know of one of Stripe's objects; `fresh` if it changed since Stripe was asked."""

    fact: Fact
    order_id: str | None
    fresh: bool


@dataclass(frozen=True)
class OurRefund:
    """A refund we asked for."""

    id: str
    order_id: str
    stripe_id: str | None
    money: Money
    state: str
    fresh: bool


@dataclass(frozen=True)
class OurOrder:
    """An order as our row has it. `whole`: all of Stripe's objects for it are in the time."""

    id: str
    number: int
    agreed: Agreed
    payment: PaymentStatus
    paid_minor: int
    refunded_minor: int
    disputed_minor: int
    whole: bool


@dataclass
class Ours:
    """What our database says of the same time."""

    orders: dict[str, OurOrder] = field(default_factory=dict)
    facts: dict[Key, OurFact] = field(default_factory=dict)
    refunds: dict[str, OurRefund] = field(default_factory=dict)
    # The order of each of our checkouts.
    checkouts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One thing the two do not agree on. `mends`: taking Stripe's word settles it."""

    code: str
    text: str
    ids: tuple[str, ...]
    order: int | None = None
    mends: bool = False


class Comparison:
    """Compares, object by object and then order by order."""

    def __init__(self, ours: Ours, theirs: Theirs) -> None:
        self._ours = ours
        self._theirs = theirs
        self._by_intent = self._orders_by_intent()
        self._invoiced = {
            known.fact.intent_id for (kind, _), known in ours.facts.items() if kind is Kind.INVOICE
        }
        self._told = defaultdict(list)
        self._made = defaultdict(list)
        for fact in theirs.facts.values():
            self._told[self.order_of(fact)].append(fact)
            self._made[fact.refund_id].append(fact)
        self._known = defaultdict(list)
        for known in ours.facts.values():
            self._known[known.order_id].append(known)
        self.not_ours = 0

    def differences(self) -> Iterator[Difference]:
        self.not_ours = 0
        for fact in self._theirs.facts.values():
            yield from self._of_theirs(fact)
        for known in self._ours.facts.values():
            yield from self._of_ours(known)
        for refund in self._ours.refunds.values():
            yield from self._of_refund(refund)
        for order in self._ours.orders.values():
            yield from self._of_order(order)
        yield from self._of_books()

    def order_of(self, fact: Fact) -> str | None:
        """The order a fact of theirs is about, if it is one of ours."""
        if fact.checkout_id in self._ours.checkouts:
            return self._ours.checkouts[str(fact.checkout_id)]
        refund = self._ours.refunds.get(fact.refund_id or "")
        if refund is not None:
            return refund.order_id
        known = self._ours.facts.get(fact.key)
        if known is not None and known.order_id is not None:
            return known.order_id
        return self._by_intent.get(fact.intent_id or "")

    def _orders_by_intent(self) -> dict[str, str]:
        found = {
            known.fact.payment_name: known.order_id
            for known in self._ours.facts.values()
            if known.fact.payment_name and known.order_id
        }
        for fact in self._theirs.facts.values():
            marked = self._ours.checkouts.get(fact.checkout_id or "")
            if marked and fact.payment_name:
                found[fact.payment_name] = marked
        return found

    def _of_theirs(self, fact: Fact) -> Iterator[Difference]:
        order_id = self.order_of(fact)
        if order_id is None:
            if fact.checkout_id is not None:
                yield Difference(
                    "checkout_unknown_here",
                    f"The {fact.kind} carries our mark {fact.checkout_id}, which we do not know: "
                    "another shop on this account, or a database that was restored.",
                    (fact.stripe_id, fact.checkout_id),
                )
            else:
                self.not_ours += 1
            return
        known = self._ours.facts.get(fact.key)
        if known is None:
            if _matters(fact) and not self._is_invoiced(fact):
                yield self._difference(
                    f"{fact.kind}_unknown_here",
                    f"Stripe has a {fact.kind} that is {_said(fact)}; we never heard of it.",
                    order_id,
                    fact,
                    mends=True,
                )
        elif (
            _tells_otherwise(fact, known.fact)
            and not known.fresh
            and not self._is_captured(fact, known.fact)
        ):
            mends = fact.rank > known.fact.rank
            yield self._difference(
                f"{fact.kind}_differs",
                f"Stripe says the {fact.kind} is {_said(fact)}; we have {_said(known.fact)}.",
                order_id,
                fact,
                mends=mends,
            )

    def _is_invoiced(self, fact: Fact) -> bool:
        """Whether an invoice we know tells of the same money; its intent carries no mark."""
        return fact.kind in (Kind.INTENT, Kind.CHARGE) and fact.intent_id in self._invoiced

    def _is_captured(self, theirs: Fact, ours: Fact) -> bool:
        """Whether a session became paid by a capture, of which only its intent tells."""
        intent = self._ours.facts.get((Kind.INTENT, theirs.intent_id or ""))
        was = (ours.kind, ours.stage, theirs.stage) == (Kind.SESSION, "complete", "paid")
        return was and intent is not None and is_money(intent.fact)

    def _of_ours(self, known: OurFact) -> Iterator[Difference]:
        order = self._ours.orders.get(known.order_id or "")
        missing = known.fact.key not in self._theirs.facts
        if order is not None and order.whole and missing and not known.fresh:
            yield self._difference(
                f"{known.fact.kind}_unknown_at_stripe",
                f"We know of a {known.fact.kind} that is {_said(known.fact)}; Stripe lists none.",
                order.id,
                known.fact,
            )

    def _of_refund(self, refund: OurRefund) -> Iterator[Difference]:
        for fact in self._made[refund.id]:
            if not refund.fresh and refund.money != fact.money:
                yield self._difference(
                    "refund_amount_differs",
                    f"We asked for a refund of {refund.money.text()}; Stripe made {_said(fact)}.",
                    refund.order_id,
                    fact,
                )
            if not refund.fresh and refund.state in ("requested", "refused"):
                yield self._difference(
                    "refund_made_unnoticed",
                    f"Stripe made the refund of {refund.money.text()}; here it is {refund.state}.",
                    refund.order_id,
                    fact,
                    mends=True,
                )

    def _of_order(self, order: OurOrder) -> Iterator[Difference]:
        theirs, known = self._told[order.id], self._known[order.id]
        if any(each.fresh for each in known):
            return
        should = fold(order.agreed, [*(each.fact for each in known), *theirs])
        money = [fact for fact in theirs if is_money(fact)]
        yield from self._of_status(order, should, money)
        if money:
            yield from self._of_amounts(order, should, money)
        is_open = order.payment is PaymentStatus.AWAITING
        if is_open and should.status in (PaymentStatus.EXPIRED, PaymentStatus.FAILED) and theirs:
            yield self._of_whole(
                "open_but_over",
                f"The order waits for its payment; at Stripe it is {should.status}.",
                order,
                mends=True,
            )

    def _of_status(
        self, order: OurOrder, should: Payment, money: list[Fact]
    ) -> Iterator[Difference]:
        is_paid = order.payment is PaymentStatus.PAID
        if should.status is PaymentStatus.PAID and not is_paid and money:
            yield self._of_whole(
                "paid_at_stripe_not_here",
                f"It is paid at Stripe; here its payment is {order.payment}.",
                order,
                mends=True,
            )
        if is_paid and order.whole and not money:
            yield self._of_whole(
                "paid_here_not_at_stripe", "It is paid here; Stripe lists no payment.", order
            )

    def _of_amounts(
        self, order: OurOrder, should: Payment, money: list[Fact]
    ) -> Iterator[Difference]:
        total = order.agreed.total
        is_settled = should.refunded_minor >= should.paid_minor > 0
        if any(is_foreign(order.agreed, fact) for fact in money):
            yield self._of_whole(
                "currency_or_mode_differs",
                f"{_said(money[0])} at Stripe; agreed was {total.text()}.",
                order,
            )
        elif not is_settled and "amount_differs" in should.flags:
            paid = Money(should.paid_minor, total.currency).text()
            yield self._of_whole(
                "amount_differs", f"{paid} came in; agreed was {total.text()}.", order
            )
        too_much = should.paid_minor - should.refunded_minor > should.total_minor
        if too_much and "paid_twice" in should.flags:
            yield self._of_whole(
                "paid_twice", "It was paid more than once; refund what is too much.", order
            )
        told = {
            "paid": (order.paid_minor, should.paid_minor),
            "refunded": (order.refunded_minor, should.refunded_minor),
            "disputed": (order.disputed_minor, should.disputed_minor),
        }
        wrong = [f"{name} {a}, at Stripe {b}" for name, (a, b) in told.items() if a != b]
        if wrong:
            yield self._of_whole(
                "sums_differ", "In the minor unit: " + "; ".join(wrong) + ".", order, mends=True
            )

    def _of_books(self) -> Iterator[Difference]:
        # A charge may be booked between being listed and the books being read.
        listed = {stripe_id for kind, stripe_id in self._theirs.facts if kind is Kind.CHARGE}
        unbooked = listed - {each.stripe_id for each in self._theirs.booked}
        named = set()
        for each in self._theirs.booked:
            entry = self._theirs.bookings.get(each.booking_id or "")
            if entry is None:
                yield Difference(
                    "booking_missing",
                    f"Stripe's balance has no entry for {each.stripe_id}.",
                    (each.stripe_id,),
                )
                continue
            named.add(entry.id)
            same_currency = entry.currency == each.currency
            if same_currency and entry.amount_minor != each.amount_minor:
                yield _booking_differs(entry, each)
        for entry in self._theirs.bookings.values():
            if entry.net_minor != entry.amount_minor - entry.fee_minor:
                text = f"{entry.amount_minor} less the fee {entry.fee_minor} is not the net"
                yield Difference(
                    "booking_does_not_add_up", f"{text} {entry.net_minor}.", (entry.id,)
                )
            is_new = entry.fresh or entry.source in unbooked
            if entry.type in ("charge", "payment") and entry.id not in named and not is_new:
                yield Difference(
                    "booking_without_charge",
                    f"An entry of Stripe's balance names {entry.source}, which is not listed.",
                    (entry.id,),
                )

    def _difference(
        self, code: str, text: str, order_id: str, fact: Fact, *, mends: bool = False
    ) -> Difference:
        order = self._ours.orders.get(order_id)
        ids = tuple(each for each in (fact.stripe_id, fact.intent_id) if each)
        return Difference(
            code, text, tuple(dict.fromkeys(ids)), order.number if order else None, mends
        )

    @staticmethod
    def _of_whole(code: str, text: str, order: OurOrder, *, mends: bool = False) -> Difference:
        return Difference(code, text, (order.id,), order.number, mends)


def sums(theirs: Theirs) -> dict[str, dict[str, int]]:
    """What Stripe's balance says, by currency: charged, given back, fees, what is left."""
    totals: dict[str, dict[str, int]] = defaultdict(
        lambda: {"charged": 0, "given_back": 0, "other": 0, "fees": 0, "net": 0}
    )
    kinds = {"charge": "charged", "payment": "charged", "refund": "given_back"}
    kinds |= {"payment_refund": "given_back"}
    for entry in theirs.bookings.values():
        if entry.type == "payout":
            continue
        line = totals[entry.currency]
        line[kinds.get(entry.type, "other")] += entry.amount_minor
        line["fees"] += entry.fee_minor
        line["net"] += entry.net_minor
    return dict(totals)


def _booking_differs(entry: Booking, each: Booked) -> Difference:
    text = f"Stripe's balance has {entry.amount_minor} for {each.stripe_id} of {each.amount_minor}."
    return Difference("booking_differs", text, (entry.id, each.stripe_id))


def _matters(fact: Fact) -> bool:
    """Whether not knowing a fact can make a difference.

    A session nobody paid, left by a process that died before it wrote the session down, ends by
    itself.
    """
    if fact.kind is Kind.SESSION:
        return fact.stage not in ("open", "expired")
    return is_money(fact) or fact.kind in (Kind.REFUND, Kind.DISPUTE)


def _tells_otherwise(one: Fact, other: Fact) -> bool:
    # An intent or charge on its way is told of by its session. And a session whose delayed payment
    # came to nothing stays complete: only its event says that it failed.
    on_its_way = one.kind in (Kind.INTENT, Kind.CHARGE) and not (is_money(one) or is_money(other))
    if on_its_way or (one.kind, one.stage, other.stage) == (Kind.SESSION, "complete", "failed"):
        return False
    return (one.stage, one.amount_minor, one.currency) != (
        other.stage,
        other.amount_minor,
        other.currency,
    )


def _said(fact: Fact) -> str:
    money = fact.money.text() if fact.currency else "no amount"
    return f"{fact.stage} over {money}"
