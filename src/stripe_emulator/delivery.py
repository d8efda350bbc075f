"""Delivers events to webhook endpoints: signed, retried, each attempt written down."""

import logging
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from stripe_emulator import json_text
from stripe_emulator.attempts import KEPT_ANSWER, Attempt, as_written, headers_for, write
from stripe_emulator.emulator import Emulator
from stripe_emulator.faults.attempting import sent_badly, take_for_attempt
from stripe_emulator.faults.rule import Rule
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing
from stripe_emulator.stripe_cli.courier import Courier

log = logging.getLogger("stripe_emulator")

# Ours, not Stripe's: it publishes none. Short at first, since a developer is waiting.
RETRY_SECONDS = (1, 5, 30, 300, 3600, 6 * 3600, 24 * 3600)
# Stripe says only "too long"; ten seconds is a choice.
_TIMEOUT_SECONDS = 10.0
_AT_ONCE = 16
_LOOK_SECONDS = 0.5
_CLI_SECONDS = 2.0
_AFTER_FAILURE_SECONDS = 2.0
_LOOK_WHILE_WAITING = 0.02
# So long a stop waits for answers that are on their way.
_STOP_SECONDS = 0.3


@dataclass(frozen=True)
class _Due:
    """A delivery whose time has come; `generation` is the store's when it was looked for."""

    generation: int
    id: int
    event: str
    endpoint: str
    tries: int
    copies: int


class Deliverer:
    """Sends what is due, several at once."""

    def __init__(
        self, emulator: Emulator, retry_seconds: tuple[float, ...] = RETRY_SECONDS
    ) -> None:
        self._emulator = emulator
        self._retry_seconds = retry_seconds
        self._stop = threading.Event()
        self._courier = Courier(emulator)
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        self._courier.forget_old()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._emulator.woken.set()
        self._thread.join()
        until = time.monotonic() + _STOP_SECONDS
        while self._busy and time.monotonic() < until:
            time.sleep(_LOOK_WHILE_WAITING)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._emulator.woken.wait(self._pause())
                self._emulator.woken.clear()
                self._start_due()
                self._courier.give_up_overdue()
            except Exception:
                # A disk that cannot be read now may be read again soon.
                log.exception("deliveries could not be looked for")
                self._stop.wait(_AFTER_FAILURE_SECONDS)

    def _start_due(self) -> None:
        for due in self._due():
            # A Stripe CLI's event is carried by another program: there is no line of ours to break.
            by_cli = self._emulator.cli.find(due.endpoint) is not None
            fault = None if by_cli else take_for_attempt(self._emulator.store, due.event)
            with self._lock:
                self._busy.add(due.id)
            # Not a pool: its threads would hold up the end of the process.
            threading.Thread(target=self._deliver, args=(due, fault), daemon=True).start()

    def _pause(self) -> float:
        """Until the next is due. The end of one that is on its way wakes us anyhow."""
        with self._lock:
            busy = set(self._busy)
        if len(busy) >= _AT_ONCE:
            return _LOOK_SECONDS
        with self._emulator.store.reading() as tx:
            rows = tx.sql.execute(
                "SELECT id, due FROM deliveries WHERE state = 'pending' ORDER BY due LIMIT ?",
                (_AT_ONCE + 1,),
            ).fetchall()
        next_due = next((float(row[1]) for row in rows if row[0] not in busy), None)
        if next_due is None:
            return _LOOK_SECONDS
        return min(max(next_due - self._emulator.clock.precise(), 0.0), _LOOK_SECONDS)

    def _due(self) -> list[_Due]:
        now = self._emulator.clock.precise()
        with self._lock:
            # Before looking: one that ends in between must not be taken for a new one.
            busy = set(self._busy)
        with self._emulator.store.reading() as tx:
            rows = tx.sql.execute(
                "SELECT id, event, endpoint, tries, copies FROM deliveries "
                "WHERE state = 'pending' AND due <= ? ORDER BY due, id LIMIT ?",
                (now, 2 * _AT_ONCE),
            ).fetchall()
            generation = self._emulator.store.generation
        waiting = [_Due(generation, *row) for row in rows if row[0] not in busy]
        return waiting[: _AT_ONCE - len(busy)]

    def _deliver(self, due: _Due, fault: Rule | None) -> None:
        try:
            self._send(due, fault)
        except Exception:
            # After the stop there is no store to write to; the next start tries again.
            if not self._stop.is_set():
                log.exception("a delivery could not be tried")
                # It is still due: without a pause it would be sent without end.
                self._stop.wait(_AFTER_FAILURE_SECONDS)
        finally:
            with self._lock:
                self._busy.discard(due.id)
            self._emulator.woken.set()

    def _send(self, due: _Due, fault: Rule | None) -> None:
        with self._emulator.store.reading() as tx:
            event, endpoint = tx.get("event", due.event), tx.get("webhook_endpoint", due.endpoint)
        listener = self._emulator.cli.find(due.endpoint)
        if event is not None and listener is not None:
            copies = due.copies if due.tries == 0 else 1
            pause = self._pause_before_next(due)
            self._courier.carry((due.id, due.generation), listener, _body(event), copies, pause)
            return
        if event is None or endpoint is None or endpoint.get("status") != "enabled":
            # "Manage webhook endpoints": no further tries for a disabled or deleted endpoint.
            self._write(due, [], "abandoned")
            return
        body = _body(event)
        copies = due.copies if due.tries == 0 else 1
        threads, attempts = [], []
        for _ in range(copies):
            thread = threading.Thread(
                target=lambda: attempts.append(self._attempt(endpoint, body, fault)),
                daemon=True,
            )
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        succeeded = any(each.succeeded for each in attempts)
        gave_up = self._pause_before_next(due) is None
        state = "succeeded" if succeeded else "abandoned" if gave_up else "pending"
        self._write(due, attempts, state)

    def _pause_before_next(self, due: _Due) -> float | None:
        """Seconds until the try after this one; None if this is the last."""
        tries = self._retry_seconds
        return tries[due.tries] if due.tries < len(tries) else None

    def _attempt(self, endpoint: Thing, body: bytes, fault: Rule | None) -> Attempt:
        at, url = self._emulator.clock.precise(), str(endpoint["url"])
        # Whoever checks the signature's age has not travelled with us.
        headers = headers_for(str(endpoint["_secret"]), body, int(self._emulator.clock.real()))
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - checked at creation
        began = time.monotonic()
        status, answer, error = sent_badly(request, fault) if fault else _post(request)
        took = int((time.monotonic() - began) * 1000)
        return Attempt(at, status, took, as_written(url, headers), answer, error)

    def _write(self, due: _Due, attempts: list[Attempt], state: str) -> None:
        next_due, pause = None, self._pause_before_next(due)
        if state == "pending" and pause is not None:
            next_due = self._emulator.clock.precise() + pause
        write(self._emulator.store, (due.id, due.generation), attempts, state, next_due)


def _body(event: Thing) -> bytes:
    return json_text.shown(complete(event)).encode()


def wait_answered(emulator: Emulator, event_id: str, timeout_seconds: float) -> bool:
    """Wait until the first try of every delivery of an event has been answered.

    Not for deliveries that a switch holds back, nor for those that have failed once.
    """
    until = time.monotonic() + timeout_seconds
    # A Stripe CLI does not say that it leaves an event out.
    cli_until = min(until, time.monotonic() + _CLI_SECONDS)
    while time.monotonic() < until:
        with emulator.store.reading() as tx:
            waiting = tx.sql.execute(
                "SELECT COUNT(*) FROM deliveries WHERE event = ? AND state IN ('pending', ?) "
                "AND tries = 0 AND due <= ?",
                (
                    event_id,
                    "sent" if time.monotonic() < cli_until else "",
                    emulator.clock.precise() + 0.5,
                ),
            ).fetchone()[0]
        if not waiting:
            return True
        time.sleep(_LOOK_WHILE_WAITING)
    return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A redirect is a failed delivery ("Receive Stripe events").
    def redirect_request(self, *_: object) -> None:
        return None


# Never through a proxy of the environment's: webhooks stay on this machine.
_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _post(request: urllib.request.Request) -> tuple[int | None, str, str | None]:
    try:
        with _opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return answer.status, _text(answer.read(KEPT_ANSWER)), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _text(error.read(KEPT_ANSWER)), None
    except OSError as error:
        reason = getattr(error, "reason", error)
        return None, "", str(reason)[:200]
    except Exception as error:  # noqa: BLE001 - whatever a server answers is an attempt
        return None, "", f"{type(error).__name__}: {error}"[:200]


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
