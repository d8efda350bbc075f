"""Calls to Stripe are limited: people and jobs have lanes of their own, and nobody waits long."""

import contextlib
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paydesk.payments.gateway import Gateway, StripeBusy, StripeUnreachable
from paydesk.payments.in_flight import Lane, LaneFull, Lanes


@pytest.fixture
def database_url() -> str:
    return "sqlite://"


@pytest.fixture
def hold():
    """Occupies places in a lane, each from a thread of its own, until the test ends."""
    done, threads = threading.Event(), []

    def occupy(enter, count: int) -> None:
        inside = threading.Semaphore(0)

        def stay() -> None:
            with enter():
                inside.release()
                done.wait(10)

        for _ in range(count):
            threads.append(threading.Thread(target=stay))
            threads[-1].start()
            assert inside.acquire(timeout=5)

    yield occupy
    done.set()
    for each in threads:
        each.join()


def people(lanes: Lanes):
    lanes.begin()
    return lanes.waiting_for_stripe(in_line=False)


def test_whoever_stands_in_line_gets_the_place_that_becomes_free(hold):
    lane = Lane(calls=1, waiting=1, patience_seconds=5)
    entered = threading.Event()

    def come() -> None:
        with lane.entered():
            entered.set()

    with lane.entered():
        waiting = threading.Thread(target=come)
        waiting.start()
        assert not entered.wait(0.1)
    waiting.join(5)
    assert entered.is_set()


def test_nobody_stands_in_line_longer_than_patience(hold):
    lane = Lane(calls=1, waiting=1, patience_seconds=0.1)
    hold(lane.entered, 1)
    started = time.monotonic()
    with pytest.raises(LaneFull), lane.entered():
        pass
    assert 0.1 <= time.monotonic() - started < 2
    # Whoever gave up stands in line no more.
    with pytest.raises(LaneFull), lane.entered():
        pass
    assert time.monotonic() - started >= 0.2


def test_a_long_line_is_refused_at_once(hold):
    lane = Lane(calls=1, waiting=1, patience_seconds=3)
    hold(lane.entered, 1)
    waiting = threading.Thread(target=wait_for_nothing, args=(lane,))
    waiting.start()
    time.sleep(0.1)
    started = time.monotonic()
    with pytest.raises(LaneFull), lane.entered():
        pass
    assert time.monotonic() - started < 2
    waiting.join(5)


def wait_for_nothing(lane: Lane) -> None:
    with contextlib.suppress(LaneFull), lane.entered():
        pass


def test_an_error_inside_gives_the_place_back():
    lane = Lane(calls=1, waiting=1, patience_seconds=0.1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), lane.entered():
            1 / 0  # noqa: B018


def test_people_and_jobs_do_not_crowd_each_other_out(hold):
    lanes = Lanes()
    hold(lambda: people(lanes), 20)
    with lanes.waiting_for_stripe(in_line=False):
        pass
    with pytest.raises(LaneFull), people(lanes):
        pass
    lanes.end()

    lanes = Lanes()
    hold(lambda: lanes.waiting_for_stripe(in_line=False), 4)
    with pytest.raises(LaneFull), lanes.waiting_for_stripe(in_line=False):
        pass
    with people(lanes):
        pass
    lanes.end()


def test_whoever_waits_for_stripe_holds_no_place_at_the_counter():
    lanes, served = Lanes(), []

    def order() -> None:
        lanes.begin(at_counter=True)
        with lanes.waiting_for_stripe(in_line=False):
            time.sleep(0.3)
        served.append(1)
        lanes.end()

    started = time.monotonic()
    threads = [threading.Thread(target=order) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert len(served) == 10
    # One after the other, or two by two, would take 1.5 s and more.
    assert time.monotonic() - started < 1.2


def test_a_full_lane_is_busy_and_asks_stripe_nothing(settings, clock, hold):
    gateway = Gateway(replace(settings, stripe_api_base="http://127.0.0.1:9"), clock)
    hold(lambda: people(gateway.lanes), 20)
    gateway.lanes.begin()
    with pytest.raises(StripeBusy) as refused:
        gateway.retrieve_session("cs_test_1", quick=True)
    gateway.lanes.end()
    assert isinstance(refused.value, StripeUnreachable)
    assert refused.value.status == 503
    assert refused.value.retry_after_seconds == 5
    assert "Nothing was charged" in refused.value.message
    assert "in a moment" in refused.value.message


class Slow(BaseHTTPRequestHandler):
    """A Stripe that takes a request and then says nothing, or stops in the middle."""

    asked: list[str]
    beginning = b""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.wfile.write(self.beginning)
        time.sleep(1.5)
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        pass


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"])
def test_an_answer_that_does_not_come_in_time_is_waited_for_once(settings, clock, beginning):
    asked: list[str] = []
    handler = type("Handler", (Slow,), {"asked": asked, "beginning": beginning})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    base = f"http://127.0.0.1:{server.server_port}"
    gateway = Gateway(replace(settings, stripe_api_base=base, stripe_timeout_seconds=0.5), clock)
    started = time.monotonic()
    try:
        with pytest.raises(StripeUnreachable):
            gateway.retrieve_session("cs_test_1")
        assert time.monotonic() - started < 1.4
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    assert len(asked) == 1


def test_a_refused_connection_is_tried_again(settings, clock, monkeypatch):
    gateway = Gateway(replace(settings, stripe_api_base="http://127.0.0.1:9"), clock)
    tries = []

    def no_pause(_client: object, number: int) -> float:
        tries.append(number)
        return 0

    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", no_pause)
    with pytest.raises(StripeUnreachable):
        gateway.retrieve_session("cs_test_1")
    assert tries == [1, 2]


def test_two_buyers_at_a_time_are_at_the_counter():
    lanes, left, arrived = Lanes(), threading.Event(), []

    def order() -> None:
        lanes.begin(at_counter=True)
        arrived.append(1)
        left.wait(5)
        lanes.end()

    threads = [threading.Thread(target=order) for _ in range(5)]
    for each in threads:
        each.start()
    time.sleep(0.2)
    assert len(arrived) == 2
    left.set()
    for each in threads:
        each.join(5)
    assert len(arrived) == 5
