"""`paydesk.testing` in a suite of its own, in a process of its own, as a host would run it."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

EMULATOR = "stripe_emulator.pytest_plugin"
# Installed, pytest finds the emulator's plugin by itself.
FOUND = any(each.value == EMULATOR for each in entry_points(group="pytest11"))


def run_suite(file: Path, folder: Path) -> None:
    """Let pytest run `file`; what it says if it fails."""
    plugin = () if FOUND else ("-p", EMULATOR)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, file],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
def test_a_hosts_suite_buys_pays_refunds_and_travels(tmp_path):
    run_suite(Path(__file__).with_name("host_suite.py"), tmp_path)
