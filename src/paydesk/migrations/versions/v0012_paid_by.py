"""What a charge was paid by, as the buyer knows it: the brand and the last four digits."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("paydesk_facts", sa.Column("paid_by", sa.String(length=60), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
