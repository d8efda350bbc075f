"""Subscriptions change: plan, quantity, trial, pause, end."""

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import (
    DAY,
    invoices,
    now,
    pass_time,
    payer,
    plan,
    subscribe,
    use_card,
)


def _item(subscription):
    return subscription["items"].data[0]


def test_a_dearer_plan_is_charged_for_the_rest_of_the_period(client, emulator):
    subscription = subscribe(client)
    item = _item(subscription)
    pass_time(emulator, (item.current_period_end - item.current_period_start) / DAY / 2)
    dear = plan(client, 4500).id
    changed = client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "price": dear}]}
    )
    assert _item(changed).price.id == dear
    assert _item(changed).current_period_end == item.current_period_end
    waiting = client.v1.invoice_items.list({"customer": str(subscription.customer)}).data
    assert sorted(each.amount for each in waiting) == [-750, 2250]
    assert all(each.proration for each in waiting)
    pass_time(emulator, 17)
    renewal = invoices(client)[-1]
    assert (renewal.total, renewal.status) == (4500 + 2250 - 750, "paid")


def test_always_invoice_charges_the_difference_at_once(client):
    subscription = subscribe(client)
    changed = client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": _item(subscription).id, "quantity": 3}],
            "proration_behavior": "always_invoice",
        },
    )
    invoice = client.v1.invoices.retrieve(str(changed.latest_invoice))
    assert (invoice.total, invoice.status) == (3000, "paid")
    assert invoice.billing_reason == "subscription_update"
    assert [each.amount for each in invoice.lines.data] == [-1500, 4500]


def test_without_prorations_nothing_is_due(client):
    subscription = subscribe(client)
    client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": _item(subscription).id, "quantity": 3}],
            "proration_behavior": "none",
        },
    )
    assert client.v1.invoice_items.list({"pending": True}).data == []


def test_another_interval_begins_anew(client):
    subscription = subscribe(client)
    yearly = plan(client, 15000, "year").id
    changed = client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": _item(subscription).id, "price": yearly}]}
    )
    item = _item(changed)
    assert item.current_period_end - item.current_period_start >= 365 * DAY
    invoice = client.v1.invoices.retrieve(str(changed.latest_invoice))
    assert invoice.total == 15000 - 1500
    assert changed.billing_cycle_anchor == item.current_period_start


def test_a_change_that_cannot_be_paid_is_refused_if_that_is_asked(client):
    customer = payer(client)
    subscription = subscribe(client, customer=customer.id)
    use_card(client, customer, "pm_card_chargeCustomerFail")
    wish = {
        "items": [{"id": _item(subscription).id, "quantity": 2}],
        "proration_behavior": "always_invoice",
    }
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.update(
            subscription.id, {**wish, "payment_behavior": "error_if_incomplete"}
        )
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert (_item(kept).quantity, kept.status) == (1, "active")
    changed = client.v1.subscriptions.update(subscription.id, wish)
    assert (_item(changed).quantity, changed.status) == (2, "past_due")


def test_items_come_and_go_by_their_own_calls(client):
    subscription = subscribe(client)
    extra = client.v1.subscription_items.create(
        {"subscription": subscription.id, "price": plan(client, 300).id, "quantity": 2}
    )
    must_be_whole(extra)
    page = client.v1.subscription_items.list({"subscription": subscription.id})
    assert [each.id for each in page.data] == [_item(subscription).id, extra.id]
    changed = client.v1.subscription_items.update(extra.id, {"quantity": 5})
    assert changed.quantity == 5
    gone = client.v1.subscription_items.delete(extra.id)
    assert gone.deleted
    with pytest.raises(stripe.InvalidRequestError, match="at least one"):
        client.v1.subscription_items.delete(_item(subscription).id)
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_item"):
        client.v1.subscription_items.retrieve(extra.id)


def test_a_trial_costs_nothing_until_it_ends(client, emulator):
    subscription = subscribe(client, trial_period_days=10)
    must_be_whole(subscription)
    assert (subscription.status, subscription.trial_end) == (
        "trialing",
        _item(subscription).current_period_end,
    )
    first = client.v1.invoices.retrieve(str(subscription.latest_invoice))
    assert (first.status, first.total) == ("paid", 0)
    pass_time(emulator, 7.01)
    assert "customer.subscription.trial_will_end" in history(client)
    pass_time(emulator, 3.1)
    active = client.v1.subscriptions.retrieve(subscription.id)
    assert active.status == "active"
    assert client.v1.invoices.retrieve(str(active.latest_invoice)).amount_paid == 1500


def test_a_trial_can_end_now(client):
    subscription = subscribe(client, trial_period_days=10)
    ended = client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert ended.status == "active"
    assert client.v1.invoices.retrieve(str(ended.latest_invoice)).amount_paid == 1500
    assert _item(ended).current_period_start >= subscription.created


@pytest.mark.parametrize(("choice", "status"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_trial_without_a_card_ends_as_it_was_told(client, emulator, choice, status):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(
        client,
        customer=customer.id,
        trial_period_days=1,
        trial_settings={"end_behavior": {"missing_payment_method": choice}},
    )
    pass_time(emulator, 1.1)
    assert client.v1.subscriptions.retrieve(subscription.id).status == status


def test_a_trial_without_a_card_that_is_ended_now_ends_as_it_was_told(client):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(
        client,
        customer=customer.id,
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    changed = client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert changed.status == "paused"
    assert changed.latest_invoice == subscription.latest_invoice
    assert client.v1.events.list({"type": "customer.subscription.paused"}).data


def test_a_pause_credits_and_a_resumption_begins_anew(client, emulator):
    subscription = subscribe(client)
    paused = client.v1.subscriptions.pause(subscription.id)
    must_be_whole(paused)
    assert paused.status == "paused"
    pass_time(emulator, 60)
    assert len(invoices(client)) == 1
    resumed = client.v1.subscriptions.resume(subscription.id)
    assert resumed.status == "active"
    # What was not used pays for the first period after the pause.
    assert client.v1.invoices.retrieve(str(resumed.latest_invoice)).total == 0
    assert "customer.subscription.resumed" in history(client)
    with pytest.raises(stripe.InvalidRequestError, match="paused"):
        client.v1.subscriptions.resume(subscription.id)


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")],
)
def test_collection_can_pause_while_periods_go_on(client, emulator, behavior, status):
    subscription = subscribe(client)
    client.v1.subscriptions.update(
        subscription.id,
        {"pause_collection": {"behavior": behavior, "resumes_at": now() + 40 * DAY}},
    )
    pass_time(emulator, 32)
    assert invoices(client)[-1].status == status
    pass_time(emulator, 31)
    assert invoices(client)[-1].status == "paid"
    assert client.v1.subscriptions.retrieve(subscription.id).pause_collection is None


def test_cancelling_now_ends_it_now(client, emulator):
    subscription = subscribe(client)
    ended = client.v1.subscriptions.cancel(
        subscription.id, {"cancellation_details": {"comment": "Too dear", "feedback": "unused"}}
    )
    must_be_whole(ended)
    assert (ended.status, ended.cancellation_details.reason) == (
        "canceled",
        "cancellation_requested",
    )
    assert ended.cancellation_details.feedback == "unused"
    assert history(client)[-1] == "customer.subscription.deleted"
    pass_time(emulator, 40)
    assert len(invoices(client)) == 1
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.subscriptions.cancel(subscription.id)
    assert refused.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        client.v1.subscriptions.update(subscription.id, {"description": "x"})


def test_cancelling_with_its_period_can_be_taken_back(client, emulator):
    subscription = subscribe(client)
    ending = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert ending.cancel_at == _item(ending).current_period_end
    back = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (back.cancel_at, back.canceled_at, back.cancellation_details.reason) == (
        None,
        None,
        None,
    )
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    pass_time(emulator, 32)
    gone = client.v1.subscriptions.retrieve(subscription.id)
    assert gone.status == "canceled"
    assert gone.ended_at == pytest.approx(ending.cancel_at, abs=2)
    assert len(invoices(client)) == 1


def test_a_last_invoice_credits_what_was_not_used(client):
    subscription = subscribe(client)
    ended = client.v1.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    last = client.v1.invoices.retrieve(str(ended.latest_invoice))
    assert (last.total, last.status) == (-1500, "paid")
    assert client.v1.customers.retrieve(str(subscription.customer)).balance == -1500


def test_deleting_a_customer_ends_their_subscriptions(client):
    subscription = subscribe(client)
    customer = client.v1.customers.retrieve(
        str(subscription.customer), {"expand": ["subscriptions"]}
    )
    assert [each.id for each in customer.subscriptions.data] == [subscription.id]
    client.v1.customers.delete(customer.id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert history(client)[-2:] == ["customer.subscription.deleted", "customer.deleted"]


def test_lists_of_subscriptions_filter(client):
    first = subscribe(client)
    second = subscribe(client, trial_period_days=3)
    client.v1.subscriptions.cancel(first.id)

    def listed(**filters):
        return [each.id for each in client.v1.subscriptions.list(filters).data]

    assert listed() == [second.id]
    assert listed(status="all") == [second.id, first.id]
    assert listed(status="ended") == [first.id]
    assert listed(status="trialing") == [second.id]
    assert listed(customer=first.customer, status="all") == [first.id]
    assert listed(price=_item(second).price.id) == [second.id]
    end = _item(second).current_period_end
    assert listed(current_period_end={"lte": end}) == [second.id]
    assert listed(current_period_end={"gt": end}) == []


def test_it_ends_when_it_was_told_to(client, emulator):
    subscription = subscribe(client, cancel_at=now() + 10 * DAY)
    pass_time(emulator, 9)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    pass_time(emulator, 1.1)
    gone = client.v1.subscriptions.retrieve(subscription.id)
    assert gone.status == "canceled"
    assert gone.ended_at == pytest.approx(subscription.cancel_at, abs=2)
    with pytest.raises(stripe.InvalidRequestError, match="future"):
        subscribe(client, cancel_at=now() - 10)


def test_a_cycle_can_begin_now(client, emulator):
    subscription = subscribe(client)
    pass_time(emulator, 10)
    changed = client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    )
    assert _item(changed).current_period_start >= _item(subscription).current_period_start + 9 * DAY
    assert client.v1.invoices.retrieve(str(changed.latest_invoice)).amount_paid == 1500


def test_an_upcoming_invoice_is_announced_once(client, emulator):
    subscription = subscribe(client)
    for number in range(3):
        client.v1.subscriptions.update(subscription.id, {"description": f"No. {number}"})
    pass_time(emulator, 29)
    assert history(client).count("invoice.upcoming") == 1
    upcoming = client.v1.events.list({"type": "invoice.upcoming"}).data[0].data.object
    assert upcoming["amount_due"] == 1500
    assert "id" not in upcoming


def test_a_trial_asks_for_a_card_that_then_pays(client, emulator):
    customer = client.v1.customers.create({"email": "ada@example.com"})
    subscription = subscribe(client, customer=customer.id, trial_period_days=3)
    setup = client.v1.setup_intents.retrieve(str(subscription.pending_setup_intent))
    assert (setup.status, setup.customer) == ("requires_payment_method", customer.id)
    client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    found = client.v1.subscriptions.retrieve(subscription.id)
    assert (found.pending_setup_intent, bool(found.default_payment_method)) == (None, True)
    pass_time(emulator, 3.1)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
