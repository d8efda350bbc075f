"""Files that are sold, and how often each was fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_files",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["variant_id"], ["paydesk_variants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_paydesk_files_variant_id"), "paydesk_files", ["variant_id"])
    op.create_table(
        "paydesk_fetches",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("resumes", sa.BigInteger(), nullable=False),
        sa.Column("extra", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["paydesk_files.id"]),
        sa.PrimaryKeyConstraint("order_id", "position", "file_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
