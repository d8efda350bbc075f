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


def test_a_customer_s_coupon_is_given_changed_and_taken_away(ask, client):
    first, second = (client.v1.coupons.create({"percent_off": each}) for each in (10, 20))
    customer = ask("POST", "/v1/customers", f"coupon={first.id}", headers=CLI).json
    assert customer["discount"]["source"] == {"type": "coupon", "coupon": first.id}
    path = f"/v1/customers/{customer['id']}"
    changed = ask("POST", path, f"coupon={second.id}", headers=CLI).json
    assert changed["discount"]["source"]["coupon"] == second.id
    assert ask("POST", path, "coupon=", headers=CLI).json["discount"] is None
    types = [each.type for each in client.v1.events.list({"types": ["customer.discount.*"]}).data]
    assert [each.removeprefix("customer.discount.") for each in types] == [
        "deleted",
        "updated",
        "created",
    ]
    assert ask("POST", path, f"coupon={first.id}").error["param"] == "coupon"


def test_a_new_customer_s_method_may_be_their_default(client):
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    method = client.v1.payment_methods.list({"customer": customer.id}).data[0]
    assert customer.invoice_settings is not None
    assert customer.invoice_settings.default_payment_method == method.id
