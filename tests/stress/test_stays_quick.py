"""Under stress /config stays below 1 s and 95 % of the webhooks below 0.5 s."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.journeys.world import World, until
from tests.stress import load

_CONFIG_SECONDS = 1.0
_WEBHOOK_SECONDS = 0.5
_WATCH_SECONDS = 3.0
_WEBHOOKS = 20
_TIMEOUT_SECONDS = 5.0
# The machine may be busy with something else; three times in a row it is the shop.
_ATTEMPTS = 3


pytestmark = pytest.mark.alone


class HurriedWorld(World):
    """Waits for Stripe half as long, so that those who hang come back within a test."""

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "PAYDESK_STRIPE_TIMEOUT_SECONDS": str(_TIMEOUT_SECONDS)}


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[World]:
    yield from running(HurriedWorld(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}"))


@pytest.fixture
def on_each_database(tmp_path: Path, database_url: str) -> Iterator[World]:
    yield from running(HurriedWorld(tmp_path, database_url))


def running(world: World) -> Iterator[World]:
    try:
        world.start()
        yield world
    finally:
        world.stop()


@contextmanager
def hanging(world: World) -> Iterator[None]:
    """16 buyers stuck on a Stripe that hangs."""
    world.faults(api_delay_seconds=30)
    with load.buyers(world, 16):
        yield
        # Who still hangs is let go, or the end of the block would wait for them.
        world.faults(api_delay_seconds=0)


@contextmanager
def slow(world: World) -> Iterator[None]:
    """30 buyers whose sessions take 300 ms each."""
    world.faults(api_delay_seconds=0.3)
    with load.buyers(world, 30) as answers:
        yield
        world.faults(api_delay_seconds=0)
    assert {each.status for each in answers} == {200}


@contextmanager
def crowded(world: World) -> Iterator[None]:
    """More buyers than may wait, on a Stripe that hangs."""
    world.faults(api_delay_seconds=30)
    with load.buyers(world, 60) as answers:
        yield
        world.faults(api_delay_seconds=0)
    busy = [each for each in answers if each.status == 503 and each.seconds < 5]
    assert busy, Counter(each.status for each in answers)
    assert {each.headers.get("Retry-After") for each in busy} == {"5"}
    assert busy[0].json()["error"]["code"] == "stripe_busy"


@contextmanager
def looking(world: World) -> Iterator[None]:
    """100 buyers who keep the page of an unpaid order open."""
    with load.lookers(world, 100) as seen:
        until(lambda: seen["refused"], "all places taken")
        yield
    # Some are told, the others ask by themselves, and nobody is left without an answer.
    assert seen["told"]
    assert seen["asked"]


def dribbling_headers(world: World):
    return load.dribblers(world, 16, load.HEAD)


def dribbling_bodies(world: World):
    return load.dribblers(world, 16, load.BODY)


def must_stay_quick(world: World, *stresses) -> None:
    events = iter(load.payments(world, _WEBHOOKS * _ATTEMPTS))
    seen = []
    with ExitStack() as stack:
        for each in stresses:
            stack.enter_context(each(world))
        time.sleep(1)
        for _attempt in range(_ATTEMPTS):
            some = list(itertools.islice(events, _WEBHOOKS))
            watch = load.watched(world, some, _WATCH_SECONDS)
            print("WATCH", watch)
            assert watch.all_were_answered()
            seen.append(str(watch))
            if watch.slowest_config < _CONFIG_SECONDS and watch.webhook_p95 < _WEBHOOK_SECONDS:
                return
    raise AssertionError("; ".join(seen))


# Each alone shows what broke when all at once fails; that all at once holds is the harder thing.
_MORE = (hanging, slow, looking, dribbling_headers, dribbling_bodies)


@pytest.mark.parametrize(
    "stress", [crowded, *(pytest.param(each, marks=pytest.mark.slow) for each in _MORE)]
)
def test_under_one_stress(on_sqlite, stress):
    must_stay_quick(on_sqlite, stress)


@pytest.mark.parametrize("buyers", [hanging, pytest.param(slow, marks=pytest.mark.slow)])
def test_under_all_at_once(on_each_database, buyers):
    must_stay_quick(on_each_database, buyers, dribbling_headers, dribbling_bodies)


def test_a_buyer_waits_for_a_stripe_that_hangs_about_one_timeout(on_sqlite):
    on_sqlite.faults(api_delay_seconds=30)
    answer = load.mug(on_sqlite).bought(on_sqlite)
    assert answer.status == 503
    assert answer.seconds < 2 * _TIMEOUT_SECONDS
    assert "Nothing was charged" in answer.json()["error"]["message"]


def test_a_hundred_rapid_requests_from_one_address_are_throttled(on_sqlite):
    mug, answers = load.mug(on_sqlite), list[load.Answer]()

    def press(_number: int, _leaving: threading.Event) -> None:
        answers.extend(mug.bought(on_sqlite) for _ in range(5))

    with load.crowd(20, press):
        until(lambda: len(answers) == 100, "a hundred answers")
        elsewhere = mug.bought(on_sqlite, "127.0.3.1")
    found = Counter(each.status for each in answers)
    # Forty in ten seconds; a machine that is busy may need longer than that for all of them.
    assert set(found) == {200, 429}
    assert 40 <= found[200] <= 60
    assert elsewhere.status == 200
    refused = next(each for each in answers if each.status == 429)
    assert refused.headers["Retry-After"] == "10"
