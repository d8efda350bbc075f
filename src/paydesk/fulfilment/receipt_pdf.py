"""Draws a receipt as a PDF of A4 pages, in a font of our own."""

from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from paydesk.fulfilment.receipt_paper import Paper
from paydesk.fulfilment.sheet_of_paper import GREY, HAIR, LINE, WIDTH, SheetOfPaper

# Millimetres of an A4 page.
_COLUMNS = (90, 20, 30, 30)


def pdf(paper: Paper) -> bytes:
    """The receipt as a PDF file; the same words as on its page, which can be marked and copied."""
    sheet = _Sheet(paper)
    sheet.add_page()
    sheet.draw_head()
    sheet.draw_lines()
    sheet.draw_sums()
    sheet.draw_notes()
    return bytes(sheet.output())


class _Sheet(SheetOfPaper):
    """The pages of one receipt."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(foot=25)
        self._paper = paper
        self.set_title(self._clean(paper.title))
        self.set_author(self._clean(paper.seller[0]))
        self.set_lang(paper.language)
        # The same receipt is the same file, whenever it is asked for.
        self.set_creation_date(paper.made_at)

    def footer(self) -> None:
        self.set_y(-18)
        self._write_as(size=8, colour=GREY)
        self.cell(WIDTH / 2, LINE, self._paper.title)
        self.cell(WIDTH / 2, LINE, f"{self.page_no()}/{{nb}}", align=Align.R)

    def draw_head(self) -> None:
        paper = self._paper
        self._write_as(style="B", size=12)
        self._line(paper.seller[0])
        self._write_as(size=9, colour=GREY)
        for each in paper.seller[1:]:
            self._line(each)
        self.ln(8)
        self._write_as(size=10)
        for each in paper.buyer:
            self._line(each)
        self.ln(8)
        self._write_as(style="B", size=18)
        self.multi_cell(WIDTH, 9, self._clean(paper.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)
        self._write_as(size=10)
        for label, value in paper.facts[1:]:
            self._line(f"{label}: {value}")
        self.ln(6)

    def draw_lines(self) -> None:
        self._write_as(size=9)
        self.set_draw_color(*HAIR)
        self.set_line_width(0.15)
        heads = FontFace(emphasis="BOLD", fill_color=None)
        with self.table(
            col_widths=_COLUMNS,
            text_align=(Align.L, Align.R, Align.R, Align.R),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=heads,
            line_height=LINE,
            padding=(1.2, 0.5),
            width=WIDTH,
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
                style="B" if strong else "", size=10, colour=GREY if quiet else (0, 0, 0)
            )
            self.cell(WIDTH - 45, LINE + 1, self._clean(each.label), align=Align.R)
            self.cell(
                45,
                LINE + 1,
                self._clean(each.amount),
                align=Align.R,
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )
        self.ln(8)

    def draw_notes(self) -> None:
        self._write_as(size=9, colour=GREY)
        for each in self._paper.notes:
            self._line(each)
