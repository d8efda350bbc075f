"""The shortest form of the commonest rules: one switch per fault that concerns everything.

A switch is a view of the rule that has the switch's name for its id; it keeps nothing itself.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from stripe_emulator.faults import rules
from stripe_emulator.faults.rule import Rule, patterns, read, seconds, whole_number, yes_or_no
from stripe_emulator.store import Tx


class _Switch(NamedTuple):
    fault: str
    # The rule's field it sets, and the value at which there is no rule.
    field: str | None
    off: Any


_SWITCHES = {
    "delivery_delay_seconds": _Switch("delivery.delay", "seconds", 0.0),
    "delivery_copies": _Switch("delivery.duplicate", "copies", 1),
    "delivery_drop": _Switch("delivery.drop", None, off=False),
    "api_status": _Switch("api.fail", "status", None),
    "api_delay_seconds": _Switch("api.delay", "seconds", 0.0),
}
_PATHS = "api_only_paths"


def _status(name: str, value: Any) -> int | None:
    return None if value is None else whole_number(400, 599)(name, value)


_CHECKS = {
    "delivery_delay_seconds": seconds,
    "delivery_copies": whole_number(1, 20),
    "delivery_drop": yes_or_no,
    "api_status": _status,
    "api_delay_seconds": seconds,
    _PATHS: patterns,
}


def shown(standing: list[Rule]) -> dict[str, Any]:
    """Every switch as it stands."""
    by_id = {each.id: each for each in standing}
    found: dict[str, Any] = {}
    for name, switch in _SWITCHES.items():
        rule = by_id.get(name)
        value = switch.off if rule is None else True
        found[name] = getattr(rule, switch.field) if rule and switch.field else value
    paths = next((by_id[name].paths for name in _of_api(by_id) if by_id[name].paths), None)
    return {**found, _PATHS: paths}


def turn(tx: Tx, changes: dict[str, Any]) -> None:
    """Change some switches. Raises ValueError, naming the one that makes no sense."""
    checked: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in _CHECKS:
            raise ValueError(f"{name} is no switch; there are {', '.join(_CHECKS)}")
        checked[name] = _CHECKS[name](name, value)
    by_id = {each.id: each for each in rules.standing(tx)}
    paths = checked.get(_PATHS, shown(list(by_id.values()))[_PATHS])
    for name, switch in _SWITCHES.items():
        if name in checked:
            _set(by_id, name, switch, checked[name])
    for name in _of_api(by_id):
        by_id[name] = replace(by_id[name], paths=paths)
    if checked.get(_PATHS) and not _of_api(by_id):
        raise ValueError(f"{_PATHS} limits api_status and api_delay_seconds: set one of them too")
    rules.keep(tx, list(by_id.values()))


def _set(by_id: dict[str, Rule], name: str, switch: _Switch, value: Any) -> None:
    if value == switch.off:
        by_id.pop(name, None)
    else:
        given = {"fault": switch.fault, **({switch.field: value} if switch.field else {})}
        by_id[name] = read(given, name)


def _of_api(by_id: dict[str, Rule]) -> list[str]:
    return [name for name in ("api_status", "api_delay_seconds") if name in by_id]
