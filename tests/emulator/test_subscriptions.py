"""Subscriptions from their first invoice on."""

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import DAY, first_invoice, pass_time, payer, plan, subscribe


def test_a_subscription_begins_with_a_paid_invoice(client):
    subscription = subscribe(client, items=[{"price": plan(client).id, "quantity": 2}])
    must_be_whole(subscription)
    assert subscription.status == "active"
    (item,) = subscription["items"].data
    assert item.current_period_end - item.current_period_start >= 28 * DAY
    invoice = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    must_be_whole(invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        *("paid", 3000, "subscription_create"),
    )
    assert invoice.number is not None
    assert invoice.number.endswith("-0001")
    (line,) = invoice.lines.data
    assert (line.amount, line.quantity) == (3000, 2)
    assert line.period.end == item.current_period_end


def test_its_beginning_is_told_in_order(client, emulator):
    subscription = subscribe(client)
    pass_time(emulator, 0.01)
    assert history(client, "customer.created", "customer.updated", "payment_method.") == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    (created,) = client.v1.events.list({"type": "customer.subscription.created"}).data
    # It is one thing: nobody saw it before it was paid.
    assert created.data.object["status"] == "active"
    assert created.data.object["latest_invoice"] == subscription.latest_invoice


def test_each_month_is_paid_an_hour_after_it_has_begun(client, emulator):
    subscription = subscribe(client, customer=payer(client).id)
    end = subscription["items"].data[0].current_period_end
    pass_time(emulator, (end - emulator.emulator.clock.precise()) / DAY + 0.001)
    renewed = client.v1.subscriptions.retrieve(subscription.id)
    assert renewed["items"].data[0].current_period_start == end
    draft = client.v1.invoices.retrieve(str(renewed.latest_invoice))
    assert (draft.status, draft.billing_reason) == ("draft", "subscription_cycle")
    assert draft.period_end == end
    pass_time(emulator, 0.1)
    paid = client.v1.invoices.retrieve(draft.id)
    assert (paid.status, paid.amount_paid) == ("paid", 1500)
    assert history(client)[-11:] == [
        "invoice.upcoming",
        "invoice.created",
        "customer.subscription.updated",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_codes_taxes_and_extras_are_on_the_first_invoice(client):
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    code = client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "TENOFF"}
    )
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": True})
    setup = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}
    )
    subscription = subscribe(
        client,
        items=[{"price": plan(client, 2000).id}, {"price": plan(client, 100).id, "quantity": 5}],
        discounts=[{"promotion_code": code.id}],
        default_tax_rates=[rate.id],
        add_invoice_items=[{"price": setup.id}],
        expand=["discounts", "latest_invoice"],
    )
    must_be_whole(subscription)
    invoice = first_invoice(subscription)
    assert [each.amount for each in invoice.lines.data] == [2000, 500, 500]
    assert (invoice.subtotal, invoice.total, invoice.status) == (3000, 2700, "paid")
    # A sixth of what a price with 20 % inside costs is tax.
    assert invoice.total_taxes is not None
    assert invoice.total_taxes[0].amount == 2700 // 6
    discount = subscription.discounts[0]
    assert isinstance(discount, stripe.Discount)
    assert discount.promotion_code == code.id
    assert client.v1.promotion_codes.retrieve(code.id).times_redeemed == 1
    assert invoice.customer_email == "ada@example.com"


def test_one_subscription_has_one_currency_and_each_price_once(client):
    price = plan(client).id
    customer = payer(client).id
    for items, words in (
        ([{"price": price}, {"price": price}], "multiple subscription items"),
        ([{"price": price}, {"price": plan(client, currency="eur").id}], "currency"),
        ([{"price": "price_none"}], "No such price"),
        ([{"price": price, "quantity": -1}], "quantity"),
        ([], "items"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=words):
            subscribe(client, customer=customer, items=items)
    once = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 5, "product_data": {"name": "Once"}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="one_time"):
        subscribe(client, customer=customer, items=[{"price": once.id}])
    with pytest.raises(stripe.InvalidRequestError, match="days_until_due"):
        subscribe(client, customer=customer, collection_method="send_invoice")
    assert client.v1.subscriptions.list({"status": "all"}).data == []
