"""Purchase and return, request by request."""

import re

import pytest
from sqlalchemy import func, select

from paydesk.catalogue import product as products
from paydesk.catalogue.product import Price, Product, Visibility
from paydesk.foundation.money import Money
from paydesk.orders.order import Order
from paydesk.payments.gateway import StripeRefused, StripeUnreachable
from tests.paydesk.test_placing import variant


def price_of(shop, slug: str, name: str = "") -> Price:
    price = variant(shop, slug, name).current_price
    assert price is not None
    return price


def error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def orders(shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(Order)) or 0)


def test_the_purchase_button_carries_product_and_price(visitor):
    html = visitor.http.get("/p/arduino-board").get_data(as_text=True)
    button = re.search(r"<button[^>]*data-product-id=[^>]*>", html)
    assert button is not None
    assert re.search(r'data-product-id="prd_\w+"', button[0])
    assert re.search(r'data-price-id="prc_\w+"', button[0])
    assert 'data-price-minor="3900"' in button[0]
    assert 'data-currency="usd"' in button[0]


def test_config_tells_the_publishable_key_alone(visitor):
    assert visitor.http.get("/config").json == {"publicKey": "pk_test_of_the_shop"}


def test_a_form_is_sent_on_to_stripe(visitor, gateway):
    answer = visitor.purchase(visitor.form())
    assert answer.status_code == 303
    assert answer.location == gateway.sessions["cs_test_0001"]["url"]


def test_a_program_gets_the_session_as_json(visitor, shop):
    price = price_of(shop, "arduino-board")
    answer = visitor.ask({"price_id": price.id, "quantity": 2, "price_minor": "3900"})
    assert answer.status_code == 200
    assert answer.json["sessionId"] == "cs_test_0001"
    assert answer.json["url"].startswith("https://checkout.stripe.com/")


def test_with_one_product_on_sale_the_tutorials_front_end_works(visitor, shop, gateway):
    with shop.database.transaction() as tx:
        for each in tx.scalars(select(Product).where(Product.slug != "arduino-board")):
            each.visibility = Visibility.HIDDEN
    answer = visitor.http.post("/create-checkout-session")
    assert answer.status_code == 200
    assert gateway.sessions[answer.json["sessionId"]]["amount_total"] == 3900


def test_a_get_is_not_allowed(visitor, shop):
    answer = visitor.http.get("/create-checkout-session")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert orders(shop) == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"product_id": "prd_nothing"}, 404, "unknown_product"),
        ({"price_id": "prc_nothing"}, 404, "unknown_price"),
        ({}, 422, "product_missing"),
        ([], 422, "bad_body"),
        ("text", 422, "bad_body"),
        ({"quantty": 1}, 422, "invalid"),
        ({"product_id": 7}, 422, "invalid"),
        ({"product_id": "x\u0000"}, 422, "invalid"),
        ({"product_id": "x", "attempt": "short"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_bought_is_named(visitor, shop, body, status, code):
    answer = visitor.ask(body)
    assert error(answer) == (status, code)
    assert answer.json["error"]["message"]
    assert orders(shop) == 0


@pytest.mark.parametrize("quantity", [0, -1, 100, 1.5, "x", "", True, None, "1e3", [1], 10**30])
def test_a_bad_quantity_is_422_or_the_default(visitor, shop, quantity):
    price = price_of(shop, "arduino-board")
    answer = visitor.ask({"price_id": price.id, "quantity": quantity})
    assert answer.status_code == (200 if quantity is None else 422)


@pytest.mark.parametrize("body", [b"{", b"\xff", b"{}" * 40_000])
def test_a_malformed_or_huge_body_is_refused(visitor, shop, body):
    answer = visitor.http.post(
        "/create-checkout-session", data=body, content_type="application/json"
    )
    assert answer.status_code in (413, 422)
    assert answer.json["error"]["message"]
    assert orders(shop) == 0


def test_sold_out_and_hidden_are_409(visitor, shop):
    gone = price_of(shop, "breadboard", "1660 contacts")
    assert error(visitor.ask({"price_id": gone.id})) == (409, "sold_out")
    kit = price_of(shop, "sensor-kit")
    with shop.database.transaction() as tx:
        products.by_slug(tx, "sensor-kit").visibility = Visibility.HIDDEN
    assert error(visitor.ask({"price_id": kit.id})) == (409, "not_on_sale")


def test_a_changed_price_is_409_with_the_new_one(visitor, shop, clock):
    fields = visitor.form()
    with shop.database.transaction() as tx:
        board = products.by_slug(tx, "arduino-board").variants[0]
        new = products.change_price(tx, board, Money(4100, "usd"), clock).id
    answer = visitor.ask({"price_id": fields["price_id"], "price_minor": 3900})
    assert error(answer) == (409, "price_changed")
    assert answer.json["error"]["price"] == {
        "price_id": new,
        "unit_minor": 4100,
        "currency": "usd",
    }
    page = visitor.purchase(fields)
    assert page.status_code == 409
    assert "$41.00" in page.get_data(as_text=True)
    assert orders(shop) == 0


def test_the_same_form_twice_is_one_order_and_one_session(visitor, shop, gateway):
    fields = visitor.form()
    first, second = visitor.purchase(fields), visitor.purchase(fields)
    assert first.location == second.location
    assert orders(shop) == 1
    assert len(gateway.by_key) == 1


SECRETS = ("sk_test_of_the_shop", "req_", "whsec_", "Traceback")


@pytest.mark.parametrize(
    ("trouble", "status"), [(StripeUnreachable(), 503), (StripeRefused("card_x"), 502)]
)
def test_when_stripe_fails_nothing_is_charged_and_the_order_stays(
    visitor, shop, gateway, trouble, status
):
    fields = visitor.form()
    gateway.trouble = trouble
    page = visitor.purchase(fields)
    text = page.get_data(as_text=True)
    assert page.status_code == status
    assert "Nothing was charged" in text
    assert not [secret for secret in (*SECRETS, "card_x") if secret in text]
    again = re.search(r'action="(/o/1001/\w+/pay)"', text)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert again is not None
    assert token is not None

    gateway.trouble = None
    answer = visitor.http.post(again[1], data={"csrf_token": token[1]})
    assert answer.status_code == 303
    assert answer.location.startswith("https://checkout.stripe.com/")
    assert orders(shop) == 1


def test_a_try_that_may_have_worked_is_repeated_under_the_same_key(visitor, gateway):
    price_form = visitor.form()
    seen = []
    create = gateway.create_session

    def fail_after_doing_it(request, *, idempotency_key):
        seen.append(idempotency_key)
        answer = create(request, idempotency_key=idempotency_key)
        if len(seen) == 1:
            raise StripeUnreachable
        return answer

    gateway.create_session = fail_after_doing_it
    assert visitor.purchase(price_form).status_code == 503
    assert visitor.purchase(price_form).status_code == 303
    assert seen[0] == seen[1]
    assert len(gateway.sessions) == 1


def test_a_click_that_fails_while_the_other_gets_through_is_sent_on(visitor, gateway, shop):
    fields = visitor.form()
    create = gateway.create_session

    def only_the_other_gets_through(request, *, idempotency_key):
        gateway.create_session = create
        assert visitor.purchase(fields).status_code == 303
        raise StripeUnreachable

    gateway.create_session = only_the_other_gets_through
    answer = visitor.purchase(fields)
    assert (answer.status_code, answer.location) == (303, gateway.sessions["cs_test_0001"]["url"])


def bought(visitor, gateway) -> str:
    """The id of a session the visitor has opened."""
    visitor.purchase(visitor.form())
    return str(list(gateway.sessions)[-1])


def test_success_leads_only_the_buyers_own_browser_to_the_order(visitor, stranger, gateway):
    session_id = bought(visitor, gateway)
    gateway.pay(session_id)
    stranger.http.get("/")
    assert stranger.http.get(f"/success?session_id={session_id}").status_code == 404
    assert visitor.http.get("/success?session_id=cs_test_unknown").status_code == 404
    answer = visitor.http.get(f"/success?session_id={session_id}")
    assert answer.status_code == 303
    assert re.fullmatch(r"/o/1001/\w{26}", answer.location)
    # Whoever holds the link may see it.
    page = stranger.http.get(answer.location)
    assert page.status_code == 200
    assert "Paid on" in page.get_data(as_text=True)


def test_the_order_page_never_says_paid_without_knowing(visitor, gateway):
    session_id = bought(visitor, gateway)
    link = visitor.http.get(f"/success?session_id={session_id}").location
    text = visitor.http.get(link).get_data(as_text=True)
    assert "We are confirming your payment" in text
    assert "Paid on" not in text
    gateway.pay(session_id)
    gateway.trouble = StripeUnreachable()
    assert "Paid on" not in visitor.http.get(link).get_data(as_text=True)
    state = visitor.http.get(f"{link}/state").json
    assert (state["state"], state["settled"]) == ("confirming", False)


def test_the_order_page_becomes_paid_by_asking_stripe(visitor, gateway, clock):
    session_id = bought(visitor, gateway)
    link = visitor.http.get(f"/success?session_id={session_id}").location
    before = visitor.http.get(f"{link}/state").json
    gateway.pay(session_id)
    # Asked a moment ago, so not again at once: many open pages must not become many calls.
    assert visitor.http.get(f"{link}/state").json == before
    from datetime import timedelta

    clock.travel(timedelta(seconds=9))
    after = visitor.http.get(f"{link}/state").json
    assert (after["state"], after["settled"]) == ("paid", True)
    assert after["version"] != before["version"]


def test_wrong_secret_and_unknown_order_are_the_same_404(visitor, gateway):
    session_id = bought(visitor, gateway)
    link = visitor.http.get(f"/success?session_id={session_id}").location
    answers = [
        visitor.http.get(path)
        for path in (
            link[:-1] + ("y" if link[-1] == "x" else "x"),
            "/o/1001/x",
            "/o/9999/" + "x" * 26,
            "/o/1001/%C3%A4",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_data() for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/cancelled?order=1001", "/cancelled", "/cancel"])
def test_cancelling_gives_the_product_back(visitor, shop, gateway, path):
    visitor.purchase(visitor.form())
    assert variant(shop, "arduino-board").held == 1
    answer = visitor.http.get(path)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert "Nothing was charged" in text
    assert "Purchase" in text
    assert 'href="/search">All products</a>' in text
    assert variant(shop, "arduino-board").held == 0
    assert gateway.sessions["cs_test_0001"]["status"] == "expired"


def test_a_stranger_cannot_cancel(visitor, stranger, shop, gateway):
    visitor.purchase(visitor.form())
    stranger.http.get("/")
    assert stranger.http.get("/cancelled?order=1001").status_code == 303
    assert variant(shop, "arduino-board").held == 1


def test_a_payment_that_came_before_the_cancel_wins(visitor, shop, gateway):
    session_id = bought(visitor, gateway)
    gateway.pay(session_id)
    answer = visitor.http.get("/cancelled?order=1001")
    assert answer.status_code == 303
    assert "Paid on" in visitor.http.get(answer.location).get_data(as_text=True)
    board = variant(shop, "arduino-board")
    assert (board.on_hand, board.held) == (49, 0)


def test_when_stripe_is_away_cancelling_keeps_the_hold_and_says_so(visitor, shop, gateway):
    visitor.purchase(visitor.form())
    gateway.trouble = StripeUnreachable()
    answer = visitor.http.get("/cancelled?order=1001")
    assert answer.status_code == 200
    assert variant(shop, "arduino-board").held == 1


def test_a_cancelled_order_can_be_paid_after_all(visitor, shop, gateway):
    session_id = bought(visitor, gateway)
    link = visitor.http.get(f"/success?session_id={session_id}").location
    visitor.http.get("/cancelled?order=1001")
    text = visitor.http.get(link).get_data(as_text=True)
    assert "You cancelled this order" in text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert token is not None
    answer = visitor.http.post(f"{link}/pay", data={"csrf_token": token[1]})
    assert answer.status_code == 303
    assert variant(shop, "arduino-board").held == 1
    gateway.pay("cs_test_0002")
    assert visitor.http.get("/success?session_id=cs_test_0002").location == link
    assert "Paid on" in visitor.http.get(link).get_data(as_text=True)
    board = variant(shop, "arduino-board")
    assert (board.on_hand, board.held) == (49, 0)


def test_a_product_can_be_seen_and_bought_in_another_currency(visitor, gateway):
    page = visitor.http.get("/p/workshop-mug?currency=EUR").get_data(as_text=True)
    assert "€11.00" in page
    assert "currency=gbp" in page
    answer = visitor.purchase(visitor.form("/p/workshop-mug?currency=eur"))
    assert answer.status_code == 303
    ((request, _),) = gateway.by_key.values()
    assert (request.currency, request.lines[0].unit_minor) == ("eur", 1100)
    # What is not offered changes nothing.
    assert "$39.00" in visitor.http.get("/p/arduino-board?currency=eur").get_data(as_text=True)
