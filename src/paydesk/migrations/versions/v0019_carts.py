"""Carts: what a browser has put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_carts",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("rate_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_paydesk_carts_used_at", "paydesk_carts", ["used_at"])
    op.create_table(
        "paydesk_cart_lines",
        sa.Column(
            "cart_id",
            sa.String(length=40),
            sa.ForeignKey("paydesk_carts.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "variant_id",
            sa.String(length=40),
            sa.ForeignKey("paydesk_variants.id"),
            primary_key=True,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
