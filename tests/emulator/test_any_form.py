"""Whatever is sent, the answer is an answer and never a failure of the emulator's own."""

from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stripe_emulator import forms
from stripe_emulator.errors import StripeFault
from tests.emulator.conftest import over_the_wire

PATHS = (
    *("/v1/checkout/sessions", "/v1/payment_intents", "/v1/refunds", "/v1/products", "/v1/prices"),
    *("/v1/customers", "/v1/payment_methods", "/v1/webhook_endpoints", "/v1/charges/ch_x"),
    *("/v1/payment_intents/pi_x/confirm", "/v1/checkout/sessions/cs_x/expire"),
)
NAMES = (
    *("amount", "currency", "customer", "metadata", "line_items", "price_data", "unit_amount"),
    *("product_data", "name", "quantity", "mode", "success_url", "expires_at", "expand", "card"),
    *("number", "exp_month", "exp_year", "type", "url", "enabled_events", "payment_method", "id"),
    *(
        "confirm",
        "images",
        "unit_amount_decimal",
        "automatic_tax",
        "enabled",
        "shipping",
        "address",
    ),
    *("payment_intent", "capture_method", "recurring", "interval", "0", "1", "", "9" * 30, "é"),
)
WORDS = (
    *(
        "",
        "0",
        "1",
        "-1",
        "3900",
        "9" * 19,
        "1e400",
        "NaN",
        "-0",
        "0.5",
        "true",
        "True",
        "usd",
        "jpy",
    ),
    *("USD", "payment", "subscription", "http://a.test", "https://[", "pm_card_visa", "tok_visa"),
    *(
        "card",
        "4242424242424242",
        "a@b",
        "*",
        "charge.succeeded",
        "\x00",
        "\ud800",
        "💥",
        "a" * 600,
    ),
    *("1795399000", "٣", "²", "line_items", "data.x", "evt_1", "cs_test_1", "inf", "0x10", "1_000"),
)
name = st.builds(
    lambda first, below: first + "".join(f"[{each}]" for each in below),
    st.sampled_from([each for each in NAMES if each]),
    st.lists(st.sampled_from(NAMES), max_size=4),
)
value = st.one_of(st.sampled_from(WORDS), st.text(max_size=12))
pairs = st.lists(st.tuples(name, value), max_size=8)


def encoded(fields: list[tuple[str, str]]) -> str:
    return urlencode(fields, quote_via=quote_plus, errors="surrogatepass")


@settings(max_examples=250, deadline=None)
@given(path=st.sampled_from(PATHS), fields=pairs)
def test_no_form_is_a_failure_of_ours(one_emulator, path, fields):
    answer = over_the_wire(one_emulator.url, "POST", path, encoded(fields) or "&")
    assert answer.status in (200, 400, 402, 404), answer.body
    assert answer.status == 200 or answer.error["message"]


GOOD = {
    "/v1/checkout/sessions": {
        "mode": "payment",
        "success_url": "http://shop.test",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "3900",
        "line_items[0][price_data][product_data][name]": "x",
        "line_items[0][quantity]": "1",
        "metadata[a]": "b",
        "customer_email": "a@b.test",
        "payment_intent_data[capture_method]": "manual",
    },
    "/v1/payment_intents": {
        "amount": "500",
        "currency": "usd",
        "confirm": "true",
        "payment_method": "pm_card_visa",
        "capture_method": "manual",
    },
    "/v1/prices": {"currency": "usd", "unit_amount": "5", "product_data[name]": "x"},
    "/v1/products": {
        "name": "x",
        "images[0]": "http://a.test/i.png",
        "default_price_data[currency]": "eur",
        "default_price_data[unit_amount]": "7",
    },
    "/v1/payment_methods": {
        "type": "card",
        "card[number]": "4242424242424242",
        "card[exp_month]": "12",
        "card[exp_year]": "2040",
        "billing_details[address][country]": "US",
    },
    "/v1/webhook_endpoints": {"url": "http://127.0.0.1:9/", "enabled_events[0]": "charge.failed"},
}


@settings(max_examples=200, deadline=None)
@given(data=st.data(), path=st.sampled_from(sorted(GOOD)))
def test_no_slip_in_a_good_form_is_a_failure_of_ours(one_emulator, data, path):
    fields = dict(GOOD[path])
    assert over_the_wire(one_emulator.url, "POST", path, encoded([*fields.items()])).status == 200
    slipped = data.draw(st.sampled_from(sorted(fields)))
    fields[slipped] = data.draw(value)
    answer = over_the_wire(one_emulator.url, "POST", path, encoded([*fields.items()]))
    assert answer.status in (200, 400, 402), answer.body


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from(PATHS[:8]), fields=pairs)
def test_no_query_is_a_failure_of_ours(one_emulator, path, fields):
    answer = over_the_wire(one_emulator.url, "GET", f"{path}?{encoded(fields)}")
    assert answer.status in (200, 400), answer.body


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200), path=st.sampled_from(PATHS))
def test_no_bytes_are_a_failure_of_ours(one_emulator, path, body):
    answer = over_the_wire(one_emulator.url, "POST", path, body)
    assert answer.status in (200, 400, 402, 404), answer.body


@settings(max_examples=100, deadline=None)
@given(tail=st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_no_id_is_a_failure_of_ours(one_emulator, tail):
    path = f"/v1/customers/{quote_plus(tail)}"
    assert over_the_wire(one_emulator.url, "GET", path).status in (200, 404)


trees = st.recursive(
    st.text(max_size=5),
    lambda below: st.dictionaries(
        st.text(alphabet="abc_é7 ", min_size=1, max_size=4), below, min_size=1, max_size=3
    ),
    max_leaves=8,
)


@given(tree=st.dictionaries(st.text(alphabet="abc", min_size=1), trees, max_size=3))
def test_what_is_nested_comes_out_as_it_went_in(tree):
    def flat(below, path):
        if isinstance(below, str):
            return [(path, below)]
        return [pair for key, each in below.items() for pair in flat(each, f"{path}[{key}]")]

    fields = [pair for key, each in tree.items() for pair in flat(each, key)]
    if all(field.count("[") < 10 for field, _ in fields):
        assert forms.nested(fields) == tree


@given(items=st.lists(st.text(max_size=5), max_size=30))
def test_an_array_keeps_its_order_however_it_is_written(items):
    bare = forms.nested([("a[]", each) for each in items])
    numbered = forms.nested([(f"a[{n}]", each) for n, each in enumerate(items)][::-1])
    assert forms.as_list(bare.get("a", {})) == forms.as_list(numbered.get("a", {})) == items


def test_a_flood_of_fields_is_refused():
    with pytest.raises(StripeFault):
        forms.nested((f"a{n}", "x") for n in range(2001))
    with pytest.raises(StripeFault):
        forms.nested([("a" + "[b]" * 10, "x")])
