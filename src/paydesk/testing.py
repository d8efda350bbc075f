"""Fixtures for a host's own test suite: the shop and Stripe's emulator, bought from and paid.

Name it in the suite's `conftest.py`: `pytest_plugins = ["paydesk.testing"]`. The emulator comes
from the pytest plugin `stripe_emulator`, which is installed with Paydesk; all goes over HTTP.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from paydesk.foundation.clock import Clock
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.fulfilment.letters import Letter, LetterState
from paydesk.web.current import Mount, mounts

WEBHOOK_SECRET = "whsec_of_a_host_under_test"  # noqa: S105 - of no door but the test's
_PATIENCE_SECONDS = 20.0
_SESSION = re.compile(r"cs_test_\w+")


class NotInTime(AssertionError):
    """Something that was waited for did not happen; the message names it."""


@dataclass
class RunningShop:
    """A host's app as it runs, with its worker, beside an emulator that tells it of payments."""

    mount: Mount
    # The emulator, as the fixture `stripe_emulator` hands it out.
    stripe: Any
    travelled: "_Offset"

    @property
    def url(self) -> str:
        """Where the app answers."""
        return self.mount.shop.settings.base_url

    def pay(self, url: str, card: str | None = None, **form: Any) -> dict[str, Any]:
        """Pay on Stripe's page, by the address a buyer was sent to, and wait for what follows.

        `card`: one of Stripe's test cards. What came of it: `outcome` is "paid", or "declined"
        with `message` and so on, in the emulator's words.
        """
        session = _SESSION.search(url)
        assert session is not None, f"{url} is not an address of Stripe's page"
        answer: dict[str, Any] = self.stripe.pay(session[0], card=card, **form)
        self.wait()
        return answer

    def travel(self, **span: float) -> datetime:
        """Let time run, for Stripe and the shop: `travel(days=31)`. What time it is then."""
        self.travelled.by += timedelta(**span)
        now: datetime = self.stripe.travel(**span)
        self.wait()
        return now

    def wait(self) -> None:
        """Until all webhooks have been answered, all handlers have run and all letters have left.

        Raises NotInTime.

        A handler that raises is tried again with back-off: then it takes too long.
        """
        if not self.stripe.wait_for_deliveries(_PATIENCE_SECONDS):
            raise NotInTime("not all webhooks were answered")
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._pending():
            if time.monotonic() > until:
                raise NotInTime("not all handlers have run; the log says what they raised")
            time.sleep(0.05)

    def _pending(self) -> int:
        effects = select(func.count()).where(OwedEffect.state == EffectState.PENDING)
        # One that was tried and waits for its next try is not waited for.
        letters = select(func.count()).where(
            Letter.state == LetterState.QUEUED, Letter.error.is_(None)
        )
        with self.mount.shop.database.transaction() as tx:
            return (tx.scalar(effects) or 0) + (tx.scalar(letters) or 0)


@dataclass
class _Offset:
    by: timedelta = timedelta()


@pytest.fixture
def paydesk_clock(monkeypatch: pytest.MonkeyPatch) -> _Offset:
    """How far the shop's time is ahead."""
    from paydesk.payments.gateway import signature

    # The emulator signs by the time of the wall, for whoever has not travelled with it.
    monkeypatch.setattr(signature, "SIGNATURE_TOLERANCE_SECONDS", 10**10)
    offset, now = _Offset(), Clock.now
    monkeypatch.setattr(Clock, "now", lambda clock: now(clock) + offset.by)
    return offset


@pytest.fixture
def paydesk_settings(stripe_emulator: Any, tmp_path: Path) -> dict[str, Any]:
    """Settings for one test: an emulator, an empty SQLite file, an address of this machine.

    Put them into `app.config`, or hand them to `Paydesk(settings=…)`, before `paydesk_run`.
    """
    return {
        "STRIPE_SECRET_KEY": stripe_emulator.api_key,
        "STRIPE_PUBLISHABLE_KEY": "pk_test_of_the_stripe_emulator",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "PAYDESK_EMULATOR_URL": stripe_emulator.url,
        "PAYDESK_BASE_URL": f"http://127.0.0.1:{_free_port()}",
        "PAYDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'paydesk.sqlite3'}",
        "PAYDESK_DATA_DIR": str(tmp_path),
        "PAYDESK_SECRET_KEY": "a secret of one test alone",
    }


@pytest.fixture
def paydesk_run(
    stripe_emulator: Any, paydesk_clock: _Offset
) -> Iterator[Callable[..., RunningShop]]:
    """What runs an app. Call it with the app, and with a desk's name if there are two.

    Its tables are made, it answers at PAYDESK_BASE_URL, its handlers run and the emulator tells
    it of payments, until the test ends.
    """
    with ExitStack() as stack:

        def run(app: Flask, desk: str = "paydesk") -> RunningShop:
            mount = mounts(app)[desk]
            stack.enter_context(_served(app, mount))
            stripe_emulator.deliver_to(
                f"{mount.shop.settings.pages_url}/webhook", secret=WEBHOOK_SECRET
            )
            return RunningShop(mount, stripe_emulator, paydesk_clock)

        yield run


@contextmanager
def _served(app: Flask, mount: Mount) -> Iterator[None]:
    from paydesk.migrations import schema

    shop = mount.shop
    schema.migrate(shop.database)
    with served(app, int(shop.settings.base_url.rpartition(":")[2])):
        shop.worker.start()
        try:
            yield
        finally:
            shop.worker.stop()
    shop.close()


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Let `app` answer on this machine, at the address handed out; 0 is any free port."""
    server = make_server("127.0.0.1", port, _to_the_end(app.wsgi_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _to_the_end(app: WSGIApplication) -> WSGIApplication:
    """Close each answer as soon as it was sent.

    werkzeug's server first reads what else the browser says; is that a reset, the answer and its
    file stay open, and a suite that makes errors of warnings fails.
    """

    def close_each(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as body:
            yield from body

    return close_each


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
