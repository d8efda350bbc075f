"""A world of real processes, on SQLite and on PostgreSQL, and a buyer in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.buyer import Buyer
from tests.journeys.world import World


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, database_url)
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.fixture
def buyer(chromium: Browser, world: World) -> Iterator[Buyer]:
    context = chromium.new_context()
    yield Buyer(context.new_page(), world)
    context.close()


@pytest.fixture
def buyer_without_script(chromium: Browser, world: World) -> Iterator[Buyer]:
    context = chromium.new_context(java_script_enabled=False)
    yield Buyer(context.new_page(), world)
    context.close()
