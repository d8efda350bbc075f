"""Pages that are kept show what pages made anew show, whatever has changed meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import text

from paydesk.catalogue import product as products
from paydesk.catalogue.product import change_price
from paydesk.foundation.money import Money
from paydesk.web import storefront
from paydesk.web.extension import Paydesk
from tests.web.conftest import Visitor

PAGES = ("/", "/p/arduino-board", "/p/breadboard?currency=usd", "/p/multimeter?picture=2")
_CHANGES = (
    "UPDATE paydesk_products SET name = 'Another' WHERE slug = 'arduino-board'",
    "UPDATE paydesk_products SET description = 'Another.' WHERE slug = 'arduino-board'",
    'UPDATE paydesk_products SET details = \'[["Weight", "much"]]\'',
    "UPDATE paydesk_products SET is_featured = (slug = 'parts-club')",
    "UPDATE paydesk_variants SET on_hand = 30",
    "UPDATE paydesk_variants SET on_hand = 29",
    "UPDATE paydesk_variants SET held = 27",
    "UPDATE paydesk_variants SET held = 29",
    "UPDATE paydesk_variants SET on_hand = 0, held = 0",
    "UPDATE paydesk_variants SET on_hand = NULL",
    "UPDATE paydesk_categories SET name = 'Another' WHERE slug = 'tools'",
    "UPDATE paydesk_pictures SET alt = 'Another'",
    "INSERT INTO paydesk_shop_facts (name, value, changed_at)"
    " VALUES ('name', 'Another shop', '2026-11-23 10:00:00')",
    "UPDATE paydesk_shop_facts SET value = 'A third shop'",
    "DELETE FROM paydesk_shop_facts",
)


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """What was made anew, not taken from what is kept."""
    done: list[str] = []
    for name in ("_front", "_product"):
        monkeypatch.setattr(storefront, name, _noting(getattr(storefront, name), done))
    return done


def _noting(make: Callable[..., str], done: list[str]) -> Callable[..., str]:
    def noted(*given: Any) -> str:
        done.append(make.__name__)
        return make(*given)

    return noted


def look(visitor, path: str, **headers: str) -> str:
    return str(visitor.http.get(path, headers=headers).get_data(as_text=True))


def anew(visitor, path: str, **headers: str) -> str:
    """The same page for a browser with a cookie nobody knows the meaning of."""
    visitor.http.set_cookie("paydesk_of_tomorrow", "1")
    html = look(visitor, path, **headers)
    visitor.http.delete_cookie("paydesk_of_tomorrow")
    return html


def test_a_page_is_made_once_and_shown_again(visitor, made):
    for path in PAGES:
        before = len(made)
        assert [look(visitor, path) for _ in range(3)]
        assert len(made) == before + 1, path


def same_but_the_form(html: str, other: str) -> bool:
    def bare(page: str) -> list[str]:
        return [
            line for line in page.splitlines() if "csrf_token" not in line and "attempt" not in line
        ]

    return bare(html) == bare(other)


def test_after_every_change_a_kept_page_is_what_would_be_made_anew(visitor, shop):
    for path in PAGES:
        assert same_but_the_form(look(visitor, path), anew(visitor, path))
    for change in _CHANGES:
        before = {path: look(visitor, path) for path in PAGES}
        with shop.database.transaction() as tx:
            tx.execute(text(change))
        after = {path: look(visitor, path) for path in PAGES}
        assert any(not same_but_the_form(before[path], after[path]) for path in PAGES), change
        for path in PAGES:
            assert same_but_the_form(after[path], anew(visitor, path)), (change, path)


def test_a_price_and_the_end_of_its_announcement_show_at_once(visitor, shop, clock):
    clock.travel(timedelta(days=40))
    for cents in (3500, 3300):
        clock.travel(timedelta(days=1))
        with shop.database.transaction() as tx:
            change_price(
                tx, products.by_slug(tx, "arduino-board").variants[0], Money(cents, "usd"), clock
            )
        assert f"${cents // 100}.00" in look(visitor, "/")
    for _ in range(5):
        clock.travel(timedelta(days=8))
        for path in PAGES:
            assert same_but_the_form(look(visitor, path), anew(visitor, path))


def test_each_language_and_theme_has_pages_of_its_own(visitor, stranger):
    plain = look(visitor, "/")
    german = look(stranger, "/", **{"Accept-Language": "de"})
    stranger.http.set_cookie("paydesk_theme", "dark")
    dark = look(stranger, "/")
    assert len({plain, german, dark}) == 3
    assert look(stranger, "/") == dark
    assert look(visitor, "/", **{"Accept-Language": "de"}) == german
    assert look(visitor, "/") == plain


def test_a_cart_is_counted_on_kept_pages_too(visitor, made):
    plain = look(visitor, "/")
    fields = visitor.form()
    with visitor.http.application.test_request_context():
        address = url_for("paydesk.add_to_cart")
    assert visitor.http.post(address, data=fields).status_code == 303
    counted = look(visitor, "/")
    assert counted != plain
    before = len(made)
    assert look(visitor, "/") == counted
    assert len(made) == before
    assert same_but_the_form(counted, anew(visitor, "/"))


def test_forms_of_a_kept_page_are_bound_to_each_browser(visitor, stranger, shop):
    ours, theirs = visitor.form(), stranger.form()
    assert ours["csrf_token"] != theirs["csrf_token"]
    assert ours["attempt"] != theirs["attempt"]
    assert stranger.purchase(ours).status_code == 403
    assert visitor.purchase(ours).status_code == 303
    assert stranger.purchase(theirs).status_code == 303
    assert "\0" not in look(visitor, "/p/arduino-board")


def test_where_the_host_has_a_template_of_its_own_nothing_is_kept(
    shop, settings, tmp_path, monkeypatch, made
):
    monkeypatch.setattr("paydesk.web.extension.open_shop", lambda _settings, **_more: shop)
    (tmp_path / "paydesk").mkdir()
    card = tmp_path / "paydesk" / "card.html"
    card.write_text("{% macro card(product, heading) %}{{ attempt() }}{% endmacro %}")
    host = Flask("host", template_folder=str(tmp_path))
    host.secret_key = "of the host"
    Paydesk(host, settings=settings)
    visitor = Visitor(host.test_client())
    shown = {look(visitor, "/") for _ in range(3)}
    assert len(made) == 3
    assert len(shown) == 3
