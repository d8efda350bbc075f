"""The log: JSON or text, and never what opens something or is somebody's."""

import json
import logging
import sys
import time

import pytest
import structlog

from paydesk.foundation.logs import (
    configure_logs,
    configure_logs_in_host,
    configure_logs_unless_done,
    hidden,
)


@pytest.fixture(autouse=True)
def _put_back():
    before = structlog.get_config() if structlog.is_configured() else None
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


@pytest.mark.parametrize(
    ("private", "shown"),
    [
        ("Invalid API Key: sk_live_51HxYz", "Invalid API Key: sk_live_***"),
        ("rk_test_abc, whsec_0123", "rk_test_***, whsec_***"),
        ("pi_3Q_secret_abc is open", "pi_3Q_secret_*** is open"),
        ("GET /o/1001/abcdef234 200", "GET /o/1001/*** 200"),
        ("ada.lovelace+shop@mail.example.org wrote", "***@*** wrote"),
        ("postgresql+psycopg://shop:hunter2@db/shop", "postgresql+psycopg://shop:***@db/shop"),
        ("order 1001 for $39.00 at https://shop.example/p/mug", None),
    ],
)
def test_what_is_private_is_hidden_and_the_rest_is_not(private, shown):
    assert hidden(private) == (shown or private)


def test_a_long_line_is_looked_through_quickly():
    for line in ("x" * 50_000, "a@" * 25_000, "://" * 20_000, "pi_a_secret_" * 5_000):
        started = time.perf_counter()
        hidden(line)
        assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_private_is_written_whoever_writes_it(form, capsys):
    configure_logs(form)
    try:
        int("ada@example.com, sk_live_12345")
    except ValueError:
        structlog.get_logger("ours").exception("bug", path="/o/7/secretsecret")
        logging.getLogger("theirs").exception("failed for ada@example.com")
    shown = capsys.readouterr().err
    assert shown.count("ValueError: invalid literal") == 2
    for private in ("ada@example.com", "12345", "secretsecret"):
        assert private not in shown


def test_json_is_one_object_a_line_from_libraries_too(capsys):
    configure_logs("json")
    configure_logs("json")
    with structlog.contextvars.bound_contextvars(event_id="evt_1"):
        structlog.get_logger("ours").info("settled", order=1001)
    logging.getLogger("theirs").warning("it takes %s s", 3)
    ours, theirs = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (ours["event"], ours["order"], ours["event_id"]) == ("settled", 1001, "evt_1")
    assert (theirs["event"], theirs["logger"]) == ("it takes 3 s", "theirs")


def test_a_command_of_a_host_app_writes_json_and_doubles_no_line_of_the_hosts(capsys):
    structlog.reset_defaults()
    configure_logs_unless_done()
    configure_logs_in_host("json")
    structlog.get_logger("ours").info("settled")
    assert json.loads(capsys.readouterr().err)["event"] == "settled"
    root = logging.getLogger()
    root.handlers = [logging.StreamHandler(sys.stdout)]
    configure_logs_in_host("json")
    root.warning("the host's own")
    shown = capsys.readouterr()
    assert shown.out + shown.err == "the host's own\n"
