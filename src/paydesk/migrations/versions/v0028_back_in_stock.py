"""Who wants to know when something sold out is back."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paydesk_notices",
        sa.Column("id", sa.String(length=40), primary_key=True),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column(
            "variant_id", sa.String(length=40), sa.ForeignKey("paydesk_variants.id"), nullable=False
        ),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("variant_id", "address", name="paydesk_one_notice_an_address"),
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
