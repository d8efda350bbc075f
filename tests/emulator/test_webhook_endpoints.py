"""Webhook endpoints: made, changed, and their secret shown once."""

import pytest

from stripe_emulator.call import API_VERSION
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole

URL = "http://127.0.0.1:1/hook"


@pytest.fixture
def endpoint(client):
    return client.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["*"]})


def test_the_secret_is_shown_once(client, endpoint):
    must_be_whole(endpoint)
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id)
    page = client.v1.webhook_endpoints.list()
    assert list_problems(page) == []
    assert "secret" not in page.data[0]
    changed = client.v1.webhook_endpoints.update(endpoint.id, {"description": "d"})
    assert "secret" not in changed


def test_an_endpoint_is_changed_switched_off_and_on(client, endpoint):
    wish = {"url": f"{URL}/2", "enabled_events": ["charge.succeeded"], "disabled": True}
    changed = client.v1.webhook_endpoints.update(endpoint.id, wish)
    must_be_whole(changed)
    assert (changed.url, changed.enabled_events) == (f"{URL}/2", ["charge.succeeded"])
    assert changed.status == "disabled"
    again = client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    assert again.status == "enabled"


def test_a_deleted_endpoint_is_gone(client, endpoint, ask: Ask):
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
    assert ask("GET", f"/v1/webhook_endpoints/{endpoint.id}").status == 404
    assert client.v1.webhook_endpoints.list().data == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("enabled_events[]=*", "url"),
        (f"url={URL}", "enabled_events"),
        ("url=shop.test&enabled_events[]=*", "url"),
        ("url=ftp://shop.test&enabled_events[]=*", "url"),
        ("url=file:///etc/passwd&enabled_events[]=*", "url"),
        (f"url={URL}&enabled_events[]=no.such.event", "enabled_events[0]"),
        (f"url={URL}&enabled_events[]=*&api_version=2020-08-27", "api_version"),
        (f"url={URL}&enabled_events[]=*&connect=true", "connect"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(client, ask: Ask, body, param):
    answer = ask("POST", "/v1/webhook_endpoints", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert client.v1.webhook_endpoints.list().data == []


def test_the_version_that_is_spoken_may_be_named(client):
    wish = {"url": URL, "enabled_events": ["*"], "api_version": API_VERSION}
    assert client.v1.webhook_endpoints.create(wish).api_version == API_VERSION
