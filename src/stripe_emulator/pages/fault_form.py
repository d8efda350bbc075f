"""The faults as forms for people: one small form each, with what can be said about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stripe_emulator.emulator import Emulator
from stripe_emulator.faults import rules
from stripe_emulator.faults.rule import FAULTS, ORDERS, REASONS
from stripe_emulator.faults.words import sentence


@dataclass(frozen=True)
class Field:
    """An input. `choices` makes it a list to choose from."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Form:
    """What one fault does, and its inputs."""

    fault: str
    title: str
    explained: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Standing:
    """A fault that is switched on."""

    id: str
    words: str


_YES_NO = (("", "No"), ("yes", "Yes"))
_SECONDS = Field("seconds", "Seconds", value="5")
_TIMES = Field("times", "How often", "Empty: every time.")
_TYPES = Field("types", "Only these events", "Such as charge.* invoice.paid; empty: all.")
_PATHS = Field("paths", "Only these paths", "Beginnings such as /v1/refunds; empty: all.")
_METHODS = Field("methods", "Only these methods", "GET, POST, DELETE; empty: all.")
_WORK = Field("work", "Do the work all the same", choices=_YES_NO)
_STATUS = Field("status", "Status", value="500")
_REASON = Field("reason", "Reason, with a 429", choices=tuple((one, one) for one in REASONS))
_ORDER = Field("order", "Order", choices=tuple((one, one.capitalize()) for one in ORDERS))
_WHOLE = Field(
    "whole",
    "The line breaks",
    choices=(("yes", "After the whole request"), ("", "In the middle of it")),
)
_COPIES = Field("copies", "Copies", value="3")
_WAIT = Field("seconds", "Hold back for seconds", value="1")
_HANG = Field("seconds", "Hang up after seconds", value="30")

WEBHOOKS = (
    Form("delivery.delay", "Late", "Comes this much later.", (_SECONDS, _TIMES, _TYPES)),
    Form("delivery.duplicate", "Doubled", "Sent several times at once.", (_COPIES, _TIMES, _TYPES)),
    Form(
        "delivery.shuffle",
        "Out of order",
        "Held back a moment, then sent mixed.",
        (_WAIT, _ORDER, _TIMES, _TYPES),
    ),
    Form("delivery.drop", "Lost", "Never sent; your code has to ask.", (_TIMES, _TYPES)),
    Form(
        "delivery.fail",
        "Refused",
        "Not sent: noted as if your endpoint had answered this, and tried again.",
        (_STATUS, _TIMES, _TYPES),
    ),
    Form(
        "delivery.disconnect",
        "Broken off",
        "Really sent, but the line breaks and it is tried again.",
        (_WHOLE, _TIMES, _TYPES),
    ),
)
API = (
    Form(
        "api.fail",
        "Error",
        "Answers this status.",
        (_STATUS, _REASON, _WORK, _TIMES, _PATHS, _METHODS),
    ),
    Form(
        "api.timeout",
        "No answer",
        "Takes the call and never answers.",
        (_HANG, _WORK, _TIMES, _PATHS, _METHODS),
    ),
    Form("api.delay", "Slow", "Answers, but late.", (_SECONDS, _TIMES, _PATHS, _METHODS)),
)
_LABELS = {(form.fault, each.name): each.label for form in WEBHOOKS + API for each in form.fields}
_NUMBERS = {"seconds": float, "copies": int, "status": int, "times": int}
_WORDS = frozenset({"types", "paths", "methods"})
_TICKS = frozenset({"work", "whole"})


def standing(emulator: Emulator) -> list[Standing]:
    with emulator.store.reading() as tx:
        return [Standing(each.id, sentence(each)) for each in rules.standing(tx)]


def apply(emulator: Emulator, form: Mapping[str, str]) -> dict[str, str]:
    """Adds the fault of the form, or says what is wrong with which input."""
    fault = form.get("fault", "")
    try:
        with emulator.store.transaction() as tx:
            rules.add(tx, read(form))
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        label = _LABELS.get((fault, name))
        return {name: f"{label} {rest}."} if label else {"fault": f"{error}."}
    return {}


def clear(emulator: Emulator) -> None:
    with emulator.store.transaction() as tx:
        rules.clear(tx)


def remove(emulator: Emulator, rule_id: str) -> None:
    """One that has been used up meanwhile is gone as well."""
    with emulator.store.transaction() as tx:
        rules.remove(tx, rule_id)


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """The rule the form asks for; what makes no sense in it is refused when it is added."""
    fault = form.get("fault", "")
    given: dict[str, Any] = {"fault": fault}
    for name in ("times", *FAULTS.get(fault, ())):
        text = form.get(name, "").strip()
        if name in _TICKS:
            given[name] = text == "yes"
        elif text:
            given[name] = _value(name, text)
    return given


def _value(name: str, text: str) -> Any:
    if name in _WORDS:
        return text.replace(",", " ").split()
    if name not in _NUMBERS:
        return text
    try:
        return _NUMBERS[name](text)
    except ValueError:
        return text
