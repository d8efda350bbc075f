"""The only file that imports Stripe's SDK: every call, with its errors made ours.

Stripe's answers leave as plain dictionaries: SDK objects carry the key when pickled, and are
slow to build.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any, cast

import stripe
import structlog
from stripe import RequestsClient, StripeClient
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams, SessionRetrieveParams

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import transaction_is_open
from paydesk.foundation.errors import Refused, Unavailable
from paydesk.foundation.money import Money
from paydesk.payments.in_flight import LaneFull, Lanes
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.stripe")

# Stripe's libraries call a signature stale after this ("Receive Stripe events").
SIGNATURE_TOLERANCE_SECONDS = 300
_CONNECT_TIMEOUT_SECONDS = 3.0
# A buyer waits: the SDK's own back-off makes two retries about 1.5 s.
_RETRIES = 2
# What failed only after this share of the timeout is not repeated: a buyer waits for about one.
_WORTH_REPEATING = 1 / 3
# Stripe's largest page.
_PAGE = 100
# The order page asks Stripe while the buyer looks; when it is slow, the page says "confirming".
_QUICK_TIMEOUT_SECONDS = 3.0

_BUSY_RETRY_AFTER_SECONDS = 5
# These say nothing about whether the call was carried out.
_NO_ANSWER = (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)

_NOT_CHARGED = (
    "Stripe, who takes our payments, cannot be reached just now. Nothing was charged. "
    "Please try again in a moment."
)
_BUSY = (
    "Many people are paying just now, and Stripe answers slowly. Nothing was charged. "
    "Please try again in a moment."
)
_NOT_ACCEPTED = (
    "The payment could not be started. Nothing was charged. Please try again; if it happens "
    "again, tell the shop."
)


class Listed(StrEnum):
    """What can be listed by the time it was created, and where ("Pagination")."""

    SESSIONS = "/v1/checkout/sessions"
    INTENTS = "/v1/payment_intents"
    CHARGES = "/v1/charges"
    REFUNDS = "/v1/refunds"
    BALANCE = "/v1/balance_transactions"


Answer = dict[str, Any]
# What a call returns: an object of the SDK's, or plain data where none was built.
_Returned = stripe.StripeObject | Answer


class StripeUnreachable(Unavailable):
    """No answer, or one that says nothing about what was done: the call may have worked."""

    code = "stripe_unavailable"

    def __init__(self, message: str = _NOT_CHARGED) -> None:
        super().__init__(message)


class StripeBusy(StripeUnreachable):
    """Too many calls wait for Stripe already, so this one was not made."""

    code = "stripe_busy"
    retry_after_seconds = _BUSY_RETRY_AFTER_SECONDS

    def __init__(self) -> None:
        super().__init__(_BUSY)


class StripeRefused(Refused):
    """Stripe understood and said no. What it said is in the log, never on a page."""

    status = 502
    code = "stripe_refused"

    def __init__(self, stripe_code: str | None = None, detail: str | None = None) -> None:
        super().__init__(_NOT_ACCEPTED)
        self.stripe_code = stripe_code
        # Stripe's sentence, for operators; None where it could hold a part of the key.
        self.detail = detail


class BadSignature(Exception):
    """A webhook that is not Stripe's, or not fresh."""


@dataclass(frozen=True)
class LineItem:
    """One line of a checkout session; `unit_minor` in the minor unit of the session's currency."""

    name: str
    unit_minor: int
    quantity: int


@dataclass(frozen=True)
class SessionRequest:
    """Everything a checkout session is made of. `expires_at` in seconds UTC."""

    lines: tuple[LineItem, ...]
    currency: str
    success_url: str
    cancel_url: str
    client_reference_id: str
    metadata: dict[str, str]
    expires_at: int
    email: str | None = None


@dataclass(frozen=True)
class RefundRequest:
    """Everything a refund is made of; `reason` is one of Stripe's words."""

    payment_id: str
    amount: Money
    metadata: dict[str, str]
    reason: str | None = None


class Gateway:
    """Speaks to Stripe, or to the emulator: it cannot tell, and nobody else needs to."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._clients: dict[bool, StripeClient] = {}
        self.lanes = Lanes()
        # It writes a file into the home directory and reports latencies.
        stripe.enable_telemetry = False

    def create_session(self, request: SessionRequest, *, idempotency_key: str) -> Answer:
        """Open a hosted checkout session; the same key opens the same one again.

        "Create a Checkout Session". Raises StripeUnreachable or StripeRefused.
        """
        params = _session_params(request)
        return self._call(
            "checkout.sessions.create",
            lambda client: client.v1.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            ),
        )

    def retrieve_session(self, session_id: str, *, quick: bool = False) -> Answer:
        """A checkout session as it is now, its payment intent within it.

        `quick` gives up after a few seconds.
        """
        params: SessionRetrieveParams = {"expand": ["payment_intent"]}
        return self._call(
            "checkout.sessions.retrieve",
            lambda client: client.v1.checkout.sessions.retrieve(session_id, params),
            quick=quick,
        )

    def expire_session(self, session_id: str) -> Answer:
        """Close an open checkout session. StripeRefused if it is not open any more."""
        return self._call(
            "checkout.sessions.expire",
            lambda client: client.v1.checkout.sessions.expire(session_id),
        )

    def create_refund(self, request: RefundRequest, *, idempotency_key: str) -> Answer:
        """Give money back; the same key gives it once, for a day ("Idempotent requests").

        "Create a refund". Raises StripeUnreachable or StripeRefused.
        """
        params = _refund_params(request)
        return self._call(
            "refunds.create",
            lambda client: client.v1.refunds.create(params, {"idempotency_key": idempotency_key}),
        )

    def list_refunds(self, payment_id: str) -> Iterator[Answer]:
        """All refunds of one payment intent (or of a charge without one), newest first."""
        of = "charge" if payment_id.startswith("ch_") else "payment_intent"
        return self._list("/v1/refunds", {of: payment_id})

    def list_events(self, since: int, until: int) -> Iterator[Answer]:
        """Events created from `since` until before `until`, seconds UTC, newest first.

        "List all events": Stripe keeps them for 30 days.
        """
        return self._list("/v1/events", {"created": {"gte": since, "lt": until}})

    def list_created(self, listed: Listed, since: int) -> Iterator[Answer]:
        """All of one kind created since then, seconds UTC, newest first."""
        return self._list(listed.value, {"created": {"gte": since}})

    def list_disputes(self, charge_id: str) -> Iterator[Answer]:
        """The disputes of one charge ("List all disputes")."""
        return self._list("/v1/disputes", {"charge": charge_id})

    def _list(self, path: str, params: dict[str, Any]) -> Iterator[Answer]:
        """Everything in one of Stripe's lists, page by page ("Pagination")."""
        after: dict[str, Any] = {}
        while True:
            asked = {"limit": _PAGE, **params, **after}
            page = self._call(f"list {path}", partial(_get, path, asked))
            things: list[Answer] = page["data"]
            yield from things
            if not page.get("has_more") or not things:
                return
            after = {"starting_after": things[-1]["id"]}

    def verify_signature(self, body: bytes, header: str) -> None:
        """Raises BadSignature unless one of our secrets signed `body` within 300 s of now.

        Scheme: "Receive Stripe events in your webhook endpoint". The SDK's own check of the age
        looks back only; a time far ahead would stay valid for as long, so the age is ours.
        """
        if not header.isascii():
            # compare_digest raises TypeError for other text.
            raise BadSignature("the header is not ASCII")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise BadSignature("the body is not UTF-8") from None
        self._must_be_fresh(header)
        if not any(self._is_signed_with(secret, text, header) for secret in self._secrets()):
            raise BadSignature("no configured secret made this signature")

    def _secrets(self) -> tuple[str, ...]:
        secrets = self._settings.webhook_secrets
        if not secrets:
            raise BadSignature("no webhook secret is configured")
        return secrets

    def _must_be_fresh(self, header: str) -> None:
        for part in header.split(","):
            name, _, value = part.partition("=")
            if name != "t":
                continue
            # isdecimal alone would take other scripts' digits, and a long run of them is no time.
            if not (value.isdecimal() and len(value) <= 12):
                raise BadSignature("the time is not a number")
            if abs(int(value) - self._clock.timestamp()) > SIGNATURE_TOLERANCE_SECONDS:
                raise BadSignature("the time is too far from ours")

    @staticmethod
    def _is_signed_with(secret: str, text: str, header: str) -> bool:
        try:
            # Without a tolerance the SDK checks no age: `_must_be_fresh` has, both ways.
            stripe.WebhookSignature.verify_header(text, header, secret)
        except (stripe.SignatureVerificationError, ValueError):
            return False
        return True

    def _call(
        self, what: str, make: Callable[[StripeClient], _Returned], *, quick: bool = False
    ) -> Answer:
        assert not transaction_is_open(), "never wait for Stripe inside a transaction"
        try:
            # What gives up quickly does not stand in line either.
            with self.lanes.waiting_for_stripe(in_line=not quick):
                answer = make(self._client(quick=quick))
            return answer if isinstance(answer, dict) else answer.to_dict(for_json=True)
        except LaneFull:
            log.warning("stripe_call_not_made", call=what, reason="too many wait already")
            raise StripeBusy from None
        except _NO_ANSWER as error:
            _log_failure(what, error)
            raise StripeUnreachable from None
        except stripe.StripeError as error:
            _log_failure(what, error)
            if error.http_status == HTTPStatus.CONFLICT:
                # "Error codes", idempotency_key_in_use: the same call is being worked on.
                raise StripeUnreachable from None
            raise StripeRefused(error.code, _detail(error)) from None

    def _client(self, *, quick: bool) -> StripeClient:
        # Made late: the connection pool must not be shared with a forked process.
        with self._lock:
            if quick not in self._clients:
                self._clients[quick] = self._new_client(quick=quick)
            return self._clients[quick]

    def _new_client(self, *, quick: bool) -> StripeClient:
        timeout = _QUICK_TIMEOUT_SECONDS if quick else self._settings.stripe_timeout_seconds
        base = self._settings.stripe_api_base
        return StripeClient(
            self._settings.secret_key,
            http_client=_PatientOnce(timeout),
            max_network_retries=0 if quick else _RETRIES,
            base_addresses={"api": base} if base else {},
        )


class _PatientOnce(RequestsClient):
    """The SDK's client, but what was waited for in vain is not waited for again.

    The SDK repeats a call whose answer did not come in time: three timeouts for one buyer.
    """

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(timeout=(min(_CONNECT_TIMEOUT_SECONDS, timeout_seconds), timeout_seconds))
        self._slow_seconds = timeout_seconds * _WORTH_REPEATING

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **more: Any,
    ) -> Any:
        started = time.monotonic()
        try:
            return super().request(method, url, headers, post_data, **more)
        except stripe.APIConnectionError as error:
            if time.monotonic() - started >= self._slow_seconds:
                error.should_retry = False
            raise


def _session_params(request: SessionRequest) -> SessionCreateParams:
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": request.currency,
                    "unit_amount": line.unit_minor,
                    "product_data": {"name": line.name},
                },
            }
            for line in request.lines
        ],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.client_reference_id,
        "metadata": request.metadata,
        # A session's metadata is not copied to its payment intent ("Metadata use cases").
        "payment_intent_data": {"metadata": request.metadata},
        "expires_at": request.expires_at,
    }
    if request.email:
        params["customer_email"] = request.email
    return params


def _refund_params(request: RefundRequest) -> RefundCreateParams:
    params: RefundCreateParams = {"amount": request.amount.minor, "metadata": request.metadata}
    if request.payment_id.startswith("ch_"):
        params["charge"] = request.payment_id
    else:
        params["payment_intent"] = request.payment_id
    if request.reason is not None:
        params["reason"] = cast(Any, request.reason)
    return params


def _get(path: str, params: dict[str, Any], client: StripeClient) -> Answer:
    # Raw: building objects of a hundred events costs more than fetching them.
    return cast(Answer, client.raw_request("get", path, **params).data)


def _detail(error: stripe.StripeError) -> str | None:
    told = isinstance(error, (stripe.InvalidRequestError, stripe.CardError))
    return str(error.user_message) if told and error.user_message else None


def _log_failure(what: str, error: stripe.StripeError) -> None:
    # Not the message: it can hold parameters and a part of the key.
    log.warning(
        "stripe_call_failed",
        call=what,
        kind=type(error).__name__,
        http_status=error.http_status,
        code=error.code,
        request_id=error.request_id,
    )
