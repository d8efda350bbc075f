"""The desk's door: who comes in, and what every page of it declares."""

import re
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask, current_app

from paydesk import Paydesk
from paydesk.staff import links, member, passwords, second_factor
from paydesk.staff.member import Role
from paydesk.web.desk.access import needs

EMAIL = "ann@shop.example"
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


# Signing in, over HTTP


@pytest.fixture
def ann(app, shop, monkeypatch):
    """An owner with a password, and a browser that has signed nobody in."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", light)
    with shop.database.transaction() as tx:
        ann = member.hire(tx, shop.clock, EMAIL, "Ann", Role.OWNER)
        ann.password_hash = light.hash(PASSWORD)
    return app.test_client()


def sign_in(http, password=PASSWORD, **more):
    fields = {"csrf_token": token_of(http, "/admin/sign-in"), "email": EMAIL}
    return http.post("/admin/sign-in", data={**fields, "password": password, **more})


def cookie_of(http):
    found = http.get_cookie("paydesk-desk")
    return found.value if found is not None else None


def test_too_many_guesses_are_told_when_to_come_back(ann):
    answers = [sign_in(ann, "something else") for _ in range(6)]
    assert [each.status_code for each in answers] == [422] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "30"
    assert "Wait 30 seconds" in answers[-1].get_data(as_text=True)
    pages = {re.sub(r'value="[^"]*"', "", each.get_data(as_text=True)) for each in answers[:5]}
    assert len(pages) == 1


def test_the_session_is_another_one_after_each_step(ann, shop):
    planted = "23456789abcdefghijkmnpqrst"
    ann.set_cookie("paydesk-desk", planted)
    before = token_of(ann, "/admin/sign-in")
    assert sign_in(ann).location == "/admin/"
    assert cookie_of(ann) not in (None, planted)
    # What was read on a page before it is good for nothing after it.
    assert ann.post("/admin/preferences", data={"csrf_token": before}).status_code == 403
    first = cookie_of(ann)
    other = ann.application.test_client()
    sign_in(other)
    assert cookie_of(other) != first


def test_the_code_is_asked_for_before_any_page_opens(ann, shop, clock):
    secret = second_factor.new_secret()
    with shop.database.transaction() as tx:
        member.named(tx, EMAIL).totp_secret = secret
    there = sign_in(ann, next="/admin/account").location
    assert there == "/admin/sign-in/code?next=/admin/account"
    assert ann.get("/admin/").location == "/admin/sign-in?next=/admin/"
    half = cookie_of(ann)
    fields = {"csrf_token": token_of(ann, there), "next": "/admin/account"}
    assert ann.post("/admin/sign-in/code", data={**fields, "code": "123"}).status_code == 422
    code = pyotp.TOTP(secret).at(clock.timestamp())
    answer = ann.post("/admin/sign-in/code", data={**fields, "code": f"{code[:3]} {code[3:]}"})
    assert answer.location == "/admin/account"
    assert cookie_of(ann) != half
    assert ann.get("/admin/account").status_code == 200


def test_money_and_access_ask_for_the_password_again_after_a_quarter_of_an_hour(ann, clock):
    sign_in(ann)
    assert ann.get("/admin/settings/staff").status_code == 200
    clock.travel(timedelta(minutes=15))
    asked = ann.get("/admin/settings/staff?page=2").location
    assert asked == "/admin/confirm?next=/admin/settings/staff?page%3D2"
    # What was sent without it is not done, and not lost sight of.
    fields = {"csrf_token": token_of(ann, "/admin/account"), "email": "eve@shop.example"}
    answer = ann.post(
        "/admin/settings/staff",
        data={**fields, "role": "owner"},
        headers={"Referer": "http://localhost/admin/settings/staff"},
    )
    assert answer.location == "/admin/confirm?next=/admin/settings/staff"
    assert "Nothing was done yet" in ann.get(answer.location).get_data(as_text=True)
    proof = {"csrf_token": fields["csrf_token"], "next": "/admin/settings/staff"}
    assert ann.post("/admin/confirm", data={**proof, "password": "no"}).status_code == 422
    answer = ann.post("/admin/confirm", data={**proof, "password": PASSWORD})
    assert answer.location == "/admin/settings/staff"
    assert "eve@" not in ann.get("/admin/settings/staff").get_data(as_text=True)


def test_signing_out_everywhere_ends_the_other_browsers_too(ann):
    other = ann.application.test_client()
    sign_in(ann)
    sign_in(other)
    fields = {"csrf_token": token_of(ann, "/admin/account"), "everywhere": "yes"}
    ann.post("/admin/sign-out", data=fields)
    assert cookie_of(ann) is None
    assert other.get("/admin/").status_code == 303


def test_the_second_factor_is_switched_on_with_the_app_and_never_shown_again(ann, shop, clock):
    sign_in(ann)
    page = ann.get("/admin/account/second-factor").get_data(as_text=True)
    assert "<svg" in page
    secret = re.findall(r'name="secret" value="(\w+)"', page)[0]
    fields = {"csrf_token": token_of(ann, "/admin/account"), "secret": secret}
    wrong = ann.post("/admin/account/second-factor", data={**fields, "code": "1"})
    assert wrong.status_code == 422
    assert secret in wrong.get_data(as_text=True)
    code = pyotp.TOTP(secret).at(clock.timestamp())
    codes = ann.post("/admin/account/second-factor", data={**fields, "code": code})
    assert len(re.findall(r"<li><code>[\w-]{19}</code>", codes.get_data(as_text=True))) == 10
    assert ann.get("/admin/account/second-factor").location == "/admin/account"
    assert secret not in ann.get("/admin/account").get_data(as_text=True)
    ann.post("/admin/account/second-factor/off", data=fields)
    assert "second-factor" in ann.get("/admin/account").get_data(as_text=True)


def test_an_owner_takes_somebody_on_and_shows_them_out(owner, shop):
    page = owner.sends(
        "/admin/settings/staff", {"email": "bob@shop.example", "name": "Bob", "role": "orders"}
    ).get_data(as_text=True)
    (link,) = re.findall(r"/admin/welcome/\w+", page)
    bob = owner.http.application.test_client()
    fields = {"csrf_token": token_of(bob, link), "password": PASSWORD}
    assert bob.post(link, data=fields).location == "/admin/"
    with shop.database.transaction() as tx:
        there = f"/admin/settings/staff/{member.named(tx, 'bob@shop.example').id}"
    owner.sends(there, {"do": "role", "role": "read-only"})
    assert bob.get("/admin/settings/staff").status_code == 403
    owner.sends(there, {"do": "disable"})
    assert bob.get("/admin/").status_code == 303
    assert owner.sends(there, {"do": "something"}).status_code == 422
    assert owner.sends(there, {"do": "role", "role": "king"}).status_code == 422
    assert owner.sends("/admin/settings/staff/stf_no", {"do": "enable"}).status_code == 404
