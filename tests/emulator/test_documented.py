"""Whatever can be asked of the emulator itself is on the page about it."""

import re
from pathlib import Path

import pytest

from stripe_emulator.app import create_app
from stripe_emulator.cli import main
from stripe_emulator.emulator import Emulator
from stripe_emulator.faults.rule import FAULTS
from stripe_emulator.store import Store
from stripe_emulator.testing import StripeEmulator

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()


def calls() -> list[str]:
    emulator = Emulator(Store(None))
    rules = list(create_app(emulator).url_map.iter_rules())
    emulator.store.close()
    return sorted(
        f"{method} {re.sub('<[a-z_]+>', '<>', rule.rule)}"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/_emulator/", "/health"))
    )


def test_every_control_call_is_on_the_page_and_no_other():
    written = re.findall(r"^\| `((?:GET|POST|DELETE) /\S+)` \|", PAGE, re.MULTILINE)
    assert sorted(re.sub("<[a-z]+>", "<>", each) for each in written) == calls()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_on_the_page_with_what_can_be_said_about_it(fault):
    line = next(each for each in PAGE.splitlines() if each.startswith(f"| `{fault}` |"))
    for name in set(FAULTS[fault]) - {"types", "paths", "methods"}:
        assert f"`{name}`" in line


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_on_the_page(name):
    assert f"`stripe-emulator {name}" in PAGE


@pytest.mark.parametrize(
    "name", sorted(each for each in vars(StripeEmulator) if not each.startswith("_"))
)
def test_all_that_the_fixture_offers_is_on_the_page(name):
    assert name == "close" or f"{name}(" in PAGE or f"`{name}`" in PAGE
