"""The balance, and how it leaves for the bank."""

import pytest
import stripe

from tests.emulator.buying import history, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole
from tests.emulator.waiting import DAY, control, later

EARNED = 97_070
DAILY = {"payments": {"payouts": {"schedule": {"interval": "daily"}}}}


@pytest.fixture
def rich(client):
    """An account that has something available at once."""
    pay_now(client, 100_000, "pm_card_bypassPending", capture_method="automatic")
    return client


def payouts_in(client):
    return [each for each in history(client) if each.startswith("payout.")]


def available(client):
    return client.v1.balance.retrieve().available[0].amount


def test_money_becomes_available_after_two_days(client, emulator):
    pay_now(client, 1000, capture_method="automatic")
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 941)
    later(emulator, 2 * DAY + 1)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (941, 0)


def test_a_payout_is_asked_for_and_arrives(rich, emulator):
    payout = rich.v1.payouts.create({"amount": 5000, "currency": "usd", "metadata": {"a": "b"}})
    must_be_whole(payout)
    assert (payout.status, payout.automatic, payout.amount) == ("pending", False, 5000)
    assert available(rich) == EARNED - 5000
    booked = rich.v1.balance_transactions.retrieve(payout.balance_transaction)
    assert (booked.type, booked.net, booked.source) == ("payout", -5000, payout.id)
    later(emulator, 3 * DAY)
    paid = rich.v1.payouts.retrieve(payout.id)
    must_be_whole(paid)
    assert paid.status == "paid"
    assert payouts_in(rich) == [
        *("payout.created", "payout.updated", "payout.paid", "payout.updated"),
    ]
    listed = rich.v1.payouts.list({"status": "paid"})
    assert list_problems(listed) == []
    assert [each.id for each in listed.data] == [payout.id]


@pytest.mark.parametrize("amount", [EARNED + 1, 10**12])
def test_no_more_is_paid_out_than_there_is(rich, amount):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        rich.v1.payouts.create({"amount": amount, "currency": "usd"})
    assert caught.value.param == "amount"
    assert rich.v1.payouts.list().data == []
    assert rich.v1.payouts.create({"amount": EARNED, "currency": "usd"}).amount == EARNED


def test_a_payout_is_called_back_until_it_is_sent(rich, emulator):
    payout = rich.v1.payouts.create({"amount": 5000, "currency": "usd"})
    gone = rich.v1.payouts.cancel(payout.id)
    must_be_whole(gone)
    assert (gone.status, available(rich)) == ("canceled", EARNED)
    with pytest.raises(stripe.InvalidRequestError):
        rich.v1.payouts.cancel(payout.id)
    later(emulator, 3 * DAY)
    assert rich.v1.payouts.retrieve(payout.id).status == "canceled"


def test_a_paid_payout_is_fetched_back_once(rich, emulator):
    payout = rich.v1.payouts.create({"amount": 5000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError):
        rich.v1.payouts.reverse(payout.id)
    later(emulator, 3 * DAY)
    back = rich.v1.payouts.reverse(payout.id)
    must_be_whole(back)
    assert (back.amount, back.original_payout, available(rich)) == (-5000, payout.id, EARNED)
    assert rich.v1.payouts.retrieve(payout.id).reversed_by == back.id
    with pytest.raises(stripe.InvalidRequestError):
        rich.v1.payouts.reverse(payout.id)


def test_a_bank_sends_a_payout_back(rich, emulator):
    control(emulator, "payouts/bank_account", account_number="000111111113")
    payout = rich.v1.payouts.create({"amount": 5000, "currency": "usd"})
    later(emulator, 3 * DAY)
    failed = rich.v1.payouts.retrieve(payout.id)
    must_be_whole(failed)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert available(rich) == EARNED
    assert "payout.failed" in payouts_in(rich)


def test_by_itself_nothing_is_paid_out(rich, emulator):
    later(emulator, 5 * DAY)
    assert rich.v1.payouts.list().data == []


def test_with_a_daily_schedule_everything_goes(rich, emulator):
    assert rich.v1.balance_settings.update(DAILY).payments.payouts.schedule.interval == "daily"
    pay_now(rich, 1000)
    later(emulator, 5 * DAY)
    second, first = rich.v1.payouts.list().data
    must_be_whole(first)
    assert (first.automatic, first.amount, second.amount) == (True, EARNED, 941)
    assert available(rich) == 0
    parts = rich.v1.balance_transactions.list({"payout": first.id})
    assert list_problems(parts) == []
    assert sum(each.net for each in parts.data) == 0
    assert {each.type for each in parts.data} == {"charge", "payout"}
    with pytest.raises(stripe.InvalidRequestError):
        rich.v1.payouts.cancel(second.id)
    manual = {"payments": {"payouts": {"schedule": {"interval": "manual"}}}}
    rich.v1.balance_settings.update(manual)
    pay_now(rich, 1000)
    later(emulator, 5 * DAY)
    assert len(rich.v1.payouts.list().data) == 2


def test_what_a_manual_payout_is_made_of_is_not_known(rich):
    payout = rich.v1.payouts.create({"amount": 5000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        rich.v1.balance_transactions.list({"payout": payout.id})
    assert caught.value.param == "payout"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("currency=usd", "amount"),
        ("amount=0&currency=usd", "amount"),
        ("amount=-5&currency=usd", "amount"),
        ("amount=1000&currency=zzz", "currency"),
        ("amount=1000&currency=eur", "amount"),
        ("amount=150&currency=huf", "amount"),
        ("amount=100&currency=usd&destination=ba_none", "destination"),
        ("amount=100&currency=usd&method=teleport", "method"),
    ],
)
def test_a_payout_that_makes_no_sense_is_refused(rich, ask: Ask, body, param):
    answer = ask("POST", "/v1/payouts", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert rich.v1.payouts.list().data == []


def test_a_file_of_an_earlier_version_knows_its_balance(rich, emulator):
    pay_now(rich, 1000)
    later(emulator, 3)
    before = rich.v1.balance.retrieve().to_dict()
    with emulator.emulator.store.transaction() as tx:
        tx.sql.execute("DELETE FROM state WHERE name = 'balance'")
    assert rich.v1.balance.retrieve().to_dict() == before
    rich.v1.payouts.create({"amount": 70, "currency": "usd"})
    assert available(rich) == EARNED - 70
