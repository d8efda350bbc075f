"""The customer portal and the page of an invoice, as a browser without scripts uses them."""

import html
import re
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from stripe_emulator.pages import paper_file
from stripe_emulator.pages.languages import billing_de, billing_en
from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.subscribing import invoices, pass_time, payer, plan, subscribe, use_card

_CARD = {"cardExpiry": "12/34", "cardCvc": "123", "billingName": "Ada"}


class _Browser:
    """Follows links and sends forms, one page at a time."""

    def __init__(self, ask):
        self._ask, self.url, self.token = ask, "", ""

    def open(self, url):
        answer = self._ask("GET", self._path(url), headers={"Accept-Language": "en"})
        while answer.status == 303:
            url = answer.headers["location"]
            answer = self._ask("GET", self._path(url), headers={"Accept-Language": "en"})
        self.url, self.status = url, answer.status
        self.text = html.unescape(answer.body.decode())
        token = re.search(r'name="token" value="([^"]+)"', self.text)
        self.token = token[1] if token else self.token
        return self.text

    def send(self, **fields):
        sent = {"token": self.token, **fields}
        path = self._path(self.url)
        answer = self._ask("POST", path, urlencode(sent), headers={"Accept-Language": "en"})
        if answer.status == 303:
            return self.open(answer.headers["location"])
        self.status, self.text = answer.status, html.unescape(answer.body.decode())
        return self.text

    def _path(self, url):
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture
def browser(ask):
    return _Browser(ask)


@pytest.fixture
def customer(client):
    return payer(client, name="Ada Lovelace")


@pytest.fixture
def subscription(client, customer):
    return subscribe(client, customer=customer.id, items=[{"price": plan(client).id}])


def portal(client, customer, **more):
    wish = {"customer": customer.id, "return_url": "http://shop.test/account", **more}
    return client.v1.billing_portal.sessions.create(wish)


def offering(client, *prices):
    products = [{"product": each.product, "prices": [each.id]} for each in prices]
    update = {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "products": products,
        "proration_behavior": "always_invoice",
    }
    cancel = {"enabled": True, "mode": "immediately"}
    wish = {"features": {"subscription_update": update, "subscription_cancel": cancel}}
    return client.v1.billing_portal.configurations.create(wish)


def test_the_portal_shows_what_a_customer_has(client, browser, customer, subscription):
    session = portal(client, customer)
    must_be_whole(session)
    seen = browser.open(session.url)
    for words in ("Gold", "$15.00 per month", "next payment of $15.00", "Visa •••• 4242"):
        assert words in seen
    assert str(invoices(client)[0].hosted_invoice_url) in seen
    assert 'href="http://shop.test/account"' in seen
    assert "Change the plan" not in seen
    assert history(client)[-1] == "billing_portal.session.created"


def test_a_customer_cancels_and_thinks_again(client, browser, customer, subscription):
    session = portal(client, customer)
    browser.open(f"{session.url}?show=cancel&subscription={subscription.id}")
    assert "You can use it until" in browser.text
    seen = browser.send(do="cancel", subscription=subscription.id, reason="unused", comment="Bye")
    assert "Your subscription has been cancelled." in seen
    found = client.v1.subscriptions.retrieve(subscription.id)
    assert (found.cancel_at_period_end, found.status) == (True, "active")
    assert found.cancellation_details.to_dict() == {
        "comment": "Bye",
        "feedback": "unused",
        "feedback_option": None,
        "reason": "cancellation_requested",
    }
    assert "Keep the subscription" in seen
    browser.send(do="renew", subscription=subscription.id)
    back = client.v1.subscriptions.retrieve(subscription.id)
    assert (back.cancel_at, back.cancellation_details.comment) == (None, None)
    assert history(client)[-2:] == ["customer.subscription.updated"] * 2


def test_a_configuration_says_what_may_be_done(client, browser, customer, subscription):
    dear = plan(client, 4500, name="Platinum")
    configuration = offering(client, dear)
    must_be_whole(configuration)
    session = portal(client, customer, configuration=configuration.id)
    seen = browser.open(session.url)
    assert "Change the card" not in seen
    assert "Visa" in seen
    browser.open(f"{session.url}?show=plan&subscription={subscription.id}")
    browser.send(do="plan", subscription=subscription.id, price=dear.id)
    assert "Your plan has been changed." in browser.text
    changed = client.v1.subscriptions.retrieve(subscription.id)
    assert changed["items"].data[0].price.id == dear.id
    assert client.v1.invoices.retrieve(str(changed.latest_invoice)).amount_paid == 3000
    browser.send(do="card", cardNumber="4242424242424242", **_CARD)
    assert browser.status == 400
    browser.open(session.url)
    browser.send(do="plan", subscription=subscription.id, price=plan(client).id)
    assert browser.status == 400
    browser.open(session.url)
    browser.send(do="cancel", subscription=subscription.id)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"


def test_a_quantity_changes_within_its_bounds(client, browser, customer, subscription):
    price = subscription["items"].data[0].price
    product = {
        "product": str(price.product),
        "prices": [price.id],
        "adjustable_quantity": {"enabled": True, "maximum": 5},
    }
    update = {"enabled": True, "default_allowed_updates": ["quantity"], "products": [product]}
    wish = {"features": {"subscription_update": update}}
    configuration = client.v1.billing_portal.configurations.create(wish)
    session = portal(client, customer, configuration=configuration.id)
    for number, status in (("6", 400), ("0", 400), ("x", 400), ("3", 200)):
        browser.open(f"{session.url}?show=plan&subscription={subscription.id}")
        browser.send(do="plan", subscription=subscription.id, quantity=number)
        assert browser.status == status, number
    changed = client.v1.subscriptions.retrieve(subscription.id)
    assert changed["items"].data[0].quantity == 3


def test_customers_mend_what_may_be_mended_about_them(client, browser, customer):
    features = {"customer_update": {"enabled": True, "allowed_updates": ["email", "address"]}}
    configuration = client.v1.billing_portal.configurations.create({"features": features})
    session = portal(client, customer, configuration=configuration.id)
    assert "ada@example.com" in browser.open(f"{session.url}?show=details")
    browser.send(do="details", email="nonsense")
    assert browser.status == 422
    where = {"line1": "1 St", "city": "Ulm", "postal_code": "89073", "country": "DE"}
    browser.send(do="details", email="a@b.example", name="Eve", **where)
    assert "Your details are saved." in browser.text
    found = client.v1.customers.retrieve(customer.id)
    assert (found.email, found.name) == ("a@b.example", "Ada Lovelace")
    assert (found.address.city, found.address.country) == ("Ulm", "DE")
    plain = portal(client, customer)
    browser.open(plain.url)
    browser.send(do="details", email="c@d.example")
    assert browser.status in (400, 403)
    assert client.v1.customers.retrieve(customer.id).email == "a@b.example"
    wish = {"customer_update": {"enabled": True, "allowed_updates": ["tax_id"]}}
    with pytest.raises(stripe.InvalidRequestError, match="tax_id in the portal"):
        client.v1.billing_portal.configurations.create({"features": wish})


def test_a_plan_that_cannot_be_paid_is_not_taken(client, browser, customer, subscription):
    dear = plan(client, 4500, name="Platinum")
    use_card(client, customer, "pm_card_chargeCustomerFail")
    session = portal(client, customer, configuration=offering(client, dear).id)
    browser.open(f"{session.url}?show=plan&subscription={subscription.id}")
    browser.send(do="plan", subscription=subscription.id, price=dear.id)
    assert (browser.status, "Your card was declined" in browser.text) == (402, True)
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept["items"].data[0].price.id != dear.id


def test_a_new_card_pays_from_now_on(client, browser, customer, subscription, emulator):
    session = portal(client, customer)
    browser.open(f"{session.url}?show=card")
    browser.send(do="card", cardNumber="4242", **_CARD)
    assert (browser.status, "incomplete" in browser.text) == (422, True)
    browser.send(do="card", cardNumber="4000000000000002", **_CARD)
    assert (browser.status, "declined" in browser.text) == (402, True)
    browser.send(do="card", cardNumber="5555555555554444", **_CARD)
    assert "Your new card is saved." in browser.text
    found = client.v1.customers.retrieve(customer.id)
    method = client.v1.payment_methods.retrieve(str(found.invoice_settings.default_payment_method))
    assert (method.card.brand, method.customer) == ("mastercard", customer.id)
    pass_time(emulator, 32)
    newest = client.v1.charges.list({"limit": 1}).data[0]
    assert newest.payment_method == method.id


@pytest.mark.parametrize(("verdict", "words"), [("complete", "is saved"), ("fail", "not be saved")])
def test_a_card_may_ask_its_holder_first(client, browser, customer, verdict, words):
    session = portal(client, customer)
    browser.open(f"{session.url}?show=card")
    browser.send(do="card", cardNumber="4000002760003184", **_CARD)
    assert "/c/authenticate/seti_" in browser.url
    browser.send(answer=verdict)
    assert words in browser.text
    found = client.v1.customers.retrieve(customer.id)
    method = client.v1.payment_methods.retrieve(str(found.invoice_settings.default_payment_method))
    assert method.card.last4 == ("3184" if verdict == "complete" else "4242")


def test_a_flow_goes_straight_to_its_deed_and_back(client, browser, customer, subscription):
    after = {"type": "redirect", "redirect": {"return_url": "http://shop.test/sorry"}}
    cancel = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": subscription.id},
        "after_completion": after,
    }
    session = portal(client, customer, flow_data=cancel)
    must_be_whole(session)
    assert "Cancel your subscription" in browser.open(session.url)
    with pytest.raises(stripe.InvalidRequestError, match="subscription"):
        portal(client, payer(client), flow_data=cancel)
    form = urlencode({"token": browser.token, "do": "cancel", "subscription": subscription.id})
    answer = browser._ask("POST", urlsplit(session.url).path, form)
    assert answer.headers["location"] == "http://shop.test/sorry"
    assert "http://shop.test" in answer.headers["content-security-policy"]


def test_the_portal_keeps_strangers_out(client, browser, customer, subscription, emulator):
    session = portal(client, customer)
    other = subscribe(client)
    browser.open(f"{session.url}?show=cancel&subscription={subscription.id}")
    browser.send(do="cancel", subscription=other.id)
    assert browser.status == 400
    browser.token = "0" * 64
    browser.send(do="cancel", subscription=subscription.id)
    assert browser.status == 403
    browser.open(session.url[:-1] + "x")
    assert browser.status == 404
    pass_time(emulator, 0.05)
    assert "no longer valid" in browser.open(session.url)
    assert client.v1.subscriptions.retrieve(subscription.id).cancel_at is None


def test_configurations_can_be_changed_and_one_is_always_there(client):
    (first,) = client.v1.billing_portal.configurations.list().data
    must_be_whole(first)
    assert (first.is_default, first.features.subscription_cancel.enabled) == (True, True)
    made = offering(client, plan(client))
    off = client.v1.billing_portal.configurations.update(made.id, {"active": False, "name": "Old"})
    assert (off.active, off.name) == (False, "Old")
    client.v1.billing_portal.configurations.update(first.id, {"metadata": {"a": "b"}})
    listed = client.v1.billing_portal.configurations.list({"active": True}).data
    assert [(each.id, each.metadata.to_dict()) for each in listed] == [(first.id, {"a": "b"})]
    with pytest.raises(stripe.InvalidRequestError, match="products"):
        client.v1.billing_portal.configurations.create(
            {"features": {"subscription_update": {"enabled": True}}}
        )


@pytest.fixture
def invoice(client, customer):
    made = client.v1.invoices.create({"customer": customer.id})
    client.v1.invoices.add_lines(
        made.id, {"lines": [{"amount": 1250, "description": "Work (2 h)"}]}
    )
    return client.v1.invoices.finalize_invoice(made.id)


def test_an_invoice_is_paid_on_its_page(client, browser, invoice):
    seen = browser.open(invoice.hosted_invoice_url)
    for words in ("$12.50", "Work (2 h)", str(invoice.number), "Pay $12.50 with Visa •••• 4242"):
        assert words in seen
    browser.send(do="card", cardNumber="4000000000009995", **_CARD)
    assert (browser.status, "insufficient funds" in browser.text) == (402, True)
    browser.send(do="card", cardNumber="4242424242424242", **_CARD)
    assert "Thank you!" in browser.text
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_the_saved_card_pays_it_with_one_button(client, browser, invoice):
    browser.open(invoice.hosted_invoice_url)
    browser.send(do="saved")
    assert client.v1.invoices.retrieve(invoice.id).amount_paid == 1250


def test_an_invoices_card_may_ask_its_holder(client, browser, invoice):
    browser.open(invoice.hosted_invoice_url)
    browser.send(do="card", cardNumber="4000002760003184", **_CARD)
    assert "/c/authenticate/pi_" in browser.url
    assert client.v1.invoices.retrieve(invoice.id).status == "open"
    browser.send(answer="complete")
    assert "Thank you!" in browser.text
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_an_invoice_comes_as_a_pdf(ask, invoice):
    answer = ask("GET", urlsplit(invoice.invoice_pdf).path)
    assert answer.headers["content-type"].startswith("application/pdf")
    assert answer.body.startswith(b"%PDF-1.4")
    assert b"Work \\(2 h\\)" in answer.body
    assert str(invoice.number).encode() in answer.body
    # The table at the end tells a reader where each object begins.
    found = re.search(rb"startxref\n(\d+)", answer.body)
    assert found is not None
    start = int(found[1])
    places = re.findall(rb"(\d{10}) 00000 n", answer.body[start:])
    for number, place in enumerate(places, 1):
        assert answer.body[int(place) :].startswith(f"{number} 0 obj".encode())


def test_a_paper_has_as_many_pages_as_it_takes():
    made = paper_file.document([[paper_file.Text(1, 2, "a")], [paper_file.Text(1, 2, "ü→")]], "x")
    assert made.count(b"/Type /Page ") == 2
    assert "ü?".encode("cp1252") in made


def test_both_languages_say_the_same_things():
    assert set(billing_en.WORDS) == set(billing_de.WORDS)
    gaps = re.compile(r"\{\w+\}")
    for name, words in billing_en.WORDS.items():
        assert sorted(gaps.findall(words)) == sorted(gaps.findall(billing_de.WORDS[name])), name
