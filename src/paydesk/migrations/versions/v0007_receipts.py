"""Receipts, and those of the orders that were paid before there were any."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PAGE = 500
_WORDS = "a receipt is given once, and stays as it was"
_SQLITE_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER paydesk_receipts_are_not_{name} BEFORE {verb} ON paydesk_receipts
    BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END
    """
    for name, verb in (("edited", "UPDATE"), ("deleted", "DELETE"))
)
_POSTGRESQL_TRIGGERS = (
    f"""
    CREATE FUNCTION paydesk_keep_receipt() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION '{_WORDS}'; END
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER paydesk_receipts_stay BEFORE UPDATE OR DELETE ON paydesk_receipts
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_receipt()
    """,
)

_MOMENT = sa.DateTime(timezone=True)
_ORDERS = sa.table(
    "paydesk_orders",
    *(sa.column(name) for name in ("id", "number", "currency", "payment")),
    sa.column("livemode", sa.Boolean()),
    sa.column("paid_at", _MOMENT),
    *(sa.column(name) for name in ("subtotal_minor", "discount_minor", "shipping_minor")),
    *(sa.column(name) for name in ("tax_minor", "total_minor", "paid_minor")),
)
_LINES = sa.table(
    "paydesk_order_lines",
    *(sa.column(name) for name in ("order_id", "position", "name", "variant_name")),
    *(sa.column(name) for name in ("unit_minor", "quantity")),
)
_RECEIPTS = sa.table(
    "paydesk_receipts",
    *(sa.column(name) for name in ("order_id", "series", "position")),
    sa.column("issued_at", _MOMENT),
    sa.column("content", sa.JSON()),
)
_COUNTERS = sa.table("paydesk_counters", sa.column("name"), sa.column("value"))


def upgrade() -> None:
    op.create_table(
        "paydesk_receipts",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("order_id"),
        sa.UniqueConstraint("series", "position", name="paydesk_one_receipt_a_number"),
    )
    _give_receipts()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _give_receipts() -> None:
    """In the order of their payment, as if there had been receipts all along."""
    counts: dict[str, int] = defaultdict(int)
    for orders, lines in _pages(op.get_bind()):
        rows = []
        for order in orders:
            year = f"{order.paid_at:%Y}"
            series = year if order.livemode else f"TEST-{year}"
            counts[series] += 1
            rows.append(
                {
                    "order_id": order.id,
                    "series": series,
                    "position": counts[series],
                    "issued_at": order.paid_at,
                    "content": _content(order, lines[order.id]),
                }
            )
        op.get_bind().execute(sa.insert(_RECEIPTS), rows)
    for series, count in counts.items():
        op.execute(sa.insert(_COUNTERS).values(name=f"receipt:{series}", value=count))


def _pages(connection: Any) -> Iterator[tuple[list[Any], dict[str, list[Any]]]]:
    paid = sa.select(_ORDERS.c.id).where(_ORDERS.c.paid_at.is_not(None))
    ids = list(connection.scalars(paid.order_by(_ORDERS.c.paid_at, _ORDERS.c.number)))
    for first in range(0, len(ids), _PAGE):
        some = ids[first : first + _PAGE]
        of_page = sa.select(_ORDERS).where(_ORDERS.c.id.in_(some))
        orders = {row.id: row for row in connection.execute(of_page)}
        lines = defaultdict(list)
        query = sa.select(_LINES).where(_LINES.c.order_id.in_(some))
        for line in connection.execute(query.order_by(_LINES.c.position)):
            lines[line.order_id].append(line)
        yield [orders[each] for each in some], lines


def _content(order: Any, lines: list[Any]) -> dict[str, Any]:
    without_tax = order.subtotal_minor - order.discount_minor + order.shipping_minor
    tax = {
        "name": "",
        "percentage": "",
        "minor": order.tax_minor,
        "included": order.total_minor == without_tax,
    }
    return {
        "order": order.number,
        "currency": order.currency,
        "seller": {},
        "lines": [
            {
                "name": line.name,
                "variant": line.variant_name,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
            }
            for line in lines
        ],
        "deferred_minor": sum(line.unit_minor * line.quantity for line in lines)
        - order.subtotal_minor,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor,
        "taxes": [tax] if order.tax_minor else [],
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
    }


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
