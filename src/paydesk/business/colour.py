"""The accent a merchant picks: whether it can be read, and what is written on it. Pure."""

import re

from paydesk.foundation.errors import Invalid

# Between text and its ground, a control and what is around it (WCAG 2.2, 1.4.3 and 1.4.11).
READABLE, VISIBLE = 4.5, 3.0
# The pages' own grounds, light and dark.
PAPER, NIGHT = "#faf8f4", "#171614"
BLACK, WHITE = "#000000", "#ffffff"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Black or white: what can be read on `colour`. One of them always can."""
    return max((WHITE, BLACK), key=lambda ink: contrast(colour, ink))


def checked_accent(value: str) -> str:
    """The colour as `#rrggbb`. Raises Invalid where buttons of it would be lost on our pages."""
    colour = value.lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise Invalid(f"{value[:20]!r} is no colour: write it like #0b6e4f.", code="accent")
    found = contrast(colour, PAPER)
    if found < VISIBLE:
        raise Invalid(
            f"{colour} is too pale: its contrast with the page is {found:.1f}, and must be at "
            f"least {VISIBLE:.0f}. Choose a darker one.",
            code="accent",
        )
    return colour


def for_dark(accent: str) -> str:
    """The accent where the ground is dark: mixed with white until it stands out there."""
    for percent in range(0, 100, 5):
        mixed = "#" + "".join(
            f"{round(part + (255 - part) * percent / 100):02x}" for part in _parts(accent)
        )
        if contrast(mixed, NIGHT) >= READABLE:
            return mixed
    return WHITE


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))
