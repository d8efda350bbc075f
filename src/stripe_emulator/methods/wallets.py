"""Methods that send the buyer to a page of their own, where they approve or decline."""

from typing import TYPE_CHECKING

from stripe_emulator import ids
from stripe_emulator.methods.kind import NOT_AUTHENTICATED, Fee, Flow, Kind
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call


def _currencies(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


# The BICs that the SDK's own list of banks has.
_BICS = {
    "abn_amro": "ABNANL2A", "asn_bank": "ASNBNL21", "bunq": "BUNQNL2A", "ing": "INGBNL2A",
    "knab": "KNABNL2H", "rabobank": "RABONL2U", "regiobank": "RBRBNL21", "revolut": "REVOLT21",
    "sns_bank": "SNSBNL2A", "triodos_bank": "TRIONL2U", "van_lanschot": "FVLBNL22",
}  # fmt: skip


def _read_ideal(_call: "Call", given: Thing) -> tuple[Thing, Thing]:
    bank = given.get("bank")
    return {"bank": bank, "bic": _BICS.get(bank or "")}, {}


def _charged_ideal(method: Thing, _intent: Thing) -> Thing:
    # A buyer who chose no bank beforehand chooses one on the page.
    bank = method["ideal"]["bank"] or "rabobank"
    return {
        "bank": bank,
        "bic": _BICS.get(bank),
        "generated_sepa_debit": None,
        "generated_sepa_debit_mandate": None,
        "iban_last4": "5264",
        "transaction_id": ids.random_digits(16),
        "verified_name": method["billing_details"]["name"] or "Jenny Rosen",
    }


def _read_klarna(_call: "Call", given: Thing) -> tuple[Thing, Thing]:
    return {"dob": given.get("dob")}, {}


def _charged_klarna(_method: Thing, _intent: Thing) -> Thing:
    return {
        "payer_details": {"address": {"country": "US"}},
        "payment_method_category": "pay_later",
        "preferred_locale": "en-US",
    }


def _read_paypal(_call: "Call", _given: Thing) -> tuple[Thing, Thing]:
    return {"country": None, "payer_email": None, "payer_id": None}, {}


def _charged_paypal(method: Thing, _intent: Thing) -> Thing:
    details = method["billing_details"]
    return {
        "country": "US",
        "payer_email": details["email"] or "buyer@example.com",
        "payer_id": ids.random_text(13).upper(),
        "payer_name": details["name"],
        "seller_protection": {"dispute_categories": ["fraudulent"], "status": "eligible"},
        "transaction_id": ids.random_text(17).upper(),
    }


def _charged_alipay(_method: Thing, _intent: Thing) -> Thing:
    return {
        "buyer_id": f"2088{ids.random_digits(12)}",
        "fingerprint": None,
        "transaction_id": ids.random_digits(28),
    }


def _read_cashapp(_call: "Call", _given: Thing) -> tuple[Thing, Thing]:
    return {"buyer_id": None, "cashtag": None}, {}


def _charged_cashapp(_method: Thing, _intent: Thing) -> Thing:
    return {"buyer_id": None, "cashtag": "$testbuyer", "transaction_id": ids.random_text(20)}


def _charged_amazon_pay(_method: Thing, _intent: Thing) -> Thing:
    return {"funding": {"card": None, "type": None}, "transaction_id": ids.random_text(20)}


def _read_link(_call: "Call", _given: Thing) -> tuple[Thing, Thing]:
    return {"email": None}, {}


ALIPAY = Kind(
    name="alipay",
    label="Alipay",
    flow=Flow.REDIRECT,
    currencies=_currencies("cny aud cad eur gbp hkd jpy myr nzd sgd usd"),
    charged=_charged_alipay,
)
AMAZON_PAY = Kind(
    name="amazon_pay",
    label="Amazon Pay",
    flow=Flow.REDIRECT,
    currencies=_currencies("usd eur gbp jpy aud chf dkk hkd nok nzd sek zar"),
    can_hold=True,
    can_be_saved=True,
    charged=_charged_amazon_pay,
)
CASHAPP = Kind(
    name="cashapp",
    label="Cash App Pay",
    flow=Flow.REDIRECT,
    currencies=frozenset({"usd"}),
    can_hold=True,
    can_be_saved=True,
    read=_read_cashapp,
    charged=_charged_cashapp,
)
IDEAL = Kind(
    name="ideal",
    label="iDEAL",
    flow=Flow.REDIRECT,
    currencies=frozenset({"eur"}),
    fee=Fee(0, 80),
    refused=NOT_AUTHENTICATED,
    read=_read_ideal,
    charged=_charged_ideal,
)
KLARNA = Kind(
    name="klarna",
    label="Klarna",
    flow=Flow.REDIRECT,
    currencies=_currencies("usd eur gbp aud cad chf czk dkk nok nzd pln ron sek"),
    fee=Fee(60, 30),
    can_hold=True,
    hold_seconds=28 * 24 * 3600,
    read=_read_klarna,
    charged=_charged_klarna,
)
LINK = Kind(
    name="link",
    label="Link",
    flow=Flow.REDIRECT,
    can_hold=True,
    can_be_saved=True,
    read=_read_link,
    charged=lambda _method, _intent: {"country": "US"},
)
PAYPAL = Kind(
    name="paypal",
    label="PayPal",
    flow=Flow.REDIRECT,
    currencies=_currencies("eur gbp usd chf czk dkk nok pln sek aud cad hkd nzd sgd"),
    can_hold=True,
    hold_seconds=10 * 24 * 3600,
    can_be_saved=True,
    read=_read_paypal,
    charged=_charged_paypal,
)
