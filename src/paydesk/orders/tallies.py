"""Sums and counts that are kept, so that nobody has to add up a hundred thousand orders.

A transaction that changes a sum adds small rows that say by how much, and touches no row that
another one may want: on PostgreSQL the buyers of one day would otherwise wait for each other. The
worker puts those rows together (reports/sums.py). Days are days in UTC.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Integer, String, Table, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.foundation.database import Base

# SQLite counts up by itself only where the type is INTEGER.
_Count = BigInteger().with_variant(Integer(), "sqlite")


class Measure(StrEnum):
    """What a sum is of. Money is in the currency's minor unit."""

    GROSS = "gross"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    ORDERS = "orders"
    # Of one product (`subject`): how many were sold, and what for.
    ITEMS = "items"
    SOLD = "sold"
    # How many orders are in a tab (`subject`) now; of no day and no currency.
    COUNT = "count"
    # By which definition they were counted.
    VERSION = "version"


class KeptSum(Base):
    """One row is one sum of one day, as far as the changes have been put together."""

    __tablename__ = "paydesk_sums"

    measure: Mapped[str] = mapped_column(String(10), primary_key=True)
    # A date, such as 2026-11-23; empty for what stands now.
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    # The product's slug, the line's name where there is no product, a tab; empty for all.
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    amount: Mapped[int] = mapped_column()


class SumChange(Base):
    """One row is by how much a sum has changed, until it is put together with the others."""

    __tablename__ = "paydesk_sum_changes"

    id: Mapped[int] = mapped_column(_Count, primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    measure: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int] = mapped_column()


@dataclass(frozen=True)
class Change:
    """By how much a sum changes."""

    measure: Measure
    amount: int
    day: str = ""
    currency: str = ""
    subject: str = ""


_TABLE: Table = SumChange.__table__  # type: ignore[assignment]
_ADD = insert(_TABLE)


def add(tx: Session | Connection, changes: Iterable[Change]) -> None:
    """Let sums change when the transaction commits."""
    rows: list[dict[str, Any]] = [asdict(each) for each in changes if each.amount]
    if rows:
        tx.execute(_ADD, rows)


def moved(before: Iterable[str], after: Iterable[str]) -> list[Change]:
    """The changes of the counts when an order that was in these tabs is in those."""
    gone, come = sorted({*before} - {*after}), sorted({*after} - {*before})
    left = [Change(Measure.COUNT, -1, subject=each) for each in gone]
    return left + [Change(Measure.COUNT, 1, subject=each) for each in come]
