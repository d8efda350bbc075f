"""Categories, several pictures, details and options, and a count of the catalogue's changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SHOWN = ("categories", "products", "variants", "prices", "pictures")
# Not on_hand and held: stock moves with every purchase, and nobody keeps what was read of it.
_VARIANT_COLUMNS = (
    "id, product_id, name, position, sku, option_values, low_stock_at, weight_grams, tax_code, "
    "is_digital"
)
_COUNT = """
    CREATE FUNCTION paydesk_count_change() RETURNS trigger AS $$
    BEGIN
      UPDATE paydesk_revision SET number = number + 1, changed_in = txid_current()
      WHERE changed_in IS DISTINCT FROM txid_current();
      RETURN NULL;
    END
    $$ LANGUAGE plpgsql
"""


def upgrade() -> None:
    _create_tables()
    _add_columns()
    _move_pictures()
    _count_changes()


def _create_tables() -> None:
    op.create_table(
        "paydesk_categories",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "paydesk_pictures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(length=300), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["paydesk_products.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_paydesk_pictures_product_id", "paydesk_pictures", ["product_id"])
    op.create_table(
        "paydesk_revision",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("changed_in", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute("INSERT INTO paydesk_revision (name, number) VALUES ('catalogue', 1)")


def _add_columns() -> None:
    # Not in a batch: that would make the table anew, without its triggers.
    op.add_column(
        "paydesk_products",
        sa.Column("category_id", sa.String(length=40), sa.ForeignKey("paydesk_categories.id")),
        inline_references=True,
    )
    op.create_index("ix_paydesk_products_category_id", "paydesk_products", ["category_id"])
    for table, column in (
        ("products", sa.Column("details", sa.JSON(), nullable=False, server_default="[]")),
        ("products", sa.Column("options", sa.JSON(), nullable=False, server_default="[]")),
        ("products", _no("is_featured")),
        ("variants", sa.Column("sku", sa.String(length=64))),
        ("variants", sa.Column("option_values", sa.JSON(), nullable=False, server_default="[]")),
        ("variants", sa.Column("low_stock_at", sa.BigInteger())),
        ("variants", sa.Column("weight_grams", sa.BigInteger())),
        ("variants", sa.Column("tax_code", sa.String(length=32))),
        ("variants", _no("is_digital")),
    ):
        op.add_column(f"paydesk_{table}", column)
    op.create_index("paydesk_variants_by_sku", "paydesk_variants", ["sku"], unique=True)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _move_pictures() -> None:
    """The one picture a product had is its first picture from now on."""
    op.execute(
        "INSERT INTO paydesk_pictures (id, product_id, position, file, alt) "
        "SELECT 'pic_' || substr(id, 5), id, 0, image, 'Drawing of ' || name "
        "FROM paydesk_products WHERE image IS NOT NULL AND image <> ''"
    )
    op.drop_column("paydesk_products", "image")


def _count_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_COUNT)
    for table in _SHOWN:
        for change in ("insert", "update", "delete"):
            what = change.upper()
            if (table, change) == ("variants", "update"):
                what += f" OF {_VARIANT_COLUMNS}"
            op.execute(_trigger(table, change, what))


def _trigger(table: str, change: str, what: str) -> str:
    name = f"paydesk_{table}_{change}_is_counted"
    if op.get_bind().dialect.name == "sqlite":
        return (
            f"CREATE TRIGGER {name} AFTER {what} ON paydesk_{table} "  # noqa: S608 - names of ours alone
            "BEGIN UPDATE paydesk_revision SET number = number + 1; END"
        )
    # At the very end of the transaction, so that nobody waits for anything while he holds the one
    # row that all changes need.
    return (
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {what} ON paydesk_{table} "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paydesk_count_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")
