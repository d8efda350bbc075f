"""Where `paydesk run` has put shop and emulator, for commands in other terminals.

Its usual ports may have been taken. A command that does not know of that would ask a stranger's
emulator about our payments.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paydesk.settings import Settings

_FILE = "running.json"


@dataclass(frozen=True)
class Place:
    """The shop's own address, and its emulator's; without one, its Stripe is the real one."""

    shop: str
    emulator: str | None = None


def write(data_dir: Path, place: Place) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    words = {"process": os.getpid(), "shop": place.shop, "emulator": place.emulator}
    (data_dir / _FILE).write_text(json.dumps(words))


def read(data_dir: Path) -> Place | None:
    """Where `paydesk run` is; None once it has been killed, and others may have its ports."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        words = json.loads((data_dir / _FILE).read_text())
        # Signal 0 is none: it only asks whether there is such a process.
        os.kill(int(words["process"]), 0)
        return Place(str(words["shop"]), words["emulator"] and str(words["emulator"]))
    return None


def forget(data_dir: Path) -> None:
    (data_dir / _FILE).unlink(missing_ok=True)


def followed(settings: "Settings") -> "Settings":
    """Settings that speak to what `paydesk run` has started, unless addresses were set."""
    from paydesk.settings import BASE_URL, EMULATOR_URL, Mode

    place = read(settings.data_dir)
    if place is None or settings.livemode:
        return settings
    if settings.base_url == BASE_URL:
        settings = replace(settings, base_url=place.shop)
    if settings.stripe_api_base == EMULATOR_URL and place.emulator is not None:
        settings = replace(settings, stripe_api_base=place.emulator)
    if settings.mode is Mode.EMULATOR and not settings.webhook_secrets:
        settings = replace(settings, webhook_secrets=kept_webhook_secrets(settings.data_dir))
    return settings


def kept_webhook_secrets(data_dir: Path, *, make: bool = False) -> tuple[str, ...]:
    """What the emulator of `paydesk run` signs with, in its place of one that was set."""
    from paydesk.settings import kept_secret

    file = data_dir / "webhook_secret"
    return ("whsec_" + kept_secret(file),) if make or file.exists() else ()
