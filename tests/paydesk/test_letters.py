"""The outbox: what is owed is sent once, whatever happens to the mail server or to us."""

import email
import email.policy
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from paydesk.catalogue.product import Variant
from paydesk.foundation.errors import NotFound, Refused
from paydesk.fulfilment import letters, smtp
from paydesk.fulfilment.letters import Letter, LetterKind, LetterState, owe_letter
from paydesk.fulfilment.post import Post
from paydesk.fulfilment.writing import Unaddressed, Untrue, Written, message
from paydesk.mail_options import MailOptions, SmtpServer, is_address
from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import Fact, Kind
from tests.paydesk.test_placing import variant, wish

_NOBODY_THERE = SmtpServer("smtp", "127.0.0.1", 1)
_LONG = timedelta(days=1)
_NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def plainly(_tx, letter: Letter):
    """A writer without templates."""
    return lambda: Written(
        recipient="ada@example.com",
        language="en",
        subject=f"{letter.kind} {letter.about}",
        text="Hello\n",
        html="<p>Hello</p>\n",
        sender="shop@example.com",
    )


def post_of(shop, server: SmtpServer | None = None, **more) -> Post:
    mail = MailOptions(server=server, sender="shop@example.com", timeout_seconds=5, **more)
    post = Post(shop.database, shop.clock, replace(shop.settings, mail=mail))
    post.write = plainly
    return post


def owe(shop, *abouts: str, kind: LetterKind = LetterKind.TEST) -> None:
    for about in abouts:
        with shop.database.transaction() as tx:
            owe_letter(tx, kind, None, about, at=shop.clock.now())


def all_letters(shop) -> list[Letter]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(Letter).order_by(Letter.about, Letter.kind)))


def states(shop) -> list[str]:
    return [each.state for each in all_letters(shop)]


@dataclass
class MailServer:
    """A real one, in a process of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> SmtpServer:
        return SmtpServer("smtp", "127.0.0.1", self.port)

    def start(self) -> None:
        (self.folder / "ready").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.paydesk.smtp_process"]
        self.process = subprocess.Popen([*command, str(self.port), str(self.folder)])
        self.waits_for("ready")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def waits_for(self, name: str) -> None:
        until = time.monotonic() + 20
        while not (self.folder / name).exists():
            assert time.monotonic() < until, f"no {name}"
            time.sleep(0.01)

    def taken(self) -> list[email.message.EmailMessage]:
        files = sorted((self.folder / "taken").glob("*.eml"))
        return [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]


# Most of it is about the mail server: `make test-slow` does it on both.
@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])]
)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"stocked_{request.param}"))


@pytest.fixture
def mail_server(tmp_path, unused_port) -> Iterator[MailServer]:
    folder = tmp_path / "mail"
    folder.mkdir()
    server = MailServer(folder, unused_port)
    yield server
    server.kill()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_letter_is_owed_once_for_each_thing_it_is_about(shop):
    order = shop.placing.place(wish(shop))
    for about in ("re_1", "re_2", "re_1"):
        with shop.database.transaction() as tx:
            owe_letter(tx, "refunded", order.id, about, at=shop.clock.now())
    assert [each.about for each in all_letters(shop)] == ["re_1", "re_2"]


def test_a_letter_of_a_transaction_that_is_undone_is_not_owed(shop):
    def fails() -> None:
        with shop.database.transaction() as tx:
            owe_letter(tx, "test", None, at=shop.clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert all_letters(shop) == []


def paid(order_id: str, stage: str = "paid", thing: str = "cs_1") -> Fact:
    return Fact(Kind.SESSION, thing, stage, 3900, "usd", livemode=False)


def test_a_paid_order_owes_two_letters_however_often_it_is_told(shop):
    order = shop.placing.place(wish(shop))
    for _ in range(3):
        with shop.database.transaction() as tx:
            shop.settling.settle(tx, order.id, [paid(order.id)])
    assert sorted(each.kind for each in all_letters(shop)) == ["confirmation", "new_order"]


def test_what_is_paid_after_the_last_one_went_is_told_to_the_merchant_alone(shop):
    board = variant(shop, "arduino-board").id
    order = shop.placing.place(wish(shop))
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, [paid(order.id, "expired")])
        tx.get_one(Variant, board).on_hand = 0
    with shop.database.transaction() as tx:
        shop.settling.settle(tx, order.id, [paid(order.id, thing="cs_2")])
    assert [each.kind for each in all_letters(shop)] == ["late_payment"]


def test_a_delayed_payment_is_told_of_when_it_begins_and_when_it_comes_back(shop):
    order = shop.placing.place(wish(shop))
    for stage, status in (("complete", "pending"), ("failed", "failed")):
        with shop.database.transaction() as tx:
            shop.settling.settle(tx, order.id, [paid(order.id, stage)])
            assert tx.get_one(type(order), order.id).payment == PaymentStatus(status)
    assert sorted(each.kind for each in all_letters(shop)) == ["failed", "pending"]


def test_without_a_mail_server_letters_are_kept(shop):
    owe(shop, "a")
    assert post_of(shop).run() == 1
    letter = all_letters(shop)[0]
    assert (letter.state, letter.text) == (LetterState.KEPT, "Hello\n")
    assert letter.sent_at is None


def test_switched_off_nothing_is_written(shop):
    owe(shop, "a")
    post_of(shop, _NOBODY_THERE, is_on=False).run()
    letter = all_letters(shop)[0]
    assert (letter.state, letter.text) == (LetterState.DROPPED, None)


def test_a_letter_reaches_the_mail_server_whole(shop, mail_server):
    mail_server.start()
    owe(shop, "Grüße – €")
    assert post_of(shop, mail_server.address).run() == 1
    letter, taken = all_letters(shop)[0], mail_server.taken()[0]
    assert letter.state == LetterState.SENT
    assert taken["Subject"] == "test Grüße – €"
    assert taken["Message-ID"] == letter.message_id == f"<{letter.id}@example.com>"
    assert (taken["From"], taken["To"]) == ("shop@example.com", "ada@example.com")
    assert taken["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in taken.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_server_killed_at_a_letter_gets_each_letter_once(shop, mail_server):
    """Killed while it reads the second of four, gone for a while, and back."""
    mail_server.start()
    post = post_of(shop, mail_server.address)
    owe(shop, "1")
    assert post.run() == 1
    owe(shop, "2", "3", "4")
    (mail_server.folder / "hang").touch()
    sending = threading.Thread(target=post.run)
    sending.start()
    mail_server.waits_for("reading")
    mail_server.kill()
    sending.join()
    (mail_server.folder / "hang").unlink()
    assert len(mail_server.taken()) == 1
    for _ in range(3):  # it is still away
        shop.clock.travel(timedelta(seconds=30))
        post.run()
    assert states(shop) == ["sent", "queued", "queued", "queued"]
    mail_server.start()
    for _ in range(4):
        shop.clock.travel(timedelta(minutes=30))
        post.run()
    assert states(shop) == ["sent"] * 4
    assert sorted(each["Subject"] for each in mail_server.taken()) == [
        f"test {n}" for n in range(1, 5)
    ]


def test_a_process_that_dies_at_a_letter_leaves_it_to_the_others(shop, mail_server):
    mail_server.start()
    owe(shop, "1")
    dying = post_of(shop, mail_server.address)
    letter_id = all_letters(shop)[0].id
    assert dying._claim(letter_id) is not None
    other = post_of(shop, mail_server.address)
    assert other.run() == 0, "while it may still be at it"
    shop.clock.travel(timedelta(minutes=3))
    assert other.run() == 1
    assert all_letters(shop)[0].tries == 2
    assert mail_server.taken()[0]["Message-ID"] == f"<{letter_id}@example.com>"


@pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)
def test_two_processes_send_no_letter_twice(shop, mail_server):
    mail_server.start()
    owe(shop, *(f"{n:02}" for n in range(20)))
    posts = [post_of(shop, mail_server.address) for _ in range(3)]
    threads = [threading.Thread(target=post.run) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(shop) == ["sent"] * 20
    assert len({each["Message-ID"] for each in mail_server.taken()}) == 20
    assert len(mail_server.taken()) == 20


def test_a_letter_nobody_will_ever_take_is_given_up_at_once(shop, mail_server):
    mail_server.start()
    (mail_server.folder / "answer").write_text("550 no such mailbox")
    owe(shop, "1", "2")
    post_of(shop, mail_server.address).run()
    assert states(shop) == ["failed", "failed"]
    assert all_letters(shop)[0].error == "550 no such mailbox"


def test_a_letter_that_is_put_off_is_tried_for_days_and_then_given_up(shop, mail_server):
    mail_server.start()
    (mail_server.folder / "answer").write_text("451 later")
    owe(shop, "1")
    post, began = post_of(shop, mail_server.address), shop.clock.now()
    while states(shop) == ["queued"]:
        shop.clock.travel(all_letters(shop)[0].due_at - shop.clock.now())
        post.run()
    letter = all_letters(shop)[0]
    assert (letter.state, letter.error) == (LetterState.FAILED, "451 later")
    assert timedelta(days=2) < shop.clock.now() - began < timedelta(days=5)
    assert letter.tries == 11


def test_a_server_that_is_away_is_asked_once_for_all_letters(shop, monkeypatch):
    asked: list[int] = []

    def connect(*_: object) -> None:
        asked.append(1)
        raise OSError("away")

    monkeypatch.setattr(smtp, "_connect", connect)
    owe(shop, *map(str, range(10)))
    post = post_of(shop, _NOBODY_THERE)
    post.run()
    post.run()
    assert len(asked) == 1
    assert all("away" in (each.error or "") for each in all_letters(shop))


def _raise(error: Exception) -> NoReturn:
    raise error


def test_no_trouble_shows_the_password(shop, mail_server, caplog, capsys):
    server = replace(_NOBODY_THERE, user="me", password="hunter2 in secret")
    owe(shop, "1")
    post_of(shop, server).run()
    mail_server.start()
    owe(shop, "2")
    post_of(shop, replace(mail_server.address, user="me", password="hunter2 in secret")).run()
    said = capsys.readouterr()
    told = [str(each.error) for each in all_letters(shop)]
    assert all(told)
    for text in (*told, repr(server), str(MailOptions(server=server)), said.out, said.err):
        assert "hunter2" not in text


def test_what_is_no_longer_true_is_not_sent(shop):
    owe(shop, "a")
    post = post_of(shop)
    post.write = lambda _tx, _letter: _raise(Untrue("It is paid."))
    post.run()
    assert (states(shop), all_letters(shop)[0].error) == (["dropped"], "It is paid.")


def test_a_letter_to_nobody_fails_and_a_broken_template_is_tried_again(shop):
    owe(shop, "a", "b")
    post = post_of(shop)

    def write(tx, letter):
        if letter.about == "a":
            raise Unaddressed("nobody")
        return lambda: _raise(KeyError("template"))

    post.write = write
    post.run()
    assert states(shop) == ["failed", "queued"]
    post.write = plainly
    shop.clock.travel(_LONG)
    post.run()
    assert states(shop) == ["failed", "kept"]


def test_a_hosts_own_sender_is_tried_again_with_the_same_id(shop):
    owe(shop, "a")
    post, sent = post_of(shop), []

    def send(outgoing):
        sent.append(outgoing.message_id)
        if len(sent) == 1:
            raise ConnectionError("not now")

    post.send = send
    post.run()
    assert states(shop) == ["queued"]
    shop.clock.travel(_LONG)
    post.run()
    assert states(shop) == ["sent"]
    assert sent[0] == sent[1]


def test_sent_again_it_is_another_letter_to_mail_programs(shop, mail_server):
    mail_server.start()
    owe(shop, "a")
    post = post_of(shop, mail_server.address)
    post.run()
    letter_id = all_letters(shop)[0].id
    with shop.database.transaction() as tx:
        letters.send_again(tx, letter_id, shop.clock.now())
    with shop.database.transaction() as tx, pytest.raises(Refused):
        letters.send_again(tx, letter_id, shop.clock.now())
    with shop.database.transaction() as tx, pytest.raises(NotFound):
        letters.send_again(tx, "ltr_none", shop.clock.now())
    post.run()
    assert len({each["Message-ID"] for each in mail_server.taken()}) == 2


@given(text=st.text(max_size=60), name=st.text(max_size=30))
@hypothesis.settings(max_examples=40)
def test_no_text_reaches_another_header(text, name):
    written = Written(
        recipient="ada@example.com",
        language="en",
        subject=f"Order\r\nBcc: evil@example.com\r\n\r\n{text}",
        text=text,
        html=text,
        sender="shop@example.com",
        sender_name=f"{name}\r\nBcc: evil@example.com",
    )
    # Halves of characters cannot be sent, nor come out of a database.
    if any("\ud800" <= each <= "\udfff" for each in text + name):
        return
    sent = message(written, "<a@example.com>", _NOW).as_bytes()
    read = email.message_from_bytes(sent, policy=email.policy.default)
    assert read["Bcc"] is None
    assert len(read.get_all("Subject", [])) == 1
    assert read["To"].addresses[0].addr_spec == "ada@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: evil@example.com",
        "ada@example.com, evil@example.com",
        "Ada <ada@example.com>",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "",
        "a b@example.com",
    ],
)
def test_what_is_no_one_mailbox_is_no_address(address):
    assert not is_address(address)


def test_usual_addresses_are_some():
    for address in ("ada@example.com", "ada+shop@mail.example.co.uk", "o'hara@example.com"):
        assert is_address(address)
