"""The world the tests live in: a database of each kind, a clock that stands, a fake gateway."""

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import StillClock
from paydesk.foundation.database import normal_url
from paydesk.migrations import schema
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from tests import postgres
from tests.browser import launch
from tests.fake_gateway import FakeGateway

WEBHOOK_SECRET = "whsec_test_of_the_shop_0123456789"
_names = itertools.count(1)


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


@pytest.fixture
def fresh_postgres(postgres_server: str) -> str:
    """The address of an empty database."""
    name = f"paydesk_{next(_names)}"
    admin = create_engine(normal_url(f"{postgres_server}/postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{postgres_server}/{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("fresh_postgres"))
    return f"sqlite:///{tmp_path / 'shop.sqlite3'}"


@pytest.fixture
def clock() -> StillClock:
    return StillClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_of_the_shop",
        secret_key="sk_test_of_the_shop",
        webhook_secrets=(WEBHOOK_SECRET,),
        base_url="http://localhost:5000",
        database_url=database_url,
        app_secret="a secret for the tests alone",
        data_dir=tmp_path,
    )


@pytest.fixture
def gateway(settings: Settings, clock: StillClock) -> FakeGateway:
    return FakeGateway(settings, clock)


@pytest.fixture
def shop(settings: Settings, clock: StillClock, gateway: FakeGateway) -> Iterator[Shop]:
    """The shop with its demonstration shelf, on a database of each kind in turn."""
    shop = open_shop(settings, clock=clock, gateway=gateway)
    schema.migrate(shop.database)
    with shop.database.transaction() as tx:
        load_products(tx, clock)
    yield shop
    shop.close()
