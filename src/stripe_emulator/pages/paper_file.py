"""A PDF of one or more pages of plain text, small and complete: no library for so little. Pure.

What it writes is PDF 1.4 with the two Helveticas every reader has; text is Windows-1252.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842
_FONTS = ("Helvetica", "Helvetica-Bold")


@dataclass(frozen=True)
class Text:
    """A line of text; `x` and `y` are points from the lower left corner of an A4 page."""

    x: int
    y: int
    text: str
    size: int = 10
    bold: bool = False


def document(pages: Sequence[Sequence[Text]], title: str) -> bytes:
    """The whole file."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects += [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
        for name in _FONTS
    ]
    objects.append(b"<< /Title (" + _escaped(title) + b") >>")
    for n, page in enumerate(pages):
        content = b"\n".join(_drawn(each) for each in page)
        fonts = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {fonts} "
            f"/Contents {7 + 2 * n} 0 R >>".encode()
        )
        objects.append(
            f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"
        )
    return _file(objects)


def _drawn(each: Text) -> bytes:
    font = "F2" if each.bold else "F1"
    place = f"BT /{font} {each.size} Tf {each.x} {each.y} Td (".encode()
    return place + _escaped(each.text) + b") Tj ET"


def _escaped(text: str) -> bytes:
    # A line break inside a string would end up as one in the text.
    plain = " ".join(text.split())
    written = plain.encode("cp1252", "replace")
    return written.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    made, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = len(made)
    return (
        made
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
        + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R >>\n".encode()
        + f"startxref\n{end}\n%%EOF\n".encode()
    )
