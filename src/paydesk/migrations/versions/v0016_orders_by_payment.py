"""The orders of each payment status, the newest first."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_paydesk_orders_payment", "paydesk_orders")
    op.drop_index("paydesk_orders_pending", "paydesk_orders")
    op.create_index("paydesk_orders_of_payment", "paydesk_orders", ["payment", "number"])


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
