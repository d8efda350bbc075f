"""`python -m bench.webhook [--orders N]`: both tables of the webhook path."""

import argparse
import contextlib
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.webhook import events
from bench.webhook.fill import add_open_orders, fill, prepare
from bench.webhook.measure import Subject, measure
from paydesk.foundation.database import normal_url
from tests import postgres

_ROUNDS, _ORDERS = 7, 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="in the large database")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    given = parser.parse_args()
    texts = events.mix()
    size = sum(len(text) for _, text in texts) // len(texts)
    print(f"Mix: {', '.join(kind for kind, _ in texts)}; {size} bytes on average.")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if given.only != "postgres":
            _compare("SQLite, synchronous=FULL", folder, lambda n: _sqlite(folder, n), texts, given)
        if given.only != "sqlite":
            server = stack.enter_context(postgres.server())
            place = lambda n: _postgres(server, n)  # noqa: E731
            _compare("PostgreSQL, synchronous_commit=on", folder, place, texts, given)


def _sqlite(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}.sqlite3"


def _postgres(server: str, name: str) -> str:
    admin = create_engine(normal_url(f"{server}/postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{server}/{name}"


def _compare(title, folder, place, texts, given) -> None:
    count = (given.rounds + 1) * _ORDERS
    url = place("usual")
    database = prepare(url)
    add_open_orders(database, count)
    subjects = [
        Subject("a signature only", "signature", url, folder),
        Subject("b signature and one insert", "insert", url, folder),
        Subject("c the tutorial's view", "tutorial", url, folder),
        Subject("paydesk", "paydesk", url, folder),
    ]
    measure(subjects, texts, given.rounds, _ORDERS)
    _print_paths(title, subjects)
    database.close()
    _compare_sizes(title, folder, place, texts, given)


def _compare_sizes(title, folder, place, texts, given) -> None:
    subjects = []
    for orders in (1000, given.orders):
        url = place(f"with_{orders}")
        database = prepare(url)
        fill(database, orders)
        add_open_orders(database, (given.rounds + 1) * _ORDERS)
        database.close()
        subjects.append(Subject(f"{orders} orders", "paydesk", url, folder))
    measure(subjects, texts, given.rounds, _ORDERS)
    small, large = subjects
    print(f"\n| {title} | rate/s | CPU ms | rate × | CPU × |\n|---|---|---|---|---|")
    for each in subjects:
        print(
            f"| {each.name}, 5 events each | {each.rate:.0f} | {each.cpu:.2f} "
            f"| {each.rate / small.rate:.2f} | {each.cpu / small.cpu:.2f} |"
        )
    assert large is not small


def _print_paths(title: str, subjects: list[Subject]) -> None:
    base = subjects[1]
    print(f"\n| {title} | rate/s | CPU ms | rate × (b) | CPU × (b) |\n|---|---|---|---|---|")
    for each in subjects:
        print(
            f"| {each.name} | {each.rate:.0f} | {each.cpu:.2f} "
            f"| {each.rate / base.rate:.2f} | {each.cpu / base.cpu:.2f} |"
        )


if __name__ == "__main__":
    main()
