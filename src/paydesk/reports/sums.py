"""The kept sums: read, put together, built anew, compared with ledger and orders.

Whoever reads sees what was put together and what still waits for it in one statement, so no
moment of a running shop shows half of a payment.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, lazyload

from paydesk.foundation.database import Database, lock_word
from paydesk.orders import tabs
from paydesk.orders.order import Order
from paydesk.orders.tallies import KeptSum, Measure, SumChange
from paydesk.reports.books import BOOKS, TABS, of_books

_KEY = ("day", "currency", "measure", "subject")
# Put together at once: a transaction of some milliseconds.
_BATCH = 2000
# A shop without a worker: who reads puts together once so many wait.
_MANY = 1000
_PAGE = 1000
_KEPT = "kept"
_BY_DAY, _BY_SUBJECT = "by day", "by subject"

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Wrong:
    """One kept sum that is not what ledger and orders add up to."""

    day: str
    currency: str
    measure: str
    subject: str
    kept: int
    counted: int


class Sums:
    """Keeps the sums of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def compact(self) -> int:
        """Put the changes that wait together; how many. For the worker, again and again."""
        done = 0
        while True:
            with self._database.transaction() as tx:
                count = compact(tx)
            done += count
            if count < _BATCH:
                return done

    def follow_definition(self) -> None:
        """Build the sums anew if this version of the code counts otherwise than the last."""
        query = select(KeptSum.amount).where(KeptSum.measure == Measure.VERSION)
        with self._database.transaction() as tx:
            known = tx.scalar(query)
        if known != tabs.VERSION:
            self.rebuild()

    def rebuild(self) -> int:
        """Add everything up anew from ledger and orders; how many sums there are then."""
        with self._database.transaction() as tx:
            _lock_changes(tx)
            _recount(tx)
            tx.flush()
            tx.execute(delete(SumChange))
            tx.execute(delete(KeptSum))
            sums = _split(tx.execute(union_all(*of_books(tx))))[BOOKS]
            sums["", "", Measure.VERSION, ""] = tabs.VERSION
            tx.execute(insert(KeptSum), _rows(sums))
            return len(sums) - 1


def compact(tx: Session) -> int:
    """Put at most a batch of changes together; how many they were."""
    # Two that put together at once would wait for each other row by row.
    lock_word(tx, "paydesk sums")
    oldest = select(SumChange.id).order_by(SumChange.id).limit(_BATCH)
    taken = (
        delete(SumChange)
        .where(SumChange.id.in_(oldest))
        .returning(*_columns(SumChange), SumChange.amount)
        .execution_options(synchronize_session=False)
    )
    changes: Counter[Key] = Counter()
    count = 0
    for *key, amount in tx.execute(taken):
        changes[_key(key)] += amount
        count += 1
    rows = _rows(Counter({key: changes[key] for key in sorted(changes)}))
    if rows:
        tx.execute(_adding(tx.get_bind().dialect.name), rows)
    return count


def kept(tx: Session, *measures: Measure, first: str = "", last: str = "") -> Counter[Key]:
    """The sums of some measures from one day to another, both counted, as they stand now.

    Puts changes together first if many wait, so that it costs the same in a busy shop.
    """
    _compact_many(tx)
    found: Counter[Key] = Counter()
    for *key, amount in tx.execute(_of(measures, first, last)):
        found[_key(key)] += amount
    return found


def totals(
    tx: Session, *measures: Measure, currency: str, first: str, last: str
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """The same in one currency, added up: by day and measure, and by subject and measure.

    The database adds: a row for each product and day takes longer to hand over than to add.
    """
    _compact_many(tx)
    rows = _of(measures, first, last).subquery()
    asked = (rows.c.measure, func.sum(rows.c.amount))
    of_currency = rows.c.currency == currency
    # One statement: between two of them a buyer may pay.
    statement = union_all(
        *(
            select(literal(side), column, *asked).where(of_currency).group_by(column, asked[0])
            for side, column in ((_BY_DAY, rows.c.day), (_BY_SUBJECT, rows.c.subject))
        )
    )
    found: dict[str, Counter[tuple[str, str]]] = {_BY_DAY: Counter(), _BY_SUBJECT: Counter()}
    for side, key, measure, amount in tx.execute(statement):
        found[side][key, measure] += int(amount)
    return found[_BY_DAY], found[_BY_SUBJECT]


def _compact_many(tx: Session) -> None:
    if tx.scalar(select(SumChange.id).order_by(SumChange.id).offset(_MANY).limit(1)) is not None:
        compact(tx)


def _of(measures: Sequence[Measure], first: str, last: str) -> CompoundSelect[Any]:
    return union_all(
        *(
            select(*_columns(table), table.amount).where(
                table.day.between(first, last), table.measure.in_(measures)
            )
            for table in (KeptSum, SumChange)
        )
    )


def counts(tx: Session) -> dict[str, int]:
    """How many orders are in each tab, and of each payment status (`payment:paid` …)."""
    return {subject: n for (_, _, _, subject), n in kept(tx, Measure.COUNT).items() if n}


def currencies(tx: Session) -> list[str]:
    """Those anything was ever sold in, the one with most orders first."""
    found: Counter[str] = Counter()
    for (_, currency, _, _), n in kept(tx, Measure.ORDERS, last="9999").items():
        found[currency] += n
    return [currency for currency, _ in sorted(found.items(), key=lambda each: (-each[1], each[0]))]


def wrong(tx: Session) -> list[Wrong]:
    """The kept sums that are not what ledger and orders add up to."""
    # One statement: between two of them a buyer may pay.
    found = _split(tx.execute(union_all(*_as_kept(), *of_books(tx))))
    ours, books = found[_KEPT], found[BOOKS]
    return [
        Wrong(*key, ours[key], books[key])
        for key in sorted({*ours, *books})
        if ours[key] != books[key] and key[2] != Measure.VERSION
    ]


def _as_kept() -> Iterator[Select[*tuple[Any, ...]]]:
    side: ColumnElement[str] = literal_column(f"'{_KEPT}'")
    for table in (KeptSum, SumChange):
        yield select(side, *_columns(table), table.amount)


def _split(rows: Any) -> dict[str, Counter[Key]]:
    """What each side says, by its name; the tabs of orders are taken apart on the way."""
    sides: dict[str, Counter[Key]] = {_KEPT: Counter(), BOOKS: Counter()}
    for side, *key, amount in rows:
        if side == TABS:
            for tab in key[3].split():
                sides[BOOKS]["", "", Measure.COUNT, tab] += int(amount)
        else:
            sides[side][_key(key)] += int(amount)
    return sides


def _lock_changes(tx: Session) -> None:
    if tx.get_bind().dialect.name == "postgresql":
        # What others change meanwhile waits, and is added to the new sums.
        tx.execute(text("LOCK TABLE paydesk_sum_changes IN SHARE ROW EXCLUSIVE MODE"))


def _recount(tx: Session) -> None:
    """Look at every order; one that is counted wrongly is counted anew by being written."""
    after = 0
    while True:
        query = select(Order).where(Order.number > after).order_by(Order.number).limit(_PAGE)
        page = list(tx.scalars(query.options(lazyload(Order.lines))))
        if not page:
            return
        for order in page:
            tabs.recount(order)
        tx.flush()
        after = page[-1].number
        tx.expunge_all()


def _rows(sums: Counter[Key]) -> list[dict[str, Any]]:
    names = (*_KEY, "amount")
    return [dict(zip(names, (*key, n), strict=True)) for key, n in sums.items() if n]


def _columns(table: type[KeptSum | SumChange]) -> list[ColumnElement[str]]:
    return [getattr(table, name) for name in _KEY]


def _key(values: list[str]) -> Key:
    day, currency, measure, subject = values
    return (day, currency, measure, subject)


def _adding(dialect: str) -> Any:
    new = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(KeptSum)
    return new.on_conflict_do_update(
        index_elements=list(_KEY), set_={"amount": KeptSum.amount + new.excluded.amount}
    )
