"""Too many sessions from one address are refused; a double click never is."""

from dataclasses import replace

import pytest

from paydesk.web import extension, throttle
from paydesk.web.app import create_app
from tests.web.conftest import Visitor

HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def database_url(stocked_sqlite) -> str:
    return stocked_sqlite


@pytest.fixture
def press(visitor):
    """A program at an address that asks for sessions; the statuses it got."""

    def times(count: int, address: str, **headers: str) -> list[int]:
        return [
            visitor.http.post(
                "/create-checkout-session",
                json={},
                headers=headers,
                environ_overrides={"REMOTE_ADDR": address},
            ).status_code
            for _ in range(count)
        ]

    return times


def test_a_hundred_rapid_requests_from_one_address_are_throttled(press):
    answers = press(100, HERE)
    assert answers[:40] == [422] * 40
    assert answers[40:] == [429] * 60


def test_another_address_is_served_meanwhile(press):
    assert press(41, HERE)[-1] == 429
    assert press(1, THERE) == [422]


def test_all_addresses_of_one_ipv6_household_count_together(press):
    answers = [press(1, f"2001:db8:0:1::{n:x}")[0] for n in range(1, 42)]
    assert answers[-1] == 429
    assert press(1, "2001:db8:0:2::1") == [422]
    assert press(1, "::ffff:203.0.113.8") == [422]


def test_a_header_tells_no_address_unless_a_proxy_is_trusted(press):
    answers = [press(1, HERE, **{"X-Forwarded-For": f"198.51.100.{n}"})[0] for n in range(41)]
    assert answers[-1] == 429


def test_behind_a_trusted_proxy_each_buyer_counts_alone(shop, settings, monkeypatch):
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: shop)
    http = create_app(replace(settings, trusted_proxies=1)).test_client()

    def ask(chain: str) -> int:
        headers = {"X-Forwarded-For": chain}
        return int(http.post("/create-checkout-session", json={}, headers=headers).status_code)

    # What a buyer writes into the header himself stands before what our proxy adds.
    assert [ask(f"198.51.100.{n}, {HERE}") for n in range(41)][-1] == 429
    assert ask(THERE) == 422


def test_it_says_when_to_come_back_to_a_program_and_to_a_person(press, visitor):
    press(40, HERE)
    there = {"environ_overrides": {"REMOTE_ADDR": HERE}}
    program = visitor.http.post("/create-checkout-session", json={}, **there)
    assert program.status_code == 429
    assert program.headers["Retry-After"] == "10"
    assert program.json["error"]["code"] == "too_many_requests"
    person = visitor.http.post("/create-checkout-session", data=visitor.form(), **there)
    assert person.status_code == 429
    assert person.headers["Retry-After"] == "10"
    page = person.get_data(as_text=True)
    assert "Nothing was charged" in page
    assert "wait 10 seconds" in page


def test_going_on_with_an_order_counts_too(press, visitor):
    press(40, HERE)
    there = {"environ_overrides": {"REMOTE_ADDR": HERE}}
    assert visitor.http.post("/o/1/secret/pay", json={}, **there).status_code == 429


def test_looking_around_is_never_throttled(press, visitor):
    press(41, HERE)
    for path in ("/", "/config", "/p/arduino-board", "/create-checkout-session"):
        there = {"environ_overrides": {"REMOTE_ADDR": HERE}}
        assert visitor.http.get(path, **there).status_code != 429


def test_a_buyer_who_double_clicks_ten_times_is_served(visitor: Visitor):
    for _ in range(10):
        fields = visitor.form()
        for _click in range(2):
            assert visitor.purchase(fields).status_code == 303


def test_memory_does_not_grow_with_the_number_of_addresses(press, monkeypatch):
    monkeypatch.setattr(throttle, "_MOST_ADDRESSES", 50)
    assert press(41, HERE)[-1] == 429
    for n in range(60):
        press(1, f"198.51.100.{n}")
    # All was forgotten once on the way, or this address would still have to wait.
    assert press(1, HERE) == [422]
