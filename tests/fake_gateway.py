"""The one fake: a gateway that keeps sessions in memory, at the edge we own."""

from dataclasses import dataclass, field
from typing import Any

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import transaction_is_open
from paydesk.payments.gateway import (
    Answer,
    Gateway,
    SessionRequest,
    StripeRefused,
    StripeUnreachable,
)
from paydesk.settings import Settings


@dataclass
class FakeGateway(Gateway):
    """Answers as Stripe does, from memory. Signatures are checked by the real code."""

    settings: Settings
    clock: Clock
    sessions: dict[str, Answer] = field(default_factory=dict)
    by_key: dict[str, tuple[SessionRequest, str]] = field(default_factory=dict)
    # What the next calls do instead of answering.
    trouble: Exception | None = None
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.settings, self.clock)

    def create_session(self, request: SessionRequest, *, idempotency_key: str) -> Answer:
        self._note("create")
        known = self.by_key.get(idempotency_key)
        if known is not None:
            assert known[0] == request, "the same key was used with other parameters"
            return self.sessions[known[1]]
        session = self._new(request)
        self.by_key[idempotency_key] = (request, session["id"])
        return session

    def retrieve_session(self, session_id: str, *, quick: bool = False) -> Answer:
        self._note("retrieve")
        return self.sessions[session_id]

    def expire_session(self, session_id: str) -> Answer:
        self._note("expire")
        session = self.sessions[session_id]
        if session["status"] != "open":
            raise StripeRefused
        session.update(status="expired", url=None)
        return session

    def pay(self, session_id: str, *, email: str = "ada@example.com") -> Answer:
        """What a buyer with a good card does on Stripe's page."""
        session = self.sessions[session_id]
        assert session["status"] == "open"
        session.update(
            status="complete",
            payment_status="paid",
            url=None,
            payment_intent=f"pi_{session_id}",
            customer_details={"email": email},
        )
        return session

    def _new(self, request: SessionRequest) -> Answer:
        session_id = f"cs_test_{len(self.sessions) + 1:04}"
        self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": sum(line.unit_minor * line.quantity for line in request.lines),
            "currency": request.currency,
            "livemode": False,
            "metadata": dict(request.metadata),
            "client_reference_id": request.client_reference_id,
            "payment_intent": None,
            "customer_details": None,
            "url": f"https://checkout.stripe.com/c/pay/{session_id}",
        }
        return self.sessions[session_id]

    def _note(self, call: str) -> None:
        assert not transaction_is_open(), "never wait for Stripe inside a transaction"
        self.calls.append(call)
        if self.trouble is not None:
            raise self.trouble


def unreachable() -> StripeUnreachable:
    return StripeUnreachable()


def event_of(thing: dict[str, Any], kind: str, event_id: str, created: int = 1) -> dict[str, Any]:
    """An event as Stripe would send it about `thing`."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "data": {"object": thing},
    }
