"""A real PostgreSQL server for the tests, in a temporary folder, on a free port."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNPRIVILEGED = "postgres"


def binaries() -> Path | None:
    """Where initdb and postgres are, newest version first; None if there are none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return versions[0].parent if versions else None


@contextmanager
def server() -> Iterator[str]:
    """A server that keeps nothing; yields its address up to the database's name."""
    bins = binaries()
    assert bins is not None, "PostgreSQL is not installed; `make system` installs it"
    folder = Path(tempfile.mkdtemp(prefix="paydesk-pg-"))
    # PostgreSQL refuses to run as root.
    drop = ["runuser", "-u", _UNPRIVILEGED, "--"] if os.geteuid() == 0 else []
    if drop:
        shutil.chown(folder, _UNPRIVILEGED)
    data, port = folder / "data", _free_port()
    run = {"check": True, "capture_output": True, "cwd": folder}
    try:
        subprocess.run(
            [*drop, bins / "initdb", "-D", data, "-A", "trust", "-U", "paydesk", "-E", "UTF8"],
            **run,  # type: ignore[call-overload]
        )
        # Commits wait for the disk as in production: crash tests would prove nothing else.
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c max_connections=200"
        control = [*drop, bins / "pg_ctl", "-D", data, "-l", folder / "log", "-w"]
        # The server must not inherit our pipes, or waiting for their end would never end.
        quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
        subprocess.run([*control, "-o", options, "start"], **quiet)  # type: ignore[call-overload]
        try:
            yield f"postgresql://paydesk@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]
    finally:
        # A database for each test is tens of thousands of files: nobody need wait for their end.
        subprocess.run(["sh", "-c", 'rm -rf "$0" &', folder], check=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
