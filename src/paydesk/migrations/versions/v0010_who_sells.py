"""Who sells: the shop's facts, legal texts, shipping and tax, and what orders keep of them."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_facts_and_texts()
    _create_rates()
    _extend_orders()


def downgrade() -> None:
    raise NotImplementedError("tables are not taken away: restore a backup instead")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _key(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), primary_key=True)


def _create_facts_and_texts() -> None:
    op.create_table(
        "paydesk_shop_facts",
        _key("name", 40),
        sa.Column("value", sa.Text(), nullable=False),
        _moment("changed_at"),
    )
    op.create_table(
        "paydesk_legal_texts",
        _key("kind", 20),
        _key("language", 10),
        sa.Column("version", sa.BigInteger(), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        _moment("written_at"),
    )


def _create_rates() -> None:
    op.create_table(
        "paydesk_shipping_rates",
        _key("id", 40),
        _word("name", 80),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("amounts", sa.JSON(), nullable=False),
        sa.Column("free_from", sa.JSON(), nullable=False),
        sa.Column("min_days", sa.BigInteger(), nullable=False),
        sa.Column("max_days", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _moment("retired_at", nullable=True),
    )
    op.create_table(
        "paydesk_tax_rates",
        _key("id", 40),
        _word("name", 40),
        _word("country", 2),
        _word("percentage", 10),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        _word("tax_code", 40),
        sa.Column("on_shipping", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("retired_at", nullable=True),
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _text(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _list(name: str) -> sa.Column[list[object]]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")


def _extend_orders() -> None:
    for column in (
        sa.Column("agreed_minor", sa.BigInteger(), nullable=True),
        _count("agreed_shipping_minor"),
        _count("agreed_tax_minor"),
        _text("shipping_name", 80),
        _list("taxes"),
        _text("country", 2),
        sa.Column("ship_to", sa.JSON(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        _text("language", 10, "en"),
        _list("consents"),
        sa.Column("cart_id", sa.String(length=40), nullable=True),
    ):
        op.add_column("paydesk_orders", column)
    op.create_index("paydesk_orders_of_cart", "paydesk_orders", ["cart_id"])
    op.add_column("paydesk_order_lines", _count("tax_minor"))
    op.add_column("paydesk_order_lines", _text("tax_percentage", 10))
    op.add_column(
        "paydesk_order_lines",
        sa.Column("tax_inclusive", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
