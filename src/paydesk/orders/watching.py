"""Tells open pages that their order has changed, without a question per page and second.

A page that is told by the server holds a thread, so only so many may at a time (`allow`): nobody
where we do not know what serves us, a fixed number in our own server. Whoever comes when all places
are taken asks by itself, now and then. See docs/decisions/0011-live-order-pages.md.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from paydesk.foundation.database import Database
from paydesk.orders.order import Order

# So late may a page hear of a change; one short query for all pages together.
_LOOK_SECONDS = 0.5


class Watching:
    """The places for pages that are told, and one thread that looks for all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._places = 0
        self._taken = 0
        self._changed = threading.Condition()
        # The orders somebody waits for, and what version each was last seen with.
        self._waited: Counter[str] = Counter()
        self._versions: dict[str, int] = {}
        self._looks = False

    def allow(self, places: int) -> None:
        """How many pages may be told at a time; each holds a thread of the server meanwhile."""
        self._places = places

    def take_place(self) -> bool:
        """Take a place to wait at; False: all are taken."""
        with self._changed:
            is_free = self._taken < self._places
            self._taken += is_free
            return is_free

    def leave_place(self) -> None:
        with self._changed:
            self._taken -= 1

    def wait(self, order_id: str, version: int, seconds: float) -> bool:
        """Wait until an order has another version than this; False: it still has it."""
        with self._changed:
            self._waited[order_id] += 1
            if not self._looks:
                self._looks = True
                threading.Thread(target=self._look, name="paydesk-watching", daemon=True).start()
            try:
                return self._changed.wait_for(
                    lambda: self._versions.get(order_id, version) != version, seconds
                )
            finally:
                self._waited[order_id] -= 1
                if not self._waited[order_id]:
                    del self._waited[order_id]
                    self._versions.pop(order_id, None)

    def _look(self) -> None:
        """Look as long as anybody waits."""
        pause = threading.Event()
        while True:
            with self._changed:
                wanted = list(self._waited)
                if not wanted:
                    self._looks = False
                    return
            with suppress(SQLAlchemyError):
                self._tell(self._found(wanted))
            pause.wait(_LOOK_SECONDS)

    def _tell(self, found: Mapping[str, int]) -> None:
        with self._changed:
            news = {
                order_id: version
                for order_id, version in found.items()
                if order_id in self._waited and self._versions.get(order_id) != version
            }
            if news:
                # Only then: hundreds of threads that wake for nothing are what we wanted to avoid.
                self._versions.update(news)
                self._changed.notify_all()

    def _found(self, order_ids: list[str]) -> dict[str, int]:
        query = select(Order.id, Order.version).where(Order.id.in_(order_ids))
        with self._database.reading() as tx:
            return {row.id: row.version for row in tx.execute(query)}
