"""The words an order is found by: names, e-mail addresses, products, references.

One row for each word of each order, by the order's number: so the newest orders with a word are
found without looking at the others, however many there are, on SQLite and PostgreSQL alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from sqlalchemy import BigInteger, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base

if TYPE_CHECKING:
    from paydesk.orders.order import Order

_LONGEST = 120
# A word of one letter finds half of all orders.
_SHORTEST = 2
_PRODUCT = "product:"

# By bytes on PostgreSQL, too: "all that begins with" is then a range of the index.
_Word = String(_LONGEST).with_variant(String(_LONGEST, collation="C"), "postgresql")


class OrderTerm(Base):
    """One row is one word of one order."""

    __tablename__ = "paydesk_order_terms"
    # SQLite then keeps the rows in the order of the key, and nothing beside it.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form

    term: Mapped[str] = mapped_column(_Word, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


def words_of(text: str) -> list[str]:
    """The words of a text as they are kept and searched: small, and without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:_LONGEST] for word in re.findall(r"[^\W_]+", plain) if len(word) >= _SHORTEST]


def address_of(email: str) -> str:
    """An e-mail address as it is kept and searched."""
    return email.strip().casefold()[:_LONGEST]


def product_term(slug: str) -> str:
    """What the orders with a product are found by."""
    return f"{_PRODUCT}{slug}"[:_LONGEST]


def note_new(connection: Connection, order: "Order") -> None:
    """Keep the words of an order that is being placed."""
    _keep(connection, order, {*_of_buyer(order), *_of_lines(order)})


def note_buyer(connection: Connection, order: "Order") -> None:
    """Keep what has become known of an order's buyer."""
    _keep(connection, order, _of_buyer(order))


def terms_of_texts(email: str | None, texts: Iterable[str | None]) -> Iterator[str]:
    """The words of an e-mail address and of names; for `note_…` and for a migration."""
    if email:
        address = address_of(email)
        yield address
        local, _, domain = address.partition("@")
        yield from words_of(local)
        if domain:
            yield domain
    for text in texts:
        yield from words_of(text or "")


def _of_buyer(order: "Order") -> Iterator[str]:
    place = order.ship_to or {}
    names = (place.get("name"), place.get("company"), place.get("city"), place.get("postcode"))
    yield from terms_of_texts(order.email, (*names, order.reference))


def _of_lines(order: "Order") -> Iterator[str]:
    for line in order.lines:
        if line.product_slug:
            yield product_term(line.product_slug)
        yield from terms_of_texts(None, (line.name, line.variant_name))


def _keep(connection: Connection, order: "Order", terms: Iterable[str]) -> None:
    rows = [{"term": term, "number": order.number} for term in sorted({*terms}) if term]
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(_TABLE).on_conflict_do_nothing(), rows)


_TABLE = cast(Table, OrderTerm.__table__)
