"""Orders of a host app: a reference, where the buyer goes, and lines of no catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paydesk_orders", sa.Column("reference", sa.String(length=200), nullable=True))
    op.add_column("paydesk_orders", sa.Column("success_url", sa.Text(), nullable=True))
    op.add_column("paydesk_orders", sa.Column("cancel_url", sa.Text(), nullable=True))
    op.create_index("paydesk_orders_of_reference", "paydesk_orders", ["reference"])
    with op.batch_alter_table("paydesk_order_lines") as lines:
        for name in ("variant_id", "price_id"):
            lines.alter_column(name, existing_type=sa.String(length=40), nullable=True)


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
