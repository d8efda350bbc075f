"""Refunds, rounds, executors; facts without an order as yet; what the sweeper looks at."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _extend_orders()
    _extend_events()
    with op.batch_alter_table("paydesk_facts") as facts:
        facts.alter_column("order_id", existing_type=sa.String(length=40), nullable=True)
        facts.add_column(sa.Column("mode", sa.String(length=20), nullable=False, server_default=""))
        facts.add_column(sa.Column("refund_id", sa.String(length=255), nullable=True))
        facts.add_column(sa.Column("replaces", sa.String(length=255), nullable=True))
    with op.batch_alter_table("paydesk_effects") as effects:
        effects.add_column(
            sa.Column("repeats", sa.BigInteger(), nullable=False, server_default="0")
        )
    _create_refunds()
    _create_rounds()
    # Jobs of the version before carry this name; nobody is on them any more.
    op.execute(
        "INSERT INTO paydesk_executors (id, host, beat, has_left) VALUES ('embedded', '', 0, true)"
    )


def _extend_orders() -> None:
    expected = sa.text("look_at IS NOT NULL")
    with op.batch_alter_table("paydesk_orders") as orders:
        for name in ("disputed_minor", "owed_minor"):
            orders.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        orders.add_column(sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))
        orders.add_column(sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "paydesk_orders_to_look_at",
        "paydesk_orders",
        ["look_at"],
        sqlite_where=expected,
        postgresql_where=expected,
    )
    # Open orders of the version before: due now.
    op.execute(
        "UPDATE paydesk_orders SET look_at = created_at WHERE payment IN ('awaiting', 'pending')"
    )


def _extend_events() -> None:
    unsettled = sa.text("state IN ('received', 'failed')")
    unclaimed = sa.text("order_id IS NULL")
    with op.batch_alter_table("paydesk_events") as events:
        events.add_column(sa.Column("object_id", sa.String(length=255), nullable=True))
        events.add_column(
            sa.Column("door", sa.String(length=10), nullable=False, server_default="")
        )
        events.drop_index("paydesk_events_by_state")
    op.create_index(
        "paydesk_events_unsettled",
        "paydesk_events",
        ["state"],
        sqlite_where=unsettled,
        postgresql_where=unsettled,
    )
    op.create_index(
        "paydesk_events_unclaimed",
        "paydesk_events",
        ["object_id"],
        sqlite_where=unclaimed,
        postgresql_where=unclaimed,
    )


def _create_refunds() -> None:
    unanswered = sa.text("state = 'requested'")
    op.create_table(
        "paydesk_refunds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("attempt", sa.String(length=80), nullable=True),
        sa.Column("replaces", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="refund_is_positive"),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stripe_id"),
    )
    op.create_index("paydesk_refunds_of_order", "paydesk_refunds", ["order_id"])
    op.create_index(op.f("ix_paydesk_refunds_attempt"), "paydesk_refunds", ["attempt"])
    op.create_index(
        "paydesk_refunds_unanswered",
        "paydesk_refunds",
        ["created_at"],
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )


def _create_rounds() -> None:
    op.create_table(
        "paydesk_rounds",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "paydesk_pulls",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("completed_from", sa.BigInteger(), nullable=False),
        sa.Column("gap_from", sa.BigInteger(), nullable=True),
        sa.Column("gap_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "paydesk_executors",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("has_left", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
