"""The house stays tidy: files that introduce themselves, short files, short functions."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MOST_LINES, MOST_LINES_OF_FUNCTION = 400, 40
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "base", "manager", "service"}
MIGRATIONS = "migrations/versions"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT / "src")))
def test_a_file_is_named_introduced_and_short(file):
    text = file.read_text()
    tree = ast.parse(text)
    assert file.stem not in VAGUE
    assert ast.get_docstring(tree), "begin with a sentence that says what the file is for"
    assert len(text.splitlines()) <= MOST_LINES
    if MIGRATIONS in str(file):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MOST_LINES_OF_FUNCTION, node.name


def test_nothing_speaks_of_the_machine_it_was_written_on():
    found = subprocess.run(
        ["git", "grep", "-nIE", r"(pypi|npmjs)\.(org|com)|pythonhosted|--(extra-)?index-url"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in found.stdout.splitlines() if "test_tidy.py" not in line]
    assert lines == []


@pytest.mark.parametrize("file", sorted((ROOT / "src").rglob("*.css")), ids=lambda file: file.name)
def test_every_rule_of_a_stylesheet_is_closed(file):
    # A browser takes all that follows for a part of the rule, and says nothing.
    depth = 0
    for number, line in enumerate(file.read_text().splitlines(), 1):
        begins = bool(line) and not line.startswith((" ", "}", "/*"))
        assert not (begins and depth), (
            f"{file.name}: what stands before line {number} is not closed"
        )
        depth += line.count("{") - line.count("}")
    assert depth == 0, f"{file.name}: a rule is not closed"


def test_no_page_is_rendered_within_a_transaction():
    # The frame of a page opens a transaction of its own, which on SQLite waits for the first one.
    found = []
    for file in (ROOT / "src/paydesk/web").rglob("*.py"):
        for block in ast.walk(ast.parse(file.read_text())):
            opens = ast.unparse(block.items[0]) if isinstance(block, ast.With) else ""
            if re.search(r"(transaction|reading)\(\)", opens):
                calls = [each for each in ast.walk(block) if isinstance(each, ast.Call)]
                names = {ast.unparse(each.func) for each in calls}
                found += [file.name] if "render_template" in names else []
    assert found == []
