"""Whether this process lives, and whether it should be sent buyers."""

import threading
import time
from functools import partial

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from paydesk.migrations import schema
from paydesk.payments.vitals import worker_lives
from paydesk.wiring import Shop

# Anybody may ask; nobody can make the database work harder than this.
_REMEMBERED_SECONDS = 1.0


def add_health(app: Flask, shop: Shop) -> None:
    app.add_url_rule("/healthz", "healthz", lambda: _healthz(shop))
    app.add_url_rule("/readyz", "readyz", partial(_answer, _Readiness(shop)))


def _healthz(shop: Shop) -> ResponseReturnValue:
    """200 when the shop can reach its database."""
    with shop.database.transaction() as tx:
        tx.execute(text("SELECT 1"))
    return jsonify({"ok": True})


class _Readiness:
    """Database, migrations and somebody who runs the jobs; looked at once a second at most."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._lock = threading.Lock()
        self._until = 0.0
        self._found: dict[str, bool] = {}

    def checks(self) -> dict[str, bool]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = self._look()
                self._until = time.monotonic() + _REMEMBERED_SECONDS
            return self._found

    def _look(self) -> dict[str, bool]:
        found = {"database": False, "migrations": False, "worker": False}
        try:
            found["migrations"] = schema.is_current(self._shop.database)
            found["database"] = True
            with self._shop.database.transaction() as tx:
                found["worker"] = worker_lives(tx, self._shop.clock.now())
        except SQLAlchemyError:
            return found
        return found


def _answer(readiness: _Readiness) -> ResponseReturnValue:
    """200 when all is as it must be to sell; else 503. Names no more than which check failed."""
    checks = readiness.checks()
    ready = all(checks.values())
    return jsonify({"ready": ready, "checks": checks}), 200 if ready else 503
