"""Finds orders by whatever somebody types: a number, an address, names, products, any id.

Each way is one look into an index, so it costs the same among a hundred thousand orders.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from paydesk.fulfilment.shipments import Shipment, tracking_key
from paydesk.orders.order import Order
from paydesk.orders.terms import OrderTerm, address_of, words_of
from paydesk.payments.finding import order_id_of

# So many orders are looked at for a word that only begins like one of theirs.
MOST_BEGINNING = 1000
# What could be a number of ours; PostgreSQL's whole numbers end later.
_LARGEST_NUMBER = 2**53
_MOST_WORDS = 6
_ID = re.compile(r"[a-z]{2,8}_[A-Za-z0-9_]{1,250}")
_SHORTEST_TRACKING = 6


@dataclass(frozen=True)
class Found:
    """What the orders somebody means have in common.

    `numbers`: only these; None: any. `terms`: words each of them has, the rarest first.
    """

    numbers: frozenset[int] | None = None
    terms: tuple[str, ...] = ()
    customer_id: str | None = None
    # More orders begin like that than are looked at.
    is_cut: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must be true of an order, but for the first of its terms."""
        found: list[ColumnElement[bool]] = []
        if self.numbers is not None:
            found.append(Order.number.in_(sorted(self.numbers)))
        if self.customer_id is not None:
            found.append(Order.customer_id == self.customer_id)
        for term in self.terms[1:]:
            also = aliased(OrderTerm)
            query = select(also.number).where(also.term == term, also.number == Order.number)
            found.append(query.exists())
        return found


NOTHING = Found(numbers=frozenset())


def resolve(tx: Session, text: str, also: Sequence[str] = ()) -> Found:
    """What is meant by `text`, and the terms an order must have besides."""
    numbers = _named(tx, text)
    if numbers is not None:
        return Found(numbers, tuple(also))
    if text.startswith("cus_"):
        return Found(None, tuple(also), customer_id=text)
    if _ID.fullmatch(text):
        return NOTHING
    return _by_words(tx, _words(tx, text), also) if text else Found(None, tuple(also))


def _named(tx: Session, text: str) -> frozenset[int] | None:
    """The orders that are named by a number or an id; None if it is no such name."""
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and int(number) < _LARGEST_NUMBER:
        query = select(Order.number).where(Order.number == int(number))
        found = {*tx.scalars(query)} | _tracked(tx, number)
        return frozenset(found) if found or text.startswith("#") else None
    if _ID.fullmatch(text) and not text.startswith("cus_"):
        order_id = order_id_of(tx, text)
        if order_id is not None:
            return frozenset(tx.scalars(select(Order.number).where(Order.id == order_id)))
    if "@" in text:
        return None
    found = _tracked(tx, text) | _referred(tx, text)
    return frozenset(found) if found else None


def _tracked(tx: Session, text: str) -> set[int]:
    key = tracking_key(text)
    if len(key) < _SHORTEST_TRACKING or not any(map(str.isdigit, key)):
        return set()
    query = select(Order.number).join(Shipment, Shipment.order_id == Order.id)
    return {*tx.scalars(query.where(Shipment.tracking_key == key).limit(MOST_BEGINNING))}


def _referred(tx: Session, text: str) -> set[int]:
    query = select(Order.number).where(Order.reference == text)
    return {*tx.scalars(query.limit(MOST_BEGINNING))} if text else set()


def _words(tx: Session, text: str) -> list[str]:
    words: list[str] = []
    for part in text.split()[:_MOST_WORDS]:
        whole = address_of(part.lstrip("@"))
        # What an address is made of belongs together, and so does what comes after its @.
        is_whole = "@" in part.strip("@") or ("." in whole and _size(tx, whole))
        words += [whole] if is_whole else words_of(part)
    return words[:_MOST_WORDS]


def _by_words(tx: Session, words: Sequence[str], also: Sequence[str]) -> Found:
    if not words:
        return NOTHING
    sizes = {term: _size(tx, term) for term in (*words, *also)}
    numbers: frozenset[int] | None = None
    is_cut = False
    for word in words:
        if not sizes[word]:
            # Nobody has that very word: whose begin like it?
            some = _beginning(tx, word)
            is_cut = is_cut or len(some) >= MOST_BEGINNING
            numbers = some if numbers is None else numbers & some
    exact = [term for term in (*words, *also) if sizes[term] or term in also]
    terms = tuple(sorted(dict.fromkeys(exact), key=lambda term: sizes[term]))
    return Found(numbers, terms, is_cut=is_cut)


def _size(tx: Session, term: str) -> int:
    """How many orders have a term, as far as it matters which of two has fewer."""
    some = select(OrderTerm.number).where(OrderTerm.term == term).limit(MOST_BEGINNING)
    return len(tx.scalars(some).all())


def _beginning(tx: Session, word: str) -> frozenset[int]:
    # The last letter's successor ends the range: it holds all that begins with the word.
    after = word[:-1] + chr(ord(word[-1]) + 1)
    query = (
        select(OrderTerm.number)
        .where(OrderTerm.term >= word, OrderTerm.term < after)
        .limit(MOST_BEGINNING)
    )
    return frozenset(tx.scalars(query))
