"""One emulator: its objects, its clock, what it still has to do, and its switches."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.clock import Clock
from stripe_emulator.idempotency import InFlight
from stripe_emulator.snapshots import Snapshots, beside
from stripe_emulator.store import Store
from stripe_emulator.stripe_cli.sessions import Sessions

_MOST_REQUESTS = 500


@dataclass
class Emulator:
    """Everything a request needs. Made by `stripe_emulator.server`."""

    store: Store
    clock: Clock = field(init=False)
    base_url: str = "http://127.0.0.1:12111"
    business_name: str = "Paydesk demo shop"
    # Set when there may be something to deliver or a task may be due.
    woken: threading.Event = field(default_factory=threading.Event)
    # Held while tasks are run, so that no two hands turn the clock.
    keeping_time: threading.RLock = field(default_factory=threading.RLock)
    # The Stripe CLIs that listen.
    cli: Sessions = field(default_factory=Sessions)
    in_flight: InFlight = field(default_factory=InFlight)
    snapshots: Snapshots = field(init=False)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_MOST_REQUESTS))

    def __post_init__(self) -> None:
        self.snapshots = beside(self.store.file)
        with self.store.reading() as tx:
            self.clock = Clock(tx.recall("clock_ahead_seconds") or 0.0)

    def forget(self, begin_at: float | None = None) -> None:
        """Forget everything but the endpoint of the command's own option; it is now again.

        `begin_at`: or any other time, seconds UTC. What has not happened yet may begin earlier.
        """
        with self.keeping_time, self.call() as call:
            if begin_at is None:
                self.clock.come_home()
            else:
                self.clock.begin_at(begin_at)
            kept = [each for each in call.tx.find("webhook_endpoint") if each.get("_from_option")]
            call.tx.clear()
            for each in kept:
                call.tx.put(each)
        self.requests.clear()

    @contextmanager
    def call(self) -> Iterator[Call]:
        """One transaction for what Stripe does by itself: page payments and timers."""
        with self.store.transaction() as tx:
            yield Call(
                tx=tx,
                moment=self.clock.precise(),
                base_url=self.base_url,
                cli_endpoints=self.cli.endpoints(),
            )
        self.woken.set()
