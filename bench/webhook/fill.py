"""Fills a shop's database: orders long paid, with all that belongs to them, and orders to be paid.

The rows are made by the database itself, so that a million orders take minutes.
"""

import sqlite3
from typing import Any

from sqlalchemy import event, text

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.migrations import schema

TOTAL_MINOR = 1200
_AT = "'2026-10-01 10:00:00.000000'"
_LATER = "'2036-10-01 10:00:00.000000'"
_BATCH = 100_000
_KINDS = (
    "charge.succeeded",
    "payment_intent.succeeded",
    "payment_intent.created",
    "checkout.session.completed",
    "charge.updated",
)
# Our own ids are random: they fall all over their index, as these do. (Stripe's begin with the
# time.) An odd factor gives each number another one below the power of two.
_FACTOR, _BELOW = 2_654_435_761, 2**32
_OPEN_FROM = 100_000_000


def spread_of_open(number: int) -> int:
    """What stands for the open order `number` in ids of ours."""
    return (number + _OPEN_FROM) * _FACTOR % _BELOW


def prepare(url: str) -> Database:
    """A shop's empty database with its demonstration products."""
    database = Database(url)
    schema.migrate(database)
    with database.transaction() as tx:
        load_products(tx, Clock())
    return database


def fill(database: Database, orders: int) -> None:
    """`orders` paid orders with five events, three facts and a finished job each."""
    if database.is_sqlite:
        database.engine.dispose()
        event.listen(database.engine, "connect", _hurry)
    for first in range(1, orders + 1, _BATCH):
        last = min(orders, first + _BATCH - 1)
        with database.transaction() as tx:
            for table, columns in _tables(database):
                tx.execute(text(_insert(table, columns, first, last)))
    _settle_down(database)


def add_open_orders(database: Database, count: int) -> None:
    """Orders 1 to `count` whose sessions are open: the bench pays them."""
    with database.transaction() as tx:
        for table, columns in _rows(paid=False).items():
            tx.execute(text(_insert(table, columns, 1, count, _OPEN_FROM)))
        columns = _fact("session", "cs", "open", "new")
        tx.execute(text(_insert("paydesk_facts", columns, 1, count, _OPEN_FROM)))
        tx.execute(
            text("UPDATE paydesk_variants SET on_hand = NULL, held = held + :n WHERE id = " + _MUG),
            {"n": count},
        )


def _tables(database: Database) -> list[tuple[str, dict[str, str]]]:
    job_table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    return [
        *_rows(paid=True).items(),
        *(("paydesk_events", _event(n, kind)) for n, kind in enumerate(_KINDS)),
        ("paydesk_facts", _fact("session", "cs", "paid", "old")),
        ("paydesk_facts", _fact("intent", "pi", "succeeded", "old")),
        ("paydesk_facts", _fact("charge", "ch", "succeeded", "old")),
        (job_table, _JOB),
    ]


def _hurry(connection: sqlite3.Connection, _record: Any) -> None:
    # Nothing is lost if it fails half-way: it is begun again.
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-1000000")


def _settle_down(database: Database) -> None:
    """What a database of that age has behind it: or it would do that while it is measured."""
    database.engine.dispose()
    commands = ("VACUUM ANALYZE", "CHECKPOINT")
    if database.is_sqlite:
        commands = ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
    connection = database.engine.raw_connection()
    driver: Any = connection.driver_connection
    if not database.is_sqlite:
        # VACUUM cannot run inside a transaction; SQLite's driver opens none (see Database).
        driver.autocommit = True
    for command in commands:
        driver.execute(command)
    connection.close()
    database.engine.dispose()


_MUG = (
    "(SELECT v.id FROM paydesk_variants v JOIN paydesk_products p ON p.id = v.product_id "
    "WHERE p.slug = 'workshop-mug')"
)
_ORDER, _CHECKOUT = "'ord_' || s", "'chk_' || s"
_PRICE = f"(SELECT id FROM paydesk_prices WHERE superseded_at IS NULL AND variant_id = {_MUG})"


def _rows(*, paid: bool) -> dict[str, dict[str, str]]:
    age = "old" if paid else "new"
    number = "1000000 + i" if paid else "9000000 + i"
    rows = {
        "paydesk_orders": {
            "id": _ORDER,
            "number": number,
            "secret": f"'secret_{age}_' || i",
            "attempt": f"'attempt_{age}_' || i",
            "generation": "0",
            "payment": "'paid'" if paid else "'awaiting'",
            "currency": "'usd'",
            "total_minor": str(TOTAL_MINOR),
            "subtotal_minor": str(TOTAL_MINOR),
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
        "paydesk_order_lines": {
            "order_id": _ORDER,
            "position": "0",
            "variant_id": _MUG,
            "price_id": _PRICE,
            "product_slug": "'workshop-mug'",
            "name": "'Workshop Mug'",
            "variant_name": "''",
            "unit_minor": str(TOTAL_MINOR),
            "quantity": "1",
        },
        "paydesk_holds": {
            "order_id": _ORDER,
            "variant_id": _MUG,
            "quantity": "1",
            "state": "'taken'" if paid else "'held'",
        },
        "paydesk_checkouts": {
            "id": _CHECKOUT,
            "order_id": _ORDER,
            "stripe_id": f"'cs_{age}_' || i",
            "url": f"'https://checkout.stripe.com/c/pay/cs_{age}_' || i",
            "created_at": _AT,
            "expires_at": _LATER,
        },
    }
    if paid:
        rows["paydesk_effects"] = {
            "order_id": _ORDER,
            "effect": "'paid'",
            "about": "''",
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
        "order_id": _ORDER,
        "object_id": "'ch_old_' || i",
        "tries": "1",
        "door": "'webhook'",
    }


def _fact(kind: str, prefix: str, stage: str, age: str) -> dict[str, str]:
    return {
        "kind": f"'{kind}'",
        "stripe_id": f"'{prefix}_{age}_' || i",
        "order_id": _ORDER,
        "stage": f"'{stage}'",
        "amount_minor": str(TOTAL_MINOR),
        "currency": "'usd'",
        "livemode": "FALSE",
        "intent_id": f"'pi_{age}_' || i" if age == "old" else "NULL",
        "checkout_id": _CHECKOUT,
        "mode": "'payment'",
        "changed_at": _AT,
    }


# A finished job as the engine leaves it.
_JOB = {
    "workflow_uuid": "'paid:ord_' || s",
    "status": "'SUCCESS'",
    "name": "'paydesk.run_effect'",
    "queue_name": "NULL",
    "created_at": "1790000000000 + i",
    "updated_at": "1790000000000 + i",
    "application_version": "'1'",
    "priority": "0",
}


def _insert(table: str, columns: dict[str, str], first: int, last: int, start: int = 0) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return (
        f"INSERT INTO {table} ({names}) "
        f"WITH RECURSIVE n(i) AS (SELECT CAST({first} AS BIGINT) UNION ALL "
        f"SELECT i + 1 FROM n WHERE i < {last}), "
        f"numbered AS (SELECT i, (i + {start}) * {_FACTOR} % {_BELOW} AS s FROM n) "
        f"SELECT {values} FROM numbered"
    )
