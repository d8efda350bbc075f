"""Small PDFs, made here, for the digital products of the demonstration."""

import tempfile
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue import files
from paydesk.catalogue.product import Product, Variant
from paydesk.foundation.clock import Clock

_FONTS = Path(__file__).parent / "fonts"
_NAME = "DejaVu"
_WORDS = (
    "This file was made for the demonstration: it stands for what you would sell. Attach a file of "
    "your own with: paydesk products attach SLUG FILE"
)


def give_files(tx: Session, data_dir: Path, clock: Clock) -> int:
    """Give each digital variant that has no file a small one; how many there were."""
    query = select(Variant, Product).join(Product).where(Variant.is_digital)
    bare = [
        (variant, product)
        for variant, product in tx.execute(query)
        if not files.of_variants(tx, [variant.id])
    ]
    for variant, product in bare:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / f"{product.slug}.pdf"
            made.write_bytes(_pdf(product.name, product.summary))
            stored = files.store(data_dir, made)
        files.attach(tx, variant.id, stored, clock.now())
    return len(bare)


def _pdf(name: str, summary: str) -> bytes:
    sheet = FPDF(format="A4")
    sheet.add_font(_NAME, "", _FONTS / "DejaVuSans.ttf")
    sheet.add_font(_NAME, "B", _FONTS / "DejaVuSans-Bold.ttf")
    sheet.set_title(name)
    sheet.add_page()
    for style, size, text in (("B", 20, name), ("", 11, summary), ("", 9, _WORDS)):
        sheet.set_font(_NAME, style, size)
        sheet.multi_cell(0, size / 2, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        sheet.ln(6)
    return bytes(sheet.output())
