"""Makes the rows the dashboard's tables show from what the emulator has recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stripe_emulator.pages import words
from stripe_emulator.pages.words import State

Record = Mapping[str, Any]


@dataclass(frozen=True)
class PaymentRow:
    id: str
    amount: int
    currency: str
    state: State
    email: str | None
    created: float


@dataclass(frozen=True)
class EventRow:
    id: str
    type: str
    created: float
    state: State


@dataclass(frozen=True)
class DeliveryRow:
    id: int
    event_id: str
    type: str
    url: str
    state: State
    attempts: int
    answer: str
    duration: str
    next_try: float | None


@dataclass(frozen=True)
class RequestRow:
    id: str
    method: str
    path: str
    state: State
    created: float


@dataclass(frozen=True)
class EndpointRow:
    id: str
    url: str
    state: State
    wanted: str


@dataclass(frozen=True)
class AttemptRow:
    at: float
    outcome: str
    duration: str
    request: str
    answer: str


@dataclass(frozen=True)
class EventDelivery:
    url: str
    state: State
    summary: str
    attempts: list[AttemptRow]


def payments(found: Iterable[Record]) -> list[PaymentRow]:
    return [
        PaymentRow(
            one["id"],
            one["amount"],
            one["currency"],
            words.payment(one["status"]),
            one["email"],
            one["created"],
        )
        for one in found
    ]


def events(found: Iterable[Record]) -> list[EventRow]:
    return [
        EventRow(one["id"], one["type"], one["created"], words.delivery(one["delivery_state"]))
        for one in found
    ]


def deliveries(found: Iterable[Record]) -> list[DeliveryRow]:
    return [
        DeliveryRow(
            one["id"],
            one["event_id"],
            one["type"],
            one["url"],
            words.delivery(one["state"]),
            one["attempts"],
            _answer(one["status"], one["error"]),
            _duration(one["duration_ms"]),
            one["next_attempt_at"],
        )
        for one in found
    ]


def requests(found: Iterable[Record]) -> list[RequestRow]:
    return [
        RequestRow(
            one["id"], one["method"], one["path"], words.answer(one["status"]), one["created"]
        )
        for one in found
    ]


def endpoints(found: Iterable[Record]) -> list[EndpointRow]:
    return [
        EndpointRow(
            one["id"], one["url"], words.endpoint(one["status"]), _wanted(one["enabled_events"])
        )
        for one in found
    ]


def event_deliveries(found: Iterable[Record]) -> list[EventDelivery]:
    return [
        EventDelivery(
            one["url"],
            words.delivery(one["state"]),
            _count(len(one["attempts"]), "attempt"),
            [_attempt(attempt) for attempt in one["attempts"]],
        )
        for one in found
    ]


def _attempt(one: Record) -> AttemptRow:
    return AttemptRow(
        one["at"],
        _answer(one["status"], one["error"]) or "no answer yet",
        _duration(one["duration_ms"]),
        one["request"],
        one["answer"],
    )


def _answer(status: int | None, error: str | None) -> str:
    return f"HTTP {status}" if status else error or ""


def _duration(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _wanted(types: list[str]) -> str:
    if "*" in types:
        return "All events"
    return ", ".join(types) if len(types) <= 3 else _count(len(types), "event type")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
