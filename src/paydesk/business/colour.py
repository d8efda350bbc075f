"""The accent a merchant picks: whether it can be read, and what is written on it. Pure."""

import re

from paydesk.foundation.errors import Invalid

# Between text and its ground, a control and what is around it (WCAG 2.2, 1.4.3 and 1.4.11).
READABLE, VISIBLE = 4.5, 3.0
# The pages' own grounds: the paper itself, and what is hardest to read on, in the light and dark.
PAPER, GROUND, NIGHT = "#faf7f1", "#ece6da", "#2d2a26"
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


def for_light(accent: str) -> str:
    """The accent on a light ground: as it is, or mixed with black until words of it are read."""
    return _until(accent, BLACK, GROUND)


def for_dark(accent: str) -> str:
    """The accent where the ground is dark: mixed with white until it stands out there."""
    return _until(accent, WHITE, NIGHT)


def mixed(one: str, other: str, percent: int) -> str:
    """A colour with so much of another in it."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * percent / 100):02x}" for a, b in parts)


def _until(accent: str, other: str, ground: str) -> str:
    for percent in range(0, 100, 5):
        found = mixed(accent, other, percent)
        if contrast(found, ground) >= READABLE:
            return found
    return other


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))
