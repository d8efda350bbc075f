"""The real gateway at an emulator in this process: what operators ask of Stripe is tested so."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from stripe_emulator.server import Running, running


@pytest.fixture(scope="module")
def _running() -> Iterator[Running]:
    with running(None) as started:
        yield started


@pytest.fixture
def stripe_here(_running: Running) -> Running:
    """An emulator that knows nothing yet."""
    _running.emulator.forget()
    return _running


@pytest.fixture
def emulated(settings: Settings, stripe_here: Running) -> Settings:
    return replace(
        settings,
        mode=Mode.EMULATOR,
        base_url="https://shop.example",
        stripe_api_base=stripe_here.url,
    )


@pytest.fixture
def real_shop(emulated: Settings) -> Iterator[Shop]:
    """The shop with the real gateway; its clock is the emulator's, which is the machine's."""
    shop = open_shop(emulated)
    yield shop
    shop.close()
