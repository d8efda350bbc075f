"""The buyer's language and looks: chosen, kept, and nobody else's."""

import re
from dataclasses import replace

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_babel import gettext as hosts_gettext

from paydesk import Paydesk
from paydesk.foundation.language import ENGLISH, spoken
from paydesk.web.app import create_app

_GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def page(http, path="/", **headers) -> str:
    return http.get(path, headers=headers).get_data(as_text=True)


def test_a_browsers_wish_is_the_first_guess(visitor):
    assert '<html lang="en">' in page(visitor.http)
    german = visitor.http.get("/", headers=_GERMAN)
    assert '<html lang="de">' in german.text
    assert ">Dunkel<" in german.text
    assert german.headers["Content-Language"] == "de"
    assert '<html lang="en">' in page(visitor.http, **{"Accept-Language": "fr"})


def test_prices_and_dates_are_written_as_the_language_does(visitor):
    assert "39,00\xa0$" in page(visitor.http, "/p/arduino-board", **_GERMAN)
    assert "$39.00" in page(visitor.http, "/p/arduino-board")


def test_a_choice_is_kept_and_outdoes_the_browser(visitor):
    answer = visitor.http.post("/preferences", data={"language": "de", "back": "/p/arduino-board"})
    assert (answer.status_code, answer.location) == (303, "/p/arduino-board")
    assert '<html lang="de">' in page(visitor.http, **{"Accept-Language": "en"})


def test_no_page_is_changed_by_looking_at_it(visitor):
    page(visitor.http, "/?lang=de&language=de&theme=dark")
    assert '<html lang="en">' in page(visitor.http)
    assert visitor.http.get("/preferences").status_code == 405


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_is_in_the_page_at_once(visitor, theme):
    visitor.http.post("/preferences", data={"theme": theme})
    html = page(visitor.http)
    assert f'data-theme="{theme}"' in html
    assert f'<meta name="color-scheme" content="{theme}">' in html
    visitor.http.post("/preferences", data={"theme": "system"})
    assert "data-theme" not in page(visitor.http)


@pytest.mark.parametrize("field", ["language", "theme"])
def test_what_is_not_offered_is_not_kept(visitor, field):
    answer = visitor.http.post("/preferences", data={field: '"><script>'})
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example", "/\\evil.example", "", "evil", "/a\r\nb", "/\\/x"],
)
def test_a_choice_leads_to_no_other_site(visitor, back):
    assert visitor.http.post("/preferences", data={"back": back}).location == "/"


def test_another_site_chooses_nothing(visitor):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = visitor.http.post("/preferences", data={"theme": "dark"}, headers=headers)
        assert answer.status_code == 403
    # A page that sends no referrer has no origin to send either.
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert visitor.http.post("/preferences", data={"theme": "dark"}, headers=own).status_code == 303


def test_the_choice_stands_on_the_page_it_is_made_on(visitor):
    html = page(visitor.http, "/p/arduino-board?currency=eur")
    assert 'name="back" value="/p/arduino-board?currency=eur"' in html
    assert re.search(r'value="en" lang="en" aria-current="true"', html)


def test_a_cache_is_told_what_a_page_depends_on(visitor):
    for path in ("/", "/nothing", "/p/nothing"):
        assert {"Cookie", "Accept-Language"} <= set(visitor.http.get(path).vary)
    with visitor.http.get("/paydesk-static/paydesk.css") as static:
        assert not static.vary


def test_over_https_the_cookies_are_the_hosts_own(shop, settings, monkeypatch):
    secure = replace(settings, base_url="https://shop.example")
    http = create_app(secure).test_client()
    answer = http.post("/preferences", data={"language": "de"}, base_url="https://shop.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-paydesk_language=de;")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/p/nothing", "Dieses Produkt gibt es in diesem Shop nicht."),
        ("/nothing", "Hier ist nichts"),
        ("/o/1001/wrong", "Diese Bestellung kennen wir nicht."),
        ("/create-checkout-session", "Das ist hier nicht möglich"),
    ],
)
def test_a_refusal_is_said_in_the_readers_language(visitor, path, said):
    assert said in page(visitor.http, path, **_GERMAN)


def test_a_refusal_with_a_name_in_it_is_too(visitor):
    form = {**visitor.form(), "quantity": "100"}
    answer = visitor.http.post("/create-checkout-session", data=form, headers=_GERMAN)
    assert "Die Menge muss zwischen 1 und 99 liegen." in answer.text


def test_a_program_reads_the_same_code_in_every_language(visitor):
    body = {"product_id": "nothing"}
    answers = [visitor.ask(body).json["error"], visitor.ask(body, **_GERMAN).json["error"]]
    assert answers[0]["code"] == answers[1]["code"] == "unknown_product"
    assert answers[0]["message"] != answers[1]["message"]


def test_a_shop_of_one_language_offers_no_choice(settings, monkeypatch):
    http = create_app(replace(settings, languages=("de",))).test_client()
    html = page(http, **{"Accept-Language": "en"})
    assert '<html lang="de">' in html
    assert 'name="language"' not in html


@pytest.mark.parametrize("babel_first", [True, False])
def test_a_host_with_a_flask_babel_of_its_own_keeps_it(settings, babel_first):
    app = Flask("host")
    app.secret_key = "of the host"
    if babel_first:
        Babel(app, locale_selector=lambda: "fr")
    Paydesk(app, settings=settings, url_prefix="/shop")
    if not babel_first:
        Babel(app, locale_selector=lambda: "fr")

    @app.get("/own")
    def own():
        shown = "{{ _('Sold out') }} {% trans n=2 %}{{ n }} left{% endtrans %}"
        return f"{hosts_gettext('Sold out')} {render_template_string(shown)}"

    http = app.test_client()
    assert ">Dunkel<" in page(http, "/shop/", **_GERMAN)
    assert page(http, "/own", **_GERMAN) == "Sold out Sold out 2 left"
    assert spoken() is ENGLISH


def test_what_a_translated_text_names_is_escaped(app):
    with app.test_request_context("/"):
        app.preprocess_request()
        shown = "{{ _('from %(price)s', price='<b>') }} {% trans x='<i>' %}a {{ x }}{% endtrans %}"
        html = render_template_string(shown)
    assert html == "from &lt;b&gt; a &lt;i&gt;"
