"""The ledger, filled with what the orders say; sums and counts that are kept."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEEP = "a movement of money is written once and never changed"
_SQLITE_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER paydesk_ledger_keep_{deed.lower()} BEFORE {deed} ON paydesk_ledger
    BEGIN SELECT RAISE(ABORT, '{_KEEP}'); END
    """
    for deed in ("UPDATE", "DELETE")
)
_POSTGRESQL_TRIGGERS = (
    f"""
    CREATE FUNCTION paydesk_keep_ledger() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION '{_KEEP}'; END
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER paydesk_ledger_keep BEFORE UPDATE OR DELETE ON paydesk_ledger
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_ledger()
    """,
)
# What each movement was about, and when we last heard of it, as far as the facts tell.
_MOVEMENTS = (
    ("payment", "paid_minor", "o.paid_at", None),
    ("refund", "refunded_minor", None, ("pending", "succeeded")),
    ("dispute", "disputed_minor", None, ("open", "under_review", "lost")),
)


def upgrade() -> None:
    _create_ledger()
    _create_sums()
    op.add_column(
        "paydesk_orders",
        sa.Column("counted_as", sa.String(length=200), nullable=False, server_default=""),
    )
    for movement, column, at, stages in _MOVEMENTS:
        if stages is not None:
            _fill_from_facts(movement, stages)
        _fill_what_is_missing(movement, column, at or "o.created_at")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _create_ledger() -> None:
    op.create_table(
        "paydesk_ledger",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column(
            "order_id", sa.String(length=40), sa.ForeignKey("paydesk_orders.id"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("movement", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
    )
    op.create_index("paydesk_ledger_of_order", "paydesk_ledger", ["order_id"])
    op.create_index("paydesk_ledger_by_time", "paydesk_ledger", ["at", "id"])
    op.create_index("paydesk_ledger_by_movement", "paydesk_ledger", ["movement", "at", "id"])


def _create_sums() -> None:
    def columns() -> list[sa.Column[Any]]:
        return [
            sa.Column("day", sa.String(length=10), nullable=False),
            sa.Column("currency", sa.String(length=3), nullable=False),
            sa.Column("measure", sa.String(length=10), nullable=False),
            sa.Column("subject", sa.String(length=200), nullable=False),
            sa.Column("amount", sa.BigInteger(), nullable=False),
        ]

    key = sa.PrimaryKeyConstraint("measure", "day", "currency", "subject")
    op.create_table("paydesk_sums", *columns(), key)
    # SQLite counts up by itself only where the type is INTEGER.
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table("paydesk_sum_changes", sa.Column("id", counter, primary_key=True), *columns())


def _fill_from_facts(movement: str, stages: tuple[str, ...]) -> None:
    """One row for each refund or dispute that counts, on the day we last heard of it."""
    query = sa.text(
        "SELECT f.order_id, f.changed_at, f.amount_minor, f.currency, f.stripe_id "
        "FROM paydesk_facts f JOIN paydesk_orders o ON o.id = f.order_id "
        "WHERE f.kind = :movement AND f.stage IN :stages AND f.currency = o.currency "
        "AND o.refunded_minor + o.disputed_minor > 0"
    ).bindparams(sa.bindparam("stages", expanding=True))
    found = op.get_bind().execute(query, {"movement": movement, "stages": list(stages)}).all()
    _insert([(row[0], row[1], movement, *row[2:]) for row in found])


def _fill_what_is_missing(movement: str, column: str, at: str) -> None:
    """One more row where the order says another sum than the rows so far."""
    query = sa.text(
        f"SELECT o.id, {at}, o.created_at, o.{column} - COALESCE(SUM(l.amount_minor), 0), "  # noqa: S608 - names of ours alone
        "o.currency FROM paydesk_orders o "
        "LEFT JOIN paydesk_ledger l ON l.order_id = o.id AND l.movement = :movement "
        f"GROUP BY o.id HAVING o.{column} <> COALESCE(SUM(l.amount_minor), 0)"
    )
    found = op.get_bind().execute(query, {"movement": movement}).all()
    _insert([(row[0], row[1] or row[2], movement, row[3], row[4], "") for row in found])


def _insert(rows: list[tuple[object, ...]]) -> None:
    names = ("order_id", "at", "movement", "amount_minor", "currency", "about")
    statement = sa.text(
        "INSERT INTO paydesk_ledger (id, order_id, at, movement, amount_minor, currency, about) "
        "VALUES (:id, :order_id, :at, :movement, :amount_minor, :currency, :about)"
    )
    values = [
        {"id": f"led_{secrets.token_hex(10)}", **dict(zip(names, row, strict=True))} for row in rows
    ]
    for start in range(0, len(values), 1000):
        op.get_bind().execute(statement, values[start : start + 1000])


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
