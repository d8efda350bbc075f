"""Events ("The Event object"): kept for thirty days."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing
from stripe_emulator.events import KEPT_SECONDS
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "event",
    "account context reason related_object",
)

_MOST_TYPES = 20
_MANY = 100_000


@route("GET", "/v1/events/{id}", "EventRetrieveParams")
def retrieve(call: Call) -> Thing:
    event = call.require("event", call.path["id"])
    if event["created"] < call.now - KEPT_SECONDS:
        raise missing("event", event["id"])
    return _with_waiting(call, event)


@route("GET", "/v1/events", "EventListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    if "type" in given and "types" in given:
        raise invalid(
            "You can only specify one of these parameters: type, types.",
            code="parameters_exclusive",
            param="type",
        )
    wanted = given.get("types") or ([given["type"]] if "type" in given else None)
    if wanted is not None and len(wanted) > _MOST_TYPES:
        raise invalid(f"You can ask for up to {_MOST_TYPES} types.", param="types")
    since = call.now - KEPT_SECONDS
    if wanted is None and "delivery_success" not in given:
        found = listing.page(call, "event", "/v1/events", since=since)
    else:
        found = _filtered(call, wanted, since)
    found["data"] = [_with_waiting(call, each) for each in found["data"]]
    return found


def _filtered(call: Call, wanted: list[str] | None, since: int) -> Thing:
    # Wildcards and deliveries are no columns: looked at one by one, newest first.
    everything = call.tx.find("event", where="created >= ?", values=(since,), limit=_MANY)
    success = call.params.get("delivery_success")
    items = [
        each
        for each in everything
        if (wanted is None or any(_matches(each["type"], pattern) for pattern in wanted))
        and (success is None or _delivered(call, each) is success)
    ]
    return listing.of_items(call, "/v1/events", items)


def _matches(kind: str, pattern: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


def _delivered(call: Call, event: Thing) -> bool:
    row = call.tx.sql.execute(
        "SELECT COUNT(*) FROM deliveries WHERE event = ? AND state <> 'succeeded'", (event["id"],)
    ).fetchone()
    return bool(row[0] == 0)


def _with_waiting(call: Call, event: Thing) -> Thing:
    row = call.tx.sql.execute(
        "SELECT COUNT(DISTINCT endpoint) FROM deliveries "
        "WHERE event = ? AND state IN ('pending', 'sent')",
        (event["id"],),
    ).fetchone()
    return {**event, "pending_webhooks": row[0]}
