"""The world the tests live in: a database of each kind, a clock that stands, a fake gateway."""

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import Database, normal_url
from paydesk.migrations import schema
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from tests import postgres
from tests.browser import launch
from tests.fake_gateway import FakeGateway

WEBHOOK_SECRET = "whsec_test_of_the_shop_0123456789"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_names = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--async-client",
        action="store_true",
        help="the emulator's tests through the asynchronous client of Stripe's library",
    )


def pytest_configure() -> None:
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if postgres.binaries() is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL IS NOT INSTALLED, so half of the proof is missing: make system")
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; Playwright's plain interface allows no second."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind in turn; for a `shop` it is stocked."""
    kind = "stocked" if "shop" in request.fixturenames else "empty"
    return str(request.getfixturevalue(f"{kind}_{request.param}"))


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.sqlite3'}"


@pytest.fixture
def empty_postgres(postgres_server: str) -> str:
    return new_postgres(postgres_server)


# Making the tables takes longer than most tests; a copy of a stocked database does not.
@pytest.fixture
def stocked_sqlite(tmp_path: Path, sqlite_to_copy: Path) -> str:
    shutil.copy(sqlite_to_copy, tmp_path / "shop.sqlite3")
    return f"sqlite:///{tmp_path / 'shop.sqlite3'}"


@pytest.fixture
def stocked_postgres(postgres_server: str, postgres_to_copy: str) -> str:
    return new_postgres(postgres_server, postgres_to_copy)


@pytest.fixture(scope="session")
def sqlite_to_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stocked") / "shop.sqlite3"
    _stock(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_to_copy(postgres_server: str) -> str:
    """The name of a database."""
    url = new_postgres(postgres_server)
    _stock(url)
    return url.rpartition("/")[2]


def _stock(url: str) -> None:
    database = Database(url)
    schema.migrate(database)
    with database.transaction() as tx:
        load_products(tx, StillClock(NOW))
    database.close()


def new_postgres(server: str, template: str = "template1") -> str:
    name = f"paydesk_{next(_names)}"
    admin = create_engine(normal_url(f"{server}/postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
    return f"{server}/{name}"


@pytest.fixture
def clock() -> StillClock:
    return StillClock(NOW)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(database_url, tmp_path)


def settings_of(database_url: str, folder: Path) -> Settings:
    return Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_of_the_shop",
        secret_key="sk_test_of_the_shop",
        webhook_secrets=(WEBHOOK_SECRET,),
        base_url="http://localhost:5000",
        database_url=database_url,
        app_secret="a secret for the tests alone",
        data_dir=folder,
    )


@pytest.fixture
def gateway(settings: Settings, clock: StillClock) -> FakeGateway:
    return FakeGateway(settings, clock)


@pytest.fixture
def shop(settings: Settings, clock: StillClock, gateway: FakeGateway) -> Iterator[Shop]:
    """The shop with its demonstration shelf, on a database of each kind in turn."""
    shop = open_shop(settings, clock=clock, gateway=gateway)
    yield shop
    shop.close()
