"""Control calls that keep and fill: /_emulator/snapshots and …/seed."""

from dataclasses import asdict

from flask import Response, current_app, jsonify

from stripe_emulator import seeding
from stripe_emulator.api import running
from stripe_emulator.control.asking import Bad, body, calls, only, refused
from stripe_emulator.snapshots import NoSuch


def snapshots() -> Response:
    return jsonify({"data": [asdict(each) for each in running().snapshots.all()]})


def save() -> Response:
    """Keep everything under a `name`; an earlier snapshot of the name is replaced."""
    given, emulator = body(), running()
    only(given, "name")
    name = given.get("name")
    if not isinstance(name, str):
        raise Bad("a snapshot needs a name")
    try:
        return jsonify(asdict(emulator.snapshots.save(emulator, name)))
    except ValueError as error:
        raise Bad(str(error)) from None


def restore(name: str) -> Response:
    body()
    emulator = running()
    try:
        emulator.snapshots.restore(emulator, name)
    except ValueError as error:
        raise Bad(str(error)) from None
    except NoSuch:
        return refused(f"there is no snapshot {name}", 404)
    return jsonify({"ok": True, "now": emulator.clock.precise()})


def delete(name: str) -> Response:
    body()
    try:
        running().snapshots.delete(name)
    except ValueError as error:
        raise Bad(str(error)) from None
    except NoSuch:
        return refused(f"there is no snapshot {name}", 404)
    return jsonify({"ok": True})


def seed() -> Response:
    """Make the calls of a seed in their order; what the named ones answered."""
    try:
        known = seeding.sow(current_app, calls(), running().clock.timestamp)
    except seeding.Unfit as error:
        raise Bad(str(error)) from None
    return jsonify(known)
