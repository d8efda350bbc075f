"""`python -m bench.desk`: what the desk's pages cost in a shop of 1,000 and of 100,000 orders."""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from bench import reporting
from bench.desk.loading import load
from paydesk.foundation.database import Database, normal_url
from paydesk.settings import Mode, Settings
from paydesk.staff import member, sessions
from paydesk.staff.member import Role
from paydesk.staff.sessions import Browser
from paydesk.web.app import create_app
from paydesk.web.current import mounts
from tests import postgres

_FEW, _MANY, _ROUNDS = 1_000, 100_000, 25
_MOST = 1.5
_BASE = "http://localhost:5000"


@dataclass(frozen=True)
class Desk:
    """The desk of one shop, with somebody signed in."""

    orders: int
    now: datetime
    http: FlaskClient

    def pages(self) -> dict[str, str]:
        """What is measured; the same page of both shops under the same name."""
        # An order of the middle that was paid and sent, and has been refunded in part.
        n = self.orders // 2
        tag = f"{n:024}"
        month = self.now - timedelta(days=300)
        days = f"from={month:%Y-%m-%d}&to={month + timedelta(days=200):%Y-%m-%d}"
        return {
            "orders, first page": "/admin/orders",
            "orders, page in the middle": f"/admin/orders?after={1001 + n}",
            "orders, last page": "/admin/orders?after=1052",
            **{
                f"orders, tab {tab}": f"/admin/orders?tab={tab}"
                for tab in ("to_ship", "pending", "problems", "refunded", "archived")
            },
            "orders of 200 days by payment": f"/admin/orders?{days}&by=payment",
            "orders of a product": "/admin/orders?product=workshop-mug",
            "orders of a country": "/admin/orders?country=AT",
            "search by e-mail": "/admin/orders?q=anna",
            "search by two words": "/admin/orders?q=berlin+10115",
            "search by number": f"/admin/orders?q={1001 + n}",
            "search by tracking number": f"/admin/orders?q=JD{n:018}",
            "search by payment intent": f"/admin/orders?q=pi_{tag}",
            "search by charge": f"/admin/orders?q=ch_{tag}",
            "search by checkout session": f"/admin/orders?q=cs_test_{tag}",
            "search by event": f"/admin/orders?q=evt_{n:018}00",
            "search by customer": f"/admin/orders?q=cus_{n // 20:014}",
            "search for what nobody has": "/admin/orders?q=xyzzy",
            "one order": f"/admin/orders/{1001 + n}",
            "event log": "/admin/events",
            "home": "/admin/",
        }


def main() -> None:
    given = _arguments()
    parts = [reporting.machine() + ".", _how(given)]
    print("\n\n".join(parts), flush=True)
    for kind in ("sqlite", "postgres"):
        if given.only in (None, kind):
            with contextlib.ExitStack() as stack:
                part = _table(kind, stack, given)
            print("\n" + part, flush=True)
            parts.append(part)
    if given.write:
        reporting.write("desk", "\n\n".join(parts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.desk", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--few", type=int, default=_FEW, help="orders in the small shop")
    parser.add_argument("--many", type=int, default=_MANY, help="orders in the large shop")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    return parser.parse_args()


def _how(given: argparse.Namespace) -> str:
    return (
        "Whole pages, through Flask, for somebody who is signed in; ten events for each order. "
        f"Medians of {given.rounds} rounds, in each of which every page of both shops is asked for "
        "in turn."
    )


def _table(kind: str, stack: contextlib.ExitStack, given: argparse.Namespace) -> str:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paydesk-desk-")))
    new = _new_database(kind, folder, stack)
    now = datetime.now(UTC)
    desks = [_desk(new(f"desk_{n}"), n, now, folder) for n in (given.few, given.many)]
    few, many = (desk.pages() for desk in desks)
    names = [name for name in few if _is_there(desks[1], many[name])]
    times: dict[tuple[str, int], list[float]] = {}
    # One round more, to warm up.
    for n in range(given.rounds + 1):
        for name in names:
            for which, desk in enumerate(desks if n % 2 else desks[::-1]):
                took = _seconds(desk.http, desk.pages()[name])
                if n:
                    key = (name, which if n % 2 else 1 - which)
                    times.setdefault(key, []).append(took)
    return _report(kind, given, names, times)


def _report(
    kind: str,
    given: argparse.Namespace,
    names: list[str],
    times: dict[tuple[str, int], list[float]],
) -> str:
    title = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[kind]
    head = f"{given.few:,} orders, ms | {given.many:,} orders, ms | ratio"
    lines = [f"| {title} | {head} |", "|---|--:|--:|--:|"]
    worst = 0.0
    for name in names:
        small, large = (statistics.median(times[name, which]) * 1000 for which in (0, 1))
        worst = max(worst, large / small)
        lines.append(f"| {name} | {small:.1f} | {large:.1f} | {large / small:.2f} |")
    met = "met" if worst <= _MOST else "**missed**"
    aim = f"- {met}: each page costs at most {_MOST} × with {given.many:,} orders"
    return "\n".join([*lines, "", aim])


def _new_database(kind: str, folder: Path, stack: contextlib.ExitStack) -> Callable[[str], str]:
    if kind == "sqlite":
        return lambda name: f"sqlite:///{folder / name}.sqlite3"
    server = stack.enter_context(postgres.server())

    def new(name: str) -> str:
        admin = create_engine(normal_url(f"{server}/postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return f"{server}/{name}"

    return new


def _desk(url: str, orders: int, now: datetime, folder: Path) -> Desk:
    began = time.monotonic()
    database = Database(url)
    load(database, orders, now)
    database.close()
    print(f"loaded {orders:,} orders in {time.monotonic() - began:.0f} s", flush=True)
    settings = Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_of_the_bench",
        secret_key="sk_test_of_the_bench",
        webhook_secrets=("whsec_test_of_the_bench_0123456789",),
        base_url=_BASE,
        database_url=url,
        app_secret="a secret for the bench alone",
        data_dir=folder,
    )
    app = create_app(settings)
    shop = next(iter(mounts(app).values())).shop
    with shop.database.transaction() as tx:
        staff = member.hire(tx, shop.clock, "ann@shop.example", "Ann", Role.OWNER)
        staff.password_hash = "of no password"
        token = sessions.open_session(tx, shop.clock, staff, Browser("Bench"))
    http = app.test_client()
    http.set_cookie("paydesk-desk", token)
    return Desk(orders, now, http)


def _is_there(desk: Desk, path: str) -> bool:
    return desk.http.get(path).status_code != 404


def _seconds(http: FlaskClient, path: str) -> float:
    began = time.perf_counter()
    answer = http.get(path)
    took = time.perf_counter() - began
    assert answer.status_code in (200, 302), (path, answer.status_code)
    return took


if __name__ == "__main__":
    main()
