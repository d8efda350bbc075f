"""Cart, review page, legal pages and the way back to one's orders, through Flask's client."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from paydesk.business import demonstration, legal, tax
from paydesk.business.legal import LegalKind
from paydesk.business.tax import TaxTerms
from paydesk.fulfilment.letters import Letter
from paydesk.fulfilment.writing import Untrue
from paydesk.orders.cart import Cart
from paydesk.orders.order import Order
from paydesk.web.letter_contents import gather
from tests.fake_gateway import unreachable
from tests.paydesk.test_cart import _variant, change_price, take_away
from tests.paydesk.test_placing import variant


@pytest.fixture
def business(shop):
    with shop.database.transaction() as tx:
        demonstration.load(tx, shop.clock)


def page(answer):
    return answer.get_data(as_text=True)


def fields_of(html, action):
    """The fields of the first form with that action, and of those that belong to it by `form`."""
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', html, re.DOTALL)
    assert form is not None, f"no form for {action}"
    named = re.search(r'<form[^>]*\bid="([^"]+)"', form[0])
    outside = re.findall(rf'<input[^>]*form="{named[1]}"[^>]*>', html) if named else []
    fields = {}
    for tag in [*re.findall(r"<input[^>]*>", form[0]), *outside]:
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        choice = 'type="radio"' in tag or 'type="checkbox"' in tag
        if name is not None and (not choice or "checked" in tag):
            fields[name[1]] = value[1] if value is not None else ""
    return fields


def put_in(visitor, slug="arduino-board", quantity=1, **more):
    fields = visitor.form(f"/p/{slug}") | {"quantity": str(quantity), **more}
    return visitor.http.post("/cart/lines", data=fields)


def review(visitor):
    html = page(visitor.http.get("/checkout"))
    return fields_of(html, "/checkout") | {"email": "buyer@example.com"}


def orders(shop):
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(Order).order_by(Order.number)))


def test_a_browser_has_no_cart_cookie_until_something_is_put_in(visitor, shop):
    for path in ("/", "/p/arduino-board", "/cart", "/checkout"):
        assert "paydesk_cart" not in str(visitor.http.get(path).headers.getlist("Set-Cookie"))
    cookie = put_in(visitor).headers["Set-Cookie"]
    assert "paydesk_cart=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=2592000" in cookie
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(Cart)) == 1
    html = page(visitor.http.get("/"))
    assert re.search(r'class="count" aria-live="polite">1<', html)


def test_a_cookie_we_did_not_sign_is_nobodys(visitor, stranger, shop):
    put_in(visitor)
    with shop.database.transaction() as tx:
        cart_id = tx.scalars(select(Cart.id)).one()
    for forged in (cart_id, f"{cart_id}.x", "x" * 3000, "é"):
        stranger.http.set_cookie("paydesk_cart", forged)
        assert "Your cart is empty" in page(stranger.http.get("/cart"))


def test_a_forgotten_cart_says_why_it_is_empty(visitor, clock):
    put_in(visitor)
    clock.travel(timedelta(days=31))
    assert "kept for 30 days" in page(visitor.http.get("/cart"))


def test_lines_are_changed_removed_and_brought_back(visitor, shop):
    board = variant(shop, "arduino-board").id
    added = put_in(visitor)
    assert added.status_code == 303
    html = page(visitor.http.get(added.location))
    assert "Arduino Board is in your cart." in html
    form = fields_of(html, f"/cart/lines/{board}") | {"quantity": "3"}
    assert visitor.http.post(f"/cart/lines/{board}", data=form).status_code == 303
    assert "$117.00" in page(visitor.http.get("/cart"))
    bad = visitor.http.post(f"/cart/lines/{board}", data=form | {"quantity": "many"})
    assert bad.status_code == 422
    assert "from 1 to 99" in page(bad)
    gone = visitor.http.post(f"/cart/lines/{board}/remove", data=form)
    html = page(visitor.http.get(gone.location))
    assert "Arduino Board was removed." in html
    undo = fields_of(html, f"/cart/lines/{board}/restore")
    visitor.http.post(f"/cart/lines/{board}/restore", data=undo)
    assert "$117.00" in page(visitor.http.get("/cart"))
    assert visitor.http.post("/cart/lines/var_nothing/remove", data=undo).status_code == 404


def test_nothing_is_changed_without_a_token_or_by_looking(visitor, shop):
    put_in(visitor)
    board = variant(shop, "arduino-board").id
    assert visitor.http.post(f"/cart/lines/{board}/remove", data={"x": "y"}).status_code == 403
    assert visitor.http.post("/checkout", data={"email": "x@example.com"}).status_code == 403
    assert visitor.http.get(f"/cart/lines/{board}/remove").status_code == 405
    assert "Arduino Board" in page(visitor.http.get("/cart"))


def test_what_does_not_go_together_is_said_in_the_cart(visitor):
    put_in(visitor)
    refused = put_in(visitor, "parts-club")
    assert refused.status_code == 409
    assert "A subscription is ordered by itself" in page(refused)


def test_a_price_changed_in_another_session_is_said_before_paying(visitor, shop):
    put_in(visitor, "soldering-iron")
    before = review(visitor)
    change_price(shop, "soldering-iron", 6100)
    assert "was $59.00, now $61.00" in page(visitor.http.get("/cart"))
    refused = visitor.http.post("/checkout", data=before)
    assert refused.status_code == 409
    html = page(refused)
    assert "The price of Soldering Iron is now $61.00." in html
    assert "was $59.00, now $61.00" in html
    assert "Order and pay $61.00" in html
    assert orders(shop) == []
    ordered = visitor.http.post("/checkout", data=fields_of(html, "/checkout") | _email(before))
    assert ordered.status_code == 303


def _email(fields):
    return {"email": fields["email"]}


def test_too_few_are_said_with_their_number(visitor, shop):
    put_in(visitor, "sensor-kit", 5)
    take_away(shop, "sensor-kit", 2)
    html = page(visitor.http.get("/cart"))
    assert "You wanted 5; only 2 are left." in html
    assert "$49.00" in html
    take_away(shop, "sensor-kit", 0)
    html = page(visitor.http.get("/cart"))
    assert "Sold out. It is not part of your order." in html
    assert visitor.http.get("/checkout").status_code == 303


def test_the_review_page_orders_all_lines_once(visitor, shop, business, gateway):
    put_in(visitor)
    put_in(visitor, "sensor-kit", 2)
    form = review(visitor)
    first, second = (visitor.http.post("/checkout", data=form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert first.location.startswith("https://checkout.stripe.com/")
    (order,) = orders(shop)
    assert (order.email, order.country, order.total_minor) == ("buyer@example.com", "DE", 8800)
    assert gateway.calls.count("create") == 1
    request = next(iter(gateway.by_key.values()))[0]
    assert (request.email, request.language) == ("buyer@example.com", "en")
    assert request.shipping.country == "DE"


def test_what_is_missing_is_listed_with_links_and_focus(visitor, shop, business):
    put_in(visitor)
    answer = visitor.http.post("/checkout", data=review(visitor) | {"email": "nobody"})
    html = page(answer)
    assert answer.status_code == 422
    assert re.search(r'class="problems" role="alert" tabindex="-1" autofocus', html)
    assert '<a href="#email">' in html
    assert re.search(
        r'id="email"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*email-error', html
    )
    assert 'value="nobody"' in html


def test_a_waiver_for_digital_goods_is_ticked_and_kept(visitor, shop, business):
    with shop.database.transaction() as tx:
        _variant(tx, "arduino-board").is_digital = True
    put_in(visitor)
    form = review(visitor)
    refused = visitor.http.post("/checkout", data=form)
    assert refused.status_code == 422
    assert '<a href="#waiver">' in page(refused)
    assert visitor.http.post("/checkout", data=form | {"waiver": "yes"}).status_code == 303
    (order,) = orders(shop)
    assert ("waiver", True, 1) in {
        (each["kind"], each["ticked"], each["version"]) for each in order.consents
    }


@pytest.mark.parametrize(
    ("name", "value", "status", "says"),
    [
        ("total_minor", "1", 409, "The total is now"),
        ("total_minor", "1.0", 422, "no whole number"),
        ("attempt", "short", 422, "at least 16"),
        ("shown[var_nothing]", "1", 409, "var_nothing is not in your cart"),
        ("country", "XX", 422, "Choose the country"),
    ],
)
def test_a_tampered_form_is_refused_and_named(visitor, shop, business, name, value, status, says):
    put_in(visitor)
    more = {"quantity[var_nothing]": "1"} if name.startswith("shown") else {}
    answer = visitor.http.post("/checkout", data=review(visitor) | {name: value, **more})
    assert answer.status_code == status
    assert says in page(answer)
    assert orders(shop) == []


def test_stripe_down_charges_nothing_and_keeps_the_cart(visitor, shop, gateway):
    put_in(visitor)
    form = review(visitor)
    gateway.trouble = unreachable()
    down = visitor.http.post("/checkout", data=form)
    assert down.status_code == 503
    assert page(down).split("<main")[1].count("Nothing was charged.") == 1
    assert "Your cart is kept." in page(down)
    again = fields_of(page(down), "/checkout")
    assert again["attempt"] == form["attempt"]
    gateway.trouble = None
    assert visitor.http.post("/checkout", data=again).status_code == 303
    assert len(orders(shop)) == 1


def test_coming_back_from_stripe_restores_the_cart_at_once(visitor, shop):
    take_away(shop, "arduino-board", 1)
    put_in(visitor)
    visitor.http.post("/checkout", data=review(visitor))
    (order,) = orders(shop)
    html = page(visitor.http.get("/cart"))
    assert f"You had begun to pay order {order.number}." in html
    assert "Sold out" not in html
    back = visitor.http.get(f"/cancelled?order={order.number}")
    assert back.status_code == 303
    html = page(visitor.http.get(back.location))
    assert "Nothing was charged. Your cart is as you left it." in html
    assert "Arduino Board" in html
    assert variant(shop, "arduino-board").held == 0
    assert visitor.http.post("/checkout", data=review(visitor)).status_code == 303


def test_what_expired_can_be_put_back_into_the_cart(visitor, stranger, shop):
    put_in(visitor)
    visitor.http.post("/checkout", data=review(visitor))
    (order,) = orders(shop)
    visitor.http.get(f"/cancelled?order={order.number}")
    link = f"/o/{order.number}/{order.secret}"
    form = fields_of(page(stranger.http.get(link)), f"{link}/cart")
    assert stranger.http.post(f"{link}/cart", data=form).status_code == 303
    assert "Arduino Board" in page(stranger.http.get("/cart"))
    assert stranger.http.post(f"/o/{order.number}/wrong/cart", data=form).status_code == 404


def test_where_to_changes_what_shipping_costs(visitor, business):
    put_in(visitor, "soldering-iron")
    html = page(visitor.http.get("/cart"))
    assert "$4.90" in html
    form = fields_of(html, "/cart/shipping") | {"country": "US"}
    visitor.http.post("/cart/shipping", data=form)
    html = page(visitor.http.get("/cart"))
    assert "$14.90" in html
    assert "VAT" not in html
    assert visitor.http.post("/cart/shipping", data=form | {"country": "XX"}).status_code == 422


def test_the_button_says_the_duty_to_pay_in_german_too(visitor, shop, business, gateway):
    put_in(visitor)
    visitor.http.set_cookie("paydesk_language", "de")
    html = page(visitor.http.get("/checkout"))
    # $39.00 and shipping of $4.90.
    assert re.search(r"Zahlungspflichtig bestellen – 43,90\s\$</button>", html)
    form = fields_of(html, "/checkout") | {"email": "buyer@example.com"}
    visitor.http.post("/checkout", data=form)
    (order,) = orders(shop)
    assert order.language == "de"
    assert next(iter(gateway.by_key.values()))[0].language == "de"


def test_a_subscription_is_ordered_through_the_cart_without_shipping(
    visitor, shop, business, gateway
):
    put_in(visitor, "parts-club")
    html = page(visitor.http.get("/checkout"))
    assert 'name="country"' not in html.replace('type="hidden" name="country"', "")
    form = fields_of(html, "/checkout") | {"email": "buyer@example.com"}
    answer = visitor.http.post("/checkout", data=form)
    assert answer.status_code == 303, page(answer)
    (order,) = orders(shop)
    assert (order.mode, order.agreed_minor, order.shipping_name) == ("subscription", None, "")
    assert next(iter(gateway.by_key.values()))[0].is_recurring


def test_find_order_answers_the_same_whoever_asks(visitor, shop):
    put_in(visitor)
    visitor.http.post("/checkout", data=review(visitor))
    html = page(visitor.http.get("/find-order"))
    form = fields_of(html, "/find-order")
    known = visitor.http.post("/find-order", data=form | {"email": "Buyer@Example.com"})
    unknown = visitor.http.post("/find-order", data=form | {"email": "nobody@example.com"})
    again = visitor.http.post("/find-order", data=form | {"email": "buyer@example.com"})
    # The tokens of the forms in the footer are others each time.
    plain = [re.sub(r'value="[^"]*"', "", page(each)) for each in (known, unknown, again)]
    assert plain[0] == plain[1] == plain[2]
    assert {each.status_code for each in (known, unknown, again)} == {200}
    assert visitor.http.post("/find-order", data=form | {"email": "x"}).status_code == 422
    (order,) = orders(shop)
    with shop.database.transaction() as tx:
        letters = tx.scalars(select(Letter).where(Letter.kind == "find_order")).all()
        assert len(letters) == 2
        by_address = {each.data["to"].lower(): each for each in letters}
        found = gather(tx, by_address["buyer@example.com"], None)
        assert found.data["links"] == [
            {
                "number": order.number,
                "url": f"http://localhost:5000/o/{order.number}/{order.secret}",
            }
        ]
        with pytest.raises(Untrue):
            gather(tx, by_address["nobody@example.com"], None)


def test_legal_pages_are_listed_shown_and_kept_in_every_version(visitor, shop, clock, business):
    html = page(visitor.http.get("/"))
    assert 'href="/legal/terms"' in html
    assert 'href="/legal/imprint"' in html
    with shop.database.transaction() as tx:
        legal.write_text(tx, clock, LegalKind.TERMS, "en", "## New\n\nBe <kind>.\n\n- One\n- Two")
    html = page(visitor.http.get("/legal/terms"))
    assert "<h2>New</h2>" in html
    assert "Be &lt;kind&gt;." in html
    assert "<li>One</li>" in html
    old = page(visitor.http.get("/legal/terms/1?language=en"))
    assert "DEMONSTRATION TEXT" in old
    assert "no longer in force" in old
    for path in ("/legal/nothing", "/legal/terms/99", "/legal/waiver"):
        assert visitor.http.get(path).status_code == 404


def test_a_shop_without_texts_lists_none(visitor):
    assert "/legal/" not in page(visitor.http.get("/"))
    assert visitor.http.get("/legal/terms").status_code == 404


def purchase(visitor, slug="arduino-board", **more):
    """Where *Purchase* leads to, and the fields of the page there."""
    answer = visitor.purchase(visitor.form(f"/p/{slug}") | more)
    assert answer.status_code == 303
    if not answer.location.startswith("/checkout?"):
        return answer.location, {}
    return answer.location, reviewed(page(visitor.http.get(answer.location)))


def reviewed(html):
    """What the button of a review page sends, filled in; another form there asks where to."""
    without = re.sub(r'<form class="where".*?</form>', "", html, flags=re.DOTALL)
    return fields_of(without, "/checkout") | {"email": "buyer@example.com"}


def charge_on_top(shop):
    with shop.database.transaction() as tx:
        tax.add_rate(tx, shop.clock, TaxTerms("US", "8.875", inclusive=False))


@pytest.mark.parametrize(
    ("slug", "quantity", "country"), [("sensor-kit", 2, "AT"), ("first-circuits", 1, "US")]
)
def test_purchase_costs_what_the_cart_costs(
    visitor, stranger, shop, business, gateway, slug, quantity, country
):
    charge_on_top(shop)
    waiver = {"waiver": "yes"} if slug == "first-circuits" else {}
    put_in(visitor, slug, quantity)
    visitor.http.post(
        "/cart/shipping", data=visitor.form(f"/p/{slug}") | {"country": country, "rate_id": ""}
    )
    visitor.http.post("/checkout", data=review(visitor) | waiver)
    where, _ = purchase(stranger, slug, quantity=str(quantity))
    form = reviewed(page(stranger.http.get(f"{where}&country={country}"))) | waiver
    answer = stranger.http.post("/checkout", data=form)
    assert answer.location.startswith("https://checkout.stripe.com/"), page(answer)
    by_cart, by_purchase = orders(shop)
    assert by_cart.total_minor == by_purchase.total_minor
    for name in ("country", "shipping_minor", "shipping_name", "tax_minor", "taxes", "email"):
        assert getattr(by_cart, name) == getattr(by_purchase, name), name
    assert [each["kind"] for each in by_cart.consents] == [
        each["kind"] for each in by_purchase.consents
    ]
    first, second = (each["amount_total"] for each in gateway.sessions.values())
    assert first == second == by_cart.total_minor


def test_purchase_twice_is_one_order_and_one_session(visitor, shop, business, gateway):
    _, form = purchase(visitor)
    first, second = (visitor.http.post("/checkout", data=form) for _ in range(2))
    assert first.location == second.location
    assert len(orders(shop)) == len(gateway.by_key) == 1


def test_purchase_leaves_the_cart_alone(visitor, shop, business):
    put_in(visitor, "sensor-kit", 2)
    _, form = purchase(visitor)
    answer = visitor.http.post("/checkout", data=form)
    assert "Set-Cookie" not in answer.headers or "cart" not in answer.headers["Set-Cookie"]
    (order,) = orders(shop)
    assert [(line.name, line.quantity) for line in order.lines] == [("Arduino Board", 1)]
    html = page(visitor.http.get("/cart"))
    assert "Sensor Kit" in html
    assert "Arduino Board" not in html
    with shop.database.transaction() as tx:
        assert tx.scalar(select(func.count()).select_from(Cart)) == 1


def test_who_purchases_the_last_one_again_is_not_told_that_it_is_reserved(
    visitor, stranger, shop, business
):
    take_away(shop, "soldering-iron", 1)
    where, form = purchase(visitor, "soldering-iron")
    visitor.http.post("/checkout", data=form)
    # Back from Stripe, with another address.
    again = reviewed(page(visitor.http.get(where)))
    visitor.http.post("/checkout", data=again | {"email": "other@example.com"})
    old, new = orders(shop)
    assert (old.payment, new.payment) == ("expired", "awaiting")
    # The same address in another browser is another purchase: there it is reserved.
    answer = stranger.http.get(where)
    assert answer.location == "/p/soldering-iron?currency=usd"


def test_a_program_is_told_where_a_purchase_is_reviewed(visitor, shop, business, gateway):
    price = variant(shop, "arduino-board").current_price
    assert price is not None
    answer = visitor.ask({"price_id": price.id, "quantity": 2, "way": "hosted"})
    assert answer.status_code == 200
    assert answer.json["review"] is True
    assert "sessionId" not in answer.json
    html = page(visitor.http.get(answer.json["url"]))
    assert re.search(r'name="quantity\[var_\w+\]" value="2"', html)
    assert orders(shop) == []
    assert gateway.by_key == {}


def test_a_purchase_to_which_nothing_is_added_goes_straight_to_stripe(visitor, shop, business):
    # The tax of what is paid again and again is Stripe's matter.
    where, _ = purchase(visitor, "parts-club")
    assert where.startswith("https://checkout.stripe.com/")


def test_a_changed_price_and_a_country_not_shipped_to_are_said_of_a_purchase(
    visitor, shop, business
):
    where, form = purchase(visitor, "soldering-iron")
    change_price(shop, "soldering-iron", 6100)
    refused = visitor.http.post("/checkout", data=form)
    assert refused.status_code == 409
    assert "was $59.00, now $61.00" in page(refused)
    for bad in ("price_id=prc_nothing", "price_id=x&quantity=1e3", "price_id=x&purchase=short"):
        assert visitor.http.get(f"/checkout?{bad}").status_code in (404, 422)
    assert visitor.http.get(f"{where}&quantity=0").status_code == 200
    assert orders(shop) == []
