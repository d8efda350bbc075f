"""What is in deploy/ names commands, options and settings that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from paydesk.cli import commands
from paydesk.settings import Environment

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def command_lines() -> list[list[str]]:
    found = []
    for unit in UNITS:
        lines = re.findall(r"^Exec\w+=\S+/paydesk (.+)$", unit.read_text(), re.MULTILINE)
        found += [line.replace("%i", "1").split() for line in lines]
    for file in ("compose.yaml", "Dockerfile"):
        text = (DEPLOY / file).read_text()
        lists = re.findall(r"^ *(?:command:|CMD) (\[.+\])$", text, re.MULTILINE)
        found += [json.loads(each) for each in lists]
    return [each for each in found if each[0] != "python"]


def test_there_are_commands_to_look_at():
    assert len(command_lines()) >= 6


@pytest.mark.parametrize("arguments", command_lines(), ids=" ".join)
def test_each_command_is_one_and_takes_its_options(arguments):
    command: click.Command = commands
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.commands[name]
    # Parses, and runs nothing.
    command.make_context(command.name, list(arguments))


def test_each_setting_is_one():
    known = {str(each.validation_alias) for each in Environment.model_fields.values()}
    for file in DEPLOY.iterdir():
        named = set(re.findall(r"\b((?:PAYDESK|STRIPE)_[A-Z_]+)\b(?=[=:])", file.read_text()))
        assert named <= known, file.name


def test_nothing_secret_gets_into_an_image():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert not any(".env" in line for line in lines if line.startswith("!"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_units(unit, tmp_path):
    text = unit.read_text().replace("/opt/paydesk/.venv/bin/paydesk", "/bin/true")
    file = tmp_path / unit.name.replace("@", "@1")
    # There is no user of that name here.
    file.write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
