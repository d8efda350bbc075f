"""Carries deliveries through the Stripe CLIs that listen, and writes down what they say.

    pending -> sent (the CLI has it) -> succeeded | abandoned
        ^------- the shop refused ------┘

What the shop refuses is tried again like any delivery. A CLI says nothing of an event that its
`--events` leave out, nor when nobody answers at its address: such a one is given up.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator import ids
from stripe_emulator.attempts import KEPT_ANSWER, Attempt, as_written, headers_for, write
from stripe_emulator.emulator import Emulator
from stripe_emulator.store import Thing
from stripe_emulator.stripe_cli.sessions import Session

# Longer than the CLI itself waits for the shop (its `--timeout`).
_ANSWER_SECONDS = 32.0
_SILENT = (
    "stripe listen said nothing more: its --events leave this one out, or nobody answers at the "
    "address it forwards to"
)


@dataclass(frozen=True)
class _Underway:
    """An event a CLI has been sent; `retry_seconds` None if it was its last try."""

    delivery: tuple[int, int]
    retry_seconds: float | None
    forward_to: str
    headers: dict[str, str]
    at: float
    began: float = field(default_factory=time.monotonic)

    def attempt(self, status: int | None, answer: str, error: str | None) -> Attempt:
        took = int((time.monotonic() - self.began) * 1000)
        written = as_written(self.forward_to or "stripe listen", self.headers)
        return Attempt(self.at, status, took, written, answer[:KEPT_ANSWER], error)


class Courier:
    """Waits for no CLI: an answer is written down when it comes."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._underway: dict[str, _Underway] = {}
        self._lock = threading.Lock()
        emulator.cli.on_message = self.hear

    def carry(
        self,
        delivery: tuple[int, int],
        session: Session,
        body: bytes,
        copies: int,
        retry_seconds: float | None,
    ) -> None:
        """Hand an event to the CLI; it is given up if the CLI is gone.

        A refusal of the shop's is tried again after `retry_seconds`, None for never.
        """
        store, clock = self._emulator.store, self._emulator.clock
        with store.transaction() as tx:
            # Before it is sent: the answer must not come first.
            tx.sql.execute("UPDATE deliveries SET state = 'sent' WHERE id = ?", (delivery[0],))
        headers = headers_for(session.secret, body, int(clock.real()))
        underway = _Underway(delivery, retry_seconds, session.forward_to, headers, clock.precise())
        for _ in range(copies):
            conversation = ids.new("wc")
            with self._lock:
                self._underway[conversation] = underway
            if not session.send(_message(body, headers, conversation)):
                self._end(conversation, None, "", "stripe listen has ended")

    def hear(self, said: Thing) -> None:
        """A message of a CLI's."""
        conversation = str(said.get("webhook_conversation_id"))
        with self._lock:
            underway = self._underway.get(conversation)
        if underway is None:
            return
        if said.get("type") == "webhook_response":
            status = said.get("status")
            answered = status if isinstance(status, int) else None
            self._end(conversation, answered, str(said.get("body") or ""), None)
        elif said.get("type") == "event_ack" and not underway.forward_to:
            # Shown in a terminal, and meant to go no further.
            self._end(conversation, 200, "", None)

    def give_up_overdue(self) -> None:
        """What no answer came to."""
        since = time.monotonic() - _ANSWER_SECONDS
        with self._lock:
            overdue = [name for name, each in self._underway.items() if each.began < since]
        for conversation in overdue:
            self._end(conversation, None, "", _SILENT)

    def forget_old(self) -> None:
        """What was on its way when the emulator was last ended."""
        with self._emulator.store.transaction() as tx:
            tx.sql.execute("UPDATE deliveries SET state = 'abandoned' WHERE state = 'sent'")

    def _end(self, conversation: str, status: int | None, answer: str, error: str | None) -> None:
        with self._lock:
            underway = self._underway.pop(conversation, None)
        if underway is None:
            return
        attempt = underway.attempt(status, answer, error)
        due = None
        state = "succeeded" if attempt.succeeded else "abandoned"
        if not attempt.succeeded and status is not None and underway.retry_seconds is not None:
            state, due = "pending", self._emulator.clock.precise() + underway.retry_seconds
        write(self._emulator.store, underway.delivery, [attempt], state, due)
        self._emulator.woken.set()


def _message(body: bytes, headers: dict[str, str], conversation: str) -> dict[str, Any]:
    return {
        "type": "webhook_event",
        "endpoint": {"api_version": None},
        "event_payload": body.decode(),
        "http_headers": headers,
        "webhook_conversation_id": conversation,
        "webhook_id": ids.new("wh"),
    }
