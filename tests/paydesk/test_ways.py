"""Ways to pay: one trip at a time whatever the way, and nobody pays twice by going another way."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from paydesk.foundation.errors import Invalid, Refused
from paydesk.orders.order import Order
from paydesk.payments import ways
from paydesk.payments.checkout import NothingToPay
from paydesk.payments.errands import HookRaised
from paydesk.payments.event import parse
from paydesk.payments.gateway import StripeRefused
from paydesk.payments.handing_over import CardDeclined, StillCharging
from paydesk.payments.ways import Form, Mount, Redirect
from paydesk.settings import WAYS, load
from tests.fake_gateway import event_of, unreachable
from tests.paydesk.test_placing import variant, wish


@pytest.fixture
def settings(settings):
    return replace(settings, ways=tuple(ways.ALL))


@pytest.fixture
def order(shop) -> Order:
    placed: Order = shop.placing.place(wish(shop, quantity=2))
    return placed


def now_of(shop, order: Order) -> Order:
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order.id)


def test_each_way_says_what_the_browser_does_next(shop, order, gateway):
    steps = {}
    for name in ways.ALL:
        another = shop.placing.place(wish(shop))
        steps[name] = shop.checkouts.start(another.id, name).step
    assert isinstance(steps["hosted"], Redirect)
    assert steps["embedded"] == Mount(Form.CHECKOUT, "cs_test_0002_secret_x")
    assert steps["element"] == Mount(Form.PAYMENT, "pi_0001_secret_x")
    assert steps["charge"] == Mount(Form.CARD)
    # Nothing was asked of Stripe for the last: there is nothing to charge yet.
    assert "create charge" not in gateway.calls


def test_a_way_that_is_not_offered_is_refused(shop, order, settings):
    with pytest.raises(Invalid):
        shop.checkouts.start(order.id, "cheque")
    assert ways.chosen(None, ("element", "hosted"), is_recurring=False).name == "element"
    # What cannot be paid anew by itself sells no subscription.
    assert ways.chosen(None, ("element", "hosted"), is_recurring=True).name == "hosted"
    with pytest.raises(Invalid):
        ways.chosen("element", ("element", "hosted"), is_recurring=True)


def test_the_intent_is_for_what_was_ordered_and_is_made_once(shop, order, gateway):
    first = shop.checkouts.start(order.id, "element")
    again = shop.checkouts.start(order.id, "element")
    assert again == first
    ((key, (request, _)),) = gateway.made.items()
    assert (request.amount.minor, request.amount.currency) == (7800, "usd")
    assert request.metadata == {"paydesk_checkout": key, "order_number": "1001"}


def test_an_intent_is_paid_through_the_return_page(shop, order, gateway):
    started = shop.checkouts.start(order.id, "element")
    gateway.confirm(started.stripe_id)
    shop.checkouts.ask(order.id)
    assert now_of(shop, order).payment == "paid"
    assert variant(shop, "arduino-board").on_hand == 48
    with pytest.raises(NothingToPay):
        shop.checkouts.start(order.id, "element")


def test_an_intent_that_was_paid_meanwhile_is_not_shown_again(shop, order, gateway):
    started = shop.checkouts.start(order.id, "element")
    gateway.confirm(started.stripe_id)
    with pytest.raises(NothingToPay):
        shop.checkouts.start(order.id, "element")
    assert now_of(shop, order).payment == "paid"


def test_going_another_way_closes_the_first_and_keeps_the_stock(shop, order, gateway):
    shop.checkouts.start(order.id, "hosted")
    shop.checkouts.start(order.id, "element")
    assert gateway.sessions["cs_test_0001"]["status"] == "expired"
    assert now_of(shop, order).payment == "awaiting"
    assert variant(shop, "arduino-board").held == 2
    shop.checkouts.start(order.id, "hosted")
    assert gateway.intents["pi_0001"]["status"] == "canceled"


def test_in_between_nobody_else_gets_the_last_one(shop, gateway, monkeypatch):
    irons = shop.placing.place(wish(shop, "soldering-iron", quantity=5))
    shop.checkouts.start(irons.id, "hosted")

    def released(*_args) -> None:
        raise AssertionError("the stock was put back although the buyer goes on")

    monkeypatch.setattr("paydesk.payments.settle.stock.release", released)
    shop.checkouts.start(irons.id, "element")
    assert variant(shop, "soldering-iron").held == 5


def test_going_another_way_after_paying_finds_nothing_to_pay(shop, order, gateway):
    gateway.pay(str(shop.checkouts.start(order.id, "hosted").stripe_id))
    with pytest.raises(NothingToPay):
        shop.checkouts.start(order.id, "element")
    assert gateway.intents == {}
    assert now_of(shop, order).payment == "paid"


def test_going_another_way_while_stripe_is_away_changes_nothing(shop, order, gateway):
    shop.checkouts.start(order.id, "hosted")
    gateway.trouble = unreachable()
    with pytest.raises(type(gateway.trouble)):
        shop.checkouts.start(order.id, "element")
    gateway.trouble = None
    # The first session may still be paid, and nothing else can be.
    assert gateway.intents == {}
    assert gateway.sessions["cs_test_0001"]["status"] == "open"


def test_cancelling_ends_an_intent_and_gives_the_stock_back(shop, order, gateway):
    shop.checkouts.start(order.id, "element")
    shop.checkouts.cancel(order.id)
    assert gateway.intents["pi_0001"]["status"] == "canceled"
    assert now_of(shop, order).payment == "expired"
    assert variant(shop, "arduino-board").held == 0


def test_the_sweeper_ends_an_intent_that_stripe_would_keep_for_ever(shop, order, gateway, clock):
    shop.checkouts.start(order.id, "element")
    clock.travel(timedelta(minutes=30))
    shop.sweeping.run()
    assert gateway.intents["pi_0001"]["status"] == "requires_payment_method"
    clock.travel(timedelta(minutes=4))
    shop.sweeping.run()
    assert gateway.intents["pi_0001"]["status"] == "canceled"
    assert now_of(shop, order).payment == "expired"
    assert variant(shop, "arduino-board").held == 0


def test_a_debit_that_is_on_its_way_is_pending_and_not_cancelled(shop, order, gateway, clock):
    started = shop.checkouts.start(order.id, "element")
    gateway.confirm(started.stripe_id, "processing")
    shop.checkouts.ask(order.id)
    assert now_of(shop, order).payment == "pending"
    clock.travel(timedelta(hours=2))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "pending"
    assert gateway.intents["pi_0001"]["status"] == "processing"


def test_a_voucher_is_waited_for_and_its_lapse_is_a_failure(shop, order, gateway, clock):
    started = shop.checkouts.start(order.id, "element")
    intent = gateway.intents[started.stripe_id]
    intent.update(status="requires_action", next_action={"type": "oxxo_display_details"})
    shop.checkouts.ask(order.id)
    assert now_of(shop, order).payment == "pending"
    clock.travel(timedelta(days=2))
    shop.sweeping.run()
    # The buyer still holds the voucher: it is not cancelled under them.
    assert intent["status"] == "requires_action"
    lapsed = {"payment_method": {"type": "oxxo"}}
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=lapsed)
    clock.travel(timedelta(hours=2))
    shop.sweeping.run()
    assert now_of(shop, order).payment == "failed"
    assert variant(shop, "arduino-board").held == 0
    # Another try is another intent; the first can be paid no more.
    again = shop.checkouts.start(order.id, "element")
    assert again.stripe_id != started.stripe_id
    assert intent["status"] == "canceled"


def test_a_session_whose_lines_cost_something_else_is_not_fulfilled(shop, order, gateway):
    shop.checkouts.changes.add(lambda _errand, params: params.update(allow_promotion_codes=True))
    session = gateway.pay(str(shop.checkouts.start(order.id).stripe_id))
    session.update(amount_total=7020, total_details={"amount_discount": 780})
    shop.checkouts.ask(order.id)
    after = now_of(shop, order)
    assert (after.payment, after.total_minor, after.discount_minor) == ("paid", 7020, 780)
    other = shop.placing.place(wish(shop))
    session = gateway.pay(str(shop.checkouts.start(other.id).stripe_id))
    # One line more than was agreed, whatever takes its price off again.
    session.update(amount_subtotal=4900, total_details={"amount_discount": 1000})
    shop.checkouts.ask(other.id)
    assert now_of(shop, other).payment == "review"


def test_an_intent_alone_does_not_say_what_stripes_page_added(shop, order, gateway):
    shop.checkouts.changes.add(lambda _errand, params: params.update(allow_promotion_codes=True))
    session = gateway.pay(str(shop.checkouts.start(order.id).stripe_id))
    session.update(amount_total=7020)
    intent = {
        "id": session["payment_intent"],
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 7020,
        "amount_received": 7020,
        "currency": "usd",
        "livemode": False,
        "metadata": session["metadata"],
    }
    hear(shop, event_of(intent, "payment_intent.succeeded", "evt_intent"))
    # Neither paid nor odd: the session's word is still to come.
    assert now_of(shop, order).payment == "pending"
    hear(shop, event_of(session, "checkout.session.completed", "evt_session"))
    assert now_of(shop, order).payment == "paid"


def hear(shop, event) -> None:
    shop.inbox.receive(parse(json.dumps(event).encode()))


def charging(shop, order: Order) -> str:
    return str(shop.checkouts.start(order.id, "charge").checkout_id)


def test_a_token_is_one_charge_however_often_it_is_handed_over(shop, order, gateway):
    trip = charging(shop, order)
    shop.handing_over.take(order.id, trip, "tok_1")
    with pytest.raises(NothingToPay):
        shop.handing_over.take(order.id, trip, "tok_2")
    assert len(gateway.charges) == 1
    assert now_of(shop, order).payment == "paid"


def test_a_second_token_waits_for_what_became_of_the_first(shop, order, gateway):
    trip = charging(shop, order)
    gateway.answers_are_lost = True
    with pytest.raises(type(unreachable())) as told:
        shop.handing_over.take(order.id, trip, "tok_1")
    # Nobody may say that nothing was charged.
    assert "Nothing was charged" not in told.value.message
    gateway.answers_are_lost = False
    with pytest.raises(StillCharging):
        shop.handing_over.take(order.id, trip, "tok_2")
    shop.checkouts.ask(order.id)
    assert now_of(shop, order).payment == "paid"
    assert len(gateway.charges) == 1


def test_a_declined_card_ends_the_trip_and_says_why(shop, order, gateway):
    trip = charging(shop, order)
    gateway.declines_with = "card_declined"
    with pytest.raises(CardDeclined, match="You were not charged"):
        shop.handing_over.take(order.id, trip, "tok_1")
    gateway.declines_with = None
    with pytest.raises(Refused):
        shop.handing_over.take(order.id, trip, "tok_2")
    another = charging(shop, order)
    assert another != trip
    shop.handing_over.take(order.id, another, "tok_2")
    assert now_of(shop, order).payment == "paid"


def test_a_card_that_must_be_confirmed_is_refused_with_the_reason(shop, order, gateway):
    gateway.declines_with = "authentication_required"
    with pytest.raises(CardDeclined, match="choose another way to pay"):
        shop.handing_over.take(order.id, charging(shop, order), "tok_1")


def test_what_is_no_token_is_refused_before_stripe_is_asked(shop, order, gateway):
    trip = charging(shop, order)
    for token in ("", "4242424242424242", "tok_ü", "tok_" + "x" * 300):
        with pytest.raises(Invalid):
            shop.handing_over.take(order.id, trip, token)
    other = shop.placing.place(wish(shop))
    with pytest.raises(Refused):
        shop.handing_over.take(other.id, trip, "tok_1")
    assert gateway.charges == {}


def test_a_hook_has_the_last_word_on_a_sessions_parameters(shop, order, gateway):
    def gift(errand, params) -> None:
        assert errand.number == 1001
        params["custom_text"] = {"submit": {"message": "A gift"}}

    shop.checkouts.changes.add(gift)
    shop.checkouts.start(order.id)
    ((request, _),) = gateway.by_key.values()
    assert request.params["custom_text"] == {"submit": {"message": "A gift"}}
    assert request.params["line_items"][0]["quantity"] == 2
    assert now_of(shop, order).adds is False


def test_a_hook_that_lets_stripe_add_to_the_lines_makes_stripes_total_count(shop, order):
    def codes(_errand, params) -> None:
        params["allow_promotion_codes"] = True

    shop.checkouts.changes.add(codes)
    shop.checkouts.start(order.id)
    assert now_of(shop, order).adds is True


def test_a_hook_that_raises_is_named_and_nothing_is_asked_of_stripe(shop, order, gateway, capsys):
    def broken(_errand, _params) -> None:
        raise ZeroDivisionError

    shop.checkouts.changes.add(broken)
    with pytest.raises(HookRaised):
        shop.checkouts.start(order.id)
    assert gateway.calls == []
    shown = capsys.readouterr()
    assert "broken" in shown.out + shown.err


def test_the_same_errand_gives_the_same_parameters(shop, order, gateway):
    gateway.trouble = StripeRefused("parameter_invalid")
    with pytest.raises(StripeRefused):
        shop.checkouts.start(order.id)
    gateway.trouble = None
    shop.checkouts.start(order.id)
    assert len(gateway.by_key) == 1


def test_a_fifth_way_is_one_file_and_one_line(tmp_path, monkeypatch):
    (tmp_path / "counter.py").write_text(
        "from paydesk.payments.ways.hosted import Hosted\n\n\n"
        "class Counter(Hosted):\n"
        "    name = 'counter'\n"
        "    label = 'Pay at the counter'\n"
    )
    monkeypatch.setattr(ways, "__path__", [*ways.__path__, str(tmp_path)])
    monkeypatch.setattr("paydesk.settings.WAYS", (*WAYS, "counter"))
    monkeypatch.setenv("PAYDESK_WAYS", "counter,element")
    offered = load().ways
    assert offered == ("counter", "element")
    assert [each.label for each in ways.load(offered).values()] == [
        "Pay at the counter",
        ways.ALL["element"].label,
    ]
