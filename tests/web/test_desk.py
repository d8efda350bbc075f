"""The desk's door: who comes in, and what every page of it declares."""

import re

import pytest
from flask import Flask, current_app

from paydesk import Paydesk
from paydesk.staff import links
from paydesk.staff.member import Role
from paydesk.web.desk.access import needs

PASSWORD = "four words of somebody"


def link(shop) -> str:
    with shop.database.transaction() as tx:
        return f"/admin/welcome/{links.issue(tx, shop.clock, None)}"


def token_of(http, path) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', http.get(path).get_data(as_text=True))
    assert found is not None, path
    return found[1]


def test_the_one_time_link_makes_an_owner_who_can_sign_out_and_in(app, shop):
    http, there = app.test_client(), link(shop)
    form = {"email": " Ann@Shop.example", "name": "Ann", "password": PASSWORD}
    answer = http.post(there, data={**form, "csrf_token": token_of(http, there)})
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert "Ann" in http.get("/admin/").get_data(as_text=True)
    assert http.get(there).status_code == 404
    http.post("/admin/sign-out", data={"csrf_token": token_of(http, "/admin/")})
    assert http.get("/admin/").location == "/admin/sign-in?next=/admin/"
    fields = {"csrf_token": token_of(http, "/admin/sign-in"), "email": "ann@shop.example"}
    refused = http.post("/admin/sign-in", data={**fields, "password": "something else"})
    assert refused.status_code == 422
    answer = http.post("/admin/sign-in", data={**fields, "password": PASSWORD})
    assert answer.status_code == 303
    assert http.get("/admin/").status_code == 200


def test_a_page_that_declares_nothing_is_closed_even_to_an_owner(app, owner, monkeypatch):
    assert owner.page()
    with app.app_context():
        monkeypatch.setitem(current_app.view_functions, "paydesk_desk.home", lambda: "open")
    assert owner.http.get("/admin/").status_code == 403


def test_a_role_opens_what_it_covers(app, owner, clerk, reader, monkeypatch):
    for role, may in ((Role.READ, 3), (Role.ORDERS, 2), (Role.OWNER, 1)):
        with app.app_context():
            view = needs(role)(lambda: "open")
            monkeypatch.setitem(current_app.view_functions, "paydesk_desk.home", view)
        answers = [each.http.get("/admin/").status_code for each in (owner, clerk, reader)]
        assert answers == [200] * may + [403] * (3 - may)


def test_in_a_host_app_there_is_a_desk_only_if_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"PAYDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'a.sqlite3'}"}
    for n, wanted in enumerate((None, "true", "false")):
        app = Flask(f"host{n}")
        Paydesk(app, settings={**given, **({"PAYDESK_DESK": wanted} if wanted else {})})
        assert ("paydesk_desk" in app.blueprints) is (wanted == "true")


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.example/admin/", "//evil.example/admin/", "/\\evil.example", "\t//evil"),
        *("/", "/checkout", "/admin/../webhook", "javascript:alert(1)", "/admin/\r\nX: y", ""),
        "http:/evil.example",
    ],
)
def test_after_signing_in_nobody_is_sent_out_of_the_desk(owner, address):
    answer = owner.http.get("/admin/sign-in", query_string={"next": address})
    assert answer.location == "/admin/"


def test_after_signing_in_the_page_that_was_asked_for_is_shown(app, owner):
    asked = app.test_client().get("/admin/preferences?a=1&b=2").location
    assert owner.http.get(asked).location == "/admin/preferences?a=1&b=2"
