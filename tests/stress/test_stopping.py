"""A stop is prompt: what is nearly done is finished, what hangs is let go."""

import signal
import threading
import time

import pytest

from tests.journeys.world import World
from tests.stress import load

pytestmark = pytest.mark.alone


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}")
    try:
        world.start()
        yield world
    finally:
        world.stop()


def stopped(world: World, how: int) -> float:
    """Seconds until the shop has ended."""
    shop, started = world.processes.pop("shop"), time.monotonic()
    shop.send_signal(how)
    assert shop.wait(10) == 0
    return time.monotonic() - started


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_runs_is_finished(world, how):
    world.faults(api_delay_seconds=1)
    mug, answers = load.mug(world), list[load.Answer]()
    buying = threading.Thread(target=lambda: answers.append(mug.bought(world)))
    buying.start()
    time.sleep(0.5)
    assert stopped(world, how) < 5
    buying.join(10)
    assert [each.status for each in answers] == [200]


def test_a_stripe_that_hangs_holds_the_end_up_for_seconds_only(world):
    world.faults(api_delay_seconds=30)
    mug = load.mug(world)

    def buy() -> None:
        with pytest.raises(OSError):  # noqa: PT011 - the connection just ends
            mug.bought(world)

    buying = threading.Thread(target=buy)
    buying.start()
    with load.dribblers(world, 4, load.HEAD):
        time.sleep(0.5)
        assert stopped(world, signal.SIGTERM) < 5
        buying.join(10)
