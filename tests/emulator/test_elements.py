"""Elements in a real browser: a shop's page on another origin, with the policy Stripe asks for."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from stripe_emulator.server import Running
from tests.browser import tab
from tests.emulator.merchant import GOOD, Merchant, fill_payment, merchant, told
from tests.npm import module

pytestmark = pytest.mark.browser

CARD = "iframe[title='Secure card payment input frame']"
PAYMENT = "iframe[title='Secure payment input frame']"
DECLINED, ALWAYS_ASKS = "4000000000000002", "4000002760003184"

NO_RETURN: Any = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}


@pytest.fixture(scope="module")
def one_shop(one_emulator: Running) -> Iterator[Merchant]:
    with merchant(one_emulator.url) as opened:
        yield opened


@pytest.fixture
def shop(one_shop: Merchant, emulator: Running) -> Merchant:
    one_shop.script = "/endive/stripe.js"
    return one_shop


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with tab(chromium) as opened:
        yield opened


def new_intent(client, **more):
    return client.v1.payment_intents.create({"amount": 1200, "currency": "usd", **more})


def open_payment(
    shop: Merchant,
    page: Page,
    secret: str,
    redirect: str = "if_required",
    call: str = "confirmPayment",
) -> FrameLocator:
    back = f"{shop.url}/back?order=1"
    shop.open(
        page,
        f"""
        const elements = stripe.elements({{ clientSecret: "{secret}" }});
        const payment = elements.create("payment");
        listen(payment);
        payment.mount("#element");
        const pay = () => run(() => stripe.{call}({{
          elements, redirect: "{redirect}", confirmParams: {{ return_url: "{back}" }},
        }}));
        document.getElementById("pay").onclick = pay;
        """,
        "<div id=element></div><button id=pay>Pay</button>",
    )
    told(page, "ready")
    return page.frame_locator(PAYMENT)


def test_the_payment_element_pays(shop, page, client):
    intent = new_intent(client)
    fill_payment(open_payment(shop, page, intent.client_secret))
    page.click("#pay")
    assert told(page, "result")["paymentIntent"]["status"] == "succeeded"
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["payment_method"]})
    assert (paid.status, paid.payment_method.card.last4) == ("succeeded", "4242")
    # Another origin: the shop's page cannot reach into the frame where the card stands.
    assert page.evaluate("document.querySelector('iframe[title*=Secure]').contentDocument") is None


def test_a_declined_card_may_be_followed_by_another(shop, page, client):
    intent = new_intent(client)
    frame = open_payment(shop, page, intent.client_secret)
    fill_payment(frame, DECLINED)
    page.click("#pay")
    error = told(page, "result")["error"]
    assert (error["type"], error["code"], error["decline_code"]) == (
        *("card_error", "card_declined"),
        "generic_decline",
    )
    assert error["payment_intent"]["status"] == "requires_payment_method"
    frame.locator("[name=number]").fill(GOOD)
    page.click("#pay")
    assert told(page, "result", 2)["paymentIntent"]["status"] == "succeeded"


def test_the_buyer_comes_back_with_what_stripe_appends(shop, page, client):
    intent = new_intent(client)
    fill_payment(open_payment(shop, page, intent.client_secret, "always"))
    page.click("#pay")
    page.wait_for_url("**/back?*")
    assert page.url.split("?")[1].split("&") == [
        "order=1",
        f"payment_intent={intent.id}",
        f"payment_intent_client_secret={intent.client_secret}",
        "redirect_status=succeeded",
    ]


def answer_bank(page: Page, button: str) -> None:
    asked = page.frame_locator("dialog iframe[name^=__privateStripeFrame]")
    asked.get_by_role("button", name=button).click()


def test_the_bank_asks_in_a_dialog_over_the_shops_page(shop, page, client):
    intent = new_intent(client)
    frame = open_payment(shop, page, intent.client_secret)
    fill_payment(frame, ALWAYS_ASKS)
    page.click("#pay")
    answer_bank(page, "Fail")
    error = told(page, "result")["error"]
    assert error["code"] == "payment_intent_authentication_failure"
    assert error["payment_intent"]["id"] == intent.id
    page.click("#pay")
    answer_bank(page, "Complete")
    assert told(page, "result", 2)["paymentIntent"]["status"] == "succeeded"
    expect(page.locator("dialog")).to_have_count(0)
    assert page.url == f"{shop.url}/pay"


def test_a_wallet_is_approved_on_its_own_page(shop, page, client):
    intent = new_intent(client)
    frame = open_payment(shop, page, intent.client_secret)
    frame.get_by_role("tab", name="PayPal").click()
    page.click("#pay")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/back?*")
    assert f"payment_intent={intent.id}" in page.url
    assert "redirect_status=succeeded" in page.url
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_bank_debit_is_on_its_way(shop, page, client):
    intent = new_intent(client, currency="eur")
    frame = open_payment(shop, page, intent.client_secret)
    frame.get_by_role("tab", name="SEPA").click()
    panel = frame.get_by_role("tabpanel", name="SEPA")
    for name, value in (("iban", "AT611904300234573201"), ("name", "Ada"), ("email", "a@b.at")):
        panel.locator(f"[name={name}]").fill(value)
    page.click("#pay")
    assert told(page, "result")["paymentIntent"]["status"] == "processing"


def test_a_method_is_set_up_and_the_buyer_comes_back(shop, page, client):
    intent = client.v1.setup_intents.create({"usage": "off_session"})
    frame = open_payment(shop, page, intent.client_secret, "always", "confirmSetup")
    fill_payment(frame)
    page.click("#pay")
    page.wait_for_url("**/back?*")
    assert f"setup_intent={intent.id}&setup_intent_client_secret=" in page.url
    assert page.url.endswith("redirect_status=succeeded")


def test_what_is_missing_is_said_beside_its_field_and_to_the_shop(shop, page, client):
    frame = open_payment(shop, page, new_intent(client).client_secret)
    frame.locator("[name=number]").fill("4242424242424241")
    expect(frame.get_by_text("Your card number is invalid.")).to_be_visible()
    page.click("#pay")
    error = told(page, "result")["error"]
    assert (error["type"], error["code"]) == ("validation_error", "invalid_number")
    expect(frame.locator("[name=number]")).to_be_focused()
    expect(frame.locator("[name=cvc]")).to_have_attribute("aria-invalid", "true")


def test_paying_with_the_keyboard_alone(shop, page, client):
    frame = open_payment(shop, page, new_intent(client).client_secret)
    page.keyboard.press("Tab")
    expect(frame.get_by_role("tab", name="Card")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(frame.get_by_role("tab", name="Card")).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    # Each part goes on to the next by itself once it is whole.
    page.keyboard.type(GOOD + "1234" + "123")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("12345")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert told(page, "result")["paymentIntent"]["status"] == "succeeded"
    assert page.locator("pre.focus").count() == 1
    assert page.locator("pre.blur").count() == 1


def test_an_intent_is_made_after_the_form_is_whole(shop, page, client):
    right, wrong = new_intent(client), new_intent(client, amount=1300)
    shop.open(
        page,
        """
        const elements = stripe.elements({ mode: "payment", amount: 1200, currency: "usd" });
        for (const [type, options] of [["payment"], ["address", { mode: "billing" }]]) {
          const element = elements.create(type, options);
          listen(element);
          element.mount(`#${type}`);
        }
        const pay = (clientSecret) => run(() => stripe.confirmPayment({
          elements, clientSecret, redirect: "if_required",
        }));
        """,
        "<div id=payment></div><div id=address></div>",
    )
    told(page, "ready", 2)
    page.evaluate(f"void pay('{right.client_secret}')")
    assert "elements.submit() must be called" in told(page, "thrown")
    frame = page.frame_locator("#address iframe")
    fill_payment(page.frame_locator(PAYMENT))
    for name, value in (("name", "Ada"), ("line1", "1 Way"), ("city", "Graz"), ("state", "G")):
        frame.locator(f"[name={name}]").fill(value)
    for amount in (1400, 1200):
        page.evaluate(f"elements.update({{ amount: {amount} }})")
    page.evaluate("elements.getElement('payment').update({ layout: 'accordion' })")
    page.evaluate("void run(() => elements.submit())")
    assert told(page, "result")["error"]["code"] == "incomplete_zip"
    frame.locator("[name=postalCode]").fill("12345")
    page.evaluate("void run(() => elements.submit())")
    assert told(page, "result", 2) == {"selectedPaymentMethod": "card"}
    page.evaluate("void run(() => stripe.createConfirmationToken({ elements }))")
    token = told(page, "result", 3)["confirmationToken"]
    assert token["payment_method_preview"]["card"]["last4"] == "4242"
    page.evaluate(f"void pay('{wrong.client_secret}')")
    assert told(page, "result", 4)["error"]["param"] == "amount"
    page.evaluate(f"void pay('{right.client_secret}')")
    assert told(page, "result", 5)["paymentIntent"]["status"] == "succeeded"
    paid = client.v1.payment_intents.retrieve(right.id, {"expand": ["payment_method"]})
    details = paid.payment_method.billing_details
    assert (details.name, details.address.city) == ("Ada", "Graz")
    assert client.v1.payment_intents.retrieve(wrong.id).status == "requires_payment_method"


def test_a_paid_intent_has_nothing_to_ask(shop, page, client):
    paid = new_intent(client, payment_method="pm_card_visa", confirm=True, **NO_RETURN)
    shop.open(
        page,
        f"""
        const elements = stripe.elements({{ clientSecret: "{paid.client_secret}" }});
        const payment = elements.create("payment");
        listen(payment);
        payment.mount("#element");
        """,
    )
    assert told(page, "loaderror")["error"]["code"] == "payment_intent_unexpected_state"


def test_a_frame_answers_the_page_around_it_alone_and_never_with_the_card(shop, page, client):
    frame = open_payment(shop, page, new_intent(client).client_secret)
    fill_payment(frame)
    height = page.locator(PAYMENT).bounding_box()["height"]
    page.evaluate(
        """
        const element = document.querySelector("iframe[title='Secure payment input frame']");
        const mark = { source: "stripe-emulator" };
        const ask = (name) => ({ ...mark, type: "ask", id: name, name, given: [] });
        window.addEventListener("message", ({ data }) => say("heard", data));
        element.contentWindow.postMessage(ask("collect"), "*");
        element.contentWindow.postMessage(ask("constructor"), "*");
        element.contentWindow.postMessage(ask("submit"), "*");
        window.postMessage({ ...mark, type: "size", height: 5000 }, "*");
        const other = document.createElement("iframe");
        other.srcdoc = `<script nonce=shop>
          parent.frames["${element.name}"]
            .postMessage(${JSON.stringify(ask("clear"))}, "*");
          parent.postMessage("sent", "*");
        </script>`;
        document.body.append(other);
        """
    )
    expect(page.locator("pre.heard", has_text='"sent"')).to_have_count(1)
    # Its own question came last and has been answered: those before it were not.
    expect(page.locator("pre.heard", has_text='"id":"submit"')).to_have_count(1)
    heard = page.locator("pre.heard").all_text_contents()
    assert not [
        each for each in heard if "collect" in each or "constructor" in each or GOOD in each
    ]
    expect(frame.locator("[name=number]")).to_have_value("4242 4242 4242 4242")
    assert page.locator(PAYMENT).bounding_box()["height"] == height


def open_card(shop: Merchant, page: Page, pay: str) -> FrameLocator:
    shop.open(
        page,
        f"""
        const elements = stripe.elements();
        const card = elements.create("card");
        listen(card);
        card.mount("#element");
        document.getElementById("pay").onclick = () => run(() => {pay});
        """,
        "<label for=element>Card</label><div id=element></div><button id=pay>Pay</button>",
    )
    told(page, "ready")
    return page.frame_locator(CARD)


def type_card(page: Page, number: str = GOOD) -> None:
    page.get_by_text("Card", exact=True).click()
    # The label's page and the field's speak by messages, and a test types faster than they do.
    page.frame_locator(CARD).locator("input:focus").wait_for()
    page.keyboard.type(f"{number}123412312345")


def test_confirm_card_payment(shop, page, client):
    intent = new_intent(client)
    wish = "{ payment_method: { card, billing_details: { name: 'Ada' } } }"
    open_card(shop, page, f"stripe.confirmCardPayment('{intent.client_secret}', {wish})")
    type_card(page)
    page.click("#pay")
    assert told(page, "result")["paymentIntent"]["status"] == "succeeded"
    charge = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    details = charge.latest_charge.billing_details
    assert (details.name, details.address.postal_code) == ("Ada", "12345")


def test_what_the_server_began_is_finished_in_the_page(shop, page, client):
    intent = new_intent(
        client,
        payment_method="pm_card_authenticationRequired",
        confirm=True,
        return_url=f"{shop.url}/back",
    )
    shop.open(
        page,
        f"""
        const clientSecret = "{intent.client_secret}";
        run(() => stripe.retrievePaymentIntent(clientSecret));
        const next = () => run(() => stripe.handleNextAction({{ clientSecret }}));
        """,
    )
    assert told(page, "result")["paymentIntent"]["status"] == "requires_action"
    page.evaluate("void next()")
    answer_bank(page, "Complete")
    assert told(page, "result", 2)["paymentIntent"]["status"] == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_token_of_the_card_element_is_charged_by_the_server(shop, page, client):
    open_card(shop, page, "stripe.createToken(card, { name: 'Ada', address_country: 'AT' })")
    type_card(page)
    page.click("#pay")
    token = told(page, "result")["token"]
    assert (token["object"], token["card"]["last4"], token["used"]) == ("token", "4242", False)
    assert (token["card"]["name"], token["card"]["address_zip"]) == ("Ada", "12345")
    charge = client.v1.charges.create({"amount": 900, "currency": "usd", "source": token["id"]})
    assert (charge.status, charge.billing_details.name) == ("succeeded", "Ada")


def test_a_card_is_set_up_for_later(shop, page, client):
    customer = client.v1.customers.create()
    intent = client.v1.setup_intents.create({"customer": customer.id})
    open_card(
        shop,
        page,
        f"stripe.confirmCardSetup('{intent.client_secret}', {{ payment_method: {{ card }} }})",
    )
    type_card(page, ALWAYS_ASKS)
    page.click("#pay")
    answer_bank(page, "Complete")
    set_up = told(page, "result")["setupIntent"]
    assert (set_up["id"], set_up["status"]) == (intent.id, "succeeded")
    method = client.v1.payment_methods.retrieve(set_up["payment_method"])
    assert (method.customer, method.card.last4) == (customer.id, "3184")


def test_the_card_element_tells_what_is_wrong(shop, page):
    frame = open_card(shop, page, "stripe.createPaymentMethod({ type: 'card', card })")
    frame.locator("[name=cardnumber]").fill("4242424242424241")
    change = told(page, "change", 1)
    assert (change["brand"], change["error"]["code"]) == ("visa", "invalid_number")
    expect(page.locator("#element")).to_have_class(
        "StripeElement StripeElement--focus StripeElement--invalid"
    )
    frame.locator("[name=cardnumber]").fill(GOOD)
    frame.locator("[name=exp-date]").fill("0120")
    assert (
        told(page, "change", 3)["error"]["message"] == "Your card’s expiration year is in the past."
    )
    page.click("#pay")
    assert told(page, "result")["error"]["type"] == "validation_error"


def test_axe_finds_nothing_in_the_elements(shop, page, client):
    axe = (module("axe-core") / "axe.min.js").read_text()
    shop.open(
        page,
        f"""
        const clientSecret = "{new_intent(client).client_secret}";
        const elements = stripe.elements({{ clientSecret, appearance: {{ theme: "night" }} }});
        const shown = [["payment"], ["address", {{ mode: "billing" }}], ["linkAuthentication"]];
        for (const [type, options] of shown) {{
          const element = elements.create(type, options);
          listen(element);
          element.mount(`#${{type}}`);
        }}
        """,
        "<div id=payment></div><div id=address></div><div id=linkAuthentication></div>",
    )
    told(page, "ready", 3)
    page.evaluate("void run(() => elements.submit())")
    told(page, "result")
    for frame in page.frames:
        if "elements-inner" in frame.url:
            frame.evaluate("() => { document.body.style.background = '#1b1c20'; }")
            frame.evaluate(axe)
            # What a whole page must have is the shop's to bring.
            assert frame.evaluate(_BREACHES) == []


_BREACHES = """
axe.run({ rules: Object.fromEntries(
  ["region", "landmark-one-main", "page-has-heading-one"].map((each) => [each, { enabled: false }]),
) }).then(({ violations }) => violations.map((each) => `${each.id} ${each.nodes[0].target}`))
"""


def test_a_mistake_of_the_shops_is_said_by_name(shop, page):
    shop.open(page, "")
    assert page.evaluate("Stripe.version") == "endive"
    for call, part in (
        ("Stripe('')", "empty"),
        ("Stripe('sk_test_1')", "secret key"),
        ("Stripe('pk_live_1')", "Live keys"),
        ("Stripe(5)", "number"),
        ("stripe.elements().create('card').mount('#none')", "#none"),
        ("stripe.elements().create('payment')", "clientSecret or mode"),
        ("stripe.elements().create('cart')", "cart"),
        ("stripe.elements().create('taxId')", "Tax ID"),
        ("stripe.elements().create('paymentRequestButton').mount('body')", "no wallet"),
        ("stripe.elements({ mode: 'payment', amount: 1.5, currency: 'usd' })", "amount"),
        ("stripe.redirectToCheckout({ sessionId: 'cs_test_1' })", "no longer supported"),
        ("stripe.initEmbeddedCheckout({})", "createEmbeddedCheckoutPage"),
        ("stripe.initCheckout({})", "initCheckoutElementsSdk"),
        ("stripe.handleCardPayment('x')", "confirmCardPayment"),
        ("stripe.verifyIdentity('x')", "stripe.verifyIdentity()"),
    ):
        tried = (
            f"(() => {{ try {{ {call}; }} catch (e) {{ return e.name + ': ' + e.message; }} }})()"
        )
        said = page.evaluate(tried)
        assert said.startswith("IntegrationError: "), (call, said)
        assert part in said, (call, said)
    assert page.evaluate("stripe.then") is None
    assert page.evaluate("stripe.registerAppInfo({ name: 'x' })") is None
