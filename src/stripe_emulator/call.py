"""One call: what a handler is given, and what it may cause."""

from dataclasses import dataclass, field
from typing import Any

from stripe_emulator import ids
from stripe_emulator.errors import missing
from stripe_emulator.json_text import stored
from stripe_emulator.queueing import queue
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing, Tx

API_VERSION = "2026-10-28.endive"


@dataclass
class Call:
    """A running call inside its transaction."""

    tx: Tx
    # With fractions, for what is to happen later; Stripe's own fields have whole seconds.
    moment: float
    params: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    # The test clock whose time `moment` is; None for the emulator's own.
    clock: str | None = None
    # The Stripe CLIs that listen, in the form of webhook endpoints.
    cli_endpoints: list[Thing] = field(default_factory=list)
    # None for what Stripe does by itself.
    request_id: str | None = None
    idempotency_key: str | None = None
    # Made by Stripe.js in a buyer's browser, which has proved no more than one client_secret.
    is_publishable: bool = False
    # What is left of parameters of older versions (`old_parameters`), as text.
    removed: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The emulator's own time, wherever the objects' clock stands: events and deliveries.
        self.wall = self.moment
        # Whether there is something to deliver now.
        self.has_queued = False

    def on_clock_of(self, owner: Thing | None) -> None:
        """From here on it is the time of the owner's test clock, if it has one ("Test clocks")."""
        clock_id = (owner or {}).get("test_clock")
        found = self.tx.get("test_helpers.test_clock", clock_id) if clock_id else None
        if found is not None:
            self.moment, self.clock = float(found["frozen_time"]), found["id"]

    @property
    def now(self) -> int:
        """Seconds UTC, as Stripe writes times."""
        return int(self.moment)

    def require(self, kind: str, thing_id: str, param: str | None = None) -> Thing:
        """The object, or Stripe's refusal that there is none."""
        found = self.tx.get(kind, thing_id)
        if found is None or found.get("deleted"):
            raise missing(kind, thing_id, param)
        return found

    def at(self, when: float, task: str, **arguments: Any) -> None:
        """Have `task` done at a time; it survives a restart."""
        self.tx.sql.execute(
            "INSERT INTO tasks (due, name, arguments, clock) VALUES (?, ?, ?, ?)",
            (when, task, stored(arguments), self.clock),
        )

    def later(self, seconds: float, task: str, **arguments: Any) -> None:
        self.at(self.moment + seconds, task, **arguments)

    def emit(self, kind: str, thing: Thing, previous: Thing | None = None) -> Thing:
        """Store an event with a snapshot of `thing`, and its deliveries."""
        data: Thing = {"object": complete(thing)}
        if previous is not None:
            data["previous_attributes"] = previous
        endpoints = self._listeners(kind)
        event: Thing = {
            "id": ids.new("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.wall),
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
            # The balance has no id.
            "_about": thing.get("id"),
        }
        self.tx.put(event)
        for endpoint in endpoints:
            self.deliver(event, endpoint)
        return event

    def deliver(self, event: Thing, endpoint: Thing) -> None:
        """Send an event to an endpoint, as the faults allow."""
        self.has_queued = True
        queue(self.tx, self.wall, event, endpoint)

    def _listeners(self, kind: str) -> list[Thing]:
        return [each for each in self.listening() if listens(each, kind)]

    def listening(self) -> list[Thing]:
        """The enabled endpoints, and the Stripe CLIs in their form."""
        found = self.tx.find("webhook_endpoint", status="enabled", newest_first=False)
        return [*found, *self.cli_endpoints]


def listens(endpoint: Thing, kind: str) -> bool:
    """Whether an endpoint wants events of this type."""
    return bool({"*", kind} & set(endpoint["enabled_events"]))
