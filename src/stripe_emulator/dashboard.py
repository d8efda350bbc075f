"""What the dashboard shows: read from the store, newest first."""

from typing import Any

from stripe_emulator.call import listens
from stripe_emulator.emulator import Emulator
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing, Tx

_LAST = (
    "SELECT status, error, duration_ms FROM attempts WHERE delivery = ? ORDER BY id DESC LIMIT 1"
)


def recent_payments(emulator: Emulator, limit: int, before: str | None) -> list[dict[str, Any]]:
    """Payment intents with the buyer's e-mail and what became of them."""
    with emulator.store.reading() as tx:
        found = _older(tx, "payment_intent", before, limit)
        return [_payment(tx, each) for each in found]


def recent_events(
    emulator: Emulator, limit: int, before: str | None, kind: str | None
) -> list[dict[str, Any]]:
    """Events and how far their deliveries are; `kind` is an event type."""
    with emulator.store.reading() as tx:
        found = _events_of(tx, kind, before, limit) if kind else _older(tx, "event", before, limit)
        return [
            {
                "id": each["id"],
                "type": each["type"],
                "created": each["created"],
                "delivery_state": _state(tx, each["id"]),
            }
            for each in found
        ]


def event_detail(emulator: Emulator, event_id: str) -> dict[str, Any] | None:
    """One event with its deliveries and each attempt's request and answer."""
    with emulator.store.reading() as tx:
        event = tx.get("event", event_id)
        if event is None:
            return None
        rows = tx.sql.execute(
            "SELECT id, url, state, due FROM deliveries WHERE event = ? ORDER BY id", (event_id,)
        ).fetchall()
        deliveries = [
            {
                "id": row[0],
                "url": row[1],
                "state": row[2],
                "next_attempt_at": row[3] if row[2] == "pending" else None,
                "attempts": _attempts(tx, row[0]),
            }
            for row in rows
        ]
    return {"event": complete(event), "deliveries": deliveries}


def recent_deliveries(
    emulator: Emulator, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Deliveries with their last attempt; `before` is a delivery's number."""
    with emulator.store.reading() as tx:
        rows = tx.sql.execute(
            "SELECT d.id, d.event, d.url, d.state, d.tries, d.due, json_extract(o.body, '$.type') "
            "FROM deliveries d LEFT JOIN objects o ON o.kind = 'event' AND o.id = d.event "
            "WHERE d.id < ? ORDER BY d.id DESC LIMIT ?",
            (before if before is not None else 2**62, limit),
        ).fetchall()
        return [_delivery(tx, row) for row in rows]


def recent_requests(
    emulator: Emulator, limit: int, before: str | None = None
) -> list[dict[str, Any]]:
    """API calls; `before` is one's id."""
    found = list(emulator.requests)
    place = next((at for at, each in enumerate(found) if each["id"] == before), -1)
    return found[place + 1 :][:limit]


def endpoints(emulator: Emulator) -> list[dict[str, Any]]:
    with emulator.store.reading() as tx:
        return [complete(each) for each in tx.find("webhook_endpoint")]


def resend(emulator: Emulator, event_id: str, only: str | None = None) -> bool:
    """Deliver an event once more, to every endpoint that wants it or to `only` that one.

    False if there is none. An endpoint that is named need not want it.
    """
    with emulator.call() as call:
        event = call.tx.get("event", event_id)
        found = call.listening() if event else []
        for endpoint in (wanted := [each for each in found if _is_meant(each, event, only)]):
            assert event is not None
            call.deliver(event, endpoint)
    return bool(wanted)


def _is_meant(endpoint: Thing, event: Thing | None, only: str | None) -> bool:
    if only is not None:
        return bool(endpoint["id"] == only)
    return event is not None and listens(endpoint, event["type"])


def _older(tx: Tx, kind: str, before: str | None, limit: int) -> list[Thing]:
    place = tx.sequence(kind, before) if before else None
    if place is None:
        return tx.find(kind, limit=limit)
    return tx.find(kind, where="seq < ?", values=(place,), limit=limit)


def _events_of(tx: Tx, kind: str, before: str | None, limit: int) -> list[Thing]:
    place = tx.sequence("event", before) if before else None
    return [
        each
        for _, each in tx.numbered(
            "kind = 'event' AND json_extract(body, '$.type') = ? AND seq < ?",
            (kind, place if place is not None else 2**62),
            limit,
        )
    ]


def _payment(tx: Tx, intent: Thing) -> dict[str, Any]:
    charge = tx.get("charge", intent["latest_charge"]) if intent.get("latest_charge") else None
    status = intent["status"]
    if charge is not None and charge["amount_refunded"]:
        status = "refunded" if charge["refunded"] else "partially_refunded"
    elif status == "requires_payment_method" and charge is not None:
        status = "failed"
    return {
        "id": intent["id"],
        "amount": intent["amount"],
        "currency": intent["currency"],
        "status": status,
        "email": (charge or {}).get("billing_details", {}).get("email") or _email(tx, intent),
        "created": intent["created"],
    }


def _email(tx: Tx, intent: Thing) -> str | None:
    customer = tx.get("customer", intent["customer"]) if intent.get("customer") else None
    return (customer or {}).get("email")


def _state(tx: Tx, event_id: str) -> str:
    """The worst of an event's deliveries."""
    rows = tx.sql.execute("SELECT state FROM deliveries WHERE event = ?", (event_id,)).fetchall()
    states = {row[0] for row in rows}
    worst_first = ("abandoned", "pending", "sent", "dropped", "succeeded")
    return next((state for state in worst_first if state in states), "none")


def _attempts(tx: Tx, delivery: int) -> list[dict[str, Any]]:
    rows = tx.sql.execute(
        "SELECT at, status, duration_ms, request, answer, error FROM attempts "
        "WHERE delivery = ? ORDER BY id",
        (delivery,),
    )
    names = ("at", "status", "duration_ms", "request", "answer", "error")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _delivery(tx: Tx, row: tuple[Any, ...]) -> dict[str, Any]:
    last = tx.sql.execute(_LAST, (row[0],)).fetchone() or (None, None, None)
    return {
        "id": row[0],
        "event_id": row[1],
        "type": row[6] or "",
        "url": row[2],
        "state": row[3],
        "attempts": row[4],
        "status": last[0],
        "error": last[1],
        "duration_ms": last[2],
        "next_attempt_at": row[5] if row[3] == "pending" else None,
    }
