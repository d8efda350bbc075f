"""Puts an event's deliveries into the queue, delayed, doubled, mixed or lost as faults say."""

import secrets

from stripe_emulator.faults import rules
from stripe_emulator.faults.rule import Rule
from stripe_emulator.store import Thing, Tx

# So far apart shuffled deliveries go out: the order they are sent in is the order they arrive in.
_APART_SECONDS = 0.05
# Each is judged when the event happens, so that a switch turned afterwards changes nothing.
_AT_ONCE = ("delivery.delay", "delivery.duplicate", "delivery.shuffle", "delivery.drop")


def queue(tx: Tx, wall: float, event: Thing, endpoint: Thing) -> None:
    """Have an event sent to an endpoint; `wall` is the emulator's own time in seconds UTC."""
    kind = str(event["type"])
    taken = rules.take(tx, lambda each: each.fault in _AT_ONCE and each.concerns_event(kind))
    dropped = any(each.fault == "delivery.drop" for each in taken)
    delay = sum(each.seconds for each in taken if each.fault == "delivery.delay")
    copies = max((each.copies for each in taken if each.fault == "delivery.duplicate"), default=1)
    row = tx.sql.execute(
        "INSERT INTO deliveries (event, endpoint, url, state, due, copies) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            event["id"],
            endpoint["id"],
            endpoint["url"],
            "dropped" if dropped else "pending",
            wall + delay,
            copies,
        ),
    ).lastrowid
    shuffle = next((each for each in taken if each.fault == "delivery.shuffle"), None)
    if shuffle is not None and not dropped:
        _mix(tx, wall + delay, row, shuffle)


def _mix(tx: Tx, now: float, delivery: int | None, rule: Rule) -> None:
    """Hold it back with those held back already, and give all of them new places."""
    held_until = tx.sql.execute(
        "SELECT held_until FROM deliveries WHERE state = 'pending' AND held_until > ? "
        "ORDER BY held_until DESC LIMIT 1",
        (now,),
    ).fetchone()
    until = held_until[0] if held_until is not None else now + rule.seconds
    tx.sql.execute("UPDATE deliveries SET held_until = ? WHERE id = ?", (until, delivery))
    rows = tx.sql.execute(
        "SELECT id FROM deliveries WHERE state = 'pending' AND held_until = ? ORDER BY id DESC",
        (until,),
    ).fetchall()
    if rule.order == "random":
        secrets.SystemRandom().shuffle(rows)
    for place, (row,) in enumerate(rows):
        due = until + place * _APART_SECONDS
        tx.sql.execute("UPDATE deliveries SET due = ? WHERE id = ?", (due, row))
