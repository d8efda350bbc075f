"""Reconciling with the emulator: what was planted is named, and nothing is invented."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from stripe import StripeClient

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import Clock
from paydesk.foundation.money import Money
from paydesk.migrations import schema
from paydesk.orders.order import PaymentStatus
from paydesk.payments.comparing import (
    Booked,
    Booking,
    Comparison,
    OurFact,
    OurOrder,
    Ours,
    Theirs,
    sums,
)
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import Agreed
from paydesk.payments.reconcile import Reconciled
from paydesk.payments.refund import Refund, Wish
from paydesk.payments.trip import Checkout
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from stripe_emulator import paying
from stripe_emulator.server import Running, running
from tests.emulator.conftest import client_for
from tests.journeys.world import until
from tests.paydesk.test_placing import wish

TOTAL = 3900


@dataclass
class Books:
    """A shop, its Stripe, and ways to make the two disagree."""

    shop: Shop
    stripe: Running
    client: StripeClient
    pool: list[tuple[str, str]] = field(default_factory=list)

    def order(self) -> str:
        placed = self.shop.placing.place(wish(self.shop))
        self.shop.checkouts.start(placed.id)
        return str(placed.id)

    def trip(self, order_id: str) -> Checkout:
        with self.shop.database.transaction() as tx:
            return tx.scalars(select(Checkout).where(Checkout.order_id == order_id)).one()

    def pay(self, session_id: str | None) -> str:
        """On Stripe's page; the payment intent. Nobody tells the shop."""
        card = paying.CardEntry(
            number="4242424242424242",
            exp_month=12,
            exp_year=2040,
            cvc="123",
            email="ada@example.com",
            name="Ada",
            country="US",
            postal_code="10001",
        )
        assert session_id is not None
        paying.pay_by_card(self.stripe.emulator, session_id, card)
        intent = self.client.v1.checkout.sessions.retrieve(session_id).payment_intent
        assert isinstance(intent, str)
        return intent

    def sold(self) -> tuple[str, str]:
        """A paid order both sides know of, and its payment intent."""
        # Sold before: the pull would tell of what was planted meanwhile, too.
        return self.pool.pop() if self.pool else self.sell()

    def sell(self) -> tuple[str, str]:
        order_id = self.order()
        intent = self.pay(self.trip(order_id).stripe_id)
        self.shop.pulling.run()
        return order_id, intent

    def also_paid(self, order_id: str, amount: int = TOTAL, currency: str = "usd") -> None:
        """A second session of the same checkout, such as Stripe's recovery link opens."""
        metadata = {"paydesk_checkout": self.trip(order_id).id}
        session = self.session(amount, currency, metadata)
        self.pay(session)

    def session(self, amount: int, currency: str, metadata: dict[str, str]) -> str:
        price: Any = {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": "Board"},
        }
        made = self.client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://localhost:5000/success",
                "line_items": [{"price_data": price, "quantity": 1}],
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata},
            }
        )
        return made.id

    def sql(self, statement: str, **values: object) -> None:
        with self.shop.database.transaction() as tx:
            tx.execute(text(statement), values)

    def compared(self) -> Reconciled:
        return self.shop.reconciling.compare(0, lambda *_: None)

    def applied(self) -> Reconciled:
        return self.shop.reconciling.apply(0, lambda *_: None)


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[Books]:
    with running(None) as emulator, client_for(emulator.url) as client:
        settings = Settings(
            mode=Mode.EMULATOR,
            publishable_key="pk_test_x",
            secret_key="sk_test_of_the_books",
            webhook_secrets=(),
            base_url="http://localhost:5000",
            database_url=database_url,
            app_secret="-",
            data_dir=tmp_path,
            stripe_api_base=emulator.url,
        )
        shop = open_shop(settings)
        schema.migrate(shop.database)
        with shop.database.transaction() as tx:
            load_products(tx, Clock())
        yield Books(shop, emulator, client)
        shop.close()


def by_order(books: Books, found: Reconciled) -> dict[str, set[str]]:
    """The codes of the differences, by the order's id; "" for those of no order."""
    with books.shop.database.transaction() as tx:
        rows = tx.execute(text("SELECT number, id FROM paydesk_orders")).all()
    ids = {row.number: row.id for row in rows}
    codes: dict[str, set[str]] = defaultdict(set)
    for each in found.differences:
        codes[ids[each.order] if each.order else ""].add(each.code)
    return dict(codes)


# --- what can be planted: each returns its order, what must be named, what may be beside it ---


def paid_and_nobody_told_us(books: Books) -> tuple[str, str, set[str]]:
    order = books.order()
    books.pay(books.trip(order).stripe_id)
    unheard = {"session_differs", "intent_unknown_here", "charge_unknown_here", "sums_differ"}
    return order, "paid_at_stripe_not_here", unheard


def paid_here_alone(books: Books) -> tuple[str, str, set[str]]:
    order = books.order()
    books.sql(
        "UPDATE paydesk_facts SET stage = 'paid', intent_id = 'pi_none' WHERE order_id = :id",
        id=order,
    )
    books.sql(
        "UPDATE paydesk_orders SET payment = 'paid', paid_minor = 3900 WHERE id = :id", id=order
    )
    return order, "paid_here_not_at_stripe", {"session_differs"}


def more_than_agreed(books: Books) -> tuple[str, str, set[str]]:
    order = books.order()
    books.also_paid(order, TOTAL + 1)
    unheard = {"session_unknown_here", "intent_unknown_here", "charge_unknown_here", "sums_differ"}
    return order, "amount_differs", unheard


def another_currency(books: Books) -> tuple[str, str, set[str]]:
    order = books.order()
    books.also_paid(order, TOTAL, "eur")
    unheard = {"session_unknown_here", "intent_unknown_here", "charge_unknown_here"}
    return order, "currency_or_mode_differs", unheard


def paid_twice(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.also_paid(order)
    unheard = {"session_unknown_here", "intent_unknown_here", "charge_unknown_here", "sums_differ"}
    return order, "paid_twice", unheard


def expired_and_nobody_told_us(books: Books) -> tuple[str, str, set[str]]:
    order = books.order()
    books.client.v1.checkout.sessions.expire(str(books.trip(order).stripe_id))
    return order, "open_but_over", {"session_differs"}


def a_refund_in_the_dashboard(books: Books) -> tuple[str, str, set[str]]:
    order, intent = books.sold()
    books.client.v1.refunds.create({"payment_intent": intent, "amount": 900})
    return order, "refund_unknown_here", {"sums_differ", "charge_differs"}


def a_refund_only_we_know_of(books: Books) -> tuple[str, str, set[str]]:
    order, intent = books.sold()
    books.sql(
        "INSERT INTO paydesk_facts "
        "(kind, stripe_id, order_id, stage, amount_minor, currency, livemode, "
        "intent_id, mode, changed_at) SELECT 'refund', 're_none', order_id, 'succeeded', 5, 'usd', "
        "livemode, :intent, '', changed_at "
        "FROM paydesk_facts WHERE kind = 'intent' AND order_id = :id",
        intent=intent,
        id=order,
    )
    return order, "refund_unknown_at_stripe", {"sums_differ"}


def a_refund_that_stands_otherwise(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.shop.refunds.request(order, Wish(Money(700, "usd")))
    books.sql(
        "UPDATE paydesk_facts SET stage = 'pending' WHERE kind = 'refund' AND order_id = :i",
        i=order,
    )
    return order, "refund_differs", set()


def a_refund_made_unnoticed(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.shop.refunds.request(order, Wish(Money(800, "usd")))
    books.sql("DELETE FROM paydesk_facts WHERE kind = 'refund' AND order_id = :id", id=order)
    books.sql("UPDATE paydesk_refunds SET state = 'requested' WHERE order_id = :id", id=order)
    books.sql("UPDATE paydesk_orders SET refunded_minor = 0 WHERE id = :id", id=order)
    return order, "refund_made_unnoticed", {"refund_unknown_here", "sums_differ"}


def a_refund_over_another_amount(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.shop.refunds.request(order, Wish(Money(600, "usd")))
    books.sql("UPDATE paydesk_refunds SET amount_minor = 599 WHERE order_id = :id", id=order)
    return order, "refund_amount_differs", set()


def sums_that_were_changed_by_hand(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.sql("UPDATE paydesk_orders SET refunded_minor = 5 WHERE id = :id", id=order)
    return order, "sums_differ", set()


def a_charge_we_forgot(books: Books) -> tuple[str, str, set[str]]:
    order, _ = books.sold()
    books.sql("DELETE FROM paydesk_facts WHERE kind = 'charge' AND order_id = :id", id=order)
    return order, "charge_unknown_here", set()


def a_mark_we_do_not_know(books: Books) -> tuple[str, str, set[str]]:
    books.pay(books.session(TOTAL, "usd", {"paydesk_checkout": "chk_of_another_shop"}))
    return "", "checkout_unknown_here", set()


PLANTED: tuple[Callable[[Books], tuple[str, str, set[str]]], ...] = (
    paid_and_nobody_told_us,
    paid_here_alone,
    more_than_agreed,
    another_currency,
    paid_twice,
    expired_and_nobody_told_us,
    a_refund_in_the_dashboard,
    a_refund_only_we_know_of,
    a_refund_that_stands_otherwise,
    a_refund_made_unnoticed,
    a_refund_over_another_amount,
    sums_that_were_changed_by_hand,
    a_charge_we_forgot,
    a_mark_we_do_not_know,
)
FOR_PEOPLE = {
    "paid_here_not_at_stripe",
    "session_differs",
    "amount_differs",
    "currency_or_mode_differs",
    "paid_twice",
    "refund_unknown_at_stripe",
    "refund_amount_differs",
    "checkout_unknown_here",
    # What is only ours stays in our sums.
    "sums_differ",
}


def test_what_was_planted_is_named_and_nothing_is_invented(books):
    for _ in range(3):
        books.sold()
    books.order()
    books.pay(books.session(500, "usd", {}))
    clean = books.compared()
    assert clean.differences == ()
    # The session, intent and charge of somebody else's payment.
    assert clean.not_ours == 3
    books.pool = [books.sell() for _ in PLANTED]
    planted = [plant(books) for plant in PLANTED]
    compared = books.compared()
    numbers = [each.order for each in compared.differences if each.order is not None]
    assert numbers == sorted(numbers)
    found = by_order(books, compared)
    for order, code, beside in planted:
        assert code in found[order], (code, found)
        assert found[order] <= {code} | beside, (code, found[order])
    assert set(found) == {order for order, _, _ in planted}

    after = books.applied()
    left = {each.code for each in after.differences}
    assert left <= FOR_PEOPLE
    assert not any(each.mends for each in after.differences)
    for _, code, _ in planted:
        assert (code in left) is (code in FOR_PEOPLE - {"sums_differ"}), code
    # Again: nothing moves any more.
    assert books.applied().differences == after.differences


def test_the_cents_add_up(books):
    intents = [books.sold()[1] for _ in range(3)]
    until(lambda: len(books.client.v1.balance_transactions.list().data) == 3, "the bookings")
    books.client.v1.refunds.create({"payment_intent": intents[0], "amount": 900})
    line = books.compared().sums["usd"]
    assert line["charged"] == 3 * TOTAL
    assert line["given_back"] == -900
    assert line["net"] == line["charged"] + line["given_back"] - line["fees"]
    assert line["fees"] > 0


def test_a_refund_is_repaired_without_making_another(books):
    order, _ = books.sold()
    books.shop.refunds.request(order, Wish(Money(800, "usd")))
    books.sql("DELETE FROM paydesk_facts WHERE kind = 'refund'")
    books.sql("UPDATE paydesk_refunds SET state = 'requested', stripe_id = NULL")
    books.applied()
    with books.shop.database.transaction() as tx:
        assert [row.state for row in tx.scalars(select(Refund))] == ["succeeded"]
    assert len(books.client.v1.refunds.list().data) == 1


# --- what the laptop's Stripe cannot get wrong, pure ---

ORDER = OurOrder(
    id="ord_1",
    number=1001,
    agreed=Agreed(Money(TOTAL, "usd"), livemode=False),
    payment=PaymentStatus.PAID,
    paid_minor=TOTAL,
    refunded_minor=0,
    disputed_minor=0,
    whole=True,
)
CHARGE = Fact(Kind.CHARGE, "ch_1", "succeeded", TOTAL, "usd", intent_id="pi_1")
BOOKING = Booking("txn_1", "charge", TOTAL, 143, TOTAL - 143, "usd", "ch_1")


def pure(
    *bookings: Booking, booking_id: str | None = "txn_1", more: tuple[Fact, ...] = ()
) -> list[str]:
    ours = Ours(orders={"ord_1": ORDER}, facts={CHARGE.key: OurFact(CHARGE, "ord_1", fresh=False)})
    theirs = Theirs(
        facts={fact.key: fact for fact in (CHARGE, *more)},
        booked=[Booked("ch_1", TOTAL, "usd", booking_id)],
        bookings={each.id: each for each in bookings},
    )
    return [each.code for each in Comparison(ours, theirs).differences()]


def test_books_that_agree():
    assert pure(BOOKING) == []
    assert sums(Theirs(bookings={"txn_1": BOOKING}))["usd"]["net"] == TOTAL - 143


@pytest.mark.parametrize(
    ("bookings", "booking_id", "codes"),
    [
        ((), "txn_1", ["booking_missing"]),
        ((), None, ["booking_missing"]),
        ((replace(BOOKING, amount_minor=1, net_minor=-142),), "txn_1", ["booking_differs"]),
        ((replace(BOOKING, net_minor=TOTAL),), "txn_1", ["booking_does_not_add_up"]),
        (
            (BOOKING, replace(BOOKING, id="txn_2", source="ch_2")),
            "txn_1",
            ["booking_without_charge"],
        ),
        (
            (BOOKING, replace(BOOKING, id="txn_2")),
            "txn_1",
            ["booking_without_charge"],
        ),
        # Settled in another currency: what arrived is not comparable, the sum of it is.
        ((replace(BOOKING, currency="eur", amount_minor=3500, net_minor=3357),), "txn_1", []),
    ],
)
def test_what_the_balance_can_get_wrong(bookings, booking_id, codes):
    assert pure(*bookings, booking_id=booking_id) == codes


def test_a_dispute_we_never_heard_of():
    dispute = Fact(Kind.DISPUTE, "dp_1", "open", TOTAL, "usd", intent_id="pi_1")
    assert pure(BOOKING, more=(dispute,)) == ["dispute_unknown_here", "sums_differ"]


def test_what_came_in_while_stripe_was_read_is_no_difference():
    paid = replace(CHARGE, amount_minor=1)
    ours = Ours(orders={"ord_1": ORDER}, facts={CHARGE.key: OurFact(paid, "ord_1", fresh=True)})
    theirs = Theirs(
        facts={CHARGE.key: CHARGE},
        booked=[Booked("ch_1", TOTAL, "usd", "txn_1")],
        bookings={"txn_1": BOOKING},
    )
    assert list(Comparison(ours, theirs).differences()) == []


def test_a_charge_booked_while_stripe_was_read_is_no_difference():
    """Between the list of charges and that of the balance's entries."""
    later = replace(CHARGE, stripe_id="ch_2")
    ours = Ours(orders={"ord_1": ORDER}, facts={CHARGE.key: OurFact(CHARGE, "ord_1", fresh=False)})
    listed_before = Theirs(facts={CHARGE.key: CHARGE}, bookings={"txn_1": BOOKING})
    assert list(Comparison(ours, listed_before).differences()) == []
    made_since = Theirs(
        facts={CHARGE.key: CHARGE},
        bookings={
            "txn_1": BOOKING,
            "txn_2": replace(BOOKING, id="txn_2", source=later.stripe_id, fresh=True),
        },
    )
    assert list(Comparison(ours, made_since).differences()) == []
