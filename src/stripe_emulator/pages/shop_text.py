"""Texts and colours the shop gave: links and bold from its Markdown, contrast kept."""

import re
from typing import Any

from markupsafe import Markup, escape

from stripe_emulator.pages import guard

_MARKS = re.compile(r"\[([^\]\n]{1,200})\]\(([^()\s]{1,2000})\)|\*\*([^*\n]{1,200})\*\*")
_COLOUR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
# WCAG 2.2, success criterion 1.4.3; black or white always reaches it.
_DARK, _LIGHT = "#000000", "#ffffff"
_RADII = {"rectangular": "0", "rounded": "6px", "pill": "24px"}


def marked_up(text: str) -> Markup:
    """The text with its links and bold words; "Customize text": Checkout reads Markdown's."""
    found, at = Markup(), 0
    for match in _MARKS.finditer(text):
        found += escape(text[at : match.start()]) + _mark(match)
        at = match.end()
    return found + escape(text[at:])


def style(branding: dict[str, Any]) -> str:
    """A style sheet for `branding_settings`; whatever is no colour is passed over."""
    rules = []
    if pressed := _parts(branding.get("button_color")):
        colour = branding["button_color"].lower()
        rules.append(
            f"--accent: {colour}; --on-accent: {_ink_on(pressed)}; "
            f"--accent-press: {colour}; --accent-edge: var(--edge);"
        )
    if branding.get("border_style") in _RADII:
        rules.append(f"--radius: {_RADII[branding['border_style']]};")
    sheet = f".checkout {{ {' '.join(rules)} }}\n" if rules else ""
    if ground := _parts(branding.get("background_color")):
        ink, colour = _ink_on(ground), branding["background_color"].lower()
        sheet += (
            f".checkout .summary {{ --paper: {colour}; --sheet: {colour}; --ink: {ink}; "
            f"--soft: {ink}; --edge: {ink}; --accent: {ink}; --bad: {ink}; "
            f"background: {colour}; color: {ink}; }}\n"
        )
    return sheet


def _mark(match: re.Match[str]) -> Markup:
    words, address, bold = match.groups()
    if bold:
        return Markup("<strong>{}</strong>").format(bold)
    if guard.origin(address) is None:
        return escape(match[0])
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
        address, words
    )


def _parts(colour: Any) -> tuple[int, int, int] | None:
    match = _COLOUR.fullmatch(colour) if isinstance(colour, str) else None
    if match is None:
        return None
    red, green, blue = (int(each, 16) for each in match.groups())
    return red, green, blue


def _ink_on(ground: tuple[int, int, int]) -> str:
    """Whichever of dark and light reads better."""
    here = _luminance(ground)
    dark = _luminance(_parts(_DARK) or (0, 0, 0))
    on_light = 1.05 / (here + 0.05)
    on_dark = (max(here, dark) + 0.05) / (min(here, dark) + 0.05)
    return _LIGHT if on_light >= on_dark else _DARK


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
