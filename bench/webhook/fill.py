"""Fills a shop's database: orders long paid, with all that belongs to them, and orders to be paid.

The rows are made by the database itself, so that a million orders take minutes.
"""

from sqlalchemy import text

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.migrations import schema

TOTAL_MINOR = 1200
_AT = "'2026-10-01 10:00:00.000000'"
_LATER = "'2036-10-01 10:00:00.000000'"
_BATCH = 100_000
_KINDS = (
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
)


def prepare(url: str) -> Database:
    """A shop's empty database with its demonstration products."""
    database = Database(url)
    schema.migrate(database)
    with database.transaction() as tx:
        load_products(tx, Clock())
    return database


def fill(database: Database, orders: int) -> None:
    """`orders` paid orders with five events, three facts and a finished job each."""
    for first in range(0, orders, _BATCH):
        last = min(orders, first + _BATCH)
        with database.transaction() as tx:
            for table, columns in _rows(paid=True).items():
                tx.execute(text(_insert(table, columns, first + 1, last)))
            for n, kind in enumerate(_KINDS):
                tx.execute(text(_insert("events", _event(n, kind), first + 1, last)))
            for kind, prefix in (("session", "cs"), ("intent", "pi"), ("charge", "ch")):
                stage = "paid" if kind == "session" else "succeeded"
                columns = _fact(kind, prefix, stage, "old")
                tx.execute(text(_insert("facts", columns, first + 1, last)))
            tx.execute(text(_insert(_engine_table(database), _JOB, first + 1, last)))
    _analyse(database)


def add_open_orders(database: Database, count: int) -> None:
    """Orders 1 to `count` whose sessions are open: the bench pays them."""
    with database.transaction() as tx:
        for table, columns in _rows(paid=False).items():
            tx.execute(text(_insert(table, columns, 1, count)))
        tx.execute(text(_insert("facts", _fact("session", "cs", "open", "new"), 1, count)))
        tx.execute(
            text("UPDATE variants SET on_hand = NULL, held = held + :n WHERE id = " + _MUG),
            {"n": count},
        )


_MUG = (
    "(SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id "
    "WHERE p.slug = 'workshop-mug')"
)
_PRICE = f"(SELECT id FROM prices WHERE superseded_at IS NULL AND variant_id = {_MUG})"


def _rows(*, paid: bool) -> dict[str, dict[str, str]]:
    age = "old" if paid else "new"
    order_id = f"'ord_{age}_' || i"
    number = "1000000 + i" if paid else "9000000 + i"
    rows = {
        "orders": {
            "id": order_id,
            "number": number,
            "secret": f"'secret_{age}_' || i",
            "attempt": f"'attempt_{age}_' || i",
            "generation": "0",
            "payment": "'paid'" if paid else "'awaiting'",
            "currency": "'usd'",
            "total_minor": str(TOTAL_MINOR),
            "paid_minor": str(TOTAL_MINOR) if paid else "0",
            "refunded_minor": "0",
            "disputed_minor": "0",
            "owed_minor": "0",
            "flags": "'[]'",
            "livemode": "FALSE",
            "email": "'buyer' || i || '@example.com'" if paid else "NULL",
            "created_at": _AT,
            "paid_at": _AT if paid else "NULL",
            "look_at": "NULL" if paid else _LATER,
            "version": "1",
        },
        "order_lines": {
            "order_id": order_id,
            "position": "0",
            "variant_id": _MUG,
            "price_id": _PRICE,
            "product_slug": "'workshop-mug'",
            "name": "'Workshop Mug'",
            "variant_name": "''",
            "unit_minor": str(TOTAL_MINOR),
            "quantity": "1",
        },
        "holds": {
            "order_id": order_id,
            "variant_id": _MUG,
            "quantity": "1",
            "state": "'taken'" if paid else "'held'",
        },
        "checkouts": {
            "id": f"'chk_{age}_' || i",
            "order_id": order_id,
            "session_id": f"'cs_{age}_' || i",
            "url": f"'https://checkout.stripe.com/c/pay/cs_{age}_' || i",
            "created_at": _AT,
            "expires_at": _LATER,
        },
    }
    if paid:
        rows["effects"] = {
            "order_id": order_id,
            "effect": "'paid'",
            "state": "'done'",
            "repeats": "0",
            "created_at": _AT,
            "ended_at": _AT,
        }
    return rows


def _event(n: int, kind: str) -> dict[str, str]:
    return {
        "id": f"'evt_old_' || i || '_{n}'",
        "type": f"'{kind}'",
        "livemode": "FALSE",
        "created": "1790000000 + i",
        "received_at": _AT,
        # Real ones are 4 kB; kept short, so that a million orders fit on a laptop's disk.
        "payload": '\'{"object": "event", "of": "an order long paid"}\'',
        "state": "'handled'",
        "order_id": "'ord_old_' || i",
        "object_id": "'ch_old_' || i",
        "tries": "1",
        "door": "'webhook'",
    }


def _fact(kind: str, prefix: str, stage: str, age: str) -> dict[str, str]:
    return {
        "kind": f"'{kind}'",
        "stripe_id": f"'{prefix}_{age}_' || i",
        "order_id": f"'ord_{age}_' || i",
        "stage": f"'{stage}'",
        "amount_minor": str(TOTAL_MINOR),
        "currency": "'usd'",
        "livemode": "FALSE",
        "intent_id": f"'pi_{age}_' || i" if age == "old" else "NULL",
        "checkout_id": f"'chk_{age}_' || i",
        "mode": "'payment'",
        "changed_at": _AT,
    }


# A finished job as the engine leaves it.
_JOB = {
    "workflow_uuid": "'paid:ord_old_' || i",
    "status": "'SUCCESS'",
    "name": "'paydesk.run_effect'",
    "queue_name": "NULL",
    "created_at": "1790000000000 + i",
    "updated_at": "1790000000000 + i",
    "application_version": "'1'",
    "priority": "0",
}


def _insert(table: str, columns: dict[str, str], first: int, last: int) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return (
        f"INSERT INTO {table} ({names}) WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL "
        f"SELECT i + 1 FROM n WHERE i < {last}) SELECT {values} FROM n"
    )


def _engine_table(database: Database) -> str:
    return "workflow_status" if database.is_sqlite else "dbos.workflow_status"


def _analyse(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(text("ANALYZE"))
