"""Stripe's fees: asked for by a round, kept once they are known, shown in their own currency."""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from paydesk.cli import commands
from paydesk.foundation.money import Money
from paydesk.orders.ledger import LedgerRow
from paydesk.payments import bookings
from paydesk.payments.bookings import KnownBooking
from paydesk.payments.gateway import StripeRefused, StripeUnreachable
from paydesk.payments.refund import Wish
from paydesk.reports import exports
from paydesk.reports.exports import What
from paydesk.reports.filtering import Basis, OrderFilter
from tests.paydesk.test_sums import buy


def kept(shop) -> list[KnownBooking]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(KnownBooking)))


def books(gateway, payment_id: str, fee: int = 143, currency: str = "usd", gross: int = 3900):
    gateway.bookings[payment_id] = {
        "id": f"txn_{payment_id}",
        "currency": currency,
        "amount": gross,
        "fee": fee,
        "net": gross - fee,
    }


def exported(shop, **wanted) -> list[dict[str, str]]:
    text = "".join(exports.export(shop.database, What.PAYMENTS, OrderFilter(**wanted)))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_nobody_who_settles_a_payment_waits_for_its_fee(shop, gateway):
    buy(shop, gateway)
    assert "retrieve booking" not in gateway.calls
    assert kept(shop) == []
    assert shop.bookings.run() == 0
    assert gateway.calls.count("retrieve booking") == 1


def test_a_fee_is_asked_for_until_it_is_known_and_then_no_more(shop, gateway, clock):
    order_id = buy(shop, gateway)
    shop.bookings.run()
    (row,) = kept(shop)
    assert (row.order_id, row.is_known, row.tries) == (order_id, False, 1)
    books(gateway, row.payment_id)
    # Not at each round.
    assert shop.bookings.run() == 0
    clock.travel(timedelta(minutes=2))
    assert shop.bookings.run() == 1
    (row,) = kept(shop)
    assert (row.amount_minor, row.fee_minor, row.net_minor, row.currency) == (
        3900,
        143,
        3757,
        "usd",
    )
    asked = gateway.calls.count("retrieve booking")
    clock.travel(timedelta(days=40))
    assert shop.bookings.run() == 0
    assert gateway.calls.count("retrieve booking") == asked
    second = buy(shop, gateway, "bob@example.com")
    shop.bookings.run()
    assert {each.order_id for each in kept(shop)} == {order_id, second}


@pytest.mark.parametrize("trouble", [StripeRefused(), None])
def test_a_fee_that_never_comes_is_given_up(shop, gateway, clock, trouble):
    buy(shop, gateway)
    for _ in range(40):
        gateway.trouble = trouble
        shop.bookings.run()
        clock.travel(timedelta(days=1))
    (row,) = kept(shop)
    assert not row.is_known
    assert row.ask_at is None
    assert gateway.calls.count("retrieve booking") == 20


def test_while_stripe_does_not_answer_what_is_due_stays_due(shop, gateway):
    buy(shop, gateway)
    gateway.trouble = StripeUnreachable()
    with pytest.raises(StripeUnreachable):
        shop.bookings.run()
    (row,) = kept(shop)
    assert row.tries == 0
    gateway.trouble = None
    books(gateway, row.payment_id)
    assert shop.bookings.run() == 1


def test_the_export_has_each_fee_once_in_the_currency_it_is_settled_in(shop, gateway, clock):
    order_id = buy(shop, gateway)
    (row,) = exported(shop)
    assert (row["fee"], row["net"], row["settled_currency"]) == ("", "", "")
    shop.bookings.run()
    books(gateway, kept(shop)[0].payment_id, fee=131, currency="eur", gross=3580)
    clock.travel(timedelta(minutes=2))
    shop.bookings.run()
    shop.refunds.request(order_id, Wish(Money(900, "usd")))
    clock.travel(timedelta(minutes=1))
    with shop.database.transaction() as tx:
        first = tx.scalars(select(LedgerRow).where(LedgerRow.movement == "payment")).one()
        same = {"order_id": order_id, "movement": "payment", "about": first.about}
        tx.add(LedgerRow(id="led_z", at=clock.now(), amount_minor=1, currency="usd", **same))
    for by in (Basis.ORDER, Basis.PAYMENT):
        payment, *others = exported(shop, by=by)
        assert [row["movement"] for row in others] == ["refund", "payment"]
        assert (payment["currency"], payment["amount"]) == ("USD", "39.00")
        names = ("settled_currency", "gross", "fee", "net")
        assert [payment[name] for name in names] == ["EUR", "35.80", "1.31", "34.49"]
        assert {row["fee"] + row["net"] for row in others} == {""}


def test_the_command_says_what_is_known_and_what_is_not(shop, gateway, clock, monkeypatch):
    monkeypatch.setenv("PAYDESK_DATABASE_URL", shop.settings.database_url)
    monkeypatch.setenv("PAYDESK_DATA_DIR", str(shop.settings.data_dir))

    def shows(*more: str) -> str:
        result = CliRunner().invoke(commands, ["orders", "show", "1001", *more])
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    buy(shop, gateway)
    assert "not known yet" in shows()
    shop.bookings.run()
    (empty,) = json.loads(shows("--json"))["bookings"]
    assert (empty["fee_minor"], empty["net_minor"]) == (None, None)
    books(gateway, kept(shop)[0].payment_id)
    clock.travel(timedelta(minutes=2))
    shop.bookings.run()
    assert "$1.43, net $37.57" in shows()
    (known,) = json.loads(shows("--json"))["bookings"]
    assert (known["currency"], known["fee_minor"], known["net_minor"]) == ("usd", 143, 3757)


def test_what_two_names_of_one_payment_have_in_common_counts_once():
    rows = [
        KnownBooking(
            payment_id=name,
            stripe_id="txn_1",
            currency="usd",
            amount_minor=900,
            fee_minor=56,
            net_minor=844,
        )
        for name in ("in_1", "pi_1")
    ]
    (found,) = bookings.booked(rows)
    assert (found.gross.minor, found.fee.minor, found.net.minor) == (900, 56, 844)
