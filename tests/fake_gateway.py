"""The one fake: a gateway that keeps sessions in memory, at the edge we own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import transaction_is_open
from paydesk.payments.gateway import (
    Answer,
    ChargeRequest,
    Gateway,
    IntentRequest,
    Listed,
    RefundRequest,
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
    refunds: dict[str, Answer] = field(default_factory=dict)
    refund_keys: dict[str, tuple[RefundRequest, str]] = field(default_factory=dict)
    # How new refunds stand: real ones are often on their way for a while.
    refund_status: str = "succeeded"
    # What Stripe lists as events, oldest first.
    events: list[Answer] = field(default_factory=list)
    intents: dict[str, Answer] = field(default_factory=dict)
    charges: dict[str, Answer] = field(default_factory=dict)
    # What was made under which key, of intents and charges.
    made: dict[str, tuple[IntentRequest | ChargeRequest, str]] = field(default_factory=dict)
    # How the next card fares: one of Stripe's codes, or None for a good one.
    declines_with: str | None = None
    # What was booked for a payment, by its id.
    bookings: dict[str, Answer] = field(default_factory=dict)
    # Refunds are made, but their answer is lost on the way.
    answers_are_lost: bool = False

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

    def retrieve_session(
        self, session_id: str, *, quick: bool = False, is_recurring: bool = False
    ) -> Answer:
        self._note("retrieve")
        return self.sessions[session_id]

    def retrieve_booking(self, payment_id: str) -> Answer | None:
        self._note("retrieve booking")
        return self.bookings.get(payment_id)

    def expire_session(self, session_id: str) -> Answer:
        self._note("expire")
        session = self.sessions[session_id]
        if session["status"] != "open":
            raise StripeRefused
        session.update(status="expired", url=None)
        return session

    def create_intent(self, request: IntentRequest, *, idempotency_key: str) -> Answer:
        self._note("create intent")
        known = self.made.get(idempotency_key)
        if known is not None:
            assert known[0] == request, "the same key was used with other parameters"
            return self.intents[known[1]]
        intent_id = f"pi_{len(self.intents) + 1:04}"
        self.made[idempotency_key] = (request, intent_id)
        self.intents[intent_id] = {
            "id": intent_id,
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": request.amount.minor,
            "amount_received": 0,
            "currency": request.amount.currency,
            "livemode": False,
            "metadata": dict(request.metadata),
            "client_secret": f"{intent_id}_secret_x",
            "latest_charge": None,
        }
        return self.intents[intent_id]

    def retrieve_intent(self, intent_id: str, *, quick: bool = False) -> Answer:
        self._note("retrieve intent")
        return self.intents[intent_id]

    def cancel_intent(self, intent_id: str) -> Answer:
        self._note("cancel intent")
        intent = self.intents[intent_id]
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise StripeRefused("payment_intent_unexpected_state")
        intent["status"] = "canceled"
        return intent

    def confirm(self, intent_id: str, status: str = "succeeded") -> Answer:
        """What a buyer does with the Payment Element."""
        intent = self.intents[intent_id]
        done = status == "succeeded"
        charge = {
            "id": f"ch_{intent_id}",
            "object": "charge",
            "status": "succeeded" if status != "processing" else "pending",
            "captured": done,
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if done else 0,
            "currency": intent["currency"],
            "payment_intent": intent_id,
            "metadata": intent["metadata"],
        }
        intent.update(
            status=status,
            amount_received=intent["amount"] if done else 0,
            latest_charge=charge,
        )
        return intent

    def create_charge(self, request: ChargeRequest, *, idempotency_key: str) -> Answer:
        self._note("create charge")
        known = self.made.get(idempotency_key)
        if known is not None:
            assert known[0] == request, "the same key was used with other parameters"
            return self.charges[known[1]]
        if self.declines_with is not None:
            raise StripeRefused(self.declines_with, "Your card was declined.", by_card=True)
        charge_id = f"ch_{len(self.charges) + 1:04}"
        self.made[idempotency_key] = (request, charge_id)
        self.charges[charge_id] = {
            "id": charge_id,
            "object": "charge",
            "status": "succeeded",
            "captured": True,
            "amount": request.amount.minor,
            "amount_captured": request.amount.minor,
            "currency": request.amount.currency,
            "livemode": False,
            "payment_intent": None,
            "metadata": dict(request.metadata),
            "created": self.clock.timestamp(),
        }
        if self.answers_are_lost:
            raise StripeUnreachable
        return self.charges[charge_id]

    def retrieve_charge(self, charge_id: str, *, quick: bool = False) -> Answer:
        self._note("retrieve charge")
        return self.charges[charge_id]

    def list_created(self, listed: Listed, since: int) -> Iterator[Answer]:
        assert listed is Listed.CHARGES
        self._note("list charges")
        yield from [each for each in self.charges.values() if each["created"] >= since]

    def create_refund(self, request: RefundRequest, *, idempotency_key: str) -> Answer:
        self._note("refund")
        known = self.refund_keys.get(idempotency_key)
        if known is not None:
            assert known[0] == request, "the same key was used with other parameters"
            return self.refunds[known[1]]
        if request.amount.minor > self.left_of(request.payment_id):
            raise StripeRefused("charge_already_refunded", "Refund amount is greater than left.")
        refund = self.dashboard_refund(request.payment_id, request.amount.minor)
        refund["metadata"] = dict(request.metadata)
        self.refund_keys[idempotency_key] = (request, refund["id"])
        if self.answers_are_lost:
            raise StripeUnreachable
        return refund

    def list_refunds(self, payment_id: str) -> Iterator[Answer]:
        self._note("list refunds")
        newest_first = reversed(self.refunds.values())
        yield from [each for each in newest_first if each["payment_intent"] == payment_id]

    def list_events(self, since: int, until: int) -> Iterator[Answer]:
        self._note("list events")
        oldest = self.clock.timestamp() - 30 * 24 * 3600
        for each in sorted(self.events, key=lambda each: -each["created"]):
            if max(since, oldest) <= each["created"] < until:
                yield each

    def left_of(self, payment_id: str) -> int:
        """What of a payment has not gone back, in the minor unit."""
        paid = sum(
            each["amount_total"]
            for each in self.sessions.values()
            if each["payment_intent"] == payment_id and each["payment_status"] == "paid"
        )
        gone = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == payment_id and each["status"] not in ("failed", "canceled")
        )
        return int(paid - gone)

    def dashboard_refund(self, payment_id: str, amount_minor: int) -> Answer:
        """What somebody does in Stripe's Dashboard."""
        refund_id = f"re_{len(self.refunds) + 1:04}"
        self.refunds[refund_id] = {
            "id": refund_id,
            "object": "refund",
            "amount": amount_minor,
            "currency": "usd",
            "status": self.refund_status,
            "payment_intent": payment_id,
            "metadata": {},
        }
        return self.refunds[refund_id]

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
            "amount_subtotal": sum(line.unit_minor * line.quantity for line in request.lines),
            "amount_total": sum(line.unit_minor * line.quantity for line in request.lines)
            + (request.shipping.amount.minor if request.shipping else 0),
            "total_details": {
                "amount_discount": 0,
                "amount_tax": 0,
                "amount_shipping": request.shipping.amount.minor if request.shipping else 0,
            },
            "currency": request.currency,
            "livemode": False,
            "metadata": dict(request.metadata),
            "client_reference_id": request.client_reference_id,
            "payment_intent": None,
            "customer_details": None,
            "url": None
            if request.is_embedded
            else f"https://checkout.stripe.com/c/pay/{session_id}",
            "client_secret": f"{session_id}_secret_x" if request.is_embedded else None,
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
