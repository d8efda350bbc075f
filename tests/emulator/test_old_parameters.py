"""Parameters of older versions are taken from callers that speak one, and from nobody else."""

import json

import pytest

CLI = {"User-Agent": "Stripe/v1 stripe-cli/1.52.0"}
OLD = {"Stripe-Version": "2024-06-20"}
NEW = {"Stripe-Version": "2026-10-28.endive"}
INTENT = "amount=1000&currency=eur&payment_method_types[]=card"


@pytest.mark.parametrize("headers", [CLI, OLD], ids=["cli", "version"])
def test_payment_method_types_are_read_from_who_speaks_an_older_version(ask, headers):
    made = ask("POST", "/v1/payment_intents", INTENT, headers=headers)
    assert made.status == 200
    assert made.json["allowed_payment_method_types"] == ["card"]


@pytest.mark.parametrize(
    "headers",
    [{}, NEW, {**CLI, **NEW}, {"Stripe-Version": "old"}, {"User-Agent": "stripe-cli"}],
    ids=json.dumps,
)
def test_nobody_else_may_send_them(ask, headers):
    refused = ask("POST", "/v1/payment_intents", INTENT, headers=headers)
    assert refused.error["code"] == "payment_method_types_no_longer_supported"


def test_a_promotion_code_by_its_coupon(ask, client):
    coupon = client.v1.coupons.create({"percent_off": 10})
    made = ask("POST", "/v1/promotion_codes", f"coupon={coupon.id}", headers=OLD)
    assert made.json["promotion"] == {"type": "coupon", "coupon": coupon.id}
    refused = ask("POST", "/v1/promotion_codes", f"coupon={coupon.id}", headers=NEW)
    assert refused.error["param"] == "coupon"
