"""The only file that imports Stripe's SDK: every call, with its errors made ours.

Stripe's answers leave as plain dictionaries: SDK objects carry the key when pickled, and are
slow to build.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

import stripe
import structlog
from stripe import RequestsClient, StripeClient
from stripe.params.checkout import SessionCreateParams

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import transaction_is_open
from paydesk.foundation.errors import Refused, Unavailable
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.stripe")

# Stripe's libraries call a signature stale after this ("Receive Stripe events").
SIGNATURE_TOLERANCE_SECONDS = 300
_CONNECT_TIMEOUT_SECONDS = 3.0
# A buyer waits: the SDK's own back-off makes two retries about 1.5 s.
_RETRIES = 2
# The order page asks Stripe while the buyer looks; when it is slow, the page says "confirming".
_QUICK_TIMEOUT_SECONDS = 3.0

_NOT_CHARGED = (
    "Stripe, who takes our payments, cannot be reached just now. Nothing was charged. "
    "Please try again in a moment."
)
_NOT_ACCEPTED = (
    "The payment could not be started. Nothing was charged. Please try again; if it happens "
    "again, tell the shop."
)

Answer = dict[str, Any]
_T = TypeVar("_T", bound=stripe.StripeObject)


class StripeUnreachable(Unavailable):
    """No answer, or one that says nothing about what was done: the call may have worked."""

    code = "stripe_unavailable"

    def __init__(self) -> None:
        super().__init__(_NOT_CHARGED)


class StripeRefused(Refused):
    """Stripe understood and said no. What it said is in the log, never on a page."""

    status = 502
    code = "stripe_refused"

    def __init__(self, stripe_code: str | None = None) -> None:
        super().__init__(_NOT_ACCEPTED)
        self.stripe_code = stripe_code


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


class Gateway:
    """Speaks to Stripe, or to the emulator: it cannot tell, and nobody else needs to."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._clients: dict[bool, StripeClient] = {}
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
        """A checkout session as it is now. `quick` gives up after a few seconds."""
        return self._call(
            "checkout.sessions.retrieve",
            lambda client: client.v1.checkout.sessions.retrieve(session_id),
            quick=quick,
        )

    def expire_session(self, session_id: str) -> Answer:
        """Close an open checkout session. StripeRefused if it is not open any more."""
        return self._call(
            "checkout.sessions.expire",
            lambda client: client.v1.checkout.sessions.expire(session_id),
        )

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
        self, what: str, make: Callable[[StripeClient], _T], *, quick: bool = False
    ) -> Answer:
        assert not transaction_is_open(), "never wait for Stripe inside a transaction"
        try:
            return make(self._client(quick=quick)).to_dict(for_json=True)
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            _log_failure(what, error)
            raise StripeUnreachable from None
        except stripe.StripeError as error:
            _log_failure(what, error)
            raise StripeRefused(error.code) from None

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
            http_client=RequestsClient(timeout=(min(_CONNECT_TIMEOUT_SECONDS, timeout), timeout)),
            max_network_retries=0 if quick else _RETRIES,
            base_addresses={"api": base} if base else {},
        )


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
