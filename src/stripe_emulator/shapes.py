"""Completes responses by the annotated fields of the SDK's own object classes."""

import typing
from functools import cache
from typing import Any

Thing = dict[str, Any]

_CLASSES = {
    "product": "Product",
    "price": "Price",
    "customer": "Customer",
    "checkout.session": "checkout.Session",
    "item": "LineItem",
    "payment_intent": "PaymentIntent",
    "payment_method": "PaymentMethod",
    "charge": "Charge",
    "refund": "Refund",
    "balance": "Balance",
    "balance_transaction": "BalanceTransaction",
    "event": "Event",
    "webhook_endpoint": "WebhookEndpoint",
}
# The SDK writes Optional for "may be null" and for "may be missing" alike. These are missing
# unless set or expanded (stripe-node's types, where they carry a question mark).
_MAY_BE_MISSING = {
    "product": "default_price deleted statement_descriptor tax_code unit_label",
    "price": "currency_options deleted tiers",
    "customer": "business_name cash_balance deleted individual_name invoice_credit_balance sources "
    "subscriptions tax tax_ids",
    "checkout.session": "branding_settings excluded_payment_method_types line_items "
    "name_collection optional_items phone_number_collection presentment_details "
    "redirect_on_completion return_url tax_id_collection deleted",
    "item": "discounts taxes deleted",
    "payment_intent": "amount_details payment_details presentment_details transfer_data hooks "
    "advice_code",
    "payment_method": "*",
    "charge": "presentment_details refunds level3 authorization_code",
    "refund": "description destination_details failure_balance_transaction failure_reason "
    "instructions_email next_action pending_reason presentment_details",
    "balance": "connect_reserved instant_available issuing refund_and_dispute_prefunding",
    "event": "account context reason related_object",
    "webhook_endpoint": "secret deleted",
}
_KEPT_NULL = {"payment_method": frozenset({"customer", "customer_account", "metadata"})}


def complete(thing: Thing) -> Thing:
    """What goes over the wire: every field that is always there, none of our private ones."""
    shown = {name: value for name, value in thing.items() if not name.startswith("_")}
    if thing.get("deleted") is not True:
        for name, empty in _always(str(thing.get("object"))).items():
            if name not in shown:
                shown[name] = type(empty)() if isinstance(empty, (list, dict)) else empty
    names = sorted(shown, key=lambda name: (name not in ("id", "object"), name))
    return {name: shown[name] for name in names}


@cache
def _always(kind: str) -> dict[str, Any]:
    """Each field that is always there, with its empty value."""
    if kind not in _CLASSES:
        return {}
    missing = _MAY_BE_MISSING.get(kind, "").split()
    kept = _KEPT_NULL.get(kind, frozenset())
    return {
        name: empty
        for name, hint in annotations(kind).items()
        if (empty := _empty(hint)) is not ...
        and name not in missing
        and ("*" not in missing or name in kept or empty is not None)
    }


def annotations(kind: str) -> dict[str, Any]:
    """The fields of Stripe's object of this kind, as the SDK annotates them."""
    import stripe

    found: Any = stripe
    for part in _CLASSES[kind].split("."):
        found = getattr(found, part)
    return {
        name: hint
        for name, hint in found.__annotations__.items()
        if not name.startswith("_") and "ClassVar" not in str(hint)
    }


@cache
def expandable(kind: str, name: str) -> tuple[str, ...]:
    """The kinds of objects whose id a field holds; none if the SDK says that it stays as it is."""
    hint = annotations(kind).get(name) if kind in _CLASSES else None
    parts = typing.get_args(hint)
    if str not in parts:
        return ()
    named = {getattr(each, "__forward_arg__", getattr(each, "__name__", "")) for each in parts}
    return tuple(each for each, path in _CLASSES.items() if path.rpartition(".")[2] in named)


def _empty(hint: Any) -> Any:
    """null, [] or {} by annotation; `...` where only the resource knows."""
    if typing.get_origin(hint) is typing.Union and type(None) in typing.get_args(hint):
        return None
    if typing.get_origin(hint) is list:
        return []
    return {} if "UntypedStripeObject" in str(hint) else ...
