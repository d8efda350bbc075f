"""Holds an object against the SDK's own annotations: nothing missing, nothing of a wrong type."""

import inspect
import json
import re
import sys
import types
import typing
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union

import stripe
from stripe._error_object import ErrorObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

_UNIONS = (Union, types.UnionType)
# Never in an answer: the first two are what the SDK adds, the others what deleting leaves.
_NOT_SHOWN = frozenset({"OBJECT_NAME", "deleted"})
# The SDK writes Optional for "may be null" and "may be missing" alike. Here is what may be missing
# (the question marks in stripe-node's types, API 2026-10-28.endive); all else must be there.
_MAY_BE_MISSING = {
    "Product": "default_price statement_descriptor tax_code unit_label",
    "Price": "currency_options tiers",
    "Plan": "tiers",
    "Customer": "address business_name cash_balance currency customer_account delinquent discount "
    "individual_name invoice_credit_balance invoice_prefix name next_invoice_sequence phone "
    "preferred_locales sources subscriptions tax tax_exempt tax_ids test_clock",
    "Session": "branding_settings line_items name_collection optional_items presentment_details "
    "redirect_on_completion return_url tax_id_collection phone_number_collection "
    "excluded_payment_method_types",
    "LineItem": "discounts taxes",
    "PaymentIntent": "amount_details payment_details presentment_details transfer_data hooks",
    "Charge": "authorization_code level3 presentment_details refunds",
    "Coupon": "applies_to currency_options",
    "PaymentLink": "line_items name_collection optional_items",
    "Refund": "description destination_details failure_balance_transaction failure_reason "
    "instructions_email next_action pending_reason presentment_details",
    "SetupIntent": "attach_to_self",
    "Token": "bank_account card",
    "Card": "account available_payout_methods currency customer default_for_currency description "
    "dynamic_last4 iin issuer metadata networks status",
    "Mandate": "multi_use on_behalf_of single_use",
    "SetupAttempt": "attach_to_self",
    "Dispute": "network_reason_code payment_method_details",
    "File": "links",
    "Balance": "connect_reserved instant_available issuing refund_and_dispute_prefunding",
    "Event": "account context reason",
    "WebhookEndpoint": "secret",
    "Subscription": "default_tax_rates presentment_details status_details",
    "SubscriptionItem": "billed_until quantity",
    "Invoice": "amount_paid_off_stripe auto_advance confirmation_secret customer_tax_ids "
    "hosted_invoice_url invoice_pdf payments status_details threshold_reason",
}


def problems(thing: Any, kind: Any, path: str = "") -> list[str]:
    """What is wrong with `thing` (plain JSON) as an object of the SDK class `kind`."""
    where = path or kind.__name__
    if not isinstance(thing, dict):
        return [f"{where}: {type(thing).__name__} instead of an object"]
    if thing.get("deleted") is True:
        return [] if set(thing) == {"id", "object", "deleted"} else [f"{where}: no plain stub"]
    found = [f"{where}: holds the private key {name}" for name in thing if name.startswith("_")]
    hints = fields(kind)
    for name, hint in hints.items():
        if name in thing:
            found += _value(thing[name], hint, f"{where}.{name}")
        elif not _may_be_none(hint) or (not path and name not in _may_be_missing(kind)):
            found.append(f"{where}.{name} is missing")
    found += [f"{where}.{name} is unknown to the SDK" for name in thing if name not in hints]
    return found


def must_be_whole(thing: Any) -> None:
    """Fails, naming each field, unless an object the SDK has read has Stripe's shape."""
    found = problems(thing.to_dict(), type(thing)) if not _is_list(thing) else list_problems(thing)
    assert not found, "\n".join(found)


def answer_must_be_whole(body: str | bytes) -> None:
    """Fails unless a JSON answer of the API, or an event it sent, has Stripe's shape throughout."""
    found = answer_problems(json.loads(body))
    assert not found, "\n".join(found)


def answer_problems(answer: Any) -> list[str]:
    """What is wrong with plain JSON: an object, a page of a list, an event or an error."""
    if "error" in answer:
        return _error_problems(answer["error"])
    kind = answer.get("object")
    if kind in ("list", "search_result"):
        keys = ("url", "has_more", "data", *(["next_page"] if kind == "search_result" else []))
        missing = [f"{kind}.{name} is missing" for name in keys if name not in answer]
        return missing + [bad for each in answer["data"] for bad in answer_problems(each)]
    if kind not in OBJECT_CLASSES:
        return [f"Stripe has no object called {kind!r}"]
    module, name = OBJECT_CLASSES[kind]
    found = problems(answer, getattr(import_module(module), name))
    if kind == "event":
        # What it is about must be as whole as if it had been retrieved; of what is deleted the
        # last state is sent. Of an invoice to come there is no id.
        about = answer["data"]["object"]
        if answer["type"] == "invoice.upcoming":
            about = {"id": "", **about}
        found += [f"{answer['type']}: {bad}" for bad in answer_problems(about)]
    return found


_ERROR_TYPES = ("api_error", "card_error", "idempotency_error", "invalid_request_error")


def _error_problems(error: Any) -> list[str]:
    found = [] if error.get("type") in _ERROR_TYPES else [f"error.type is {error.get('type')!r}"]
    found += [] if error.get("message") else ["error.message is missing"]
    hints = {**fields(ErrorObject), "request_log_url": str}
    for name, value in error.items():
        if name not in hints:
            found.append(f"error.{name} is unknown to the SDK")
        else:
            found += _value(value, hints[name], f"error.{name}")
    return found


def list_problems(page: Any) -> list[str]:
    """What is wrong with a page of a list and with what is on it."""
    plain = page.to_dict()
    found = [] if plain["object"] == "list" else ["it does not call itself a list"]
    found += [f"{name} is missing" for name in ("url", "has_more", "data") if name not in plain]
    for each in page.data:
        found += problems(each.to_dict(), type(each))
    return found


@cache
def fields(kind: Any) -> dict[str, Any]:
    """The annotated fields of an SDK class."""
    return {
        name: _resolved(hint, kind)
        for name, hint in kind.__annotations__.items()
        if name not in _NOT_SHOWN and not name.startswith("_") and "ClassVar" not in str(hint)
    }


def _resolved(hint: Any, kind: Any) -> Any:
    holder = type("Holder", (), {"__annotations__": {"field": hint}})
    names = vars(sys.modules[kind.__module__])
    return typing.get_type_hints(holder, names, _Classes(kind))["field"]  # type: ignore[arg-type]


class _Classes:
    """Finds the classes that the SDK's modules import for type checkers alone."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __getitem__(self, name: str) -> Any:
        module = sys.modules[self._kind.__module__]
        for place in (self._kind, module):
            if name in vars(place):
                return vars(place)[name]
        imported = rf"from (stripe\S*) import (?:\([^)]*|[^\n(]*?)\b(?:(\w+) as )?{name}\b"
        line = re.search(imported, inspect.getsource(module))
        if line is None:
            raise KeyError(name)
        return getattr(import_module(line[1]), line[2] or name)


def _value(value: Any, hint: Any, path: str) -> list[str]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:
        return _one_of(value, arguments, path)
    if origin is Literal:
        return [] if value in arguments else [f"{path}: {value!r} is not one of {arguments}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: {type(value).__name__} instead of a list"]
        return [
            bad
            for n, each in enumerate(value)
            for bad in _value(each, arguments[0], f"{path}[{n}]")
        ]
    if origin is stripe.ListObject:
        return _list_inside(value, arguments[0], path)
    if origin in (dict, UntypedStripeObject):
        return [] if isinstance(value, dict) else [f"{path}: no object"]
    if isinstance(hint, type) and issubclass(hint, stripe.StripeObject):
        return problems(value, hint, path) if hint is not stripe.StripeObject else []
    return _plain(value, hint, path)


def _one_of(value: Any, hints: tuple[Any, ...], path: str) -> list[str]:
    if value is None:
        return [] if type(None) in hints else [f"{path} is null"]
    # `Union[Literal[...], str]` leaves room for words to come; we use none of those.
    if any(typing.get_origin(each) is Literal for each in hints):
        hints = tuple(each for each in hints if each is not str)
    tried = [_value(value, each, path) for each in hints if each is not type(None)]
    return min(tried, key=len)


def _may_be_missing(kind: Any) -> set[str]:
    # A payment method has a field for each of fifty types, and one of them is there.
    if kind is stripe.PaymentMethod:
        return set(fields(kind)) - {"customer", "customer_account", "metadata"}
    return set(_MAY_BE_MISSING.get(kind.__name__, "").split())


def _list_inside(value: Any, hint: Any, path: str) -> list[str]:
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{path}: no list object"]
    found = [f"{path}.{n} is missing" for n in ("url", "has_more", "data") if n not in value]
    for n, each in enumerate(value.get("data", [])):
        found += _value(each, hint, f"{path}.data[{n}]")
    return found


def _plain(value: Any, hint: Any, path: str) -> list[str]:
    if hint is Decimal:
        # Over the wire they are text; the SDK has made Decimals of them.
        good = isinstance(value, Decimal | str)
    elif hint is float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        good = type(value) is hint
    return [] if good else [f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"]


def _may_be_none(hint: Any) -> bool:
    return typing.get_origin(hint) in _UNIONS and type(None) in typing.get_args(hint)


def _is_list(thing: Any) -> bool:
    return isinstance(thing, stripe.ListObject)
