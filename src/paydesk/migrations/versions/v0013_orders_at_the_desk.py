"""The desk's order list: its tabs, the words orders are found by, notes, and the archive."""

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from paydesk.orders.terms import product_term, terms_of_texts

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PAGE = 500
_HERE = "archived_at IS NULL"
_TABS = {
    "to_ship": f"fulfilment IN ('unfulfilled', 'partly') AND {_HERE}",
    "pending": f"payment = 'pending' AND {_HERE}",
    "problems": f"problem <> '' AND {_HERE}",
    "refunded": f"refunded_minor > 0 AND {_HERE}",
    "archived": "archived_at IS NOT NULL",
}
# What is open to an answer, from the facts; what was given up, from the effects.
_DISPUTES = """
    UPDATE paydesk_orders SET dispute_open = true WHERE id IN (
      SELECT order_id FROM paydesk_facts WHERE kind = 'dispute' AND stage IN ('inquiry', 'open')
    )
"""
_FAILURES = """
    UPDATE paydesk_orders SET effect_failed = true WHERE id IN (
      SELECT order_id FROM paydesk_effects WHERE state = 'failed'
    )
"""
_GIVEN_BACK = "(refunded_minor >= paid_minor AND paid_minor > 0)"
_FLAGS = "CAST(flags AS VARCHAR)"
_PROBLEMS = f"""
    UPDATE paydesk_orders SET problem = CASE
      WHEN dispute_open THEN 'disputed'
      WHEN payment = 'review' AND NOT {_GIVEN_BACK} THEN 'differs'
      WHEN owed_minor <> 0 THEN 'refund_failed'
      WHEN {_FLAGS} LIKE '%paid_twice%' AND paid_minor - refunded_minor > total_minor
        THEN 'paid_twice'
      WHEN {_FLAGS} LIKE '%sold_out_meanwhile%' AND NOT {_GIVEN_BACK} THEN 'sold_out'
      WHEN effect_failed THEN 'effect_failed'
      ELSE '' END
"""  # noqa: S608 - names of ours alone
_SHIPPED = """
    UPDATE paydesk_orders SET shipped_at = (
      SELECT MAX(shipped_at) FROM paydesk_shipments AS sent
      WHERE sent.order_id = paydesk_orders.id AND sent.undone_at IS NULL
    ) WHERE fulfilment IN ('partly', 'shipped', 'delivered')
"""
_WORD = sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql")
_TERMS = sa.table("paydesk_order_terms", sa.column("term"), sa.column("number"))


def upgrade() -> None:
    _extend_orders()
    for statement in (_DISPUTES, _FAILURES, _PROBLEMS, _SHIPPED):
        op.execute(statement)
    _create_indexes()
    op.create_table(
        "paydesk_order_notes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("paydesk_notes_of_order", "paydesk_order_notes", ["order_id", "at"])
    op.create_table(
        "paydesk_order_terms",
        sa.Column("term", _WORD, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "number"),
        sqlite_with_rowid=False,
    )
    for rows in _words():
        op.bulk_insert(_TERMS, rows)


def _extend_orders() -> None:
    for name in ("shipped_at", "archived_at"):
        op.add_column("paydesk_orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("dispute_open", "effect_failed"):
        op.add_column(
            "paydesk_orders",
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.add_column(
        "paydesk_orders",
        sa.Column("problem", sa.String(length=20), nullable=False, server_default=""),
    )
    op.add_column("paydesk_orders", sa.Column("follow_up_on", sa.Date(), nullable=True))


def _create_indexes() -> None:
    # That of the orders to ship says the same about fewer rows.
    op.drop_index("ix_paydesk_orders_fulfilment", "paydesk_orders")
    for tab, rule in _TABS.items():
        where = sa.text(rule)
        op.create_index(
            f"paydesk_orders_{tab}",
            "paydesk_orders",
            ["number"],
            sqlite_where=where,
            postgresql_where=where,
        )
    for name, column in (
        ("by_order", "created_at"),
        ("by_payment", "paid_at"),
        ("by_shipping", "shipped_at"),
        ("of_currency", "currency"),
        ("of_customer", "customer_id"),
    ):
        op.create_index(f"paydesk_orders_{name}", "paydesk_orders", [column, "number"])
    has_country = sa.text("country <> ''")
    op.create_index(
        "paydesk_orders_of_country",
        "paydesk_orders",
        ["country", "number"],
        sqlite_where=has_country,
        postgresql_where=has_country,
    )
    op.create_index("paydesk_orders_to_follow_up", "paydesk_orders", ["follow_up_on"])


def _words() -> Iterator[list[dict[str, object]]]:
    """The words of the orders there are, a page at a time."""
    after = 0
    orders = sa.text(
        "SELECT id, number, email, reference FROM paydesk_orders WHERE number > :after "
        "ORDER BY number LIMIT :page"
    )
    lines = sa.text(
        "SELECT order_id, product_slug, name, variant_name FROM paydesk_order_lines "
        "WHERE order_id IN :ids"
    ).bindparams(sa.bindparam("ids", expanding=True))
    while page := op.get_bind().execute(orders, {"after": after, "page": _PAGE}).all():
        found: dict[str, set[str]] = defaultdict(set)
        for order in page:
            found[order.id] |= {*terms_of_texts(order.email, (order.reference,))}
        for line in op.get_bind().execute(lines, {"ids": [order.id for order in page]}):
            found[line.order_id] |= {*terms_of_texts(None, (line.name, line.variant_name))}
            if line.product_slug:
                found[line.order_id].add(product_term(line.product_slug))
        numbers = {order.id: order.number for order in page}
        yield [
            {"term": term, "number": numbers[order_id]}
            for order_id, terms in found.items()
            for term in sorted(terms)
        ]
        after = page[-1].number


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
