"""Search over the objects that Stripe lets one search ("Search").

Stripe's own index lags by a minute or so; here what was written is found at once.
"""

import base64
import binascii
from collections.abc import Callable

from stripe_emulator import expand
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.searching import Condition, Kind, understood
from stripe_emulator.store import Thing

_USUAL, _MOST = 10, 100
_E, _S, _N = Kind.EXACT, Kind.STRING, Kind.NUMBER
_FIELDS: dict[str, dict[str, Kind]] = {
    "charge": {
        "amount": _N,
        "billing_details.address.postal_code": _E,
        "created": _N,
        "currency": _E,
        "customer": _E,
        "disputed": _E,
        "payment_method_details.card.brand": _E,
        "payment_method_details.card.exp_month": _E,
        "payment_method_details.card.exp_year": _E,
        "payment_method_details.card.fingerprint": _E,
        "payment_method_details.card.last4": _E,
        "refunded": _E,
        "status": _E,
    },
    "customer": {"created": _N, "email": _S, "name": _S, "phone": _S},
    "invoice": {
        "created": _N,
        "currency": _E,
        "customer": _E,
        "number": _S,
        "receipt_number": _S,
        "status": _S,
        "subscription": _E,
        "total": _N,
    },
    "payment_intent": {"amount": _N, "created": _N, "currency": _E, "customer": _E, "status": _E},
    "price": {"active": _E, "currency": _E, "lookup_key": _S, "product": _E, "type": _E},
    "product": {"active": _E, "description": _S, "name": _S, "shippable": _E, "url": _S},
    "subscription": {"canceled_at": _N, "created": _N, "status": _E},
}


def _search(kind: str, url: str) -> Callable[[Call], Thing]:
    def search(call: Call) -> Thing:
        condition = understood(call.params["query"], _FIELDS[kind])
        limit = call.params.get("limit", _USUAL)
        if not 1 <= limit <= _MOST:
            raise invalid(f"limit must be from 1 to {_MOST}.", param="limit")
        rows = _rows(call, kind, condition, limit + 1)
        shown, has_more = rows[:limit], len(rows) > limit
        return {
            "object": "search_result",
            "url": url,
            "has_more": has_more,
            "next_page": _written(shown[-1][0]) if has_more else None,
            "data": [thing for _, thing in shown],
            "_found": (kind, condition),
        }

    return search


for _kind, _name in (
    ("charge", "Charge"),
    ("customer", "Customer"),
    ("invoice", "Invoice"),
    ("payment_intent", "PaymentIntent"),
    ("price", "Price"),
    ("product", "Product"),
    ("subscription", "Subscription"),
):
    _url = f"/v1/{_kind}s/search"
    route("GET", _url, f"{_name}SearchParams")(_search(_kind, _url))


@expand.computed("search_result", "total_count")
def _total_count(call: Call, found: Thing) -> int:
    kind, condition = found["_found"]
    sql = f"SELECT COUNT(*) FROM objects WHERE {_where(condition)}"  # noqa: S608 - text of ours
    return int(call.tx.sql.execute(sql, (kind, *condition.values)).fetchone()[0])


def _rows(call: Call, kind: str, condition: Condition, limit: int) -> list[tuple[int, Thing]]:
    where, values = _where(condition), [kind, *condition.values]
    if call.params.get("page"):
        where += " AND seq < ?"
        values.append(_read(call.params["page"]))
    return call.tx.numbered(where, tuple(values), limit)


def _where(condition: Condition) -> str:
    return f"kind = ? AND {condition.sql} AND json_extract(body, '$.deleted') IS NULL"


def _written(place: int) -> str:
    return base64.urlsafe_b64encode(f"after {place}".encode()).decode()


def _read(page: str) -> int:
    try:
        word, place = base64.urlsafe_b64decode(page.encode()).decode().split(" ")
        if word == "after":
            return min(int(place), 2**62)
    except (binascii.Error, UnicodeError, ValueError):
        pass
    raise _no_page()


def _no_page() -> StripeFault:
    return invalid("Send the `next_page` of an earlier answer as `page`.", param="page")
