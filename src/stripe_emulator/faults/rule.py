"""One fault: what goes wrong, how often, and which calls or deliveries it concerns."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

LONGEST_SECONDS = 3600
MOST_COPIES = 20
MOST_TIMES = 1_000_000
_MOST_PATTERNS, _LONGEST_PATTERN = 50, 200
# "Rate limits": the values of the header Stripe-Rate-Limited-Reason.
REASONS = (
    *("global-rate", "global-concurrency", "endpoint-rate", "endpoint-concurrency"),
    "resource-specific",
)
ORDERS = ("random", "reversed")
METHODS = ("GET", "POST", "DELETE")


@dataclass(frozen=True)
class Rule:
    """As it is kept. `times` is how often it still applies; None is every time."""

    id: str
    fault: str
    times: int | None = None
    # delivery.delay, delivery.shuffle, api.timeout, api.delay
    seconds: float = 1.0
    copies: int = 2  # delivery.duplicate
    order: str = "random"  # delivery.shuffle
    status: int = 500  # delivery.fail, api.fail
    reason: str = REASONS[0]  # api.fail with status 429
    # delivery.disconnect: whether the endpoint gets the whole request before the line breaks.
    whole: bool = True
    # api.fail, api.timeout: whether the call is carried out all the same.
    work: bool = False
    # Event types such as charge.*; None is all.
    types: tuple[str, ...] | None = None
    # Beginnings of paths, or patterns with a *; None is all of /v1.
    paths: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None

    def concerns_event(self, kind: str) -> bool:
        return self.types is None or any(fnmatchcase(kind, each) for each in self.types)

    def concerns_call(self, method: str, path: str) -> bool:
        return (self.methods is None or method in self.methods) and (
            self.paths is None or any(_fits(path, each) for each in self.paths)
        )

    def shown(self) -> dict[str, Any]:
        """What matters of it, for people and programs."""
        names = ("id", "fault", "times", *FAULTS[self.fault])
        found = {name: getattr(self, name) for name in names}
        if "reason" in found and self.status != 429:
            del found["reason"]
        return found


_DELIVERY, _API = ("types",), ("paths", "methods")
# Each fault with what can be said about it.
FAULTS: dict[str, tuple[str, ...]] = {
    "delivery.delay": ("seconds", *_DELIVERY),
    "delivery.duplicate": ("copies", *_DELIVERY),
    "delivery.shuffle": ("seconds", "order", *_DELIVERY),
    "delivery.drop": _DELIVERY,
    "delivery.fail": ("status", *_DELIVERY),
    "delivery.disconnect": ("whole", *_DELIVERY),
    "api.fail": ("status", "reason", "work", *_API),
    "api.timeout": ("seconds", "work", *_API),
    "api.delay": ("seconds", *_API),
}


def read(given: dict[str, Any], rule_id: str) -> Rule:
    """A rule from JSON. Raises ValueError, naming the field that makes no sense."""
    fault = given.get("fault")
    if not isinstance(fault, str) or fault not in FAULTS:
        raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
    known = {"times", *FAULTS[fault]}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("fault", "id"):
            continue
        if name not in known:
            raise ValueError(f"{fault} has no {name}; it has {', '.join(sorted(known))}")
        values[name] = _CHECKS[name](name, value)
    rule = Rule(id=rule_id, fault=fault, **values)
    check_status(rule.fault, "status", rule.status)
    return rule


def kept(rule: Rule) -> dict[str, Any]:
    """For the store: what `from_kept` reads."""
    return {each.name: getattr(rule, each.name) for each in fields(rule)}


def from_kept(values: dict[str, Any]) -> Rule:
    found: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Rule(**found)


def check_status(fault: str, name: str, value: int) -> None:
    """Raises ValueError for an answer that would be no failure."""
    lowest = 300 if fault == "delivery.fail" else 400
    if not lowest <= value <= 599:
        raise ValueError(f"{name} must be a status from {lowest} to 599")


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) if "*" in pattern else path.startswith(pattern)


def seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} must be a number of seconds")  # noqa: TRY004 - as all here
    # NaN is in no order with anything.
    if not 0 <= value <= LONGEST_SECONDS:
        raise ValueError(f"{name} must be from 0 to {LONGEST_SECONDS}")
    return float(value)


def whole_number(lowest: int, highest: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"{name} must be a whole number from {lowest} to {highest}")
        return value

    return check


def yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")  # noqa: TRY004 - one kind for all
    return value


def patterns(name: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(
        isinstance(each, str) and 0 < len(each) <= _LONGEST_PATTERN for each in value
    ):
        raise ValueError(f"{name} must be a list of words, or null")
    if len(value) > _MOST_PATTERNS:
        raise ValueError(f"{name} must have {_MOST_PATTERNS} words at most")
    return tuple(value) or None


def _one_of(words: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}")
        return str(value)

    return check


def _methods(name: str, value: Any) -> tuple[str, ...] | None:
    found = patterns(name, value)
    if found is not None and not set(found) <= set(METHODS):
        raise ValueError(f"{name} must be a list of {', '.join(METHODS)}, or null")
    return found


def _times(name: str, value: Any) -> int | None:
    return None if value is None else whole_number(1, MOST_TIMES)(name, value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "times": _times,
    "seconds": seconds,
    "copies": whole_number(1, MOST_COPIES),
    "order": _one_of(ORDERS),
    "status": whole_number(300, 599),
    "reason": _one_of(REASONS),
    "whole": yes_or_no,
    "work": yes_or_no,
    "types": patterns,
    "paths": patterns,
    "methods": _methods,
}
