"""One letter when something sold out is back: asked for, thought better of, written once."""

import re

import pytest
from sqlalchemy import select

from paydesk.catalogue import editing
from paydesk.fulfilment import notices
from paydesk.fulfilment.letters import Letter, LetterKind
from paydesk.fulfilment.notices import Notice
from paydesk.web.current import mounts
from paydesk.web.letters import LetterWriter

PATH = "/p/arduino-board/back"


def stocked(shop, count: int) -> None:
    with shop.database.transaction() as tx:
        for each in editing.find(tx, "arduino-board").variants:
            each.on_hand, each.held = count, 0


@pytest.fixture
def sold_out(shop, monkeypatch):
    # As with a mail server that is set.
    monkeypatch.setattr("paydesk.web.back_in_stock.letters_leave", lambda: True)
    monkeypatch.setattr("paydesk.web.storefront.letters_leave", lambda: True)
    stocked(shop, 0)


def filled(visitor, email="ada@example.com") -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.http.get(PATH).text)
    assert token
    return {"csrf_token": token[1], "email": email}


def asks(visitor, email="ada@example.com"):
    return visitor.http.post(PATH, data=filled(visitor, email))


def waiting(shop) -> list[str]:
    with shop.database.transaction() as tx:
        return [each.email for each in tx.scalars(select(Notice).order_by(Notice.email))]


def told(shop) -> list[Letter]:
    with shop.database.transaction() as tx:
        notices.tell(tx, shop.clock.now())
    with shop.database.transaction() as tx:
        query = select(Letter).where(Letter.kind == LetterKind.BACK_IN_STOCK)
        return list(tx.scalars(query))


def test_who_asked_is_written_to_once_and_forgotten(sold_out, visitor, shop, app):
    assert PATH in visitor.http.get("/p/arduino-board").text
    answer = asks(visitor)
    assert answer.status_code == 303
    page = visitor.http.get(answer.location)
    assert "We will write to ada@example.com once" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    # Once for an address, however it is written; whether it was there is told to nobody.
    again = asks(visitor, "Ada@Example.com")
    assert again.status_code == 303
    assert visitor.http.get(answer.location).status_code == 404
    assert waiting(shop) == ["Ada@Example.com"]
    assert told(shop) == []
    stocked(shop, 3)
    (letter,) = told(shop)
    assert waiting(shop) == []
    assert len(told(shop)) == 1
    with shop.database.transaction() as tx:
        write = LetterWriter(next(iter(mounts(app).values()))).gather(tx, letter)
    written = write()
    assert (written.recipient, written.subject) == ("Ada@Example.com", "Arduino Board is back")
    assert "/p/arduino-board" in written.text
    # There is nothing to ask for any more, and no link to it.
    assert PATH not in visitor.http.get("/p/arduino-board").text
    assert visitor.http.get(PATH).status_code == 404


def test_who_thinks_better_of_it_is_not_written_to(sold_out, visitor, shop):
    link = asks(visitor).location
    page = visitor.http.get(link)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    assert visitor.http.post(link, data={"csrf_token": "x"}).status_code == 403
    assert waiting(shop) == ["ada@example.com"]
    foreign = link[:-1] + ("a" if link[-1] != "a" else "b")
    assert visitor.http.post(foreign, data={"csrf_token": token[1]}).status_code == 404
    done = visitor.http.post(link, data={"csrf_token": token[1]})
    assert "Your address was forgotten" in done.text
    stocked(shop, 3)
    assert told(shop) == []


def test_what_is_no_address_is_asked_for_again_and_a_script_is_slowed_down(sold_out, visitor, shop):
    gone = visitor.http.post(PATH, data={**filled(visitor), "variant": "var_another"})
    assert (gone.status_code, gone.location) == (303, "/p/arduino-board")
    wrong = asks(visitor, "ada")
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    assert [asks(visitor, f"a{n}@example.com").status_code for n in range(9)][-1] == 429
    assert len(waiting(shop)) == 8


def test_without_mail_nobody_is_promised_a_letter(visitor, shop):
    stocked(shop, 0)
    assert PATH not in visitor.http.get("/p/arduino-board").text
    assert visitor.http.get(PATH).status_code == 404
