"""The switches that make webhooks and the API go wrong, as a form for people."""

from collections.abc import Mapping
from typing import Any

from stripe_emulator import control
from stripe_emulator.emulator import Emulator

MOST_COPIES = 20
LONGEST_DELIVERY_DELAY = 3600.0
LONGEST_API_DELAY = 600.0


def shown(emulator: Emulator) -> dict[str, Any]:
    """The switches as they are, by name of the input."""
    now = control.faults(emulator)
    return {
        **now,
        "delivery_delay_seconds": f"{now['delivery_delay_seconds']:g}",
        "api_delay_seconds": f"{now['api_delay_seconds']:g}",
        "api_only_paths": " ".join(now["api_only_paths"] or ()),
    }


def typed(form: Mapping[str, str]) -> dict[str, Any]:
    """A form with mistakes, to be shown again."""
    return {
        "delivery_delay_seconds": form.get("delivery_delay_seconds", ""),
        "delivery_copies": form.get("delivery_copies", ""),
        "delivery_drop": form.get("delivery_drop") == "yes",
        "api_status": form.get("api_status", ""),
        "api_delay_seconds": form.get("api_delay_seconds", ""),
        "api_only_paths": form.get("api_only_paths", ""),
    }


def apply(emulator: Emulator, form: Mapping[str, str]) -> dict[str, str]:
    """Sets every switch from the form, or none and says what is wrong with which input."""
    values, problems = read(form)
    if not problems:
        control.set_faults(emulator, values)
    return problems


def clear(emulator: Emulator) -> None:
    control.clear_faults(emulator)


def read(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The switches the form asks for, and a sentence per input that is no sense."""
    problems: dict[str, str] = {}
    values = {
        "delivery_delay_seconds": _seconds(
            form, "delivery_delay_seconds", LONGEST_DELIVERY_DELAY, problems
        ),
        "delivery_copies": _whole(form, "delivery_copies", (1, MOST_COPIES), problems) or 1,
        "delivery_drop": form.get("delivery_drop") == "yes",
        "api_status": _whole(form, "api_status", (400, 599), problems),
        "api_delay_seconds": _seconds(form, "api_delay_seconds", LONGEST_API_DELAY, problems),
        "api_only_paths": form.get("api_only_paths", "").split() or None,
    }
    return values, problems


def active(emulator: Emulator) -> list[str]:
    """In words, what is switched on."""
    now = control.faults(emulator)
    told = {
        f"webhooks {now['delivery_delay_seconds']:g} s late": now["delivery_delay_seconds"],
        f"every webhook {now['delivery_copies']} times": now["delivery_copies"] > 1,
        "webhooks lost": now["delivery_drop"],
        f"the API answers {now['api_status']}": now["api_status"],
        f"the API {now['api_delay_seconds']:g} s late": now["api_delay_seconds"],
    }
    return [words for words, is_on in told.items() if is_on]


def _seconds(form: Mapping[str, str], name: str, longest: float, problems: dict[str, str]) -> float:
    try:
        value = float(form.get(name, "").strip() or "0")
    except ValueError:
        value = -1.0
    if not 0 <= value <= longest:
        problems[name] = f"Enter seconds from 0 to {longest:g}."
    return value


def _whole(
    form: Mapping[str, str], name: str, bounds: tuple[int, int], problems: dict[str, str]
) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    lowest, highest = bounds
    if not (text.isascii() and text.isdecimal() and lowest <= int(text[:6]) <= highest):
        problems[name] = f"Enter a number from {lowest} to {highest}."
        return None
    return int(text)
