"""What a key remembers: the answer once work has begun, refusals among them, for a day."""

import pytest

from tests.emulator.buying import pay_now
from tests.emulator.conftest import Ask

LINE = (
    "line_items[0][quantity]=1&line_items[0][price_data][currency]=usd"
    "&line_items[0][price_data][unit_amount]=1000"
    "&line_items[0][price_data][product_data][name]=x"
)


def under(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("products", "name=x&active=perhaps", "name=x&active=true"),
        ("products", "name=x&images=one", "name=x&images[]=http://a.test"),
        ("products", "name=x&expand[a][b]=c", "name=x"),
        ("products", "", "name=x"),
        ("prices", "currency=usd", "currency=usd&unit_amount=1&product_data[name]=x"),
        ("payment_intents", "amount=ten&currency=usd", "amount=1000&currency=usd"),
    ],
)
def test_a_call_that_was_not_understood_is_mended_under_its_key(ask: Ask, path, wrong, right):
    assert ask("POST", f"/v1/{path}", wrong, headers=under("k")).status == 400
    mended = ask("POST", f"/v1/{path}", right, headers=under("k"))
    assert mended.status == 200
    assert ask("POST", f"/v1/{path}", right, headers=under("k")).json["id"] == mended.json["id"]


def test_a_refusal_of_work_begun_stays_and_what_was_done_does_not(client, ask: Ask):
    # The first line makes a product and a price before the second is looked at.
    body = (
        f"mode=payment&success_url=http://a.test&{LINE}"
        "&line_items[1][price]=price_none&line_items[1][quantity]=1"
    )
    first = ask("POST", "/v1/checkout/sessions", body, headers=under("k"))
    second = ask("POST", "/v1/checkout/sessions", body, headers=under("k"))
    assert (first.status, second.status) == (400, 400)
    assert second.body == first.body
    assert second.headers["idempotent-replayed"] == "true"
    assert client.v1.products.list().data == []
    assert client.v1.events.list().data == []


def test_a_key_remembers_that_there_was_nothing_to_find(client, ask: Ask):
    path = "/v1/products/prod_late"
    assert ask("POST", path, "name=x", headers=under("k")).status == 404
    client.v1.products.create({"name": "y", "id": "prod_late"})
    assert ask("POST", path, "name=x", headers=under("k")).status == 404
    assert ask("POST", path, "name=x", headers=under("other")).status == 200


def test_a_key_remembers_that_all_was_refunded(client, ask: Ask):
    intent = pay_now(client).id
    client.v1.refunds.create({"payment_intent": intent})
    body = f"payment_intent={intent}"
    first = ask("POST", "/v1/refunds", body, headers=under("k"))
    assert first.error["code"] == "charge_already_refunded"
    assert ask("POST", "/v1/refunds", body, headers=under("k")).body == first.body


def test_a_refund_sent_twice_under_a_key_is_one(client, ask: Ask):
    intent = pay_now(client).id
    body = f"payment_intent={intent}&amount=400"
    made = {ask("POST", "/v1/refunds", body, headers=under("k")).json["id"] for _ in range(3)}
    assert len(made) == 1
    assert client.v1.charges.list().data[0].amount_refunded == 400


def test_after_a_day_a_key_is_new(ask: Ask, emulator, monkeypatch):
    first = ask("POST", "/v1/customers", "name=x", headers=under("k")).json["id"]
    late = emulator.emulator.clock.precise() + 24 * 3600 + 5
    monkeypatch.setattr(emulator.emulator.clock, "precise", lambda: late)
    second = ask("POST", "/v1/customers", "name=y", headers=under("k"))
    assert second.status == 200
    assert second.json["id"] != first


def test_a_failure_of_the_emulators_own_leaves_the_key_free(ask: Ask, monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken, caplog.at_level("CRITICAL", logger="stripe_emulator"):
        broken.setattr("stripe_emulator.call.Call.emit", fail)
        assert ask("POST", "/v1/customers", "name=x", headers=under("k")).status == 500
    assert ask("GET", "/v1/customers").json["data"] == []
    assert ask("POST", "/v1/customers", "name=x", headers=under("k")).status == 200
