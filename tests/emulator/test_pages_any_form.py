"""Whatever is sent to the hosted page, it answers with a page."""

import re
from random import Random
from urllib.parse import urlencode

import pytest

from stripe_emulator.money import MAXIMUM

NASTY = (
    *("", " ", "0", "-1", "1e9", "999999999999999999999", "x" * 300, "\x00", "\ud83d\ude00"),
    *("DE", "ZZ", "US", "card", "saved:", "saved:pm_1", "sepa_debit", "yes", "[](", "%", "٣"),
    *("4242424242424242", "4000002760003184", "12/34", "99/99", "123", "ada@example.com"),
    *("AUTUMN10", "AT611904300234573201", "110000000", "{0}", "{amount}", str(MAXIMUM)),
)
DEEDS = (
    "",
    "pay",
    "update",
    "apply",
    "unapply",
    "quantity:",
    "add:",
    "remove:",
    "{}",
    "quantity:x:2",
)


LAMP = {"currency": "eur", "unit_amount": 1950, "product_data": {"name": "Lamp"}}
OWN = {"currency": "eur", "custom_unit_amount": {"enabled": True}, "product_data": {"name": "Own"}}


@pytest.fixture(params=["adjustable", "own amount"])
def session(client, request):
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "AUTUMN10"}
    )
    fixed = {"type": "fixed_amount", "fixed_amount": {"amount": 499, "currency": "eur"}}
    line = {"price_data": LAMP, "quantity": 2, "adjustable_quantity": {"enabled": True}}
    if request.param == "own amount":
        line = {"price": client.v1.prices.create(OWN).id, "quantity": 1}
    label = {"type": "custom", "custom": "Number"}
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://localhost:1/thanks",
            "allow_promotion_codes": True,
            "line_items": [line],
            "shipping_address_collection": {"allowed_countries": ["DE", "US"]},
            "shipping_options": [{"shipping_rate_data": {**fixed, "display_name": "Parcel"}}],
            "tax_id_collection": {"enabled": True},
            "phone_number_collection": {"enabled": True},
            "custom_fields": [{"key": "no", "type": "numeric", "label": label}],
        }
    )


def test_no_form_makes_it_stumble(ask, client, session):
    path = f"/c/pay/{session.id}"
    page = ask("GET", path, key=None).body.decode()
    names = sorted(set(re.findall(r'name="([^"]+)"', page)) - {"token", "viewport", "color-scheme"})
    values = re.findall(r'<button[^>]+name="do" value="([^"]+)"', page)
    (token,) = re.findall(r'name="token" value="(\w+)"', page)
    assert {"iban", "promotionCode", "shippingPostalCode", "taxId"} <= set(names)
    chance = Random(4242)
    for _ in range(100):
        sent = {name: chance.choice(NASTY) for name in names if chance.random() < 0.7}
        sent |= {"token": token, "do": chance.choice((*DEEDS, *values))}
        script = {"Accept": "application/json"} if chance.random() < 0.5 else {}
        body = urlencode(sent, errors="surrogatepass")
        answer = ask("POST", path, body, key=None, headers=script)
        assert answer.status in (200, 303, 413, 422), (sent, answer.body[:300])
    # None of that was a good form, so that each was looked at.
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_nobody_else_takes_up_an_order_again(ask, client):
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://localhost:1/thanks",
            "line_items": [{"price_data": LAMP, "quantity": 1}],
            "after_expiration": {"recovery": {"enabled": True}},
        }
    )
    expired = client.v1.checkout.sessions.expire(session.id)
    path = "/c/recover/" + expired.after_expiration.recovery.url.partition("/c/recover/")[2]
    page = ask("GET", path, key=None)
    assert page.status == 200
    assert len(client.v1.checkout.sessions.list().data) == 1
    assert ask("POST", path, "token=", key=None).status == 403
    (token,) = re.findall(r'name="token" value="(\w+)"', page.body.decode())
    wrong = ask("POST", f"/c/recover/{session.id}/wrong", f"token={token}", key=None)
    assert b"Start again" not in wrong.body
    assert len(client.v1.checkout.sessions.list().data) == 1
    assert ask("POST", path, f"token={token}", key=None).status == 303
    newest = client.v1.checkout.sessions.list().data[0]
    assert newest.recovered_from == session.id
