"""The rules that stand: kept in the store, so that what is undone uses none of them up."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from stripe_emulator import ids
from stripe_emulator.faults.rule import Rule, from_kept, kept, read
from stripe_emulator.store import Tx

_NAME = "faults"
_MOST_RULES = 100


def standing(tx: Tx) -> list[Rule]:
    """Oldest first."""
    return [from_kept(each) for each in tx.recall(_NAME) or ()]


def keep(tx: Tx, rules: list[Rule]) -> None:
    """These and no others stand from now on."""
    tx.remember(_NAME, [kept(each) for each in rules])


def add(tx: Tx, given: dict[str, Any]) -> Rule:
    """Raises ValueError, naming the field that makes no sense."""
    rule = read(given, ids.new("fault"))
    rules = standing(tx)
    if len(rules) >= _MOST_RULES:
        raise ValueError(f"there are {_MOST_RULES} faults already; clear some")
    keep(tx, [*rules, rule])
    return rule


def remove(tx: Tx, rule_id: str) -> bool:
    """False if there is no such rule, or no longer."""
    rules = standing(tx)
    rest = [each for each in rules if each.id != rule_id]
    keep(tx, rest)
    return len(rest) < len(rules)


def clear(tx: Tx) -> None:
    keep(tx, [])


def applying(tx: Tx, concerns: Callable[[Rule], bool]) -> list[Rule]:
    """Those that concern what is about to happen, without using them up."""
    return [each for each in standing(tx) if concerns(each)]


def take(tx: Tx, concerns: Callable[[Rule], bool]) -> list[Rule]:
    """Those that concern what is about to happen; each is used up by one time."""
    rules = standing(tx)
    taken = [each for each in rules if concerns(each)]
    if any(each.times is not None for each in taken):
        used = {each.id for each in taken}
        left = (_once_less(each) if each.id in used else each for each in rules)
        keep(tx, [each for each in left if each is not None])
    return taken


def _once_less(rule: Rule) -> Rule | None:
    if rule.times is None:
        return rule
    return replace(rule, times=rule.times - 1) if rule.times > 1 else None
