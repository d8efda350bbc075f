"""Sessions that start a subscription, save a way to pay, make an invoice, or come back."""

import time

import pytest
import stripe

from stripe_emulator import paying, travelling
from tests.emulator.buying import authenticate, event, history, line, pay
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.test_checkout_amounts import new_session, seen, shown


def monthly(unit_amount=1000, **more):
    return {
        "price_data": {
            "currency": "usd",
            "unit_amount": unit_amount,
            "product_data": {"name": "Club"},
            "recurring": {"interval": "month"},
        },
        "quantity": 1,
        **more,
    }


def a_subscription(client, **more):
    return new_session(client, mode="subscription", **{"line_items": [monthly()], **more})


def test_a_subscription_starts_once_it_is_paid(client, emulator):
    made = a_subscription(client, subscription_data={"metadata": {"a": "b"}})
    must_be_whole(made)
    assert (made.subscription, made.invoice, made.customer_creation) == (None, None, "always")
    assert shown(emulator, made)["later_amount"] == 1000
    assert pay(emulator, made)["outcome"] == "paid"
    paid = seen(client, made, "subscription", "invoice")
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    subscription = paid.subscription
    must_be_whole(subscription)
    assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"a": "b"})
    assert (paid.invoice.status, paid.invoice.amount_paid) == ("paid", 1000)
    assert subscription.customer == paid.customer
    # The card is kept, for the next month.
    assert subscription.default_payment_method
    (card,) = client.v1.payment_methods.list({"customer": paid.customer}).data
    assert card.id == subscription.default_payment_method
    assert len(client.v1.charges.list().data) == 1
    kinds = history(client)
    for kind in (
        *("charge.succeeded", "customer.created", "payment_method.attached", "invoice.paid"),
        *("customer.subscription.created", "checkout.session.completed"),
    ):
        assert kinds.count(kind) == 1, kind
    listed = client.v1.checkout.sessions.list({"subscription": subscription.id}).data
    assert [each.id for each in listed] == [made.id]


def test_a_decline_starts_nothing(client, emulator):
    made = a_subscription(client)
    assert pay(emulator, made, "4000000000000002")["outcome"] == "declined"
    assert client.v1.subscriptions.list().data == []
    assert pay(emulator, made, "4000002760003184")["outcome"] == "challenge"
    assert client.v1.subscriptions.list().data == []
    assert authenticate(emulator, made, complete=True)["outcome"] == "paid"
    assert len(client.v1.subscriptions.list().data) == 1
    assert len(client.v1.customers.list().data) == 1


def test_a_trial_costs_nothing_today(client, emulator):
    made = a_subscription(
        client,
        line_items=[monthly(), line(500)],
        subscription_data={"trial_period_days": 7},
    )
    assert (made.amount_total, shown(emulator, made)["trial_days"]) == (500, 7)
    free = a_subscription(client, subscription_data={"trial_period_days": 7})
    assert free.amount_total == 0
    assert shown(emulator, free)["needs_method"]
    assert pay(emulator, free)["outcome"] == "paid"
    paid = seen(client, free, "subscription")
    assert (paid.payment_status, paid.subscription.status) == ("no_payment_required", "trialing")
    assert paid.payment_intent is None
    assert paid.subscription.default_payment_method
    assert client.v1.charges.list().data == []


def test_a_trial_may_start_without_a_card(client, emulator):
    made = a_subscription(
        client,
        payment_method_collection="if_required",
        subscription_data={
            "trial_period_days": 7,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        },
    )
    assert not shown(emulator, made)["needs_method"]
    assert pay(emulator, made)["outcome"] == "paid"
    assert seen(client, made, "subscription").subscription.default_payment_method is None


def test_a_trial_wants_a_card_that_could_pay(client, emulator):
    made = a_subscription(client, subscription_data={"trial_period_days": 7})
    assert pay(emulator, made, "4000000000000002")["outcome"] == "declined"
    assert pay(emulator, made, "4000002760003184")["outcome"] == "challenge"
    assert client.v1.subscriptions.list().data == []
    assert authenticate(emulator, made, complete=True)["outcome"] == "paid"
    assert len(client.v1.subscriptions.list().data) == 1


def test_a_shorter_first_month_costs_less(client, emulator):
    soon = int(time.time()) + 10 * 24 * 3600
    made = a_subscription(client, subscription_data={"billing_cycle_anchor": soon})
    assert 300 < made.amount_total < 360
    pay(emulator, made)
    invoice = seen(client, made, "invoice").invoice
    assert invoice.total == made.amount_total


def test_a_discount_of_the_session_goes_on_with_the_subscription(client, emulator):
    coupon = client.v1.coupons.create({"percent_off": 20, "duration": "forever"})
    made = a_subscription(client, discounts=[{"coupon": coupon.id}])
    assert (made.amount_total, shown(emulator, made)["later_amount"]) == (800, 800)
    pay(emulator, made)
    paid = seen(client, made, "subscription.discounts", "invoice")
    assert paid.subscription.discounts[0].source.coupon == coupon.id
    assert (paid.invoice.total, paid.invoice.amount_paid) == (800, 800)
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_automatic_tax_is_on_the_first_invoice_too(client, emulator):
    made = a_subscription(client, automatic_tax={"enabled": True})
    home = {"country": "US", "state": "CA", "postal_code": "94105"}
    pay(emulator, made, billing=home)
    paid = seen(client, made, "invoice")
    assert (paid.amount_total, paid.invoice.total) == (1073, 1073)


def test_a_way_to_pay_is_saved_without_paying(client, emulator):
    made = client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": "http://shop.test/saved"}
    )
    must_be_whole(made)
    assert (made.amount_total, made.payment_status) == (None, "no_payment_required")
    setup = client.v1.setup_intents.retrieve(made.setup_intent)
    assert setup.status == "requires_payment_method"
    assert pay(emulator, made, "4000000000000002")["outcome"] == "declined"
    assert pay(emulator, made, "4000002760003184")["outcome"] == "challenge"
    assert authenticate(emulator, made, complete=True)["outcome"] == "paid"
    paid = seen(client, made, "setup_intent")
    assert (paid.status, paid.setup_intent.status) == ("complete", "succeeded")
    assert client.v1.charges.list().data == []
    assert history(client)[-1] == "checkout.session.completed"


def test_a_saved_card_belongs_to_the_customer(client, emulator):
    customer = client.v1.customers.create({"email": "a@b.test"})
    wish = {"mode": "setup", "currency": "usd", "success_url": "http://shop.test/saved"}
    made = client.v1.checkout.sessions.create({**wish, "customer": customer.id})
    pay(emulator, made)
    (card,) = client.v1.payment_methods.list({"customer": customer.id}).data
    assert seen(client, made, "setup_intent").setup_intent.payment_method == card.id


def test_an_expired_setup_is_cancelled(client):
    wish = {"mode": "setup", "currency": "usd", "success_url": "http://shop.test/saved"}
    made = client.v1.checkout.sessions.create(wish)
    client.v1.checkout.sessions.expire(made.id)
    assert client.v1.setup_intents.retrieve(made.setup_intent).status == "canceled"


def test_a_payment_may_have_an_invoice(client, emulator):
    coupon = client.v1.coupons.create({"amount_off": 100, "currency": "usd"})
    made = new_session(
        client,
        invoice_creation={"enabled": True, "invoice_data": {"description": "Thanks"}},
        discounts=[{"coupon": coupon.id}],
    )
    assert made.invoice_creation.invoice_data.description == "Thanks"
    pay(emulator, made)
    paid = seen(client, made, "invoice", "payment_intent")
    must_be_whole(paid.invoice)
    assert (paid.invoice.status, paid.invoice.total) == ("paid", 900)
    assert (paid.invoice.customer, paid.invoice.description) == (paid.customer, "Thanks")
    assert paid.payment_intent.customer == paid.customer
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def in_a_day(emulator, seconds=24 * 3600 + 1):
    running = emulator.emulator
    travelling.travel(running, running.clock.precise() + seconds)


def test_an_abandoned_cart_is_taken_up_again(client, emulator):
    made = new_session(
        client,
        metadata={"order": "7"},
        line_items=[line(quantity=2)],
        after_expiration={"recovery": {"enabled": True, "allow_promotion_codes": True}},
    )
    assert made.after_expiration.recovery.url is None
    in_a_day(emulator)
    expired = seen(client, made)
    recovery = expired.after_expiration.recovery
    assert (expired.status, recovery.expires_at > expired.expires_at) == ("expired", True)
    secret = recovery.url.rpartition("/")[2]
    assert paying.recover(emulator.emulator, made.id, "wrong") is None
    url = paying.recover(emulator.emulator, made.id, secret)
    again = client.v1.checkout.sessions.list({"status": "open"}).data[0]
    must_be_whole(again)
    assert again.url == url
    assert (again.recovered_from, again.amount_total) == (made.id, 2000)
    assert (again.metadata.to_dict(), again.allow_promotion_codes) == ({"order": "7"}, True)
    assert pay(emulator, again)["outcome"] == "paid"
    in_a_day(emulator, 31 * 24 * 3600)
    assert paying.recover(emulator.emulator, made.id, secret) is None


def test_only_what_asks_for_it_can_be_recovered(client):
    expired = client.v1.checkout.sessions.expire(new_session(client).id)
    assert expired.after_expiration is None


EMBEDDED = {"ui_mode": "embedded_page", "return_url": "http://shop.test/r", "success_url": None}
ELEMENTS = {**EMBEDDED, "ui_mode": "elements"}


@pytest.mark.parametrize("page", [EMBEDDED, ELEMENTS, {**EMBEDDED, "ui_mode": "form"}])
def test_a_session_inside_the_shops_page_has_a_secret_and_no_address(client, emulator, page):
    made = new_session(client, **page)
    must_be_whole(made)
    assert (made.url, made.success_url) == (None, None)
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert made.return_url == "http://shop.test/r"
    assert pay(emulator, made)["outcome"] == "paid"


def test_an_embedded_page_may_keep_its_buyer(client, emulator):
    made = new_session(
        client, ui_mode="embedded_page", success_url=None, redirect_on_completion="never"
    )
    assert (made.redirect_on_completion, made.return_url) == ("never", None)
    assert pay(emulator, made)["return_url"].endswith(f"/c/pay/{made.id}")


def test_the_shop_changes_the_lines_of_its_own_page(client):
    made = new_session(client, **EMBEDDED, line_items=[line(1000), line(500)])
    first, _second = client.v1.checkout.sessions.line_items.list(made.id).data
    changed = client.v1.checkout.sessions.update(
        made.id, {"line_items": [{"id": first.id, "quantity": 3}, line(70)]}
    )
    must_be_whole(changed)
    assert changed.amount_total == 3070
    lines = client.v1.checkout.sessions.line_items.list(made.id).data
    assert [(each.id == first.id, each.quantity) for each in lines] == [(True, 3), (False, 1)]


def test_and_where_it_goes(client, emulator):
    made = new_session(
        client,
        **EMBEDDED,
        automatic_tax={"enabled": True},
        shipping_address_collection={"allowed_countries": ["US"]},
    )
    address = {"line1": "1 St", "city": "LA", "state": "CA", "country": "US"}
    details = {"shipping_details": {"name": "Ada", "address": address}}
    changed = client.v1.checkout.sessions.update(made.id, {"collected_information": details})
    must_be_whole(changed)
    assert (changed.amount_total, changed.automatic_tax.status) == (1073, "complete")
    assert changed.collected_information.shipping_details.name == "Ada"


def test_shipping_options_are_changed_and_taken_away(client):
    made = new_session(client)
    data = {"display_name": "Post", "fixed_amount": {"amount": 300, "currency": "usd"}}
    options = [{"shipping_rate_data": data}]
    changed = client.v1.checkout.sessions.update(made.id, {"shipping_options": options})
    assert changed.amount_total == 1300
    assert (
        client.v1.checkout.sessions.update(made.id, {"shipping_options": ""}).amount_total == 1000
    )


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"line_items": [line()]}, "line_items"),
        ({"payment_intent_data": {"description": "x"}}, "payment_intent_data"),
        (
            {
                "collected_information": {
                    "shipping_details": {"name": "A", "address": {"country": "US", "line1": "x"}}
                }
            },
            "collected_information",
        ),
    ],
)
def test_stripes_own_page_is_not_changed_by_the_shop(client, change, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.update(new_session(client).id, change)
    assert caught.value.param == param


def test_a_complete_session_is_not_changed_but_for_its_metadata(client, emulator):
    made = new_session(client, **EMBEDDED)
    pay(emulator, made)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.update(made.id, {"line_items": [line()]})
    assert client.v1.checkout.sessions.update(made.id, {"metadata": {"a": "b"}})


def test_completion_tells_what_is_known_then(client, emulator):
    pay(emulator, new_session(client), email="ada@b.test")
    told = event(client, "checkout.session.completed").data.object
    assert (told["status"], told["payment_status"]) == ("complete", "paid")
    assert told["customer_details"]["email"] == "ada@b.test"
    assert "line_items" not in told


def test_a_debit_pays_a_subscription_and_an_invoice_later(client, emulator):
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Club"}}
    recurring = {**price, "recurring": {"interval": "month"}}
    first = a_subscription(client, line_items=[{"price_data": recurring, "quantity": 1}])
    second = new_session(
        client,
        line_items=[{"price_data": price, "quantity": 1}],
        invoice_creation={"enabled": True},
    )
    for made in (first, second):
        assert pay(emulator, made, kind="sepa_debit")["outcome"] == "paid"
        waiting = seen(client, made, "invoice")
        assert (waiting.payment_status, waiting.invoice.status) == ("unpaid", "open")
    in_a_day(emulator, 10 * 24 * 3600)
    for made in (first, second):
        paid = seen(client, made, "invoice")
        assert (paid.payment_status, paid.invoice.status) == ("paid", "paid")


def test_a_deleted_customer_is_replaced_by_the_buyer(client, emulator):
    customer = client.v1.customers.create({"email": "a@b.test"})
    made = a_subscription(client, customer=customer.id)
    client.v1.customers.delete(customer.id)
    assert pay(emulator, made)["outcome"] == "paid"
    assert seen(client, made, "subscription").subscription.customer != customer.id


def test_a_kind_of_method_may_be_kept_alone(client, emulator):
    options = {"card": {"setup_future_usage": "off_session"}}
    made = new_session(client, customer_creation="always", payment_method_options=options)
    pay(emulator, made)
    customer = seen(client, made).customer
    assert len(client.v1.payment_methods.list({"customer": customer}).data) == 1


def test_an_optional_item_recurs_as_the_subscription_does(client):
    price = {"currency": "usd", "unit_amount": 5, "product_data": {"name": "x"}}
    yearly = client.v1.prices.create({**price, "recurring": {"interval": "year"}})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_subscription(client, optional_items=[{"price": yearly.id, "quantity": 1}])
    assert caught.value.param == "optional_items[0][price]"
