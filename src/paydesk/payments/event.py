"""Stripe's events: as they come, and as they are stored.

received -> handled    what it says was taken into account
received -> ignored    it is not about an order of ours, or says nothing of a payment
received -> failed     reading or settling raised; a job tries again
failed   -> handled | ignored
ignored  -> handled    the order it is about became known later
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid

_MAX_ID = 255
_MAX_TYPE = 120


class Door(StrEnum):
    """How an event came to us."""

    WEBHOOK = "webhook"
    PULL = "pull"


class EventState(StrEnum):
    """Where an event stands; the drawing is in this module's docstring."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


# Said in a query, it lets the database see that the small index below holds all it asks for: what
# is bound to a parameter tells it nothing.
UNSETTLED = text("state IN ('received', 'failed')")
_UNCLAIMED = text("order_id IS NULL")


class StoredEvent(Base):
    """One row is one event of Stripe's, exactly as it came."""

    __tablename__ = "paydesk_events"
    __table_args__ = (
        Index("paydesk_events_by_time", "received_at"),
        Index("paydesk_events_by_type", "type", "received_at"),
        Index("paydesk_events_of_object", "object_id"),
        # Nearly all events are handled and have their order: these two stay small.
        Index(
            "paydesk_events_unsettled",
            "state",
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        ),
        Index(
            "paydesk_events_unclaimed",
            "object_id",
            sqlite_where=_UNCLAIMED,
            postgresql_where=_UNCLAIMED,
        ),
    )

    id: Mapped[str] = mapped_column(String(_MAX_ID), primary_key=True)
    type: Mapped[str] = mapped_column(String(_MAX_TYPE))
    livemode: Mapped[bool] = mapped_column()
    # Seconds UTC, as Stripe says.
    created: Mapped[int] = mapped_column()
    received_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=EventState.RECEIVED)
    order_id: Mapped[str | None] = mapped_column(String(40), index=True)
    # The id of the object it is about, such as a checkout session's.
    object_id: Mapped[str | None] = mapped_column(String(_MAX_ID))
    note: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    # How it first came; events stored before this was noted say nothing.
    door: Mapped[str] = mapped_column(String(10), default="")


@dataclass(frozen=True)
class Event:
    """An event that is surely Stripe's, parsed once. `body` is what came over the wire."""

    id: str
    type: str
    livemode: bool
    # Seconds UTC.
    created: int
    body: str
    content: Mapping[str, Any]


def parse(body: bytes) -> Event:
    """The event in a verified body. Raises Invalid for anything that is not one."""
    try:
        text = body.decode("utf-8")
        content = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("The body is not JSON.", code="bad_body") from None
    if not isinstance(content, dict):
        raise Invalid("The body is not an event of Stripe's.", code="bad_body")
    return event_of(content, text)


def event_of(content: Mapping[str, Any], body: str) -> Event:
    """The event that Stripe's answer or delivery holds. Raises Invalid if it is none."""
    if content.get("object") != "event":
        raise Invalid("The body is not an event of Stripe's.", code="bad_body")
    event_id, kind, created = content.get("id"), content.get("type"), content.get("created")
    good_id = _is_name(event_id, _MAX_ID)
    good_kind = _is_name(kind, _MAX_TYPE)
    good_time = type(created) is int and 0 <= created < 2**31
    if not (good_id and good_kind and good_time and isinstance(content.get("data"), dict)):
        raise Invalid("The body is not a complete event of Stripe's.", code="bad_body")
    return Event(
        id=str(event_id),
        type=str(kind),
        livemode=content.get("livemode") is True,
        created=int(created or 0),
        body=body,
        content=content,
    )


def _is_name(value: object, longest: int) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= longest
        and value.isascii()
        and value.isprintable()
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
