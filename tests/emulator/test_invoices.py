"""Invoices made by hand: lines, amounts, what can become of them."""

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import DAY, now, pass_time, payer, plan, subscribe


@pytest.fixture
def customer(client):
    return payer(client)


@pytest.fixture
def draft(client, customer):
    """An invoice over 10.00 and 2.50."""
    invoice = client.v1.invoices.create({"customer": customer.id})
    lines = [{"amount": 1000, "description": "Work"}, {"amount": 250, "description": "Travel"}]
    return client.v1.invoices.add_lines(invoice.id, {"lines": lines})


def test_an_invoice_goes_from_draft_to_paid(client, emulator, draft):
    must_be_whole(draft)
    assert (draft.status, draft.total, draft.number) == ("draft", 1250, None)
    final = client.v1.invoices.finalize_invoice(draft.id)
    must_be_whole(final)
    assert (final.status, final.amount_due) == ("open", 1250)
    paid = client.v1.invoices.pay(draft.id)
    assert (paid.status, paid.amount_paid, paid.attempt_count) == ("paid", 1250, 1)
    pass_time(emulator, 0.01)
    assert history(client)[-8:] == [
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    (payment,) = client.v1.invoice_payments.list({"invoice": draft.id}).data
    must_be_whole(payment)
    assert (payment.status, payment.amount_paid) == ("paid", 1250)
    intent = payment.payment.payment_intent
    found = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": str(intent)}}
    )
    assert [each.id for each in found.data] == [payment.id]
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(draft.id)


def test_items_wait_for_the_next_invoice_that_wants_them(client, customer):
    item = client.v1.invoice_items.create(
        {"customer": customer.id, "amount": 700, "currency": "usd", "description": "Setup"}
    )
    must_be_whole(item)
    without = client.v1.invoices.create({"customer": customer.id})
    assert without.lines.data == []
    invoice = client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include"}
    )
    assert (invoice.total, invoice.lines.data[0].description) == (700, "Setup")
    assert client.v1.invoice_items.retrieve(item.id).invoice == invoice.id
    changed = client.v1.invoice_items.update(item.id, {"amount": 900})
    assert changed.amount == 900
    assert client.v1.invoices.retrieve(invoice.id).total == 900
    client.v1.invoice_items.delete(item.id)
    assert client.v1.invoices.retrieve(invoice.id).total == 0


def test_what_a_subscriber_owes_beside_comes_with_the_renewal(client, emulator, customer):
    subscribe(client, customer=customer.id)
    client.v1.invoice_items.create({"customer": customer.id, "amount": 400, "currency": "usd"})
    pass_time(emulator, 32)
    assert client.v1.invoices.list({"limit": 1}).data[0].amount_paid == 1900


def test_lines_change_as_long_as_it_is_a_draft(client, draft):
    first, second = client.v1.invoices.line_items.list(draft.id).data
    changed = client.v1.invoices.line_items.update(draft.id, first.id, {"quantity": 3})
    must_be_whole(changed)
    assert changed.amount == 3000
    left = client.v1.invoices.remove_lines(
        draft.id, {"lines": [{"id": second.id, "behavior": "delete"}]}
    )
    assert left.total == 3000
    client.v1.invoices.finalize_invoice(draft.id)
    with pytest.raises(stripe.InvalidRequestError, match="draft"):
        client.v1.invoices.add_lines(draft.id, {"lines": [{"amount": 1}]})


def test_discounts_and_taxes_are_taken_in_stripes_order(client, customer):
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once"})
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    invoice = client.v1.invoices.create(
        {
            "customer": customer.id,
            "discounts": [{"coupon": coupon.id}],
            "default_tax_rates": [rate.id],
        }
    )
    invoice = client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": 1000}]})
    must_be_whole(invoice)
    assert (invoice.subtotal, invoice.total) == (1000, 900 + 171)
    assert [each.amount for each in invoice.total_discount_amounts] == [100]
    assert [each.amount for each in invoice.total_taxes] == [171]
    (line,) = invoice.lines.data
    assert (line.discount_amounts[0].amount, line.taxes[0].taxable_amount) == (100, 900)
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_credit_pays_first_and_what_is_too_small_is_owed(client, customer):
    entry = client.v1.customers.balance_transactions.create(
        customer.id, {"amount": -300, "currency": "usd"}
    )
    must_be_whole(entry)

    def invoiced(amount):
        made = client.v1.invoices.create({"customer": customer.id})
        client.v1.invoices.add_lines(made.id, {"lines": [{"amount": amount}]})
        return client.v1.invoices.finalize_invoice(made.id)

    first = invoiced(200)
    assert (first.status, first.amount_due, first.ending_balance) == ("paid", 0, -100)
    second = invoiced(1000)
    assert (second.amount_due, second.starting_balance) == (900, -100)
    tiny = invoiced(20)
    assert (tiny.status, tiny.ending_balance) == ("paid", 20)
    assert invoiced(1000).amount_due == 1020
    kinds = [each.type for each in client.v1.customers.balance_transactions.list(customer.id).data]
    assert kinds == ["applied_to_invoice"] * 4 + ["adjustment"]


def test_voiding_takes_it_back(client, customer, draft):
    with pytest.raises(stripe.InvalidRequestError, match="open or uncollectible"):
        client.v1.invoices.void_invoice(draft.id)
    client.v1.invoices.finalize_invoice(draft.id)
    gone = client.v1.invoices.void_invoice(draft.id)
    assert (gone.status, gone.status_transitions.voided_at is not None) == ("void", True)
    (payment,) = client.v1.invoice_payments.list({"invoice": draft.id}).data
    intent = client.v1.payment_intents.retrieve(str(payment.payment.payment_intent))
    assert (payment.status, intent.status) == ("canceled", "canceled")
    with pytest.raises(stripe.InvalidRequestError, match="void"):
        client.v1.invoices.pay(draft.id)


def test_what_was_written_off_can_still_be_paid(client, draft):
    client.v1.invoices.finalize_invoice(draft.id)
    lost = client.v1.invoices.mark_uncollectible(draft.id)
    must_be_whole(lost)
    assert lost.status == "uncollectible"
    assert client.v1.invoices.pay(draft.id).status == "paid"


def test_a_draft_can_be_deleted_and_its_items_wait_again(client, customer):
    item = client.v1.invoice_items.create({"customer": customer.id, "amount": 5, "currency": "usd"})
    made = client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include"}
    )
    assert client.v1.invoices.delete(made.id).deleted
    assert client.v1.invoice_items.retrieve(item.id).invoice is None
    assert [each.id for each in client.v1.invoice_items.list({"pending": True}).data] == [item.id]


def test_a_draft_that_advances_is_paid_by_itself_an_hour_later(client, emulator, draft):
    client.v1.invoices.update(draft.id, {"auto_advance": True, "description": "Thanks"})
    pass_time(emulator, 0.03)
    assert client.v1.invoices.retrieve(draft.id).status == "draft"
    pass_time(emulator, 0.03)
    paid = client.v1.invoices.retrieve(draft.id)
    assert (paid.status, paid.description) == ("paid", "Thanks")


def test_a_declined_payment_is_said_and_kept(client, customer, draft):
    client.v1.invoices.finalize_invoice(draft.id)
    with pytest.raises(stripe.CardError) as refused:
        client.v1.invoices.pay(draft.id, {"payment_method": "pm_card_chargeDeclined"})
    assert refused.value.code == "card_declined"
    with pytest.raises(stripe.CardError) as asked:
        client.v1.invoices.pay(draft.id, {"payment_method": "pm_card_authenticationRequired"})
    assert asked.value.code == "invoice_payment_intent_requires_action"
    kept = client.v1.invoices.retrieve(draft.id)
    assert (kept.status, kept.attempt_count) == ("open", 2)


def test_a_preview_shows_what_would_come_and_keeps_nothing(client, customer):
    subscription = subscribe(client, customer=customer.id)
    told = history(client)
    item = subscription["items"].data[0]
    coming = client.v1.invoices.create_preview({"subscription": subscription.id})
    must_be_whole(coming)
    assert (coming.total, coming.billing_reason) == (1500, "upcoming")
    assert coming.lines.data[0].period.start == item.current_period_end
    change = {"items": [{"id": item.id, "quantity": 3}], "proration_behavior": "always_invoice"}
    changed = client.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": change}
    )
    assert changed.total == 3000
    later = {**change, "proration_behavior": "create_prorations"}
    changed = client.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": later}
    )
    assert changed.total == 4500 + 3000
    new = client.v1.invoices.create_preview(
        {
            "customer": customer.id,
            "subscription_details": {"items": [{"price": plan(client, 999).id}]},
            "invoice_items": [{"amount": 100, "currency": "usd"}],
        }
    )
    assert new.total == 1099
    assert client.v1.invoice_items.list().data == []
    assert client.v1.subscriptions.retrieve(subscription.id)["items"].data[0].quantity == 1
    assert history(client) == told


def test_coupons_of_a_subscription_last_as_long_as_they_say(client, emulator, customer):
    twice = client.v1.coupons.create(
        {"amount_off": 500, "currency": "usd", "duration": "repeating", "duration_in_months": 2}
    )
    subscription = subscribe(client, customer=customer.id, discounts=[{"coupon": twice.id}])
    assert len(subscription.discounts) == 1
    pass_time(emulator, 100)
    paid = [each.amount_paid for each in client.v1.invoices.list({"limit": 100}).data][::-1]
    assert paid == [1000, 1000, 1500, 1500]
    once = client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    other = subscribe(client, discounts=[{"coupon": once.id}])
    assert client.v1.invoices.retrieve(str(other.latest_invoice)).amount_paid == 750
    pass_time(emulator, 32)
    newest = client.v1.invoices.list({"subscription": other.id, "limit": 1}).data[0]
    assert newest.amount_paid == 1500


def test_lists_of_invoices_filter(client, customer, draft):
    sent = client.v1.invoices.create(
        {"customer": customer.id, "collection_method": "send_invoice", "due_date": now() + DAY}
    )
    listed = client.v1.invoices.list({"collection_method": "send_invoice"}).data
    assert [each.id for each in listed] == [sent.id]
    assert len(client.v1.invoices.list({"status": "draft"}).data) == 2
    subscription = subscribe(client, customer=customer.id)
    (of_it,) = client.v1.invoices.list({"subscription": subscription.id}).data
    assert of_it.id == subscription.latest_invoice


def test_automatic_tax_needs_to_know_where_the_customer_is(client, emulator):
    nowhere = payer(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscribe(client, customer=nowhere.id, automatic_tax={"enabled": True})
    assert refused.value.code == "customer_tax_location_invalid"
    here = payer(client, address={"country": "DE", "postal_code": "10115"})
    euros = plan(client, 1190, currency="eur").id
    subscription = subscribe(
        client, customer=here.id, items=[{"price": euros}], automatic_tax={"enabled": True}
    )
    invoice = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    must_be_whole(invoice)
    # In euros the price contains the tax.
    assert (invoice.total, invoice.total_taxes[0].amount) == (1190, 190)
    assert invoice.automatic_tax.status == "complete"
    client.v1.customers.update(here.id, {"address": ""})
    pass_time(emulator, 32)
    stuck = client.v1.invoices.list({"limit": 1}).data[0]
    assert (stuck.status, history(client)[-1]) == ("draft", "invoice.finalization_failed")
    assert stuck.last_finalization_error.code == "customer_tax_location_invalid"
