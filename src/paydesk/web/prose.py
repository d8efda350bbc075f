"""Plain text as a merchant writes it, as HTML: paragraphs, headings and lists, and nothing else."""

from collections.abc import Iterator

from markupsafe import Markup, escape


def prose(text: str, *, level: int = 2) -> Markup:
    """A blank line begins a paragraph, `## ` a heading, `- ` an entry of a list.

    Everything is escaped: no markup gets through. `level`: of the headings.
    """
    blocks = (block.strip("\n") for block in text.replace("\r\n", "\n").split("\n\n"))
    parts = (part for block in blocks if block.strip() for part in _parts(block, level))
    return Markup("\n").join(parts)


def _parts(block: str, level: int) -> Iterator[Markup]:
    """A heading may have its paragraph right below, and a sentence its list."""
    lines: list[str] = []
    entries: list[str] = []
    for line in block.split("\n"):
        is_heading, is_entry = line.startswith("## "), line.startswith("- ")
        if lines and (is_heading or is_entry):
            yield _paragraph(lines)
            lines = []
        if entries and not is_entry:
            yield _list(entries)
            entries = []
        if is_heading:
            yield Markup("<h{0}>{1}</h{0}>").format(level, line[3:].strip())
        elif is_entry:
            entries.append(line[2:].strip())
        else:
            lines.append(line)
    if entries:
        yield _list(entries)
    if lines:
        yield _paragraph(lines)


def _paragraph(lines: list[str]) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in lines))


def _list(entries: list[str]) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(each) for each in entries)
    return Markup("<ul>{}</ul>").format(items)
