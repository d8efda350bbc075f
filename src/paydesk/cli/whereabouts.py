"""Where the emulator of `paydesk run` is, for commands in other terminals."""

from contextlib import suppress
from pathlib import Path

_FILE = "emulator_address"


def write(data_dir: Path, url: str) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / _FILE).write_text(url)


def read(data_dir: Path) -> str | None:
    """The address of one that `paydesk run` has started; it may have been killed since."""
    with suppress(OSError):
        return (data_dir / _FILE).read_text().strip() or None
    return None


def forget(data_dir: Path) -> None:
    (data_dir / _FILE).unlink(missing_ok=True)
