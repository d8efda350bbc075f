"""Commands that are advised: called as they are where the shop stands."""

import ast
import re

import pytest

from paydesk.foundation.called import COMMAND, Called, in_host
from tests.rules.test_tidy import ROOT

COMMANDS = sorted((ROOT / "src" / "paydesk" / "cli").glob("*.py"))
TEMPLATES = sorted((ROOT / "src/paydesk/web/templates/paydesk/desk").rglob("*.html"))


def test_a_hosts_commands_begin_with_flask_and_name_a_second_desk():
    advice = "See `paydesk web` runs. Then: paydesk effects repeat 1001"
    assert Called().in_words(advice) == advice
    assert in_host("paydesk").in_words(advice) == (
        "See `flask paydesk web` runs. Then: flask paydesk effects repeat 1001"
    )
    assert in_host("club")("db migrate") == "flask paydesk --desk club db migrate"
    # What a host lacks of `paydesk run` is the emulator.
    assert in_host("paydesk").in_words("Start one with: paydesk run") == (
        "Start one with: stripe-emulator"
    )
    for kept in ("flask paydesk web", "/srv/paydesk backup", "paydesk.sqlite3 is there"):
        assert in_host("paydesk").in_words(kept) == kept


@pytest.mark.parametrize("file", COMMANDS, ids=lambda file: file.stem)
def test_no_command_prints_another_as_if_it_were_always_called_paydesk(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.echo":
            said = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            named = [each for each in said if isinstance(each, str) and COMMAND.search(each)]
            assert named == [], f"line {node.lineno}: say it with asking.say"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_no_page_of_the_desk_does_either(file):
    text = re.sub(r"\{#.*?#\}|\{% (?:extends|include|from|import).*?%\}", "", file.read_text())
    assert COMMAND.findall(text) == [], "say it with called(…)"
