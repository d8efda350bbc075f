"""What must be true of every page, those of tomorrow as well: the routes are asked for, not listed.

Each guard these tests hold was taken out once, and its test seen to fail: docs/security.md.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, inspect, text, update
from werkzeug.test import TestResponse

from paydesk.business import demonstration
from paydesk.foundation.ids import new_secret
from paydesk.orders import order as orders
from paydesk.staff import links
from paydesk.staff.sessions import StaffSession
from paydesk.web import extension
from paydesk.web.app import create_app
from paydesk.web.guard import MAX_FORM_BYTES
from tests.web.conftest import Operator, Visitor
from tests.web.routes import Route, routes

SOURCES = Path(__file__).parents[2] / "src"
# Everybody may change their own account and how the desk looks to them.
_ONES_OWN = {
    *("change_preferences", "sign_out", "prove", "change_password", "end_session"),
    *("switch_code_on", "switch_code_off", "renew_recovery_codes"),
}
_OPEN = {
    *("sign_in", "open_session", "sign_in_code", "enter_code", "welcome", "choose_password"),
}
# Stripe's webhook is signed, and a cookie of looks is nobody's secret: see `_refuse_forgery`.
_WITHOUT_TOKEN = {"webhook", "preferences"}
# GETs that may change something, each for a reason: Stripe sends buyers back to them by a link,
# (docs/decisions/0004-cancelling-is-a-get.md) and an order's page asks Stripe how it stands.
_CHANGING_GETS = {"cancelled", "cancel", "success"}
# When somebody was last seen is no state of the shop.
_UNCOUNTED = {"paydesk_staff_sessions"}


@pytest.fixture
def bought(visitor: Visitor, shop) -> orders.Order:
    """An order, and the shop's facts and texts, so that every kind of page has something on it."""
    # While nothing is added to its price, so that it is ordered at once.
    visitor.purchase(visitor.form())
    with shop.database.transaction() as tx:
        demonstration.load(tx, shop.clock)
    link = visitor.http.get("/success").location
    with shop.database.transaction() as tx:
        found = orders.by_number(tx, int(link.split("/o/")[1].split("/")[0]))
    assert found is not None
    return found


@pytest.fixture
def everything(app: Flask, shop, bought) -> list[Route]:
    with shop.database.transaction() as tx:
        token = links.issue(tx, shop.clock, None)
    return routes(app, number=bought.number, secret=bought.secret, token=token)


def desk_changes(everything: list[Route]) -> list[Route]:
    found = [each for each in everything if each.is_desk and each.changes]
    assert len(found) > 15
    return found


# Who may


def test_every_page_of_the_desk_says_who_may_open_it(app, everything):
    desk = [each for each in everything if each.is_desk]
    assert len(desk) > 35
    views = {each.page: app.view_functions[each.endpoint] for each in desk}
    assert [name for name, view in views.items() if not hasattr(view, "paydesk_needs")] == []
    to_all = {name for name, view in views.items() if view.paydesk_needs is None}
    assert to_all == _OPEN


def test_who_is_not_signed_in_is_asked_to_and_sent_back_to_the_desk_alone(app, everything):
    http = app.test_client()
    for each in everything:
        if not each.is_desk or each.page in _OPEN:
            continue
        for method in ["GET"] * each.reads + ["POST"] * each.changes:
            fields = {"a": "b"} if method == "POST" else None
            headers = {"Referer": "https://evil.example"}
            answer = http.open(each.path, method=method, data=fields, headers=headers)
            there = urlsplit(answer.location or "")
            assert (answer.status_code, there.netloc) == (303, ""), each
            assert there.path == "/admin/sign-in", each
            wanted = each.path if method == "GET" else "/admin/"
            assert there.query.replace("%2F", "/") == f"next={wanted}", each


def test_a_reader_changes_nothing(reader, shop, everything):
    token, before = reader.token(), state(shop)
    for each in desk_changes(everything):
        if each.page not in _OPEN | _ONES_OWN:
            answer = reader.http.post(each.path, data={"csrf_token": token})
            assert answer.status_code == 403, each
    assert state(shop) == before


def test_a_clerk_changes_no_setting(clerk, shop, everything):
    token, before = clerk.token(), state(shop)
    for each in desk_changes(everything):
        if each.rule.startswith("/admin/settings") or each.rule.startswith("/admin/staff"):
            answer = clerk.http.post(each.path, data={"csrf_token": token})
            assert answer.status_code == 403, each
    assert state(shop) == before


def test_who_was_shown_out_or_only_gave_a_password_is_nobody(app, shop, everything, owner):
    with shop.database.transaction() as tx:
        tx.execute(update(StaffSession).values(is_complete=False))
    for each in everything:
        if each.is_desk and each.page not in _OPEN and each.reads:
            assert owner.http.get(each.path).status_code == 303, each


# Policy and headers


def answers(
    http: FlaskClient, everything: list[Route]
) -> Iterator[tuple[Route, TestResponse, str]]:
    for each in everything:
        if each.reads:
            answer = http.get(each.path, buffered=False)
            html = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
            yield each, answer, html
            answer.close()


@pytest.mark.parametrize("who", ["visitor", "owner"])
def test_every_page_has_a_strict_policy_and_nothing_it_would_forbid(request, who, everything):
    http = request.getfixturevalue(who).http
    shown = 0
    for each, answer, html in answers(http, everything):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, each
        assert "unsafe" not in policy, each
        assert "frame-ancestors 'none'" in policy, each
        assert answer.headers["X-Content-Type-Options"] == "nosniff", each
        assert "Referrer-Policy" in answer.headers, each
        if each.is_desk:
            # Buyers' names and addresses: in no cache, and in no search engine.
            assert answer.headers["Cache-Control"] == "no-store", each
            assert "noindex" in answer.headers["X-Robots-Tag"], each
        shown += bool(html)
        for forbidden in (
            *(r"<style", r"\sstyle\s*=", r"<script(?![^>]*\ssrc=)(?![^>]*application/ld\+json)"),
            *(r"\son[a-z]+\s*=\s*[\"']", r"javascript:", r"<base\b", r"<iframe", r"<object"),
        ):
            found = re.search(forbidden, html, re.IGNORECASE)
            assert found is None, (each.path, html[found.start() - 80 : found.end() + 80])
        # Everything that is loaded is ours.
        loaded = re.findall(r'<(?:script|img|source)[^>]*?\s(?:src|srcset)="([^"]+)', html)
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)', html)
        assert [one for one in loaded + sheets if not one.startswith(("/", "data:"))] == [], each
    assert shown > 20


# Cookies


def test_over_https_every_cookie_is_bound_to_this_host_alone(shop, settings, monkeypatch):
    secure = replace(settings, base_url="https://shop.example")
    there = replace(shop, settings=secure)
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: there)
    app = create_app(secure)
    http = app.test_client()
    with shop.database.transaction() as tx:
        token = links.issue(tx, shop.clock, None)
    told = []

    def ask(method: str, path: str, **more: Any) -> str:
        answer = http.open(path, method=method, base_url="https://shop.example", **more)
        told.extend(answer.headers.getlist("Set-Cookie"))
        return answer.get_data(as_text=True)

    def csrf(path: str) -> str:
        return re.findall(r'name="csrf_token" value="([^"]+)"', ask("GET", path))[0]

    ask("GET", "/")
    ask("POST", "/preferences", data={"theme": "dark"}, headers={"Origin": "https://shop.example"})
    there = f"/admin/welcome/{token}"
    entrant = {"email": "a@shop.example", "name": "A", "password": "four words of somebody"}
    ask("POST", there, data={**entrant, "csrf_token": csrf(there)})
    ask("POST", "/admin/preferences", data={"density": "compact", "csrf_token": csrf("/admin/")})
    ask("POST", "/admin/sign-out", data={"csrf_token": csrf("/admin/")})
    names = {each.partition("=")[0] for each in told}
    assert {"__Host-paydesk", "__Host-paydesk-desk", "__Host-paydesk-desk-look"} <= names
    for each in told:
        assert each.startswith("__Host-"), each
        words = {word.strip().lower() for word in each.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= words, each
        assert not any(word.startswith("domain") for word in words), each


# Forgery


def test_every_form_needs_the_token_of_its_page(app, owner, shop, everything):
    owner.page()
    before = state(shop)
    tried = 0
    for each in everything:
        if not each.changes or each.page in _WITHOUT_TOKEN:
            continue
        for fields, kind in (
            ({"a": "b"}, "application/x-www-form-urlencoded"),
            ({"csrf_token": "made up"}, "multipart/form-data"),
        ):
            answer = owner.http.post(each.path, data=fields, content_type=kind)
            assert answer.status_code == 403, (each, fields, answer.status_code)
            tried += 1
    assert tried > 60
    assert state(shop) == before


def test_no_other_site_can_have_anything_done(app, owner, shop, everything):
    """What is no form carries no token, and browsers say whom it is from."""
    before = state(shop)
    for each in everything:
        if not each.changes or each.page == "webhook":
            continue
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            kind = "text/plain"
            answer = owner.http.post(each.path, data=b"{}", content_type=kind, headers=headers)
            assert answer.status_code == 403, (each, answer.status_code)
    assert state(shop) == before


# Reading changes nothing


@pytest.mark.parametrize("who", ["visitor", "owner"])
def test_reading_changes_nothing(request, who, shop, everything):
    http = request.getfixturevalue(who).http
    reading = [each for each in everything if each.reads and each.page not in _CHANGING_GETS]

    def changes(some: list[Route]) -> bool:
        before = state(shop)
        for each in some:
            http.get(f"{each.path}?do=delete&save=1&page=2", buffered=False).close()
            http.head(each.path).close()
        return state(shop) != before

    if changes(reading):
        # Which of them? It may have been the first time that did it.
        assert [each for each in reading if changes([each])] == "see above"


def state(shop) -> str:
    """A hash of all that is in the database."""
    found = hashlib.sha256()
    with shop.database.transaction() as tx:
        for table in sorted(inspect(tx.connection()).get_table_names()):
            if table in _UNCOUNTED:
                continue
            rows = sorted(str(tuple(row)) for row in tx.execute(text(f'SELECT * FROM "{table}"')))
            found.update(f"{table} {rows}".encode())
    return found.hexdigest()


# Nobody is sent away


_NAMES = ("next", "back", "url", "return_url", "return_to", "success_url", "cancel_url", "continue")


@pytest.mark.parametrize("who", ["visitor", "owner"])
def test_no_address_sends_anybody_to_another_site(request, who, everything):
    operator, evil = request.getfixturevalue(who), "//evil.example/"
    wishes = dict.fromkeys(_NAMES, evil)
    token = {"csrf_token": operator.token()} if isinstance(operator, Operator) else {}
    for each in everything:
        if each.page == "sign_out":
            continue
        if each.reads:
            answer = operator.http.get(each.path, query_string=wishes, buffered=False)
            assert is_ours(answer.location), (each, answer.location)
            answer.close()
        # Purchases lead to Stripe, whose address the shop knows.
        if each.changes and (each.is_desk or each.page == "preferences"):
            headers = {"Referer": evil, "Sec-Fetch-Site": "same-origin"}
            fields = {**wishes, **token, "theme": "dark"}
            answer = operator.http.post(each.path, data=fields, headers=headers)
            assert is_ours(answer.location), (each, answer.location)


def is_ours(location: str | None) -> bool:
    if location is None:
        return True
    # A browser takes a backslash for a slash.
    parts = urlsplit(location.replace("\\", "/"))
    return parts.netloc in ("", "localhost", "localhost:5000") and not location.startswith("//")


# Orders of others


def test_an_order_of_somebody_else_looks_like_none_at_all(app, shop, bought, everything):
    """Byte for byte, and after the same questions to the database: the time tells nothing."""
    http = app.test_client()
    http.get("/")
    asked: list[str] = []
    event.listen(
        shop.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2])
    )
    compared = 0
    for each in everything:
        if "/o/<int:number>/<secret>" not in each.rule or not each.reads:
            continue
        found = []
        for number, secret in (
            (bought.number, new_secret()),
            (bought.number, bought.secret[:-1]),
            (bought.number + 999, bought.secret),
            (bought.number + 999, new_secret()),
        ):
            asked.clear()
            path = each.path.replace(f"/o/{bought.number}/{bought.secret}", f"/o/{number}/{secret}")
            answer = http.get(path)
            body = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))
            body = body.replace(str(number), "NUMBER").replace(secret, "SECRET")
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name not in ("X-Request-Id", "Set-Cookie", "Content-Length", "Date")
            }
            found.append((answer.status_code, body, headers, tuple(asked)))
            compared += 1
        assert found[0][0] == 404, each
        assert [each for each in found if each != found[0]] == [], each
    assert compared > 12


def test_a_secret_is_compared_in_constant_time_even_for_no_order(app, bought, monkeypatch):
    seen = []
    compare = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        seen.append([len(one), len(other)])
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    http = app.test_client()
    for number in (bought.number, 99_999):
        http.get(f"/o/{number}/{new_secret()}")
    assert seen == [[26, 26], [26, 26]]


# Size


def test_no_page_reads_more_than_it_must(app, owner, shop, everything):
    before = state(shop)
    for each in everything:
        if not each.changes or each.page == "webhook":
            continue
        limit = getattr(app.view_functions[each.endpoint], "paydesk_body_limit", MAX_FORM_BYTES)
        assert limit <= 20 * 1024 * 1024
        if limit == MAX_FORM_BYTES:
            answer = owner.http.post(each.path, data={"csrf_token": "x" * (limit + 1)})
            assert answer.status_code == 413, (each, answer.status_code)
    assert state(shop) == before


# Rules of the linter


def test_each_exception_from_a_security_rule_gives_its_reason():
    exception = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b(?! - \S| *, *[A-Z0-9]+ - \S)")
    bare = [
        f"{file.relative_to(SOURCES)}:{number}"
        for file in sorted(SOURCES.rglob("*.py"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if exception.search(line)
    ]
    assert bare == []
