"""Faults in words, for the people at the dashboard."""

from collections.abc import Callable

from stripe_emulator.faults.rule import Rule


def sentence(rule: Rule) -> str:
    """`the API answers 503 for /v1/refunds, 2 more times`."""
    parts = [_WHAT[rule.fault](rule), _filter(rule)]
    if rule.times is not None:
        parts.append("once more" if rule.times == 1 else f"{rule.times} more times")
    return ", ".join(part for part in parts if part)


def _filter(rule: Rule) -> str:
    words = [*(rule.types or ()), *(rule.methods or ()), *(rule.paths or ())]
    return f"for {' '.join(words)}" if words else ""


def _fails(rule: Rule) -> str:
    return f"the API answers {rule.status}" + (" though the work is done" if rule.work else "")


def _silent(rule: Rule) -> str:
    done = "work is done, but no answer comes" if rule.work else "nothing is done, no answer comes"
    return f"API calls hang for {rule.seconds:g} s: {done}"


def _breaks(rule: Rule) -> str:
    where = "after" if rule.whole else "in the middle of"
    return f"the connection breaks {where} each webhook"


_WHAT: dict[str, Callable[[Rule], str]] = {
    "delivery.delay": lambda rule: f"webhooks {rule.seconds:g} s late",
    "delivery.duplicate": lambda rule: f"every webhook {rule.copies} times",
    "delivery.shuffle": lambda rule: f"webhooks of {rule.seconds:g} s in {rule.order} order",
    "delivery.drop": lambda _: "webhooks lost",
    "delivery.fail": lambda rule: f"webhooks seem to be answered with {rule.status}",
    "delivery.disconnect": _breaks,
    "api.fail": _fails,
    "api.timeout": _silent,
    "api.delay": lambda rule: f"the API {rule.seconds:g} s late",
}
