"""Loads an invented shop into a database: 100,000 orders and 1,000,000 events in minutes."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session, selectinload

from bench.desk.invented import Invention, Thing
from paydesk.catalogue.demonstration import load_products
from paydesk.catalogue.product import Product, Variant
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import Base, Database
from paydesk.migrations import schema
from paydesk.orders.order import Counter
from paydesk.reports.sums import Sums

# What belongs to an order comes after it.
_TABLES = (
    *("orders", "order_lines", "order_terms", "checkouts", "facts", "ledger", "effects", "events"),
    *("shipments", "shipment_lines"),
)


def load(
    database: Database, orders: int, now: datetime, tell: Callable[[int], None] = lambda _n: None
) -> None:
    """Make the tables and fill them with so many orders; ten events for each."""
    schema.migrate(database)
    with database.transaction() as tx:
        load_products(tx, StillClock(now))
    load_more(database, orders, now, tell=tell)
    _analyse(database)


def load_more(
    database: Database,
    orders: int,
    now: datetime,
    *,
    first: int = 0,
    tell: Callable[[int], None] = lambda _n: None,
) -> None:
    """Add orders for the products there are; `first`: how many there are already."""
    with database.transaction() as tx:
        things = _things(tx)
    done = 0
    for rows in Invention(orders, things, now, first).batches():
        with database.transaction() as tx:
            for name in _TABLES:
                found = rows.tables.get(f"paydesk_{name}", [])
                if found:
                    tx.execute(insert(Base.metadata.tables[f"paydesk_{name}"]), found)
            done += len(rows.tables["paydesk_orders"])
        tell(done)
    with database.transaction() as tx:
        tx.execute(delete(Counter).where(Counter.name == "order"))
        tx.execute(insert(Counter).values(name="order", value=1000 + first + orders))
    Sums(database).rebuild()


def _things(tx: Session) -> list[Thing]:
    query = select(Product).options(selectinload(Product.variants).selectinload(Variant.prices))
    return [
        Thing(
            *(v.id, v.current_price.id, p.slug, p.name, v.name, v.current_price.amount_minor),
            is_digital=v.is_digital,
        )
        for p in tx.scalars(query.order_by(Product.position))
        for v in p.variants
        if v.current_price is not None and v.current_price.rhythm is None
    ]


def _analyse(database: Database) -> None:
    """Let the database count and tidy, as it does by itself in time: a shop has years for it."""
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in _TABLES if not database.is_sqlite else ():
            connection.execute(text(f"VACUUM (ANALYZE) paydesk_{name}"))
