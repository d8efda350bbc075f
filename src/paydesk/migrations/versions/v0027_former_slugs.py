"""What a product's address was before it was changed: links to it lead to the new one."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_former_slugs",
        sa.Column("slug", sa.String(length=120), primary_key=True),
        sa.Column(
            "product_id", sa.String(length=40), sa.ForeignKey("paydesk_products.id"), nullable=False
        ),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_paydesk_former_slugs_product_id", "paydesk_former_slugs", ["product_id"])


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
