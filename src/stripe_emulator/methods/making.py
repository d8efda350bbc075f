"""Payment methods come into being, and belong to a customer."""

from typing import TYPE_CHECKING, Any

from stripe_emulator import ids, methods
from stripe_emulator.address import check_email, whole
from stripe_emulator.cards import by_name, by_number
from stripe_emulator.errors import card_error, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.methods import card
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

# What a card made from a token or a name says about its end.
NAMED_EXPIRY = (12, 2034)
# "ACH Direct Debit": names for test accounts.
_ACCOUNTS = {
    "pm_usBankAccount": "000123456789",
    "pm_usBankAccount_success": "000123456789",
    "pm_usBankAccount_accountClosed": "000111111113",
    "pm_usBankAccount_noAccount": "000111111116",
    "pm_usBankAccount_insufficientFunds": "000222222227",
    "pm_usBankAccount_debitNotAuthorized": "000333333335",
    "pm_usBankAccount_invalidCurrency": "000444444440",
    "pm_usBankAccount_dispute": "000555555559",
    "pm_usBankAccount_processing": "000000000009",
}
_ROUTING_NUMBER = "110000000"


def new_method(
    call: "Call", kind: str, details: dict[str, Any], billing_details: Thing | None = None
) -> Thing:
    """A stored payment method of a kind: card, sepa_debit, us_bank_account, boleto, paypal…

    `details` are the parameters that Stripe takes under the kind's name; `billing_details` is
    whole, as `billing` makes it. Raises the StripeFault of details that make no sense.
    """
    found = methods.named(kind)
    if found is None:
        raise not_here_yet(f"payment methods of type {kind:.60}", "type")
    shown, private = found.read(call, details)
    return _stored(call, kind, shown, private, billing_details)


def new_card_method(
    call: "Call",
    *,
    number: str,
    exp_month: int,
    exp_year: int,
    billing_details: Thing,
    method_id: str | None = None,
) -> Thing:
    """A stored payment method for a card that was looked at before, test card or not."""
    shown = card.shown(number, exp_month, exp_year)
    private = {"_number": number, **({"id": method_id} if method_id else {})}
    return _stored(call, "card", shown, private, billing_details)


def _stored(
    call: "Call", kind: str, shown: Thing, private: Thing, billing_details: Thing | None
) -> Thing:
    method: Thing = {
        "id": ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details or billing(None),
        kind: shown,
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        **private,
    }
    if kind == "card":
        card.check_address(method)
    call.tx.put(method)
    return method


def from_parameters(call: "Call", given: dict[str, Any], where: str = "") -> Thing:
    """A stored payment method as `POST /v1/payment_methods` or `payment_method_data` ask for it."""
    kind = given.get("type")
    if kind is None:
        param = f"{where}[type]" if where else "type"
        raise invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)
    details = billing(given.get("billing_details"))
    token = given.get("card", {}).get("token") if kind == "card" else None
    if token is not None:
        method = _from_token(call, token, details)
    else:
        method = new_method(call, kind, given.get(kind) or {}, details)
    method["metadata"] = merged(None, given.get("metadata"))
    method["allow_redisplay"] = given.get("allow_redisplay", "unspecified")
    call.tx.put(method)
    return method


def _from_token(call: "Call", token: str, billing_details: Thing) -> Thing:
    from stripe_emulator.methods.tokens import spent

    number, month, year = spent(call, token, "card[token]")
    return new_card_method(
        call, number=number, exp_month=month, exp_year=year, billing_details=billing_details
    )


def resolve(call: "Call", name: str, param: str = "payment_method") -> Thing:
    """The payment method with this id, or a new one for a name such as `pm_card_visa`."""
    named = by_name(name) if name.startswith("pm_") else None
    if named is not None:
        month, year = NAMED_EXPIRY
        return new_card_method(
            call, number=named.number, exp_month=month, exp_year=year, billing_details=billing(None)
        )
    if name in _ACCOUNTS:
        account = {"account_number": _ACCOUNTS[name], "routing_number": _ROUTING_NUMBER}
        return new_method(call, "us_bank_account", account)
    return call.require("payment_method", name, param)


def attach_to(call: "Call", method: Thing, customer: Thing) -> None:
    """Keep a stored method for a customer; emits payment_method.attached.

    Raises a StripeFault for a card its issuer declines, and for what is another customer's.
    """
    if method["customer"] == customer["id"]:
        return
    if method["customer"] is not None:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            param="customer",
        )
    if not methods.kind_of(method).can_be_saved:
        raise invalid(f"A payment method of type {method['type']} cannot be saved.")
    _refuse_declined(method)
    method.update(customer=customer["id"], _used_up=False)
    call.tx.put(method)
    call.emit("payment_method.attached", method)


def _refuse_declined(method: Thing) -> None:
    """From "Testing": cards the issuer declines cannot be attached, but for the one made for it."""
    if method["type"] != "card" or method.get("_set_up"):
        return
    known = by_number(method["_number"])
    refusal = known.decline if known is not None else None
    if known is not None and refusal is not None and not known.attaches_all_the_same:
        raise card_error(refusal.message, refusal.code, decline_code=refusal.decline_code)


def billing(given: dict[str, Any] | None) -> Thing:
    """Whole billing details. Raises a StripeFault for an e-mail address that is none."""
    given = given or {}
    check_email(given.get("email"), "billing_details[email]")
    details = {name: given.get(name) or None for name in ("email", "name", "phone", "tax_id")}
    return {"address": whole(given.get("address")), **details}
