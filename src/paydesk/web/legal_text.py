"""The few marks of a legal text, read into parts that a page or a letter can show."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """`kind`: heading, paragraph or list. A list has `entries`, the others `text`.

    Where lines were begun within a paragraph is kept: a page may show it (the imprint does).
    """

    kind: str
    text: str = ""
    entries: tuple[str, ...] = ()


def parts_of(body: str) -> Iterator[Part]:
    """A blank line begins a new paragraph, `## ` a heading, `- ` an entry of a list."""
    waiting: list[str] = []
    for line in (*body.splitlines(), ""):
        begins_anew = not line.strip() or line.startswith("## ")
        is_other = bool(waiting) and line.startswith("- ") is not _is_list(waiting)
        continues = _is_list(waiting) and not line.startswith("- ")
        if waiting and (begins_anew or (is_other and not continues)):
            yield _part(waiting)
            waiting = []
        if line.startswith("## "):
            yield Part("heading", line.removeprefix("## ").strip())
        elif line.strip():
            waiting.append(line.strip())


def _is_list(lines: list[str]) -> bool:
    return bool(lines) and lines[0].startswith("- ")


def _part(lines: list[str]) -> Part:
    if not _is_list(lines):
        return Part("paragraph", "\n".join(lines))
    entries: list[str] = []
    for line in lines:
        if line.startswith("- "):
            entries.append(line.removeprefix("- ").strip())
        else:
            entries[-1] += f" {line}"
    return Part("list", entries=tuple(entries))
