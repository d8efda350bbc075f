"""Indexes of the event log by type and object, and of customers by their addresses."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("paydesk_events_by_type", "paydesk_events", ["type", "received_at"])
    op.create_index("paydesk_events_of_object", "paydesk_events", ["object_id"])
    op.create_index("paydesk_orders_of_email", "paydesk_orders", ["email"])


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
