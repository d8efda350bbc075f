"""Subscriptions and invoices that a Checkout Session makes: the same amounts on both sides."""

import pytest

from tests.emulator.buying import authenticate, history, line, pay
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import invoices, pass_time, plan
from tests.emulator.test_checkout_amounts import new_session


def subscribed(client, emulator, given=None, **more):
    """The session and its subscription, paid on the page; `given` is what the buyer enters."""
    if "line_items" not in more:
        more["line_items"] = [{"price": plan(client).id, "quantity": 2}]
    made = new_session(client, mode="subscription", **more)
    assert pay(emulator, made, **(given or {}))["outcome"] == "paid"
    session = client.v1.checkout.sessions.retrieve(made.id)
    return session, client.v1.subscriptions.retrieve(str(session.subscription))


def test_the_first_invoice_is_what_the_page_has_charged(client, emulator):
    coupon = client.v1.coupons.create(
        {"percent_off": 25, "duration": "repeating", "duration_in_months": 2}
    )
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    items = [
        {"price": plan(client).id, "quantity": 2, "tax_rates": [rate.id]},
        line(700, quantity=1),
    ]
    session, subscription = subscribed(
        client, emulator, line_items=items, discounts=[{"coupon": coupon.id}]
    )
    must_be_whole(subscription)
    invoice = client.v1.invoices.retrieve(str(session.invoice), {"expand": ["payments"]})
    must_be_whole(invoice)
    assert (invoice.status, invoice.total) == ("paid", session.amount_total)
    assert invoice.amount_paid == client.v1.charges.list().data[0].amount
    assert invoice.payments.data[0].payment.payment_intent is not None
    assert len(invoice.lines.data) == 2
    # The next one is without the setup, and the third without the coupon.
    pass_time(emulator, 64)
    assert [each.total for each in invoices(client)][1:] == [2678, 3570]
    assert all(each.status == "paid" for each in invoices(client))
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


@pytest.mark.parametrize("card", ["4242424242424242", "4000002760003184"])
def test_its_payment_is_named_by_the_invoice_and_not_by_the_session(client, emulator, card):
    """Stripe's `payment_intent` is that of a session in payment mode ("The Checkout Session")."""
    made = new_session(
        client, mode="subscription", line_items=[{"price": plan(client).id, "quantity": 1}]
    )
    pay(emulator, made, card="4000000000000341")
    if pay(emulator, made, card=card)["outcome"] == "challenge":
        assert client.v1.checkout.sessions.retrieve(made.id).payment_intent is None
        authenticate(emulator, made, complete=True)
    session = client.v1.checkout.sessions.retrieve(made.id)
    assert (session.status, session.payment_status, session.payment_intent) == (
        "complete",
        "paid",
        None,
    )
    completed = client.v1.events.list({"type": "checkout.session.completed"}).data[0]
    assert completed.data.object["payment_intent"] is None
    assert len(client.v1.payment_intents.list().data) == 1


def test_the_tax_of_the_first_invoice_is_that_of_the_next(client, emulator):
    session, _ = subscribed(
        client,
        emulator,
        {"billing": {"country": "US", "state": "CA", "postal_code": "94105"}},
        automatic_tax={"enabled": True},
    )
    assert session.amount_total > 3000
    pass_time(emulator, 32)
    first, second = invoices(client)
    assert (first.total, second.total) == (session.amount_total, session.amount_total)
    assert first.automatic_tax.enabled


@pytest.mark.parametrize("collection", ["always", "if_required"])
def test_a_trial_that_began_on_the_page_is_paid_later(client, emulator, collection):
    session, subscription = subscribed(
        client,
        emulator,
        payment_method_collection=collection,
        subscription_data={"trial_period_days": 7},
    )
    assert (subscription.status, session.payment_status) == ("trialing", "no_payment_required")
    pass_time(emulator, 7.1)
    status = "active" if collection == "always" else "past_due"
    assert client.v1.subscriptions.retrieve(subscription.id).status == status


def test_an_invoice_is_made_for_a_payment_that_wants_one(client, emulator):
    post = {"display_name": "Post", "fixed_amount": {"amount": 500, "currency": "usd"}}
    made = new_session(
        client,
        invoice_creation={"enabled": True},
        shipping_options=[{"shipping_rate_data": post}],
    )
    pay(emulator, made)
    session = client.v1.checkout.sessions.retrieve(made.id)
    invoice = client.v1.invoices.retrieve(str(session.invoice))
    must_be_whole(invoice)
    assert (invoice.status, invoice.total) == ("paid", session.amount_total)
    assert (invoice.customer, invoice.amount_shipping) == (session.customer, 500)
    told = [each for each in history(client) if each.startswith("invoice.")]
    assert told == [
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.sent",
    ]
