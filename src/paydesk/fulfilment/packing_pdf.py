"""Draws packing slips as a PDF of A4 pages: each slip begins on a page of its own."""

import re
from collections.abc import Iterable
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from paydesk.fulfilment.packing import Slip

_FONTS = Path(__file__).parent / "fonts"
_NAME = "DejaVu"
# Millimetres of an A4 page, 210 wide.
_MARGIN = 20
_WIDTH = 170
_LINE = 5.5
# The address stands where the window of an envelope is (DIN 5008, form B).
_ADDRESS_Y = 50
_GREY = (105, 105, 105)
_HAIR = (170, 170, 170)
# Something to see where the font has no letter.
_UNKNOWN = "□"


def pdf(slips: Iterable[Slip]) -> bytes:
    """The slips as one PDF file, whose text can be marked and copied."""
    sheets = _Sheets()
    for slip in slips:
        sheets.draw(slip)
    return bytes(sheets.output())


class _Sheets(FPDF):
    """The pages of some packing slips."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=20)
        self.add_font(_NAME, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_NAME, "B", _FONTS / "DejaVuSans-Bold.ttf")
        regular = self.fonts[_NAME.lower()]
        assert isinstance(regular, TTFFont), "we have just added it"
        self._letters = regular.cmap
        self.set_title("Packing slips")

    def draw(self, slip: Slip) -> None:
        self.set_lang(slip.language)
        self.add_page()
        self._write_as(style="B", size=11)
        self._line(slip.seller[0])
        self._write_as(size=8, colour=_GREY)
        self._line(", ".join(slip.seller[1:]))
        self.set_y(_ADDRESS_Y)
        self._write_as(size=11)
        for each in slip.buyer:
            self._line(each)
        self.set_y(max(self.get_y() + 8, _ADDRESS_Y + 40))
        self._write_as(style="B", size=18)
        self._line(slip.title, height=9)
        self._write_as(size=10)
        for label, value in slip.facts:
            self._line(f"{label}: {value}")
        self.ln(6)
        self._draw_rows(slip)
        self._write_as(size=9, colour=_GREY)
        for each in filter(None, (slip.note, slip.thanks)):
            self._line(each)

    def _draw_rows(self, slip: Slip) -> None:
        self._write_as(size=10)
        self.set_draw_color(*_HAIR)
        self.set_line_width(0.15)
        with self.table(
            col_widths=(12, 25, 133),
            text_align=(Align.C, Align.R, Align.L),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=None),
            line_height=_LINE,
            padding=(1.5, 2),
            width=_WIDTH,
        ) as table:
            table.row(["", *map(self._clean, slip.heads)])
            for each in slip.rows:
                name = f"{each.name} ({each.variant})" if each.variant else each.name
                # A box to tick by hand.
                table.row(["□", str(each.quantity), self._clean(name)])
        self.ln(6)

    def _line(self, text: str, height: float = _LINE) -> None:
        self.multi_cell(_WIDTH, height, self._clean(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write_as(
        self, *, style: str = "", size: int = 10, colour: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        self.set_font(_NAME, style, size)
        self.set_text_color(*colour)

    def _clean(self, text: str) -> str:
        """`text` in letters the font has; buyers and products have names in any script."""
        one_line = re.sub(r"\s+", " ", text).strip()
        return "".join(each if ord(each) in self._letters else _UNKNOWN for each in one_line)
