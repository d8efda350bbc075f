"""What holds for every call: keys, parameters, errors, headers, idempotency."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.emulator.conftest import Ask, Raw
from tests.emulator.shape_checker import list_problems, must_be_whole, problems

LINE = (
    "line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=3900"
    "&line_items[0][price_data][product_data][name]=Arduino+B%C3%B8ard&line_items[0][quantity]=1"
)
SESSION = f"mode=payment&success_url=http://shop.test/done&{LINE}"


# Keys


@pytest.mark.parametrize("basic", [False, True])
def test_a_secret_test_key_opens_the_door(ask: Ask, basic):
    assert ask("GET", "/v1/balance", basic=basic).status == 200


@pytest.mark.parametrize("kind", ["sk", "rk", "pk"])
def test_live_keys_are_turned_away_unread(ask: Ask, kind):
    answer = ask("GET", "/v1/balance", key=f"{kind}_live_51AbcdefGhijklmnop")
    assert answer.status == 401
    assert "51Abcdef" not in answer.body.decode()


@pytest.mark.parametrize("key", [None, "", "nonsense", "sk_testing", "whsec_abc"])
def test_without_a_key_there_is_no_answer(ask: Ask, key):
    answer = ask("GET", "/v1/balance", key=key)
    assert (answer.status, answer.error["type"]) == (401, "invalid_request_error")


def test_a_publishable_key_is_told_apart(ask: Ask):
    answer = ask("GET", "/v1/balance", key="pk_test_of_the_page")
    assert (answer.status, answer.error["code"]) == (401, "secret_key_required")


def test_a_wrong_key_is_not_repeated_in_full(ask: Ask):
    answer = ask("GET", "/v1/balance", key="sk_wrong_abcdefghijklmnopqrstuvwxyz")
    assert re.search(r"Invalid API Key provided: sk_wron\*+wxyz", answer.error["message"])


def test_the_sdk_raises_its_own_authentication_error(emulator):
    http = stripe.RequestsClient()
    client = stripe.StripeClient(
        "sk_live_x", base_addresses={"api": emulator.url}, http_client=http
    )
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve()
    http.close()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_cannot_send_its_forms_here(ask: Ask, site):
    answer = ask("POST", "/v1/customers", "email=a", headers={"Sec-Fetch-Site": site})
    assert answer.status == 403
    assert ask("GET", "/v1/customers").json["data"] == []


def test_a_foreign_name_that_points_to_this_machine_gets_nothing(ask: Ask):
    assert ask("GET", "/v1/balance", headers={"Host": "evil.example"}).status == 403
    assert ask("GET", "/v1/balance", headers={"Host": "localhost:99"}).status == 200


# Errors and headers


def test_an_error_has_stripes_form(ask: Ask):
    answer = ask("GET", "/v1/customers/cus_none")
    request_id = answer.headers["request-id"]
    assert answer.status == 404
    assert re.fullmatch(r"req_[A-Za-z0-9]{14}", request_id)
    assert answer.error == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such customer: 'cus_none'",
        "param": "id",
        "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}",
        "type": "invalid_request_error",
    }
    assert answer.headers["stripe-should-retry"] == "false"


def test_an_id_in_a_parameter_that_leads_nowhere_names_the_parameter(ask: Ask):
    answer = ask("POST", "/v1/refunds", "payment_intent=pi_none")
    assert (answer.status, answer.error["param"]) == (400, "payment_intent")
    assert answer.error["code"] == "resource_missing"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/foo"), ("POST", "/v1/customers/a/b/c"), ("PUT", "/v1/prices")]
)
def test_an_unknown_address_is_named(ask: Ask, method, path):
    answer = ask(method, path)
    assert answer.status == 404
    assert f"Unrecognized request URL ({method}: {path})" in answer.error["message"]


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/favicon.ico", "/v2/core/events"])
def test_what_is_not_there_is_said_in_json(ask: Ask, path):
    answer = ask("GET", path)
    assert (answer.status, "message" in answer.error) == (404, True)


def test_every_answer_says_the_version_that_is_spoken(ask: Ask):
    answer = ask("GET", "/v1/balance", headers={"Stripe-Version": "2019-02-19"})
    assert answer.headers["stripe-version"] == "2026-10-28.endive"


def test_a_doubled_slash_is_tolerated(ask: Ask):
    assert ask("GET", "//v1/balance").status == 200


# Parameters


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("foo=1", "parameter_unknown", "foo"),
        (f"{SESSION}&line_items[0][colour]=red", "parameter_unknown", "line_items[0][colour]"),
        (
            "mode=payment&line_items[0][price_data][unit_amount]=5&line_items[0][quantity]=1",
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
        (
            SESSION.replace("quantity]=1", "quantity]=one"),
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
        (
            SESSION.replace("quantity]=1", "quantity]=1.5"),
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
    ],
)
def test_parameters_are_held_against_the_sdk(ask: Ask, body, code, param):
    answer = ask("POST", "/v1/checkout/sessions", body)
    assert (answer.status, answer.error["code"]) == (400, code)
    assert answer.error["param"] == param


def test_what_old_tutorials_send_is_refused_in_stripes_words(ask: Ask):
    old = ask("POST", "/v1/checkout/sessions", "line_items[0][name]=a&line_items[0][amount]=3900")
    assert old.status == 400
    assert "use `line_items.price` or `line_items.price_data`" in old.error["message"]
    cards = ask("POST", "/v1/checkout/sessions", f"{SESSION}&payment_method_types[0]=card")
    assert cards.error["code"] == "payment_method_types_no_longer_supported"
    assert ask("POST", "/v1/checkout/sessions", f"{SESSION}&ui_mode=hosted").status == 400


@pytest.mark.parametrize(
    "body",
    [
        "mode=barter",
        "line_items=none",
        "line_items[a]=1",
        "metadata[x][y]=1",
        "metadata=x",
        "automatic_tax=true",
        "success_url[a]=b",
        "a[b=c",
        "[]=1",
        "a[[b]]=1",
        "mode=payment&mode[a]=b",
        "customer_email=a%00b",
    ],
)
def test_what_cannot_be_read_is_refused(ask: Ask, body):
    answer = ask("POST", "/v1/checkout/sessions", body)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")


def test_arrays_may_be_numbered_or_not(ask: Ask):
    numbered = ask("POST", "/v1/checkout/sessions", f"{SESSION}&expand[0]=line_items")
    bare = ask(
        "POST", "/v1/checkout/sessions", f"{SESSION}&expand[]=line_items".replace("[0]", "[]")
    )
    names = [each.json["line_items"]["data"][0]["description"] for each in (numbered, bare)]
    assert names == ["Arduino Bøard"] * 2


def test_two_items_of_an_unnumbered_array_stay_two(ask: Ask):
    item = "&line_items[][price_data][currency]=usd&line_items[][price_data][unit_amount]={}"
    item += "&line_items[][price_data][product_data][name]=x&line_items[][quantity]={}"
    body = f"mode=payment&success_url=http://a.test&expand[]=line_items{item.format(100, 2)}"
    answer = ask("POST", "/v1/checkout/sessions", body + item.format(300, 1))
    amounts = [each["amount_total"] for each in answer.json["line_items"]["data"]]
    assert amounts == [200, 300]


def test_metadata_keys_may_be_numbers(ask: Ask):
    answer = ask("POST", "/v1/customers", "metadata[42]=a&metadata[7]=b")
    assert answer.json["metadata"] == {"42": "a", "7": "b"}


@pytest.mark.parametrize(
    "body",
    [
        f"metadata[{'k' * 41}]=v",
        f"metadata[k]={'v' * 501}",
        "&".join(f"metadata[k{n}]=v" for n in range(51)),
    ],
)
def test_metadata_has_limits(ask: Ask, body):
    assert ask("POST", "/v1/customers", body).status == 400


def test_metadata_is_merged_and_cleared(client):
    customer = client.v1.customers.create({"metadata": {"a": "1", "b": "2", "c": "3"}})
    client.v1.customers.update(customer.id, {"metadata": {"a": "", "b": "4"}})
    assert client.v1.customers.retrieve(customer.id).metadata.to_dict() == {"b": "4", "c": "3"}
    client.v1.customers.update(customer.id, {"metadata": ""})
    assert client.v1.customers.retrieve(customer.id).metadata.to_dict() == {}


def test_a_body_of_another_kind_is_refused(ask: Ask):
    answer = ask("POST", "/v1/customers", "{}", headers={"Content-Type": "application/json"})
    assert answer.status == 400


def test_a_body_beyond_a_megabyte_is_refused(ask: Ask):
    answer = ask("POST", "/v1/customers", "description=" + "x" * (1 << 20))
    assert answer.status == 413


# Idempotency


def test_the_same_key_gets_the_same_answer_once(ask: Ask):
    first, second = (
        ask("POST", "/v1/customers", "email=a@b.test", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )
    assert second.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"]
    assert second.headers["idempotency-key"] == "k1"
    assert len(ask("GET", "/v1/customers").json["data"]) == 1


def test_a_key_belongs_to_its_parameters(client):
    client.v1.customers.create({"name": "a"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with"):
        client.v1.customers.create({"name": "b"}, {"idempotency_key": "k"})


def test_a_key_belongs_to_its_address(client):
    client.v1.customers.create({"name": "a"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError, match="'/v1/products' vs '/v1/customers'"):
        client.v1.products.create({"name": "a"}, {"idempotency_key": "k"})


def test_a_mended_call_may_use_its_key_again(ask: Ask):
    key = {"Idempotency-Key": "mended"}
    assert ask("POST", "/v1/customers", "emial=a", headers=key).status == 400
    assert ask("POST", "/v1/customers", "email=a@b.test", headers=key).status == 200


def test_a_refusal_is_remembered_too(ask: Ask):
    key, body = {"Idempotency-Key": "early"}, "id=prod_mine&name=x"
    assert ask("POST", "/v1/products/prod_mine", "name=y", headers=key).status == 404
    assert ask("POST", "/v1/products", body).status == 200
    again = ask("POST", "/v1/products/prod_mine", "name=y", headers=key)
    assert (again.status, again.headers["idempotent-replayed"]) == (404, "true")
    assert ask("GET", "/v1/products/prod_mine").json["name"] == "x"


def test_a_refusal_leaves_nothing_behind(ask: Ask):
    second = LINE.replace("line_items[0]", "line_items[1]").replace("=usd", "=eur")
    answer = ask("POST", "/v1/checkout/sessions", f"{SESSION}&{second}")
    assert answer.status == 400
    for path in ("products", "prices", "events", "checkout/sessions"):
        assert ask("GET", f"/v1/{path}").json["data"] == []


def test_a_declined_card_stays_declined_under_its_key(client):
    wish = {"amount": 500, "currency": "usd", "payment_method": "pm_card_chargeDeclined"}
    found = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create({**wish, "confirm": True}, {"idempotency_key": "d"})
        refusal: Any = caught.value.error
        found.append(refusal.payment_intent.id)
    assert found[0] == found[1]
    assert len(client.v1.payment_intents.list().data) == 1
    assert len(client.v1.charges.list().data) == 1


def test_a_key_is_at_most_255_characters(ask: Ask):
    assert ask("POST", "/v1/customers", headers={"Idempotency-Key": "k" * 255}).status == 200
    assert ask("POST", "/v1/customers", headers={"Idempotency-Key": "k" * 256}).status == 400


def test_many_at_once_under_one_key_make_one_object(ask: Ask):
    gate = threading.Barrier(8)

    def create(_: int) -> Raw:
        gate.wait(5)
        return ask("POST", "/v1/customers", "name=one", headers={"Idempotency-Key": "crowd"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    assert {each.status for each in answers} <= {200, 409}
    assert len({each.json["id"] for each in answers if each.status == 200}) == 1
    assert {each.error["code"] for each in answers if each.status == 409} <= {
        "idempotency_key_in_use"
    }
    assert len(ask("GET", "/v1/customers").json["data"]) == 1


def test_a_key_in_flight_is_refused_with_409(emulator, ask: Ask):
    emulator.emulator.in_flight.begin("busy")
    answer = ask("POST", "/v1/customers", headers={"Idempotency-Key": "busy"})
    assert (answer.status, answer.error["code"]) == (409, "idempotency_key_in_use")
    assert answer.headers["stripe-should-retry"] == "true"
    emulator.emulator.in_flight.end("busy")
    assert ask("POST", "/v1/customers", headers={"Idempotency-Key": "busy"}).status == 200


def test_get_and_delete_know_no_keys(ask: Ask):
    made = ask("POST", "/v1/customers", headers={"Idempotency-Key": "k"}).json
    answer = ask("DELETE", f"/v1/customers/{made['id']}", headers={"Idempotency-Key": "k"})
    assert answer.json == {"id": made["id"], "object": "customer", "deleted": True}


# The checker itself


def test_the_shape_checker_finds_what_is_wrong(client):
    product = client.v1.products.create({"name": "x"})
    must_be_whole(product)
    good = product.to_dict()
    for broken in (
        {k: v for k, v in good.items() if k != "created"},
        {k: v for k, v in good.items() if k != "description"},
        {**good, "active": "yes"},
        {**good, "type": "animal"},
        {**good, "images": None},
        {**good, "images": [1]},
        {**good, "_private": 1},
        {**good, "colour": "red"},
        {**good, "package_dimensions": {"height": 1.0}},
    ):
        assert problems(broken, stripe.Product)
    assert not list_problems(client.v1.products.list())
