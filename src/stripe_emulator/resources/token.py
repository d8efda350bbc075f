"""Tokens ("The Token object"): what stands for a card or a bank account, once."""

from typing import Any

from stripe_emulator import ids, methods
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.methods import legacy
from stripe_emulator.methods.card import check_address
from stripe_emulator.shapes import complete, may_be_missing
from stripe_emulator.store import Thing

may_be_missing("token", "bank_account card")
may_be_missing(
    "card",
    "account available_payout_methods currency customer default_for_currency description iin "
    "issuer networks status dynamic_last4 metadata",
)
may_be_missing(
    "bank_account",
    "account available_payout_methods customer default_for_currency future_requirements "
    "metadata requirements",
)

_KINDS = ("card", "bank_account", "cvc_update")
_NOT_HERE = ("account", "customer", "person", "pii")


@route("POST", "/v1/tokens", "TokenCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    for name in _NOT_HERE:
        if name in given:
            raise not_here_yet(f"tokens of {name}", name)
    kinds = [name for name in _KINDS if name in given]
    if len(kinds) != 1:
        raise invalid(
            "You must supply either a card, customer, pii data, bank account, or account to create "
            "a token.",
            code="parameter_missing",
        )
    (kind,) = kinds
    token: Thing = {
        "id": ids.new("btok" if kind == "bank_account" else "tok"),
        "object": "token",
        "client_ip": "127.0.0.1",
        "created": call.now,
        "livemode": False,
        "type": kind,
        "used": False,
        **_MAKERS[kind](call, given[kind]),
    }
    call.tx.put(token)
    return token


@route("GET", "/v1/tokens/{id}", "TokenRetrieveParams")
def retrieve(call: Call) -> Thing:
    if call.path["id"].startswith("tok_") and "_" in call.path["id"][4:]:
        raise StripeFault("Use the name of a test card when paying; it has no details to show.")
    return call.require("token", call.path["id"])


def _card(call: Call, given: Any) -> Thing:
    if not isinstance(given, dict):
        raise invalid("Invalid object: card", param="card")
    whole = {
        **given,
        "exp_month": _whole(given, "exp_month"),
        "exp_year": _whole(given, "exp_year"),
    }
    shown, private = methods.CARD.read(call, whole)
    details = legacy.billing_of(given)
    draft: Thing = {
        "id": ids.new("card"),
        "allow_redisplay": "unspecified",
        "billing_details": details,
        "card": shown,
        "customer": None,
        "metadata": {},
        **private,
    }
    check_address(draft)
    seen = complete(legacy.card_shown(draft))
    del seen["customer"]
    return {"card": seen, "_billing_details": details, **private}


def _whole(given: dict[str, Any], name: str) -> int:
    """These are text in the SDK's types, and numbers in everybody's code."""
    text = str(given.get(name, ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        code = "parameter_missing" if not text else f"invalid_expiry_{name[4:]}"
        raise invalid(f"Invalid {name}: {text:.20}", code=code, param=f"card[{name}]")
    value = int(text)
    # "30" is said for 2030.
    return value + 2000 if name == "exp_year" and len(text) == 2 else value


def _bank_account(call: Call, given: dict[str, Any]) -> Thing:
    named = {
        "account_number": given.get("account_number"),
        "routing_number": given.get("routing_number", "110000000"),
    }
    shown, private = methods.US_BANK_ACCOUNT.read(call, named)
    account: Thing = {
        "id": ids.new("ba"),
        "object": "bank_account",
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"),
        "account_type": given.get("account_type"),
        "bank_name": shown["bank_name"],
        "country": given["country"],
        "currency": given.get("currency", "usd"),
        "fingerprint": shown["fingerprint"],
        "last4": shown["last4"],
        "routing_number": shown["routing_number"],
        "status": "new",
    }
    return {"bank_account": complete(account), **private}


def _cvc(_call: Call, given: dict[str, Any]) -> Thing:
    methods.check_cvc(given.get("cvc"))
    return {}


_MAKERS = {"card": _card, "bank_account": _bank_account, "cvc_update": _cvc}
