"""Spans of time as people write them: +31d, +12h, +1.5s."""

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"\+(\d{1,9}(?:\.\d{1,6})?)([smhdw])", re.ASCII)


def seconds(text: str) -> float | None:
    """None for what is no span."""
    match = _SPAN.fullmatch(text)
    return float(match[1]) * _UNITS[match[2]] if match is not None else None


def spoken(seconds: float) -> str:
    """`31 days 2 hours`: the two largest parts."""
    parts, seconds = [], round(seconds)
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}" + ("" if count == 1 else "s"))
    return " ".join(parts[:2]) or "no time"
