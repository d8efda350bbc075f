"""CSRF, headers and cookies."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from paydesk.orders.order import Order
from paydesk.web import extension
from paydesk.web.app import create_app
from tests.web.conftest import Visitor


def orders(shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(Order)) or 0)


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_form_without_our_token_orders_nothing(visitor, shop, token):
    fields = visitor.form()
    del fields["csrf_token"]
    if token is not None:
        fields["csrf_token"] = token
    assert visitor.purchase(fields).status_code == 403
    assert orders(shop) == 0


def test_a_token_of_another_browser_orders_nothing(visitor, stranger, shop):
    fields = visitor.form()
    stranger.http.get("/p/arduino-board")
    assert stranger.purchase(fields).status_code == 403
    assert orders(shop) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", None])
def test_another_sites_request_orders_nothing(visitor, shop, headers, kind):
    answer = visitor.http.post(
        "/create-checkout-session", data=b"{}", content_type=kind, headers=headers
    )
    assert answer.status_code == 403
    assert orders(shop) == 0


def test_our_own_pages_and_programs_are_let_in(visitor):
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert visitor.ask({}, **headers).status_code == 422


PATHS = ["/", "/p/arduino-board", "/p/nothing", "/nothing", "/config", "/o/1/x", "/webhook"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(visitor, path):
    headers = visitor.http.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in policy


def test_an_order_page_is_private(visitor, gateway):
    visitor.purchase(visitor.form())
    link = visitor.http.get("/success").location
    for path in (link, f"{link}/state"):
        headers = visitor.http.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"


def test_the_cookie_is_closed_as_far_as_it_can_be(visitor, shop, settings, monkeypatch):
    cookie = visitor.http.get("/p/arduino-board").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    secure = replace(settings, base_url="https://shop.example")
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: shop)
    answer = Visitor(create_app(secure).test_client()).http.get(
        "/p/arduino-board", base_url="https://shop.example"
    )
    assert answer.headers["Set-Cookie"].startswith("__Host-paydesk=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_bug_shows_a_number_and_nothing_else(visitor, shop, monkeypatch):
    def bug(*_: object) -> None:
        raise RuntimeError("sk_test_of_the_shop")

    monkeypatch.setattr(type(shop.placing), "place", bug)
    page = visitor.purchase(visitor.form())
    assert page.status_code == 500
    assert "sk_test" not in page.get_data(as_text=True)
    assert "err_" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_that_is_too_long_is_not_read(visitor, shop, kind):
    body = b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n" + b"x" * 70_000
    answer = visitor.http.post("/create-checkout-session", data=body, content_type=kind)
    assert answer.status_code == 413
    assert orders(shop) == 0
