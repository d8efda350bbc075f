"""The gateway: every way Stripe can fail becomes one of two of ours, and no key is ever shown."""

import json
from dataclasses import replace

import pytest
import structlog
from stripe import APIConnectionError, RequestsClient

from paydesk.foundation.logs import (
    configure_logs,
    configure_logs_in_host,
    configure_logs_unless_done,
)
from paydesk.payments.gateway import Gateway, StripeRefused, StripeUnreachable

KEY = "sk_test_of_the_shop"


@pytest.fixture
def database_url() -> str:
    return "sqlite://"


@pytest.fixture
def gateway(settings, clock) -> Gateway:
    return Gateway(settings, clock)


@pytest.fixture
def answers(monkeypatch):
    """Lets Stripe answer with this status and body; gives back what it was asked."""
    asked = []

    def answer(status: int, body: object) -> list[tuple[str, str]]:
        def request(_self, method, url, headers, post_data=None, **_more):
            asked.append((method, url))
            return body if isinstance(body, str) else json.dumps(body), status, {}

        monkeypatch.setattr(RequestsClient, "request", request)
        return asked

    return answer


def error(kind: str, code: str | None = None) -> dict[str, object]:
    return {"error": {"type": kind, "code": code, "message": f"Invalid API Key: {KEY}"}}


@pytest.mark.parametrize(
    ("status", "body", "ours"),
    [
        (500, error("api_error"), StripeUnreachable),
        (503, "<html>busy</html>", StripeUnreachable),
        (200, "not json", StripeUnreachable),
        (429, error("rate_limit_error"), StripeUnreachable),
        (400, error("invalid_request_error", "parameter_invalid_integer"), StripeRefused),
        (401, error("invalid_request_error"), StripeRefused),
        (402, error("card_error", "card_declined"), StripeRefused),
        (403, error("invalid_request_error"), StripeRefused),
        (400, error("idempotency_error"), StripeRefused),
    ],
)
def test_what_stripe_answers_is_unreachable_or_refused(
    gateway, answers, capsys, status, body, ours
):
    answers(status, body)
    with pytest.raises(ours) as refusal:
        gateway.retrieve_session("cs_test_1", quick=True)
    assert "Nothing was charged" in refusal.value.message
    shown = capsys.readouterr()
    # Neither the page nor the log repeats what Stripe said, nor what led to it.
    for text in (refusal.value.message, shown.out, shown.err):
        assert KEY not in text
    assert refusal.value.__suppress_context__


def test_no_answer_at_all_is_unreachable(gateway, monkeypatch):
    def gone(*_args, **_more):
        raise APIConnectionError("Connection refused", should_retry=False)

    monkeypatch.setattr(RequestsClient, "request", gone)
    with pytest.raises(StripeUnreachable):
        gateway.retrieve_session("cs_test_1", quick=True)


def test_an_answer_is_a_plain_dictionary(gateway, answers):
    asked = answers(200, {"object": "checkout.session", "id": "cs_test_1", "metadata": {"a": "b"}})
    answer = gateway.retrieve_session("cs_test_1", quick=True)
    assert type(answer) is dict
    assert type(answer["metadata"]) is dict
    address = "https://api.stripe.com/v1/checkout/sessions/cs_test_1?expand[0]=payment_intent"
    assert asked == [("get", address)]


def test_the_emulators_address_takes_the_place_of_stripes(settings, clock, answers):
    local = Gateway(replace(settings, stripe_api_base="http://127.0.0.1:9"), clock)
    asked = answers(200, {"object": "checkout.session", "id": "cs_test_1"})
    local.retrieve_session("cs_test_1")
    assert asked == [
        ("get", "http://127.0.0.1:9/v1/checkout/sessions/cs_test_1?expand[0]=payment_intent")
    ]


@pytest.fixture
def untouched_logs():
    """A process in which nobody has set up a log."""
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


def test_a_bug_in_the_middle_of_a_call_shows_no_key_in_a_host_apps_log(
    gateway, monkeypatch, capsys, untouched_logs
):
    def bug(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(RequestsClient, "request", bug)
    configure_logs_unless_done()
    try:
        gateway.retrieve_session("cs_test_1", quick=True)
    except ZeroDivisionError as raised:
        structlog.get_logger("host").error("bug", exc_info=raised)
    shown = capsys.readouterr()
    assert "ZeroDivisionError" in shown.err
    assert KEY not in shown.out + shown.err


def test_a_log_the_host_has_set_up_stays(untouched_logs):
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    configure_logs_unless_done()
    configure_logs_in_host()
    assert len(structlog.get_config()["processors"]) == 1
    configure_logs()
    assert len(structlog.get_config()["processors"]) > 1
