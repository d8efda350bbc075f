"""Which of an order's things a refund is for, and whether they were put back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_refund_lines",
        sa.Column(
            "refund_id", sa.String(length=40), sa.ForeignKey("paydesk_refunds.id"), nullable=False
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("restocked", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund_id", "position"),
    )
    op.add_column(
        "paydesk_refunds", sa.Column("took_effect_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
