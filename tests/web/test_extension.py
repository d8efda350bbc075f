"""Paydesk inside somebody's app: several apps, several shops, any prefix, any settings."""

import re
from functools import partial

import pytest
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import text

import paydesk
from paydesk import Paydesk
from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.errors import MisconfiguredError
from paydesk.migrations import schema
from tests.web.conftest import Visitor


@pytest.fixture
def given(tmp_path, monkeypatch) -> dict[str, object]:
    """Settings by name, as a host has them."""
    monkeypatch.chdir(tmp_path)
    return {
        "PAYDESK_DATABASE_URL": f"sqlite:///{tmp_path / 'host.sqlite3'}",
        "PAYDESK_SECRET_KEY": "a secret for the tests alone",
        "PAYDESK_BASE_URL": "http://localhost",
        "PAYDESK_DATA_DIR": str(tmp_path),
    }


def opened(desk: Paydesk) -> Paydesk:
    schema.migrate(desk.shop.database)
    with desk.shop.database.transaction() as tx:
        load_products(tx, desk.shop.clock)
    return desk


def test_settings_come_from_code_then_the_apps_config_then_the_environment(given, monkeypatch):
    monkeypatch.setenv("PAYDESK_SHOP_NAME", "of the environment")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_of_the_environment")
    app = Flask("host")
    app.config.update(given, PAYDESK_SHOP_NAME="of the app", PAYDESK_WAYS=["element"])
    desk = Paydesk(app, settings={"PAYDESK_WAYS": "embedded, hosted"})
    assert desk.shop.settings.shop_name == "of the app"
    assert desk.shop.settings.ways == ("embedded", "hosted")
    assert desk.shop.settings.webhook_secrets == ("whsec_of_the_environment",)
    assert app.secret_key == given["PAYDESK_SECRET_KEY"]
    with pytest.raises(MisconfiguredError, match="PAYDESK_WAY is no setting"):
        Paydesk(Flask("other"), settings={"PAYDESK_WAY": "hosted"})


def test_one_object_serves_several_apps_each_with_its_own_shop(given, tmp_path):
    desk = Paydesk()
    apps = [Flask(f"host{n}") for n in (1, 2)]
    for n, app in enumerate(apps):
        app.config.update(given, PAYDESK_SHOP_NAME=f"Shop {n}")
        desk.init_app(app)
    with pytest.raises(RuntimeError, match="several apps"):
        _ = desk.shop
    for n, app in enumerate(apps):
        with app.app_context():
            opened(desk)
            assert desk.shop.settings.shop_name == f"Shop {n}"
        assert f"Shop {n}" in app.test_client().get("/").text


@pytest.fixture
def two(given) -> Flask:
    """An app with two shops in one database, under prefixes, beside a page of its own."""
    app = Flask("host")
    app.config.update(given)
    app.add_url_rule("/", "front", lambda: "the host's own page")
    shop = Paydesk(app, url_prefix="/shop", settings={"PAYDESK_SHOP_NAME": "Parts"})
    club = Paydesk(app, name="club", url_prefix="/the/club/", settings={"PAYDESK_WAYS": "element"})
    for desk in (shop, club):
        opened(desk)
    return app


def test_two_shops_in_one_app_keep_apart_in_pages_tables_and_settings(two):
    http = two.test_client()
    assert http.get("/").text == "the host's own page"
    parts, club = http.get("/shop/").text, http.get("/the/club/").text
    assert "Parts" in parts
    assert "Paydesk" in club
    for page, prefix, other in ((parts, "/shop", "/the/club"), (club, "/the/club", "/shop")):
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert links
        assert all(each.startswith(f"{prefix}/") for each in links), links
        assert other + "/" not in page
        for link in links:
            if not link.endswith(("create-checkout-session", "preferences")):
                answer = http.get(link)
                assert answer.status_code == 200
                answer.close()
    tables = {each.split("_")[0] for each in _tables(two)}
    assert {"paydesk", "club"} <= tables


def _tables(app: Flask) -> list[str]:
    from sqlalchemy import inspect

    engine = app.extensions["paydesk"].shop.database.engine
    return [each for each in inspect(engine).get_table_names() if "_" in each]


def test_under_a_prefix_a_purchase_stays_below_it(two):
    visitor = Visitor(two.test_client())
    fields = visitor.form("/the/club/p/arduino-board")
    answer = visitor.http.post("/the/club/create-checkout-session", data=fields)
    assert answer.status_code == 303
    assert re.fullmatch(r"/the/club/o/1001/[^/]+/pay/element", answer.location)
    page = visitor.http.get(answer.location)
    assert page.status_code == 200
    assert "http://localhost/the/club/success" in page.text
    assert 'data-trips-url="/the/club/o/1001/' in page.text
    # The same number in the other shop is another order.
    secret = answer.location.split("/")[5]
    assert visitor.http.get(f"/shop/o/1001/{secret}").status_code == 404
    missing = visitor.http.get("/the/club/p/nothing")
    assert missing.status_code == 404
    assert 'href="/the/club/"' in missing.text


def test_commands_under_flask_are_about_the_apps_own_shop(two):
    run = partial(two.test_cli_runner().invoke, FlaskGroup())
    unsaid = run(args=["paydesk", "db", "status"])
    assert unsaid.exit_code == 2
    assert "--desk NAME, of paydesk, club" in unsaid.output
    assert "there is: paydesk, club" in run(args=["paydesk", "--desk", "x", "db", "status"]).output
    told = run(args=["paydesk", "--desk", "club", "settings", "--json"]).output
    assert '"base_url": "http://localhost"' in told
    assert (
        'up_to_date": true'
        in run(args=["paydesk", "--desk", "club", "db", "status", "--json"]).output
    )
    # What is under one name is not under the other.
    shop = two.extensions["paydesk"].shop
    with shop.database.transaction() as tx:
        tx.execute(text("DROP TABLE paydesk_schema_version"))
    assert run(args=["paydesk", "--desk", "paydesk", "db", "status"]).exit_code == 1
    assert run(args=["paydesk", "--desk", "club", "db", "status"]).exit_code == 0
    # As Flask's own documentation tests commands, without naming the group.
    alone = two.test_cli_runner().invoke(args=["paydesk", "--desk", "club", "settings"])
    assert (alone.exit_code, "base_url         http://localhost" in alone.output) == (0, True)
    none = Flask("none").test_cli_runner()
    assert "no Paydesk" in none.invoke(FlaskGroup(), ["paydesk", "check"]).output
    assert "flask paydesk web" in run(args=["paydesk", "--desk", "club", "run"]).output
    # What is advised can be copied, whichever way it is said: by fail, by say, by the doctor.
    asked = ["paydesk", "--desk", "club"]
    here = "flask paydesk --desk club"
    assert f"Make an owner: {here} staff owner-link" in run(args=[*asked, "staff", "list"]).output
    assert f"See: {here} mail list" in run(args=[*asked, "mail", "resend", "ltr_1"]).output
    assert f"Start one: {here} web, or {here} worker" in run(args=[*asked, "doctor"]).output


def test_a_second_shop_needs_a_name_of_its_own(given):
    app = Flask("host")
    app.config.update(given)
    Paydesk(app)
    with pytest.raises(MisconfiguredError, match="a name of its own"):
        Paydesk(app, url_prefix="/club")


def test_the_hosts_templates_win_block_by_block_and_its_static_files_too(given, tmp_path):
    folder = tmp_path / "templates" / "paydesk"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text(
        '{% extends "paydesk/original/base.html" %}{% block title %}Ours{% endblock %}'
        '{% block head %}<link rel="stylesheet" href="/static/mine.css">{% endblock %}'
    )
    static = tmp_path / "static" / "paydesk" / "pictures"
    static.mkdir(parents=True)
    (static / "workshop-mug.svg").write_text("<svg/>")
    app = Flask("host", root_path=str(tmp_path))
    app.config.update(given)
    opened(Paydesk(app, url_prefix="/shop"))
    page = app.test_client().get("/shop/").text
    assert 'src="/static/paydesk/pictures/workshop-mug.svg"' in page
    assert 'src="/shop/paydesk-static/pictures/arduino-board.svg?v=' in page
    assert "<title>Ours</title>" in page
    # On those that have something of their own in the head, too.
    for path in ("/shop/", "/shop/p/arduino-board", "/shop/p/nothing"):
        assert "/static/mine.css" in app.test_client().get(path).text
    assert 'href="/shop/p/arduino-board"' in page


@pytest.mark.parametrize("is_first", [True, False])
def test_a_hosts_own_csrf_protection_lets_the_webhook_through(given, is_first):
    from flask_wtf import CSRFProtect

    app = Flask("host")
    app.config.update(given, STRIPE_WEBHOOK_SECRET="whsec_0123456789abcdef")
    app.secret_key = "the host's own secret"
    if is_first:
        CSRFProtect(app)
    opened(Paydesk(app, url_prefix="/shop"))
    if not is_first:
        CSRFProtect(app)
    answer = app.test_client().post("/shop/webhook", data=b"{}")
    assert '"code":"bad_signature"' in answer.text


def test_what_the_documentation_names_can_be_imported_from_the_top():
    for name in paydesk.__all__:
        assert getattr(paydesk, name).__name__ == name
