"""What the documentation shows works: each page is read, and all its code is run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.docs.blocks import MARKS, Piece, pieces
from tests.docs.reader import Reader
from tests.journeys.world import World

ROOT = Path(__file__).parents[2]
PAGES = sorted(file for file in (ROOT / "docs").rglob("*.md") if "reference" not in file.parts)
# Run by a test of its own, as one program.
ELSEWHERE = {"extension.md": "test_extension_page.py"}
PAGES = [file for file in PAGES if file.name not in ELSEWHERE]
# What other tests do as well, step by step (journeys, the
# extension page): `make test-slow`.
SLOW = {"selling.md", "ways.md", "testing.md", "hooks.md", "mail.md", "tutorial.md"}
# What a reader would take for something to type; `text` and `http` are to be read.
TYPED = {"sh", "python", "html", "js", "ini", "json", "toml", "yaml", "sql", "nginx", ""}


def read(file: Path) -> list[Piece]:
    return list(pieces(file.read_text()))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT / "docs"))


def is_run(piece: Piece) -> bool:
    return piece.mark not in ("not run", "slow")


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_each_block_is_run_or_says_why_not(file):
    text = file.read_text()
    found = read(file)
    fences = len(re.findall(r"^\s*```", text, re.MULTILINE))
    assert fences == 2 * sum(1 for each in found if each.code), "a block is indented or not closed"
    for each in found:
        at = f"{file.name}, line {each.line}"
        assert each.mark in {*MARKS, ""}, f"{at}: there is no mark {each.mark!r}"
        if each.mark in ("not run", "slow", "file", "append", "buyer", "ends with"):
            assert each.word, f"{at}: {MARKS[each.mark]}"
        if each.language in TYPED and each.code and not each.mark:
            assert each.language in ("sh", "python"), f"{at}: is not run, and does not say why"


def is_done(file: Path) -> bool:
    return any(is_run(each) and each.language in ("sh", "python") for each in read(file))


QUICK = [file for file in PAGES if is_done(file) and file.name not in SLOW]
LONG = [
    file for file in PAGES if file.name in SLOW or any(each.mark == "slow" for each in read(file))
]


@pytest.mark.browser
@pytest.mark.parametrize("file", QUICK, ids=name)
def test_what_a_page_says_works(file, reader):
    reader(slow=False).reads(read(file))


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("file", LONG, ids=name)
def test_a_page_works_with_its_installation(file, reader):
    reader(slow=True).reads(read(file))


@pytest.fixture
def reader(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Reader]:
    def browser() -> Browser:
        # Only where a page has a buyer is a browser started.
        found: Browser = request.getfixturevalue("chromium")
        return found

    return lambda *, slow: Reader(World(tmp_path, ""), browser, slow)
