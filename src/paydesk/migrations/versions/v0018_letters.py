"""The outbox. Orders that were paid before there was one owe their buyers nothing more."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
# Their ids are the orders', whose prefix is as long.
_PAID_BEFORE = """
    INSERT INTO paydesk_letters
      (id, order_id, kind, about, data, state, written_at, due_at, tries, repeats, error)
    SELECT 'ltr_' || substr(id, 5), id, 'confirmation', '', '{}', 'dropped',
      paid_at, paid_at, 0, 0, 'Paid before letters were kept.'
    FROM paydesk_orders WHERE paid_at IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "paydesk_letters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("recipient", sa.String(length=320), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "kind", "about", name="paydesk_one_letter_a_thing"),
    )
    op.create_index("paydesk_letters_due", "paydesk_letters", ["state", "due_at"])
    op.create_index("paydesk_letters_by_age", "paydesk_letters", ["written_at", "id"])
    op.execute(_PAID_BEFORE)


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
