"""Writes one setting into a .env file, which only its owner can read."""

import os
from pathlib import Path

_OWNER_ALONE = 0o600


def set_variable(file: Path, name: str, value: str) -> None:
    """Set `name` in `file`, in its place or at the end; every other line stays as it is.

    The old file is there until the new one is complete. Raises OSError.
    """
    assert "\n" not in value, "a value is one line"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = [line for line in lines if not _sets(line, name)]
    first = next((i for i, line in enumerate(lines) if _sets(line, name)), len(kept))
    kept.insert(min(first, len(kept)), f"{name}={value}")
    # Through a link, so that a .env that points elsewhere goes on doing so.
    target = file.resolve()
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ALONE)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("\n".join(kept) + "\n")
        out.flush()
        os.fsync(out.fileno())
    new.replace(target)


def _sets(line: str, name: str) -> bool:
    words = line.strip().removeprefix("export ").lstrip()
    return words.partition("=")[0].strip() == name and "=" in words
