"""The shop's pages through Flask's client, on a database of each kind, with the fake gateway."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from paydesk.doctor import reaching
from paydesk.foundation.clock import StillClock
from paydesk.payments.gateway.administration import Administration, Look
from paydesk.staff import member, sessions
from paydesk.staff.member import Role
from paydesk.staff.sessions import Browser
from paydesk.web import extension
from paydesk.web.app import create_app
from tests.conftest import WEBHOOK_SECRET


# Pages ask the rooms below, whose own tests run on both: here `make test-slow` does.
@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])]
)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"stocked_{request.param}"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(shop, settings, monkeypatch, compiled) -> Flask:
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: shop)
    app = create_app(settings)
    # Each test has an app of its own, but the templates are the same: they are compiled once.
    app.jinja_env.bytecode_cache = compiled
    return app


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor's page asks Stripe and knocks at our own address; here neither answers."""
    monkeypatch.setattr(Administration, "look", lambda _self: Look(None, None, None))
    monkeypatch.setattr(reaching, "knock", lambda _url: None)


@dataclass(frozen=True)
class Visitor:
    """A browser without a screen."""

    http: FlaskClient

    def form(self, path: str = "/p/arduino-board") -> dict[str, str]:
        """The fields of the purchase form on a page, as a browser would send them."""
        html = self.http.get(path).get_data(as_text=True)
        form = re.search(r"<form[^>]*create-checkout-session.*?</form>", html, re.DOTALL)
        assert form is not None
        fields = {}
        for tag in re.findall(r"<input[^>]*>", form[0]):
            name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
            if name is not None and ('type="radio"' not in tag or "checked" in tag):
                fields[name[1]] = value[1] if value is not None else ""
        return fields

    def purchase(self, fields: dict[str, str]) -> TestResponse:
        return self.http.post("/create-checkout-session", data=fields)

    def ask(self, body: Any, **headers: str) -> TestResponse:
        return self.http.post("/create-checkout-session", json=body, headers=headers)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@dataclass(frozen=True)
class Stripe:
    """Sends webhooks as Stripe does."""

    http: FlaskClient
    now: int

    def sends(self, event: Any, **how: Any) -> TestResponse:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.http.post("/webhook", data=body, headers=self.headers(body, **how))

    def headers(self, body: bytes, secret: str = WEBHOOK_SECRET, late: int = 0) -> dict[str, str]:
        at = self.now - late
        signed = str(at).encode() + b"." + body
        signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={signature}", "Content-Type": "application/json"}


@pytest.fixture
def stripe(app: Flask, clock: StillClock) -> Stripe:
    return Stripe(app.test_client(), clock.timestamp())


@dataclass(frozen=True)
class Operator:
    """Somebody at the desk, signed in."""

    http: FlaskClient
    email: str

    def page(self, path: str = "/admin/") -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.location)
        return answer.get_data(as_text=True)

    def sends(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """A form of the desk, with the token its page would carry."""
        return self.http.post(path, data={"csrf_token": self.token(), **(fields or {})}, **more)

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/admin/"))
        assert found is not None
        return found[1]


def operator(app: Flask, shop: Any, role: Role) -> Operator:
    """Somebody of this role, signed in without the tenth of a second a password takes."""
    email = f"{role.name.lower()}@shop.example"
    with shop.database.transaction() as tx:
        staff = member.by_email(tx, email) or member.hire(tx, shop.clock, email, role.name, role)
        staff.password_hash = "of no password"
        token = sessions.open_session(tx, shop.clock, staff, Browser("Test"))
    http = app.test_client()
    http.set_cookie("paydesk-desk", token)
    return Operator(http, email)


@pytest.fixture
def owner(app: Flask, shop: Any) -> Operator:
    return operator(app, shop, Role.OWNER)


@pytest.fixture
def clerk(app: Flask, shop: Any) -> Operator:
    """May work on orders, and not change the shop."""
    return operator(app, shop, Role.ORDERS)


@pytest.fixture
def reader(app: Flask, shop: Any) -> Operator:
    """May look, and change nothing."""
    return operator(app, shop, Role.READ)
