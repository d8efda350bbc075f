"""Draws packing slips as a PDF of A4 pages: each slip begins on a page of its own."""

from collections.abc import Iterable

from fpdf.enums import Align, TableBordersLayout
from fpdf.fonts import FontFace

from paydesk.fulfilment.packing import Slip
from paydesk.fulfilment.sheet_of_paper import GREY, HAIR, LINE, WIDTH, SheetOfPaper

# The address stands where the window of an envelope is (DIN 5008, form B).
_ADDRESS_Y = 50


def pdf(slips: Iterable[Slip]) -> bytes:
    """The slips as one PDF file, whose text can be marked and copied."""
    sheets = _Sheets()
    for slip in slips:
        sheets.draw(slip)
    return bytes(sheets.output())


class _Sheets(SheetOfPaper):
    """The pages of some packing slips."""

    def __init__(self) -> None:
        super().__init__(foot=20)
        self.set_title("Packing slips")

    def draw(self, slip: Slip) -> None:
        self.set_lang(slip.language)
        self.add_page()
        self._write_as(style="B", size=11)
        self._line(slip.seller[0])
        self._write_as(size=8, colour=GREY)
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
        self._write_as(size=9, colour=GREY)
        for each in filter(None, (slip.note, slip.thanks)):
            self._line(each)

    def _draw_rows(self, slip: Slip) -> None:
        self._write_as(size=10)
        self.set_draw_color(*HAIR)
        self.set_line_width(0.15)
        with self.table(
            col_widths=(12, 25, 133),
            text_align=(Align.C, Align.R, Align.L),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=None),
            line_height=LINE,
            padding=(1.5, 2),
            width=WIDTH,
        ) as table:
            table.row(["", *map(self._clean, slip.heads)])
            for each in slip.rows:
                name = f"{each.name} ({each.variant})" if each.variant else each.name
                # A box to tick by hand.
                table.row(["□", str(each.quantity), self._clean(name)])
        self.ln(6)
