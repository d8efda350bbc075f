"""Reads what a buyer asks for out of a request: JSON, a form, or nothing at all."""

from collections.abc import Mapping
from typing import Any

from flask import Request

from paydesk.foundation.errors import Invalid
from paydesk.orders.cart import Addition
from paydesk.orders.placing import Wish
from paydesk.web.guard import FORMS

_NAMES = frozenset(
    {
        *("product_id", "price_id", "price_minor", "currency", "quantity", "attempt", "way"),
        "csrf_token",
    }
)
_MAX_TEXT = 100
MAX_MINOR = 10**12
# Shorter text could be guessed, and then somebody else's click would be taken for ours.
_LEAST_ATTEMPT = 16


def read_addition(request: Request) -> Addition:
    """What a request puts into the cart. Raises Invalid, naming the field."""
    fields = _form(request) if request.mimetype in FORMS else _json(request)
    quantity = _whole(fields, "quantity", code="bad_quantity")
    currency = _text(fields, "currency")
    return Addition(
        quantity=1 if quantity is None else quantity,
        product_id=_text(fields, "product_id"),
        price_id=_text(fields, "price_id"),
        currency=currency.lower() if currency else None,
    )


def attempt_of(text: str | None) -> str:
    """The random text of a form. Raises Invalid where it could be guessed."""
    if not text or not _LEAST_ATTEMPT <= len(text) <= _MAX_TEXT or not text.isprintable():
        raise Invalid(
            "attempt must have at least %(least)s random characters.", least=_LEAST_ATTEMPT
        )
    return text


def read_wish(request: Request, buyer: str | None) -> Wish:
    """The wish in a request. Raises Invalid, naming the field and what it should be."""
    fields = _form(request) if request.mimetype in FORMS else _json(request)
    attempt = _text(fields, "attempt")
    if attempt is not None and len(attempt) < _LEAST_ATTEMPT:
        raise Invalid(
            "attempt must have at least %(least)s random characters.", least=_LEAST_ATTEMPT
        )
    quantity = _whole(fields, "quantity", code="bad_quantity")
    currency = _text(fields, "currency")
    return Wish(
        product_id=_text(fields, "product_id"),
        price_id=_text(fields, "price_id"),
        quantity=1 if quantity is None else quantity,
        shown_minor=_whole(fields, "price_minor"),
        shown_currency=currency.lower() if currency else None,
        attempt=attempt,
        buyer=buyer,
    )


def read_way(request: Request) -> str | None:
    """The way to pay that a request names, if it names one. Raises Invalid."""
    fields = _form(request) if request.mimetype in FORMS else _json(request)
    return _text(fields, "way")


def _form(request: Request) -> Mapping[str, Any]:
    fields: dict[str, Any] = {
        name: value for name, value in request.form.items() if name in _NAMES and value != ""
    }
    # A page with several variants says what it showed for each; only the chosen one counts.
    shown = request.form.get(f"shown[{fields.get('price_id', '')}]")
    if shown is not None:
        fields.setdefault("price_minor", shown)
    return fields


def _json(request: Request) -> Mapping[str, Any]:
    if not request.get_data():
        return {}
    fields = request.get_json(force=True, silent=True)
    if not isinstance(fields, dict):
        raise Invalid("The body must be a JSON object or a form.", code="bad_body")
    unknown = sorted(set(fields) - _NAMES)
    if unknown:
        allowed = ", ".join(sorted(_NAMES - {"csrf_token"}))
        raise Invalid(
            "%(name)s is not known here; send any of %(allowed)s.",
            name=f"{unknown[0]!r:.60}",
            allowed=allowed,
        )
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT or not value.isprintable():
        raise Invalid(
            "%(name)s must be a text of at most %(most)s characters.", name=name, most=_MAX_TEXT
        )
    return value


def _whole(fields: Mapping[str, Any], name: str, code: str = "invalid") -> int | None:
    """A whole number, or the digits of one: data attributes and forms hold text."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_MINOR:
        raise Invalid("%(name)s must be a whole number.", code=code, name=name)
    return value
