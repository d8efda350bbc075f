"""Products as CSV: one row a variant, the columns named as the fields of the desk's form.

What a spreadsheet would take for a formula is written with an apostrophe before it ("CSV
injection", OWASP), which reading takes away again. Pure.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from paydesk.catalogue.wanted import ProductWish, flat_variant, flat_words
from paydesk.catalogue.wording import PRODUCT_FIELDS, VARIANT_FIELDS
from paydesk.foundation.errors import Invalid

COLUMNS = (*PRODUCT_FIELDS, *VARIANT_FIELDS)
LARGEST_BYTES = 1_000_000
_MOST_ROWS = 20_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True)
class Row:
    """One line of a sheet; `number` is that of the file, as an editor counts."""

    number: int
    cells: Mapping[str, str]


def write(products: Iterable[ProductWish]) -> Iterator[str]:
    """The sheet, line by line; a product without a variant is a row of its own, too."""
    yield _line(COLUMNS)
    for product in products:
        words = flat_words(product)
        variants = [flat_variant(each) for each in product.variants] or [{}]
        for variant in variants:
            cells = {**words, **variant}
            yield _line([_harmless(cells.get(column, "")) for column in COLUMNS])


def read(text: str) -> list[Row]:
    """The rows of a sheet. Raises Invalid, naming line and column, for what is no such sheet."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        columns = _columns(next(reader, []))
        rows = []
        begin = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(begin, columns, cells))
            begin = reader.line_num + 1
            if len(rows) > _MOST_ROWS:
                raise Invalid(f"More than {_MOST_ROWS} rows: send them in several files.")
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num}: this is not CSV ({error}).") from None
    if not rows:
        raise Invalid("There is no row below the names of the columns.")
    return rows


def decode(data: bytes) -> str:
    """The text of a file. Raises Invalid if it is none, or too large."""
    if len(data) > LARGEST_BYTES:
        raise Invalid(f"The file is larger than {LARGEST_BYTES // 1000} kB: send it in parts.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(f"Line {line} is not UTF-8. Save the file as “CSV UTF-8”.") from None


def _columns(head: list[str]) -> list[str]:
    names = [name.strip().lower() for name in head]
    for place, name in enumerate(names, 1):
        if name not in COLUMNS:
            raise Invalid(
                f"Line 1, column {place}: {name[:40]!r} is no column. There is: "
                + ", ".join(COLUMNS)
            )
        if name in names[: place - 1]:
            raise Invalid(f"Line 1, column {place}: {name} stands there twice.")
    if "product" not in names and "name" not in names:
        raise Invalid("Line 1: a column product (the address) or name is needed.")
    return names


def _row(number: int, columns: list[str], cells: list[str]) -> Row:
    if len(cells) != len(columns):
        raise Invalid(f"Line {number} has {len(cells)} cells, line 1 has {len(columns)}.")
    return Row(number, {name: _meant(cell) for name, cell in zip(columns, cells, strict=True)})


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
