"""What the tests have from npm: Stripe's command line and Node library (`make system`)."""

import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
_MODULES = FOLDER / "node_modules"


def module(name: str) -> Path:
    """The folder of an installed module. Without it the test is skipped, but never in CI."""
    found = _MODULES / name
    if not found.is_dir():
        _do_without(f"{name} IS NOT INSTALLED: make system")
    return found


def node() -> str:
    """The `node` command."""
    found = shutil.which("node")
    return found or _do_without("NODE IS NOT INSTALLED: make system")


def _do_without(what: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
