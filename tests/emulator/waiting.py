"""How the emulator's tests let time pass, and ask the control API."""

import json
from typing import Any

from stripe_emulator import travelling
from stripe_emulator.server import Running
from tests.emulator.conftest import Raw, over_the_wire

JSON = {"Content-Type": "application/json"}
DAY = 24 * 3600


def later(emulator: Running, seconds: float) -> None:
    """Everything that is due until then has happened."""
    travelling.travel(emulator.emulator, emulator.emulator.clock.precise() + seconds)


def control(emulator: Running, path: str, **given: Any) -> Raw:
    """One call of the control API, below /_emulator/."""
    return over_the_wire(
        emulator.url, "POST", f"/_emulator/{path}", json.dumps(given), headers=JSON
    )
