"""Draws a receipt as a PDF of A4 pages, in a font of our own."""

import re
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from paydesk.fulfilment.receipt_paper import Paper

_FONTS = Path(__file__).parent / "fonts"
_NAME = "DejaVu"
# Millimetres of an A4 page, 210 wide.
_MARGIN = 20
_WIDTH = 170
_COLUMNS = (90, 20, 30, 30)
_LINE = 5.5
_GREY = (105, 105, 105)
_HAIR = (170, 170, 170)
# Something to see where the font has no letter; the page shows it in full.
_UNKNOWN = "□"


def pdf(paper: Paper) -> bytes:
    """The receipt as a PDF file; the same words as on its page, which can be marked and copied."""
    sheet = _Sheet(paper)
    sheet.add_page()
    sheet.draw_head()
    sheet.draw_lines()
    sheet.draw_sums()
    sheet.draw_notes()
    return bytes(sheet.output())


class _Sheet(FPDF):
    """The pages of one receipt."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._paper = paper
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=25)
        self.add_font(_NAME, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_NAME, "B", _FONTS / "DejaVuSans-Bold.ttf")
        regular = self.fonts[_NAME.lower()]
        assert isinstance(regular, TTFFont), "we have just added it"
        self._letters = regular.cmap
        self.set_title(self._clean(paper.title))
        self.set_author(self._clean(paper.seller[0]))
        self.set_lang(paper.language)
        # The same receipt is the same file, whenever it is asked for.
        self.set_creation_date(paper.made_at)

    def footer(self) -> None:
        self.set_y(-18)
        self._write_as(size=8, colour=_GREY)
        self.cell(_WIDTH / 2, _LINE, self._paper.title)
        self.cell(_WIDTH / 2, _LINE, f"{self.page_no()}/{{nb}}", align=Align.R)

    def draw_head(self) -> None:
        paper = self._paper
        self._write_as(style="B", size=12)
        self._line(paper.seller[0])
        self._write_as(size=9, colour=_GREY)
        for each in paper.seller[1:]:
            self._line(each)
        self.ln(8)
        self._write_as(size=10)
        for each in paper.buyer:
            self._line(each)
        self.ln(8)
        self._write_as(style="B", size=18)
        self.multi_cell(_WIDTH, 9, self._clean(paper.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)
        self._write_as(size=10)
        for label, value in paper.facts[1:]:
            self._line(f"{label}: {value}")
        self.ln(6)

    def draw_lines(self) -> None:
        self._write_as(size=9)
        self.set_draw_color(*_HAIR)
        self.set_line_width(0.15)
        heads = FontFace(emphasis="BOLD", fill_color=None)
        with self.table(
            col_widths=_COLUMNS,
            text_align=(Align.L, Align.R, Align.R, Align.R),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=heads,
            line_height=_LINE,
            padding=(1.2, 0.5),
            width=_WIDTH,
        ) as table:
            table.row([self._clean(each) for each in self._paper.heads])
            for each in self._paper.rows:
                table.row(
                    [
                        self._clean(text)
                        for text in (each.name, each.quantity, each.unit, each.total)
                    ]
                )
        self.ln(3)

    def draw_sums(self) -> None:
        for each in self._paper.sums:
            strong, quiet = each.weight == "strong", each.weight == "quiet"
            self._write_as(
                style="B" if strong else "", size=10, colour=_GREY if quiet else (0, 0, 0)
            )
            self.cell(_WIDTH - 45, _LINE + 1, self._clean(each.label), align=Align.R)
            self.cell(
                45,
                _LINE + 1,
                self._clean(each.amount),
                align=Align.R,
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )
        self.ln(8)

    def draw_notes(self) -> None:
        self._write_as(size=9, colour=_GREY)
        for each in self._paper.notes:
            self._line(each)

    def _line(self, text: str) -> None:
        self.multi_cell(_WIDTH, _LINE, self._clean(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write_as(
        self, *, style: str = "", size: int = 10, colour: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        self.set_font(_NAME, style, size)
        self.set_text_color(*colour)

    def _clean(self, text: str) -> str:
        """`text` in letters the font has; buyers and products have names in any script."""
        one_line = re.sub(r"\s+", " ", text).strip()
        return "".join(each if ord(each) in self._letters else _UNKNOWN for each in one_line)
