"""The first tables: catalogue, orders, checkouts, facts, events and effects."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# A price is superseded, never edited: what an order refers to must stay what it was.
_PRICE_COLUMNS = "id, variant_id, amount_minor, currency, active_from"
_SQLITE_TRIGGERS = (
    f"""
    CREATE TRIGGER paydesk_prices_are_not_edited BEFORE UPDATE OF {_PRICE_COLUMNS} ON paydesk_prices
    BEGIN SELECT RAISE(ABORT, 'a price is superseded, never edited'); END
    """,
    """
    CREATE TRIGGER paydesk_prices_are_not_deleted BEFORE DELETE ON paydesk_prices
    BEGIN SELECT RAISE(ABORT, 'a price is superseded, never deleted'); END
    """,
)
_POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION paydesk_keep_price() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'a price is superseded, never edited or deleted'; END
    $$ LANGUAGE plpgsql
    """,
    f"""
    CREATE TRIGGER paydesk_prices_are_not_edited BEFORE UPDATE OF {_PRICE_COLUMNS} ON paydesk_prices
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_price()
    """,
    """
    CREATE TRIGGER paydesk_prices_are_not_deleted BEFORE DELETE ON paydesk_prices
    FOR EACH ROW EXECUTE FUNCTION paydesk_keep_price()
    """,
)


def upgrade() -> None:
    _create_tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "paydesk_counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "paydesk_events",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("paydesk_events", schema=None) as batch_op:
        batch_op.create_index("paydesk_events_by_state", ["state"], unique=False)
        batch_op.create_index("paydesk_events_by_time", ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_paydesk_events_order_id"), ["order_id"], unique=False)

    op.create_table(
        "paydesk_orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("buyer", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt", "generation", name="paydesk_one_order_per_attempt"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("paydesk_orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paydesk_orders_payment"), ["payment"], unique=False)
        batch_op.create_index("paydesk_orders_of_buyer", ["buyer"], unique=False)

    op.create_table(
        "paydesk_products",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("image", sa.String(length=300), nullable=True),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "paydesk_checkouts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["paydesk_orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id"),
    )
    with op.batch_alter_table("paydesk_checkouts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paydesk_checkouts_order_id"), ["order_id"], unique=False
        )

    op.create_table(
        "paydesk_effects",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["paydesk_orders.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "effect"),
    )
    with op.batch_alter_table("paydesk_effects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paydesk_effects_state"), ["state"], unique=False)

    op.create_table(
        "paydesk_facts",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("intent_id", sa.String(length=255), nullable=True),
        sa.Column("checkout_id", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["paydesk_orders.id"],
        ),
        sa.PrimaryKeyConstraint("kind", "stripe_id"),
    )
    with op.batch_alter_table("paydesk_facts", schema=None) as batch_op:
        batch_op.create_index("paydesk_facts_of_intent", ["intent_id"], unique=False)
        batch_op.create_index("paydesk_facts_of_order", ["order_id"], unique=False)

    op.create_table(
        "paydesk_variants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0", name="held_is_not_negative"),
        sa.CheckConstraint("on_hand IS NULL OR on_hand >= 0", name="on_hand_is_not_negative"),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["paydesk_products.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("paydesk_variants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paydesk_variants_product_id"), ["product_id"], unique=False
        )

    op.create_table(
        "paydesk_holds",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["paydesk_variants.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "variant_id"),
    )
    with op.batch_alter_table("paydesk_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paydesk_holds_state"), ["state"], unique=False)

    op.create_table(
        "paydesk_prices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name="amount_is_not_negative"),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["paydesk_variants.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("paydesk_prices", schema=None) as batch_op:
        batch_op.create_index(
            "paydesk_one_current_price",
            ["variant_id"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "paydesk_order_lines",
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.String(length=40), nullable=False),
        sa.Column("price_id", sa.String(length=40), nullable=False),
        sa.Column("product_slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("variant_name", sa.String(length=120), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["paydesk_orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["price_id"],
            ["paydesk_prices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["paydesk_variants.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "position"),
    )


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken away: restore a backup instead")
