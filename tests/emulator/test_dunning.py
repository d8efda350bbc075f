"""Invoices that are not paid: retries, what becomes of the subscription, and recovery."""

import json

import pytest
import stripe

from stripe_emulator.billing import collecting
from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import (
    DAY,
    first_invoice,
    invoices,
    pass_time,
    payer,
    plan,
    subscribe,
    use_card,
)

_FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture
def behind(client, emulator):
    """A subscription whose first renewal has just been declined, and its customer."""
    customer = payer(client)
    subscription = subscribe(client, customer=customer.id)
    use_card(client, customer, _FAILS)
    item = subscription["items"].data[0]
    pass_time(emulator, (item.current_period_end - item.current_period_start) / DAY + 0.05)
    return client.v1.subscriptions.retrieve(subscription.id), customer


def test_a_declined_renewal_puts_a_subscription_behind(client, emulator, behind):
    subscription, customer = behind
    assert subscription.status == "past_due"
    assert client.v1.customers.retrieve(customer.id).delinquent
    invoice = invoices(client)[-1]
    must_be_whole(invoice)
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    days = (invoice.next_payment_attempt - emulator.emulator.clock.precise()) / DAY
    assert days == pytest.approx(collecting.RETRY_DAYS[0], abs=0.1)
    assert history(client)[-6:] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.subscription.updated",
    ]


def test_after_the_last_retry_it_is_cancelled(client, emulator, behind):
    pass_time(emulator, sum(collecting.RETRY_DAYS) + 1)
    gone = client.v1.subscriptions.retrieve(behind[0].id)
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_failed")
    invoice = invoices(client)[-1]
    assert (invoice.status, invoice.attempt_count) == ("open", 1 + len(collecting.RETRY_DAYS))
    assert (invoice.next_payment_attempt, invoice.auto_advance) == (None, False)


def _set(ask, choice):
    wish = json.dumps({"after_last_retry": choice})
    return ask("POST", "/_emulator/billing", wish, headers={"Content-Type": "application/json"})


def test_or_it_is_unpaid_if_that_is_the_setting(client, emulator, behind, ask):
    _set(ask, "mark_unpaid")
    pass_time(emulator, sum(collecting.RETRY_DAYS) + 1)
    assert client.v1.subscriptions.retrieve(behind[0].id).status == "unpaid"
    pass_time(emulator, 31)
    newest = invoices(client)[-1]
    # It goes on making invoices that nobody collects, until one is paid.
    assert newest.status == "draft"
    use_card(client, behind[1], "pm_card_visa")
    client.v1.invoices.pay(newest.id)
    assert client.v1.subscriptions.retrieve(behind[0].id).status == "active"


def test_another_card_and_paying_by_hand_make_it_good(client, emulator, behind):
    subscription, customer = behind
    use_card(client, customer, "pm_card_visa")
    paid = client.v1.invoices.pay(str(subscription.latest_invoice))
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert not client.v1.customers.retrieve(customer.id).delinquent
    pass_time(emulator, 20)
    # The retries that were planned have nothing to do any more.
    assert len(client.v1.charges.list({"limit": 100}).data) == 3


def test_another_card_makes_the_next_retry_succeed(client, emulator, behind):
    use_card(client, behind[1], "pm_card_visa")
    pass_time(emulator, collecting.RETRY_DAYS[0] + 0.1)
    assert invoices(client)[-1].status == "paid"


def test_a_card_that_asks_needs_its_holder(client, emulator):
    customer = payer(client)
    subscription = subscribe(client, customer=customer.id)
    use_card(client, customer, "pm_card_authenticationRequired")
    pass_time(emulator, 32)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    told = history(client)
    assert "invoice.payment_action_required" in told
    invoice = invoices(client)[-1]
    found = client.v1.invoices.retrieve(
        invoice.id, {"expand": ["payments.data.payment.payment_intent", "confirmation_secret"]}
    )
    intent = found.payments.data[0].payment.payment_intent
    assert intent.status == "requires_action"
    assert found.confirmation_secret.client_secret == intent.client_secret


def test_a_first_payment_that_fails_leaves_it_incomplete_for_a_day(client, emulator):
    customer = payer(client, _FAILS)
    subscription = subscribe(client, customer=customer.id)
    assert subscription.status == "incomplete"
    first = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    assert (first.status, first.next_payment_attempt) == ("open", None)
    pass_time(emulator, 0.9)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "incomplete"
    pass_time(emulator, 0.1)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "incomplete_expired"
    assert client.v1.invoices.retrieve(first.id).status == "void"
    pass_time(emulator, 40)
    assert len(invoices(client)) == 1


def test_an_incomplete_one_is_made_good_by_paying_its_invoice(client, emulator):
    customer = payer(client, _FAILS)
    subscription = subscribe(client, customer=customer.id)
    client.v1.invoices.pay(
        str(subscription.latest_invoice), {"payment_method": "pm_card_mastercard"}
    )
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    pass_time(emulator, 2)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def _intent_of(invoice: stripe.Invoice) -> str:
    """The payment intent whose secret a page was given."""
    assert invoice.confirmation_secret is not None
    return invoice.confirmation_secret.client_secret.partition("_secret_")[0]


def test_default_incomplete_waits_for_the_payment_intent(client):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(
        client,
        customer=customer.id,
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        expand=["latest_invoice.confirmation_secret"],
    )
    assert subscription.status == "incomplete"
    intent = _intent_of(first_invoice(subscription))
    client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    active = client.v1.subscriptions.retrieve(subscription.id)
    assert active.status == "active"
    method = client.v1.payment_methods.retrieve(str(active.default_payment_method))
    assert method.customer == customer.id


def test_error_if_incomplete_keeps_nothing(client):
    customer = payer(client, _FAILS)
    with pytest.raises(stripe.CardError) as refused:
        subscribe(client, customer=customer.id, payment_behavior="error_if_incomplete")
    assert refused.value.code == "card_declined"
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert client.v1.invoices.list().data == []


def test_without_a_payment_method_it_is_refused(client):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        subscribe(client, customer=customer.id)


def test_an_invoice_that_is_sent_can_be_paid_later(client, emulator):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(
        client, customer=customer.id, collection_method="send_invoice", days_until_due=7
    )
    assert subscription.status == "active"
    assert invoices(client)[0].status == "draft"
    pass_time(emulator, 0.1)
    sent = invoices(client)[0]
    assert (sent.status, history(client)[-1]) == ("open", "invoice.sent")
    finalized_at = sent.status_transitions.finalized_at
    assert finalized_at is not None
    assert sent.due_date == pytest.approx(finalized_at + 7 * DAY, abs=2)
    pass_time(emulator, 8)
    assert "invoice.overdue" in history(client)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    client.v1.invoices.pay(sent.id, {"paid_out_of_band": True})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert "invoice.payment_succeeded" not in history(client)


def test_what_follows_the_last_retry_is_one_of_three_things(ask):
    assert ask("GET", "/_emulator/billing").json["after_last_retry"] == "cancel"
    assert _set(ask, "leave_past_due").json["after_last_retry"] == "leave_past_due"
    assert _set(ask, "forget").status == 400


def test_a_first_payment_may_need_its_holder(client, ask):
    subscription = subscribe(client, customer=payer(client, "pm_card_authenticationRequired").id)
    assert subscription.status == "incomplete"
    assert history(client)[-1] == "invoice.payment_action_required"
    (payment,) = client.v1.invoice_payments.list({"invoice": str(subscription.latest_invoice)}).data
    intent = str(payment.payment.payment_intent)
    yes = json.dumps({"approve": True})
    sent = {"Content-Type": "application/json"}
    answer = ask("POST", f"/_emulator/payment_intents/{intent}/answer", yes, headers=sent)
    assert answer.status == 200, answer.body
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    assert client.v1.invoices.retrieve(str(subscription.latest_invoice)).status == "paid"


def test_a_card_declined_by_elements_is_told_of_the_invoice_too(client):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(
        client,
        customer=customer.id,
        payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret"],
    )
    invoice = first_invoice(subscription)
    intent = _intent_of(invoice)
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_chargeDeclined"})
    assert "invoice.payment_failed" in history(client)
    kept = client.v1.invoices.retrieve(invoice.id)
    assert (kept.status, kept.attempt_count) == ("open", 1)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "incomplete"
    client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_try_by_hand_takes_the_place_of_the_retry_that_was_planned(client, emulator, behind):
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(str(behind[0].latest_invoice))
    pass_time(emulator, collecting.RETRY_DAYS[0] + 0.5)
    assert invoices(client)[-1].attempt_count == 2
    pass_time(emulator, collecting.RETRY_DAYS[1] - collecting.RETRY_DAYS[0])
    assert invoices(client)[-1].attempt_count == 3


def test_only_the_newest_invoice_makes_it_good(client, emulator):
    customer = payer(client)
    weekly = plan(client, 500, "week").id
    subscription = subscribe(client, customer=customer.id, items=[{"price": weekly}])
    use_card(client, customer, _FAILS)
    pass_time(emulator, 15)
    older, newest = invoices(client)[1:]
    assert (older.status, newest.status) == ("open", "open")
    use_card(client, customer, "pm_card_visa")
    client.v1.invoices.pay(older.id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    client.v1.invoices.pay(newest.id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
