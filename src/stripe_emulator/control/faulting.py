"""Control calls that make things go wrong: /_emulator/faults."""

from typing import Any

from flask import Response, jsonify

from stripe_emulator.api import running
from stripe_emulator.control.asking import Bad, body, refused
from stripe_emulator.faults import rules, switches
from stripe_emulator.faults.rule import Rule


def show() -> Response:
    with running().store.reading() as tx:
        standing = rules.standing(tx)
    return jsonify({**switches.shown(standing), "rules": _shown(standing)})


def turn() -> Response:
    """Turn switches, or add the rule that a `fault` names."""
    given = body()
    try:
        with running().store.transaction() as tx:
            if "fault" in given:
                return jsonify(rules.add(tx, given).shown())
            switches.turn(tx, given)
    except ValueError as error:
        raise Bad(str(error)) from None
    return show()


def clear() -> Response:
    body()
    with running().store.transaction() as tx:
        rules.clear(tx)
    return show()


def remove(rule_id: str) -> Response:
    body()
    with running().store.transaction() as tx:
        found = rules.remove(tx, rule_id)
    return show() if found else refused("there is no such fault, or no longer", 404)


def _shown(standing: list[Rule]) -> list[dict[str, Any]]:
    return [each.shown() for each in standing]
