"""The mailbox, for whoever sits before the machine, and the desk's pages about mail."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from paydesk.business import shop as business
from paydesk.cli import commands
from paydesk.cli.mail import list_letters as listing
from paydesk.doctor import of_mail
from paydesk.doctor.diagnosis import Grade
from paydesk.fulfilment.letters import Letter, LetterKind, owe_letter
from paydesk.mail_options import MailOptions, SmtpServer
from paydesk.payments.facts import Fact, Kind
from paydesk.settings import Mode
from paydesk.staff.audit import AuditEntry
from paydesk.web import letter_pages
from paydesk.web.app import create_app
from tests.paydesk.test_placing import wish


@pytest.fixture
def letter(app, shop, clock) -> Letter:
    """The confirmation of a paid order, written and kept."""
    with shop.database.transaction() as tx:
        business.change_facts(tx, clock, {"email": "shop@example.com"})
    order = shop.placing.place(wish(shop))
    with shop.database.transaction() as tx:
        fact = Fact(
            Kind.SESSION, "cs_1", "paid", 3900, "usd", livemode=False, email="ada@example.com"
        )
        shop.settling.settle(tx, order.id, [fact])
    shop.post.run()
    with shop.database.transaction() as tx:
        return tx.scalars(select(Letter).where(Letter.kind == "confirmation")).one()


def test_the_mailbox_shows_what_was_written_as_text_and_as_html(visitor, letter):
    html = visitor.http.get("/mailbox").text
    assert "Your order 1001 is confirmed" in html
    page = visitor.http.get(f"/mailbox/{letter.id}")
    assert "Thank you for your order. Your payment of $39.00 has arrived." in page.text
    assert f'src="/mailbox/{letter.id}/html"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_a_letters_html_stands_in_a_sandbox_where_nothing_runs(visitor, letter):
    answer = visitor.http.get(f"/mailbox/{letter.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "allow-scripts" not in policy
    assert "'sha256-" in policy
    assert "<h1>Thank you for your order</h1>" in answer.text


@pytest.mark.parametrize(
    "how",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"Host": "shop.example"}},
        {"headers": {"Host": "localhost.evil.example"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
    ],
)
def test_nobody_else_sees_the_mailbox(visitor, letter, how):
    for path in ("/mailbox", f"/mailbox/{letter.id}", f"/mailbox/{letter.id}/html"):
        answer = visitor.http.get(path, **how)
        assert answer.status_code == 404
        assert "ada@example.com" not in answer.text


def test_in_live_mode_there_is_none(settings):
    live = replace(settings, mode=Mode.LIVE, base_url="https://shop.example")
    http = create_app(live).test_client()
    assert http.get("/mailbox", base_url="https://localhost").status_code == 404
    assert "mailbox" not in [rule.endpoint for rule in create_app(live).url_map.iter_rules()]


def test_the_desk_lists_shows_and_previews(owner, letter):
    html = owner.page("/admin/mail")
    assert "Your order 1001 is confirmed" in html
    assert "ada@example.com" in html
    assert "No letter matches" in owner.page("/admin/mail?state=failed")
    assert "No letter matches" in owner.page("/admin/mail?order=77")
    assert letter.message_id.strip("<>") in owner.page(f"/admin/mail/{letter.id}")
    for kind in LetterKind:
        assert "<iframe" in owner.page(f"/admin/mail/preview/{kind}?language=de")
    assert "Vielen Dank" in owner.page("/admin/mail/preview/confirmation/html?language=de")
    assert owner.http.get("/admin/mail/preview/nothing").status_code == 404
    assert owner.http.get("/admin/mail/ltr_none").status_code == 404


def test_sending_again_is_for_those_who_work_on_orders_and_stands_in_the_book(
    clerk, reader, shop, letter
):
    path = f"/admin/mail/{letter.id}/sendings"
    assert reader.sends(path).status_code == 403
    assert "Send" not in re.findall(
        r"<button[^>]*>([^<]*)", reader.page(f"/admin/mail/{letter.id}")
    )
    assert clerk.sends(path).status_code == 303
    with shop.database.transaction() as tx:
        assert tx.get_one(Letter, letter.id).state == "queued"
        entry = tx.scalars(select(AuditEntry).where(AuditEntry.what == "letter.sent_again")).one()
        assert (entry.who, entry.about) == (clerk.email, "order 1001")
    assert clerk.http.post(path, data={"csrf_token": ""}).status_code == 403


@pytest.fixture
def command(settings, letter, monkeypatch):
    """Runs `paydesk mail …` on the same database; what it printed."""
    # From here on a shop is opened from its settings again.
    monkeypatch.undo()

    def run(*words: str, code: int = 0, **more: str) -> str:
        environment = {
            "PAYDESK_DATABASE_URL": settings.database_url,
            "PAYDESK_DATA_DIR": str(settings.data_dir),
            **more,
        }
        done = CliRunner().invoke(commands, ["mail", *words], env=environment)
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def test_the_commands_list_show_preview_resend_and_test(command, letter):
    assert letter.id in command("list", "--kind", "confirmation")
    assert "No such letters" in command("list", "--state", "failed")
    assert json.loads(command("list", "--order", "1001", "--json"))[0]["order"] == 1001
    assert "has arrived" in command("show", letter.id)
    assert "<h1>" in command("show", letter.id, "--html")
    assert json.loads(command("show", letter.id, "--json"))["state"] == "kept"
    assert "Vielen Dank" in command("preview", "confirmation", "--language", "de")
    assert "DHL" in command("preview", "shipped", "--order", "1001")
    assert "on its way again" in command("resend", letter.id)
    command("resend", letter.id, code=1)
    command("show", "ltr_none", code=1)
    assert "no letter was missing" in command("write", "1001")
    assert "written and kept" in command("test", "ada@example.com")
    assert json.loads(command("test", "ada@example.com", "--json"))["state"] == "kept"
    command("test", "nobody", code=2)


def test_every_kind_has_its_word_and_its_option():
    assert set(letter_pages.KINDS) == set(LetterKind)
    options: dict[str | None, Any] = {each.name: each.type for each in listing.params}
    assert set(options["kind"].choices) == {each.value for each in LetterKind}
    assert set(options["state"].choices) == {each.value for each in letter_pages.STATES}


def test_a_test_letter_says_what_the_mail_server_said(command):
    nobody = {
        "PAYDESK_SMTP_URL": "smtp://127.0.0.1:1",
        "PAYDESK_MAIL_FROM": "shop@example.com",
    }
    command("test", "ada@example.com", code=1, **nobody)
    assert "test" in command("list", "--state", "failed")


def test_the_doctor_asks_the_mail_server_and_looks_at_the_outbox(settings, shop, clock):
    def grade(**mail) -> Grade:
        sick = replace(settings, mail=MailOptions(**mail))
        return of_mail.server(sick, shop.post).grade

    assert grade() is Grade.OK
    assert grade(is_on=False) is Grade.OK
    nobody = SmtpServer("smtp", "127.0.0.1", 1, "me", "hunter2")
    assert grade(server=nobody, sender="shop@example.com") is Grade.FAILURE
    found = of_mail.server(
        replace(settings, mail=MailOptions(server=nobody, sender="a@b.c")), shop.post
    )
    assert "hunter2" not in found.reason
    live = replace(settings, mode=Mode.LIVE)
    assert of_mail.server(live, shop.post).grade is Grade.WARNING
    with shop.database.transaction() as tx:
        assert of_mail.outbox(tx, clock.now()).grade is Grade.OK
        owe_letter(tx, "test", None, at=clock.now())
        assert of_mail.outbox(tx, clock.now()).grade is Grade.OK
        row = tx.scalars(select(Letter)).one()
        row.written_at = row.written_at.replace(year=2025)
        tx.flush()
        assert of_mail.outbox(tx, clock.now()).grade is Grade.WARNING
        row.state = "failed"
        tx.flush()
        assert "not delivered" in of_mail.outbox(tx, clock.now()).reason
