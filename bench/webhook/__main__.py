"""`python -m bench.webhook`: the webhook path beside simpler ones, and in a large database."""

import argparse
import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import reporting
from bench.webhook import events, report
from bench.webhook.fill import add_open_orders, fill, prepare
from bench.webhook.measure import Subject, measure
from bench.webhook.report import Aim
from paydesk.foundation.database import normal_url
from tests import postgres

_ROUNDS, _ORDERS = 9, 60
_FEW, _MANY = 1_000, 1_000_000


@dataclass(frozen=True)
class Plan:
    """How much is measured, and with which events."""

    texts: list[str]
    rounds: int
    orders: int
    many: int

    @property
    def open_orders(self) -> int:
        # One round more, to warm up.
        return (self.rounds + 1) * self.orders


@dataclass(frozen=True)
class Place:
    """A kind of database, and how to have an empty one there."""

    title: str
    folder: Path
    new: Callable[[str], str]


def main() -> None:
    given = _arguments()
    plan = Plan(events.mix(), given.rounds, given.orders, given.many)
    parts = [reporting.machine() + ".", _how(plan)]
    print("\n\n".join(parts), flush=True)
    for kind in ("sqlite", "postgres"):
        if given.only in (None, kind):
            with contextlib.ExitStack() as stack:
                place = _place(kind, stack)
                for part in (_paths(place, plan), _sizes(place, plan)):
                    print("\n" + part, flush=True)
                    parts.append(part)
    if given.write:
        reporting.write("webhook", "\n\n".join(parts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.webhook", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--orders", type=int, default=_ORDERS, help="in each round")
    parser.add_argument("--many", type=int, default=_MANY, help="orders in the large database")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    return parser.parse_args()


def _how(plan: Plan) -> str:
    size = sum(map(len, plan.texts)) / len(plan.texts) / 1000
    return (
        f"Each order is one card payment: {', '.join(events.MIX)}; {size:.1f} kB each on average. "
        f"Medians of {plan.rounds} alternated rounds of {plan.orders} orders."
    )


def _place(kind: str, stack: contextlib.ExitStack) -> Place:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paydesk-bench-")))
    if kind == "sqlite":
        return Place(
            "SQLite, synchronous=FULL", folder, lambda name: f"sqlite:///{folder / name}.sqlite3"
        )
    address = stack.enter_context(postgres.server())
    return Place(
        "PostgreSQL, synchronous_commit=on", folder, lambda name: _new_database(address, name)
    )


def _new_database(address: str, name: str) -> str:
    admin = create_engine(normal_url(f"{address}/postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{address}/{name}"


def _paths(place: Place, plan: Plan) -> str:
    url = place.new("usual")
    _prepare(url, 0, plan)
    bare, insert, tutorial, shop = subjects = [
        Subject("(a) checks the signature", "signature", url, place.folder),
        Subject("(b) and stores the event", "insert", url, place.folder),
        Subject("(c) the tutorial's: construct_event, print", "tutorial", url, place.folder),
        Subject("the shop: stores, settles, writes the job", "paydesk", url, place.folder),
    ]
    measure(subjects, plan.texts, plan.rounds, plan.orders)
    assert bare.rate
    aims = [
        Aim("CPU at most 1.3 × (b)", shop.cpu <= 1.3 * insert.cpu),
        Aim("rate at least 0.8 × (b)", shop.rate >= 0.8 * insert.rate),
        Aim("faster than (c)", shop.rate > tutorial.rate),
    ]
    return f"{report.table(place.title, subjects, insert, '(b)')}\n\n{report.verdict(aims)}"


def _sizes(place: Place, plan: Plan) -> str:
    subjects = []
    for orders in (_FEW, plan.many):
        url = place.new(f"with_{orders}")
        _prepare(url, orders, plan)
        subjects.append(Subject(f"{orders:,} orders, 5 events each", "paydesk", url, place.folder))
    measure(subjects, plan.texts, plan.rounds, plan.orders)
    few, many = subjects
    aims = [
        Aim(
            f"a webhook takes at most 1.2 × as long with {plan.many:,} orders",
            few.rate <= 1.2 * many.rate,
        )
    ]
    return f"{report.table(place.title, subjects, few, 'few')}\n\n{report.verdict(aims)}"


def _prepare(url: str, orders: int, plan: Plan) -> None:
    database = prepare(url)
    fill(database, orders)
    add_open_orders(database, plan.open_orders)
    database.close()


if __name__ == "__main__":
    main()
