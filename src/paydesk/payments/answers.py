"""What a buyer answered on Stripe's page: where to ship to, custom fields, consent.

As text in one field of the session's fact: so it is merged, kept and read like the rest of it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from paydesk.fulfilment.hooks import Answers
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.fields import Json, inner

# Stripe's own bounds are narrower ("Create a Checkout Session", custom_fields).
_LONGEST = 300
_LONGEST_PHONE = 40
_MOST_FIELDS = 10
_DONE = ("complete", "paid")
# Our names of an address's parts, and Stripe's.
_PARTS = {
    "line1": "line1",
    "line2": "line2",
    "postcode": "postal_code",
    "city": "city",
    "state": "state",
    "country": "country",
}


def said(session: Json) -> str:
    """The answers in a checkout session that is complete, as text; empty if there are none."""
    if session.get("status") != "complete":
        return ""
    details = inner(session, "customer_details")
    found = {
        "ship_to": _address(inner(session, "collected_information", "shipping_details")),
        "bill_to": _address(details),
        "phone": _text(details, "phone", _LONGEST_PHONE),
        "fields": dict(_fields(session.get("custom_fields"))),
        "consent": {
            name: word
            for name in ("terms_of_service", "promotions")
            if (word := _text(inner(session, "consent"), name))
        },
    }
    answered = {name: value for name, value in found.items() if value}
    return json.dumps(answered, sort_keys=True) if answered else ""


def answers_in(text: str) -> Answers:
    """The answers that `said` wrote."""
    return Answers(**json.loads(text)) if text else Answers()


def answers_among(facts: Iterable[Fact]) -> Answers:
    """What the buyer of an order answered, by all that Stripe said about it."""
    sessions = (fact for fact in facts if fact.kind is Kind.SESSION and fact.stage in _DONE)
    return answers_in(max((fact.answers for fact in sessions), default=""))


def _address(thing: Json) -> dict[str, str]:
    """An address and whose it is. Of a name alone nothing: it is no address."""
    stripes = inner(thing, "address")
    parts = {ours: text for ours, name in _PARTS.items() if (text := _text(stripes, name))}
    name = _text(thing, "name")
    return {"name": name, **parts} if parts and name else parts


def _fields(given: object) -> Iterable[tuple[str, str]]:
    for field in (given if isinstance(given, list) else [])[:_MOST_FIELDS]:
        if isinstance(field, Mapping):
            key = _text(field, "key")
            value = _text(inner(field, str(field.get("type"))), "value")
            if key and value:
                yield key, value


def _text(thing: Mapping[str, Any], name: str, longest: int = _LONGEST) -> str:
    value = thing.get(name)
    if not isinstance(value, str):
        return ""
    # What cannot be shown cannot be stored everywhere either.
    shown = "".join(each if each.isprintable() else " " for each in value[:longest])
    return " ".join(shown.split())
