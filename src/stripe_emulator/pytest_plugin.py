"""A pytest plugin: the fixture `stripe_emulator`, one Stripe for all tests, empty for each.

Nothing of the emulator is imported before a test asks for the fixture.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stripe_emulator.testing import StripeEmulator

_OPTION, _MODE = "--stripe-emulator-url", "stripe_emulator_mode"
_MODES = ("thread", "process")
_END_SECONDS = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("stripe-emulator").addoption(
        _OPTION,
        metavar="URL",
        help="use the emulator that runs there; its objects are forgotten before each test",
    )
    parser.addini(
        _MODE, f"where the Stripe emulator runs: {' or '.join(_MODES)}", default=_MODES[0]
    )


@pytest.fixture(scope="session")
def stripe_emulator_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the one emulator of this session answers."""
    given = request.config.getoption(_OPTION)
    mode = request.config.getini(_MODE)
    if mode not in _MODES:
        raise pytest.UsageError(f"{_MODE} must be {' or '.join(_MODES)}, not {mode!r}")
    if given:
        yield given
    elif mode == "process":
        with _process(tmp_path_factory.mktemp("stripe-emulator")) as url:
            yield url
    else:
        from stripe_emulator.server import running

        with running(None) as started:
            yield started.url


@pytest.fixture
def stripe_emulator(stripe_emulator_url: str) -> "Iterator[StripeEmulator]":
    """A Stripe that knows nothing yet."""
    from stripe_emulator.testing import StripeEmulator

    emulator = StripeEmulator(stripe_emulator_url)
    emulator.reset()
    yield emulator
    emulator.close()


@contextmanager
def _process(folder: Path) -> Iterator[str]:
    words = ["--port", "0", "--data", str(folder), "--with-parent"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "stripe_emulator", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if "http://" not in line:
            raise pytest.UsageError("the Stripe emulator did not start; it says why above")
        try:
            yield next(word for word in line.split() if word.startswith("http://"))
        finally:
            # It ends with its input.
            process.stdin.close()
            process.wait(_END_SECONDS)
