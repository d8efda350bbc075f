"""What a price is in other currencies, as fixed as the price itself."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQLITE_TRIGGER = """
    CREATE TRIGGER paydesk_prices_keep_currencies BEFORE UPDATE OF others ON paydesk_prices
    BEGIN SELECT RAISE(ABORT, 'a price is superseded, never edited'); END
"""
_POSTGRESQL_TRIGGERS = (
    # A database from before tables had a prefix knows it by another name.
    """
    CREATE OR REPLACE FUNCTION paydesk_keep_price() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'a price is superseded, never edited or deleted'; END
    $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER paydesk_prices_keep_currencies BEFORE UPDATE OF others ON paydesk_prices
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_price()
    """,
)


def upgrade() -> None:
    # Not in a batch: that would make the table anew, without its triggers.
    op.add_column(
        "paydesk_prices", sa.Column("others", sa.JSON(), nullable=False, server_default="{}")
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (_SQLITE_TRIGGER,) if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
