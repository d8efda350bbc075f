"""What a buyer answered on Stripe's page: where to ship to, custom fields, consent."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("answers", sa.Text(), nullable=False, server_default="")
    op.add_column("paydesk_facts", column)


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
