"""An order whose buyer has withdrawn is in the desk's tab of problems until that is dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OPEN = """
    UPDATE paydesk_orders SET withdrawal_open = true,
      problem = CASE WHEN problem IN ('', 'effect_failed') THEN 'withdrawn' ELSE problem END
    WHERE id IN (SELECT order_id FROM paydesk_withdrawals WHERE handled_at IS NULL)
"""


def upgrade() -> None:
    op.add_column(
        "paydesk_orders",
        sa.Column("withdrawal_open", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(_OPEN)


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
