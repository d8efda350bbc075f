"""An A4 sheet in a font of our own, on which receipts and packing slips are drawn."""

import re
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

_FONTS = Path(__file__).parent / "fonts"
_NAME = "DejaVu"
# Millimetres of an A4 page, 210 wide.
_MARGIN = 20
WIDTH = 170
LINE = 5.5
GREY = (105, 105, 105)
HAIR = (170, 170, 170)
# Something to see where the font has no letter.
_UNKNOWN = "□"


class SheetOfPaper(FPDF):
    """Pages with our margins and letters; `foot`: millimetres left free at the bottom."""

    def __init__(self, foot: int) -> None:
        super().__init__(format="A4")
        self.set_margin(_MARGIN)
        self.set_auto_page_break(auto=True, margin=foot)
        self.add_font(_NAME, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_NAME, "B", _FONTS / "DejaVuSans-Bold.ttf")
        regular = self.fonts[_NAME.lower()]
        assert isinstance(regular, TTFFont), "we have just added it"
        self._letters = regular.cmap

    def _line(self, text: str, height: float = LINE) -> None:
        self.multi_cell(WIDTH, height, self._clean(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _write_as(
        self, *, style: str = "", size: int = 10, colour: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        self.set_font(_NAME, style, size)
        self.set_text_color(*colour)

    def _clean(self, text: str) -> str:
        """`text` in letters the font has; buyers and products have names in any script."""
        one_line = re.sub(r"\s+", " ", text).strip()
        return "".join(each if ord(each) in self._letters else _UNKNOWN for each in one_line)
