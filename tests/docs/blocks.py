"""Takes a page of the documentation apart: its code, and what stands above each piece about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# On GitHub and in the built pages a comment is not seen.
_PIECE = re.compile(
    r"(?:^<!-- (?P<mark>[a-z ]+?)(?:: (?P<word>[^>]+?))? -->\n)?"
    r"(?:^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$|(?P<alone>(?<=-->\n)))",
    re.MULTILINE | re.DOTALL,
)
MARKS = {
    "not run": "the reason stands behind the colon",
    "slow": "run by `make test-slow` alone; the reason behind the colon",
    "file": "the code is written into the file named",
    "append": "the code is added to the file named",
    "background": "started; awaited at the address, if one is named",
    "ends with": "the exit code that is expected",
    "prints": "each line stands in what was printed last; … stands for anything",
    "answers": "each line stands in what a background process prints within a moment",
    "buyer": "no code: a person in a browser; opens=, presses=, pays= or cancels=, sees=",
    "stop": "no code: Ctrl-C to what runs; with a word, to the commands that have it",
}


@dataclass(frozen=True)
class Piece:
    """One code block with its mark, or a mark alone."""

    mark: str
    word: str
    language: str
    code: str
    line: int


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a page, from top to bottom."""
    for found in _PIECE.finditer(text):
        if not found["mark"] and not found["code"]:
            continue
        yield Piece(
            mark=found["mark"] or "",
            word=(found["word"] or "").strip(),
            language=found["language"] or "",
            code=found["code"] or "",
            line=text.count("\n", 0, found.start()) + 1,
        )
