"""Withdrawals from contracts, as buyers declared them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_withdrawals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt"),
    )
    op.create_index(op.f("ix_paydesk_withdrawals_order_id"), "paydesk_withdrawals", ["order_id"])
    unhandled = sa.text("handled_at IS NULL")
    op.create_index(
        "paydesk_withdrawals_to_handle",
        "paydesk_withdrawals",
        ["declared_at"],
        sqlite_where=unhandled,
        postgresql_where=unhandled,
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
