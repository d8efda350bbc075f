"""What Stripe booked for each payment: its fee and net."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_bookings",
        sa.Column("payment_id", sa.String(length=255), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False, server_default=""),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("net_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("payment_id"),
    )
    op.create_index("paydesk_bookings_of_order", "paydesk_bookings", ["order_id"])
    to_ask = sa.text("ask_at IS NOT NULL")
    op.create_index(
        "paydesk_bookings_to_ask",
        "paydesk_bookings",
        ["ask_at"],
        sqlite_where=to_ask,
        postgresql_where=to_ask,
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
