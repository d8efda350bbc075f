"""Shipments, and how far each order has come."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A host app's own lines, and what is paid anew each month, are not sent by the desk.
_NOT_SENT = """
    UPDATE paydesk_order_lines SET ships = false
    WHERE variant_id IS NULL OR interval_unit <> ''
"""
# Of what was sold so far, nothing is known to have left.
_TO_BE_SENT = """
    UPDATE paydesk_orders SET fulfilment = 'unfulfilled'
    WHERE payment = 'paid'
      AND NOT (refunded_minor >= paid_minor AND paid_minor > 0)
      AND CAST(flags AS VARCHAR) NOT LIKE '%sold_out_meanwhile%'
      AND EXISTS (
        SELECT 1 FROM paydesk_order_lines AS line
        WHERE line.order_id = paydesk_orders.id AND line.ships
      )
"""


def upgrade() -> None:
    _extend_lines()
    op.add_column(
        "paydesk_orders",
        sa.Column("fulfilment", sa.String(length=12), nullable=False, server_default="none"),
    )
    op.execute(_TO_BE_SENT)
    op.create_index("ix_paydesk_orders_fulfilment", "paydesk_orders", ["fulfilment"])
    _create_shipments()


def _extend_lines() -> None:
    op.add_column(
        "paydesk_order_lines",
        sa.Column("ships", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column(
        "paydesk_order_lines",
        sa.Column("returned", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.execute(_NOT_SENT)


def _create_shipments() -> None:
    op.create_table(
        "paydesk_shipments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.String(length=80), nullable=True),
        sa.Column("carrier", sa.String(length=40), nullable=False),
        sa.Column("tracking", sa.String(length=80), nullable=False),
        sa.Column("tracking_key", sa.String(length=80), nullable=False),
        sa.Column("shipped_by", sa.String(length=120), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "attempt", name="paydesk_one_shipment_per_attempt"),
    )
    op.create_index("ix_paydesk_shipments_order_id", "paydesk_shipments", ["order_id"])
    op.create_index("paydesk_shipments_of_tracking", "paydesk_shipments", ["tracking_key"])
    op.create_table(
        "paydesk_shipment_lines",
        sa.Column("shipment_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["paydesk_shipments.id"]),
        sa.PrimaryKeyConstraint("shipment_id", "position"),
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
