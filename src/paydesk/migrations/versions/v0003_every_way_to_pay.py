"""Trips by any way, totals that Stripe completes, authorisations, subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# How often a price is paid is as fixed as its amount.
_RECURRING = "interval_unit, interval_count, trial_days"
_SQLITE_TRIGGER = f"""
    CREATE TRIGGER paydesk_prices_stay_recurring BEFORE UPDATE OF {_RECURRING} ON paydesk_prices
    BEGIN SELECT RAISE(ABORT, 'a price is superseded, never edited'); END
"""
_POSTGRESQL_TRIGGER = f"""
    CREATE TRIGGER paydesk_prices_stay_recurring BEFORE UPDATE OF {_RECURRING} ON paydesk_prices
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_price()
"""


def upgrade() -> None:
    _extend_checkouts()
    _extend_orders()
    _extend_prices()
    _extend_facts()
    _extend_effects()
    _create_subscriptions()


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _text(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _extend_checkouts() -> None:
    # Not in a batch: both databases rename in place and keep the unique index.
    op.execute("ALTER TABLE paydesk_checkouts RENAME COLUMN session_id TO stripe_id")
    op.add_column("paydesk_checkouts", _text("way", 20, "hosted"))
    op.add_column("paydesk_checkouts", sa.Column("token", sa.String(length=255), nullable=True))


def _extend_orders() -> None:
    for name in ("subtotal_minor", "tax_minor", "shipping_minor", "discount_minor"):
        op.add_column("paydesk_orders", _count(name))
    op.execute("UPDATE paydesk_orders SET subtotal_minor = total_minor")
    op.add_column(
        "paydesk_orders", sa.Column("adds", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("paydesk_orders", _count("authorised_minor"))
    op.add_column(
        "paydesk_orders", sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("paydesk_orders", _text("mode", 20, "payment"))
    op.add_column("paydesk_orders", _count("trial_days"))
    op.add_column("paydesk_orders", sa.Column("customer_id", sa.String(length=255), nullable=True))
    op.add_column("paydesk_order_lines", _text("interval_unit", 10))
    op.add_column(
        "paydesk_order_lines",
        sa.Column("interval_count", sa.BigInteger(), nullable=False, server_default="1"),
    )


def _extend_prices() -> None:
    # Not in a batch: that would make the table anew, without its triggers.
    op.add_column("paydesk_prices", _text("interval_unit", 10))
    op.add_column(
        "paydesk_prices",
        sa.Column("interval_count", sa.BigInteger(), nullable=False, server_default="1"),
    )
    op.add_column("paydesk_prices", _count("trial_days"))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_SQLITE_TRIGGER if is_sqlite else _POSTGRESQL_TRIGGER)


def _extend_facts() -> None:
    for name in ("asked_minor", "subtotal_minor", "tax_minor", "shipping_minor", "discount_minor"):
        op.add_column("paydesk_facts", _count(name))
    for name in ("told_at", "until", "ends_at"):
        op.add_column("paydesk_facts", _count(name))
    for name in ("invoice_id", "subscription_id", "customer_id"):
        op.add_column("paydesk_facts", sa.Column(name, sa.String(length=255), nullable=True))
    op.add_column("paydesk_facts", sa.Column("url", sa.Text(), nullable=True))
    # What was told so far was for what arrived, and was of nothing but the lines.
    op.execute("UPDATE paydesk_facts SET asked_minor = amount_minor, subtotal_minor = amount_minor")


def _extend_effects() -> None:
    """An effect can be owed several times, about several refunds, say: its key grows."""
    op.rename_table("paydesk_effects", "paydesk_effects_before")
    op.drop_index("ix_paydesk_effects_state", "paydesk_effects_before")
    op.create_table(
        "paydesk_effects",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("order_id", "effect", "about", name="paydesk_effects_key"),
    )
    op.execute(
        "INSERT INTO paydesk_effects "
        "(order_id, effect, about, state, repeats, error, created_at, ended_at)"
        " SELECT order_id, effect, '', state, repeats, error, created_at, ended_at"
        " FROM paydesk_effects_before"
    )
    op.drop_table("paydesk_effects_before")
    op.create_index("ix_paydesk_effects_state", "paydesk_effects", ["state"])


def _create_subscriptions() -> None:
    op.create_table(
        "paydesk_subscriptions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("customer_id", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancels_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewals", sa.BigInteger(), nullable=False),
        sa.Column("failing_minor", sa.BigInteger(), nullable=False),
        sa.Column("spells", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["paydesk_orders.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stripe_id"),
    )
    op.create_index(
        op.f("ix_paydesk_subscriptions_order_id"), "paydesk_subscriptions", ["order_id"]
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
