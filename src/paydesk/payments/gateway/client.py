"""One call to Stripe: a client of its own for whoever cannot wait, and errors made ours."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any, cast

import stripe
import structlog
from stripe import RequestsClient, StripeClient

from paydesk.foundation.database import transaction_is_open
from paydesk.foundation.metrics import STRIPE_CALLS, STRIPE_SECONDS
from paydesk.payments.gateway.errors import StripeBusy, StripeRefused, StripeUnreachable
from paydesk.payments.gateway.request import Answer
from paydesk.payments.in_flight import LaneFull, Lanes
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.stripe")

_CONNECT_TIMEOUT_SECONDS = 3.0
# A buyer waits: the SDK's own back-off makes two retries about 1.5 s.
_RETRIES = 2
# What failed only after this share of the timeout is not repeated: a buyer waits for about one.
_WORTH_REPEATING = 1 / 3
# Stripe's largest page.
_PAGE = 100
# The order page asks Stripe while the buyer looks; when it is slow, the page says "confirming".
_QUICK_TIMEOUT_SECONDS = 3.0
# These say nothing about whether the call was carried out.
_NO_ANSWER = (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError)

# What a call returns: an object of the SDK's, or plain data where none was built.
_Returned = stripe.StripeObject | Answer


class Calls:
    """Makes calls to Stripe, or to the emulator: it cannot tell, and nobody else needs to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._clients: dict[bool, StripeClient] = {}
        self.lanes = Lanes()
        # It writes a file into the home directory and reports latencies.
        stripe.enable_telemetry = False

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

    def _call(
        self, what: str, make: Callable[[StripeClient], _Returned], *, quick: bool = False
    ) -> Answer:
        assert not transaction_is_open(), "never wait for Stripe inside a transaction"
        told = _Told(what)
        try:
            # What gives up quickly does not stand in line either.
            with self.lanes.waiting_for_stripe(in_line=not quick), told.timed():
                answer = make(self._client(quick=quick))
            told.outcome = "ok"
            return answer if isinstance(answer, dict) else answer.to_dict(for_json=True)
        except LaneFull:
            told.outcome = "not_made"
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
            told.outcome = "refused"
            by_card = isinstance(error, stripe.CardError)
            raise StripeRefused(error.code, _detail(error), by_card=by_card) from None
        finally:
            STRIPE_CALLS.labels(what, told.outcome).inc()

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


class _Told:
    """What the metrics are told of one call."""

    def __init__(self, what: str) -> None:
        self.outcome = "unreachable"
        self._what = what

    @contextmanager
    def timed(self) -> Iterator[None]:
        with STRIPE_SECONDS.labels(self._what).time():
            yield


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
