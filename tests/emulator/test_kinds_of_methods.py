"""Payment methods other than cards: bank debits, vouchers, wallets."""

from typing import Any

import pytest
import stripe

from tests.emulator.buying import history
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.waiting import DAY, control, later

MAIL = "buyer@example.com"
SEPA_GOOD, SEPA_BAD = "AT611904300234573201", "AT861904300235473202"
DETAILS: dict[str, Any] = {
    "sepa_debit": {"iban": SEPA_GOOD},
    "us_bank_account": {
        "routing_number": "110000000",
        "account_number": "000123456789",
        "account_holder_type": "individual",
    },
    "boleto": {"tax_id": "000.000.000-00"},
}
CURRENCY = {
    "us_bank_account": "usd",
    "boleto": "brl",
    "oxxo": "mxn",
    "konbini": "jpy",
    "cashapp": "usd",
    "amazon_pay": "usd",
    "link": "usd",
}
DEBITS = ("sepa_debit", "us_bank_account")
VOUCHERS = ("boleto", "oxxo", "konbini", "multibanco")
WALLETS = ("paypal", "alipay", "ideal", "klarna", "cashapp", "amazon_pay", "link")


def method(client: stripe.StripeClient, kind: str, email: str = MAIL, **details: Any) -> Any:
    """A payment method of a kind."""
    wish = {
        "type": kind,
        "billing_details": {"name": "Jenny Rosen", "email": email},
        **({kind: {**DETAILS.get(kind, {}), **details}} if kind in DETAILS or details else {}),
    }
    return client.v1.payment_methods.create(wish)  # type: ignore[arg-type]


def paid_with(client: stripe.StripeClient, kind: str, email: str = MAIL, **details: Any) -> Any:
    """A confirmed payment with a method of a kind."""
    return client.v1.payment_intents.create(
        {
            "amount": 5000,
            "currency": CURRENCY.get(kind, "eur"),
            "payment_method": method(client, kind, email, **details).id,
            "confirm": True,
            "return_url": "http://127.0.0.1:9/back",
        }
    )


@pytest.mark.parametrize("kind", DEBITS)
def test_a_bank_takes_its_time(client, emulator, kind):
    intent = paid_with(client, kind)
    must_be_whole(intent)
    assert (intent.status, intent.amount_received) == ("processing", 0)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    must_be_whole(charge)
    assert (charge.status, charge.paid, charge.id[:3]) == ("pending", False, "py_")
    later(emulator, 4)
    done = client.v1.payment_intents.retrieve(intent.id)
    must_be_whole(done)
    assert (done.status, done.latest_charge) == ("succeeded", charge.id)
    assert history(client, "charge.updated") == [
        *("payment_intent.created", "payment_intent.processing", "charge.pending"),
        *("charge.succeeded", "payment_intent.succeeded"),
    ]


def test_a_bank_may_refuse(client, emulator):
    intent = paid_with(client, "sepa_debit", iban=SEPA_BAD)
    later(emulator, 4)
    failed = client.v1.payment_intents.retrieve(intent.id)
    must_be_whole(failed)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.code == "payment_intent_payment_attempt_failed"
    assert client.v1.charges.retrieve(intent.latest_charge).status == "failed"
    assert history(client)[-2:] == ["charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize("kind", VOUCHERS)
def test_a_voucher_is_shown_and_paid(client, emulator, kind):
    intent = paid_with(client, kind)
    must_be_whole(intent)
    assert (intent.status, intent.next_action.type) == (
        "requires_action",
        f"{kind}_display_details",
    )
    details = intent.next_action[f"{kind}_display_details"]
    assert details.hosted_voucher_url.endswith(f"/c/authenticate/{intent.id}")
    later(emulator, 181)
    done = client.v1.payment_intents.retrieve(intent.id)
    assert (done.status, done.next_action) == ("succeeded", None)
    must_be_whole(client.v1.charges.retrieve(done.latest_charge))


@pytest.mark.parametrize("kind", VOUCHERS)
def test_a_voucher_runs_out(client, emulator, kind):
    intent = paid_with(client, kind, "x+fill_never@example.com")
    later(emulator, 9 * 24 * 3600)
    gone = client.v1.payment_intents.retrieve(intent.id)
    assert (gone.status, gone.latest_charge) == ("requires_payment_method", intent.latest_charge)
    assert gone.last_payment_error.code == "payment_intent_payment_attempt_expired"


def test_a_voucher_is_paid_once(client, emulator):
    intent = paid_with(client, "boleto")
    assert control(emulator, f"payment_intents/{intent.id}/settle").json["status"] == "succeeded"
    later(emulator, 9 * DAY)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert client.v1.charges.retrieve(intent.latest_charge).status == "succeeded"
    assert history(client).count("payment_intent.succeeded") == 1


def test_a_voucher_that_was_given_up_pays_nothing(client, emulator):
    first = paid_with(client, "oxxo")
    other = method(client, "oxxo", "x+fill_never@example.com")
    second = client.v1.payment_intents.confirm(first.id, {"payment_method": other.id})
    assert client.v1.charges.retrieve(first.latest_charge).status == "failed"
    later(emulator, 200)
    now = client.v1.payment_intents.retrieve(first.id)
    assert (now.status, now.latest_charge) == ("requires_action", second.latest_charge)


@pytest.mark.parametrize("kind", WALLETS)
def test_a_wallet_sends_the_buyer_to_its_page(client, kind):
    intent = paid_with(client, kind)
    must_be_whole(intent)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    assert intent.next_action.redirect_to_url.return_url == "http://127.0.0.1:9/back"
