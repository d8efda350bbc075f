"""Letters as they are written: in the reader's language, complete, and with nothing slipped in."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from paydesk.business import legal
from paydesk.business import shop as business
from paydesk.business.legal import LegalKind
from paydesk.fulfilment import shipments
from paydesk.fulfilment.letters import TO_MERCHANT, Letter, LetterKind
from paydesk.fulfilment.shipments import Parcel
from paydesk.orders.order import Order
from paydesk.payments.facts import Fact, Kind
from paydesk.web.letters import LetterWriter
from tests.paydesk.test_placing import wish

EVIL = '<script>alert(1)</script> {{ 7*7 }} & "x"\r\nBcc: evil@example.com'


@pytest.fixture
def mount(app):
    return next(iter(app.extensions["paydesk_mounts"].values()))


@pytest.fixture
def post(app, shop, clock):
    """Runs the post; the letters as they then are, by kind."""
    with shop.database.transaction() as tx:
        business.change_facts(tx, clock, {"email": "shop@example.com", "name": "Ada’s parts"})

    def run() -> dict[str, Letter]:
        shop.post.run()
        with shop.database.transaction() as tx:
            return {each.kind: each for each in tx.scalars(select(Letter))}

    return run


def bought(shop, language: str = "en", **changes) -> Order:
    order = shop.placing.place(wish(shop))
    with shop.database.transaction() as tx:
        row = tx.get_one(Order, order.id)
        row.language, row.email = language, "ada@example.com"
        for name, value in changes.items():
            setattr(row, name, value)
    return order


def tell(shop, order: Order, stage: str = "paid") -> None:
    with shop.database.transaction() as tx:
        fact = Fact(Kind.SESSION, "cs_1", stage, 3900, "usd", livemode=False, intent_id="pi_1")
        shop.settling.settle(tx, order.id, [fact])


def test_the_confirmation_says_what_was_bought_in_the_orders_language(shop, post):
    there = {
        "name": "Ada",
        "line1": "Weg 1",
        "postcode": "10115",
        "city": "Berlin",
        "country": "DE",
    }
    order = bought(shop, "de", ship_to=there)
    tell(shop, order)
    letter = post()["confirmation"]
    assert "Weg 1\n10115 Berlin\nDeutschland" in letter.text
    assert letter.subject == f"Ihre Bestellung {order.number} ist bestätigt"
    for text in (letter.text, letter.html):
        assert "1 × Arduino Board" in text
        assert "39,00\xa0$" in text
        assert f"http://localhost:5000/o/{order.number}/{order.secret}" in text
        assert "Ada’s parts" in text
    assert '<html lang="de">' in letter.html
    assert (letter.recipient, letter.language) == ("ada@example.com", "de")


def test_the_terms_that_were_agreed_to_go_with_it_as_they_stood_then(shop, post, clock):
    with shop.database.transaction() as tx:
        legal.write_text(tx, clock, LegalKind.TERMS, "en", "## Old\n\nThe old terms.")
        legal.write_text(tx, clock, LegalKind.TERMS, "en", "The new terms.")
        legal.write_text(tx, clock, LegalKind.WITHDRAWAL, "en", "- fourteen days\n- no reason")
    consent = {"kind": "terms", "version": 1, "language": "en", "at": "2026-11-23T10:00:00+00:00"}
    tell(shop, bought(shop, consents=[consent]))
    letter = post()["confirmation"]
    assert "The old terms." in letter.text
    assert "<h3>Old</h3>" in letter.html
    assert "new terms" not in letter.text + letter.html
    assert "<li>fourteen days</li>" in letter.html


def test_the_merchant_is_told_in_the_shops_language(shop, post):
    tell(shop, bought(shop, "de"))
    letter = post()["new_order"]
    assert letter.recipient == "shop@example.com"
    assert letter.subject.startswith("New order 1001: $39.00")
    assert "/admin/" in letter.text


def test_a_parcel_is_told_with_what_is_in_it_and_one_that_came_back_is_not(shop, post, clock):
    order = bought(shop)
    tell(shop, order)
    with shop.database.transaction() as tx:
        parcel = Parcel(carrier="dhl", tracking="00340434161094015902")
        sent = shipments.ship(tx, order.id, parcel, "ada", clock.now())
    letter = post()["shipped"]
    assert "DHL" in letter.text
    assert "00340434161094015902" in letter.html
    assert "1 × Arduino Board" in letter.text
    with shop.database.transaction() as tx:
        shipments.undo(tx, sent.id, clock.now())
        again = shipments.ship(tx, order.id, Parcel(), "ada", clock.now())
        shipments.undo(tx, again.id, clock.now())
    clock.travel(timedelta(seconds=1))
    shop.post.run()
    with shop.database.transaction() as tx:
        states = tx.scalars(select(Letter.state).where(Letter.kind == "shipped"))
        assert sorted(states) == ["dropped", "kept"]


def test_a_pending_payment_that_has_arrived_is_not_told_as_pending(shop, post):
    order = bought(shop)
    tell(shop, order, "complete")
    tell(shop, order)
    letters = post()
    assert letters["pending"].state == "dropped"
    assert letters["confirmation"].state == "kept"


@pytest.mark.parametrize("kind", list(LetterKind))
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_letter_can_be_looked_at_before_there_is_an_order(mount, shop, kind, language):
    with shop.database.transaction() as tx:
        write = LetterWriter(mount).preview(tx, kind, None, language)
    written = write()
    assert written.subject
    assert "\n" not in written.subject
    assert f'<html lang="{language}">' in written.html
    # Nothing is fetched from anywhere when a letter is opened, and nothing runs.
    assert not re.search(r"<(img|script|link|iframe|object)|url\(|@import| on\w+=", written.html)
    assert "{{" not in written.text + written.html
    assert "None" not in written.text


@pytest.mark.parametrize("kind", [each for each in LetterKind if each not in TO_MERCHANT])
def test_nothing_a_buyer_or_merchant_writes_gets_out_of_its_place(mount, shop, clock, kind):
    with shop.database.transaction() as tx:
        business.change_facts(tx, clock, {"name": "<b>Shop</b>"})
    placed = bought(shop, ship_to={"name": EVIL, "city": EVIL}, shipping_name="<i>fast</i>")
    with shop.database.transaction() as tx:
        row = tx.get_one(Order, placed.id)
        row.lines[0].name = EVIL
        row.shipping_minor = 100
        write = LetterWriter(mount).preview(tx, kind, row, "en")
    written = write()
    assert "<script>" not in written.html
    assert "<b>Shop" not in written.html
    assert "<i>" not in written.html
    assert "\r" not in written.subject
    assert "Bcc" not in written.subject


def test_a_hosts_own_template_goes_before_ours(settings, tmp_path, shop, monkeypatch):
    from flask import Flask

    from paydesk import Paydesk
    from paydesk.web import extension

    folder = tmp_path / "templates" / "paydesk" / "mail"
    folder.mkdir(parents=True)
    (folder / "confirmation.txt").write_text(
        '{% extends "paydesk/mail/original/confirmation.txt" %}'
        "{% block subject %}Hurrah, {{ order.number }}{% endblock %}"
    )
    monkeypatch.setattr(extension, "open_shop", lambda _settings, **_more: shop)
    app = Flask("host", template_folder=str(tmp_path / "templates"))
    app.secret_key = "of the host"
    desk = Paydesk(app, settings=replace(settings), url_prefix="/shop")
    with shop.database.transaction() as tx:
        write = LetterWriter(desk.mount).preview(tx, LetterKind.CONFIRMATION, None, "en")
    written = write()
    assert written.subject == "Hurrah, 1001"
    assert "1001" in written.text
