"""The disputes that can still be answered, by the day an answer is due."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("kind = 'dispute' AND stage IN ('inquiry', 'open')")
    op.create_index(
        "paydesk_facts_open_disputes",
        "paydesk_facts",
        ["until"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
