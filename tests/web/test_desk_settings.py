"""The desk's settings, audit log and doctor: what is saved, what is refused, what is noted."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from paydesk.business import demonstration, legal, shipping, tax
from paydesk.business.shop import facts
from paydesk.foundation.errors import Invalid
from paydesk.staff import audit
from paydesk.staff.audit import AuditEntry
from paydesk.web.desk.settings.amounts import amounts_of, amounts_text
from paydesk.web.prose import prose


def entries(shop) -> list[AuditEntry]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def facts_of(shop):
    with shop.database.transaction() as tx:
        return facts(tx, shop.settings)


def test_the_shops_facts_are_saved_and_noted_with_what_was_before(owner, shop):
    owner.sends("/admin/settings/shop", {"name": "Kabelsalat", "vat_id": "de 123 456 789"})
    owner.sends("/admin/settings/shop", {"name": "Kabelsalat & Co", "country": "at"})
    assert facts_of(shop).name == "Kabelsalat & Co"
    assert "Kabelsalat &amp; Co" in owner.page("/admin/settings/shop")
    found = entries(shop)
    assert [(each.who, each.what, each.about) for each in found] == [
        (owner.email, "shop.facts", "shop")
    ] * 2
    assert found[1].before == {"name": "Kabelsalat", "country": ""}
    assert found[1].after == {"name": "Kabelsalat & Co", "country": "AT"}


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(owner, shop):
    answer = owner.sends(
        "/admin/settings/shop", {"name": "New", "email": "nobody", "accent": "#fffde0"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#f-email"' in page
    assert 'aria-describedby="e-accent h-accent"' in page
    assert "too pale" in page
    assert 'value="nobody"' in page
    assert facts_of(shop).name == "Paydesk"
    assert entries(shop) == []


def test_a_legal_text_is_shown_before_it_is_a_new_version(owner, shop):
    there = "/admin/settings/legal/terms/en"
    body = "## Who sells\nWe do.\n\n- <b>one</b>\n- two"
    preview = owner.sends(there, {"body": body, "do": "preview"}).get_data(as_text=True)
    assert "<h3>Who sells</h3>" in preview
    assert "<li>&lt;b&gt;one&lt;/b&gt;</li>" in preview
    assert entries(shop) == []
    for text in (body, body, "Others"):
        owner.sends(there, {"body": text, "do": "save"})
    with shop.database.transaction() as tx:
        assert [each.version for each in legal.versions(tx, "terms", "en")] == [2, 1]
    assert "<h3>Who sells</h3>" in owner.page(f"{there}?version=1")
    assert [each.after for each in entries(shop)] == [
        {"version": 1, "characters": len(body)},
        {"version": 2, "characters": 6},
    ]
    for path in (
        f"{there}?version=9",
        "/admin/settings/legal/terms/fr",
        "/admin/settings/legal/x/en",
    ):
        assert owner.http.get(path).status_code == 404


def test_a_shipping_rate_is_offered_changed_and_ended(owner, shop):
    rate = {"name": "Parcel", "countries": "de, at", "amounts": "4.90 EUR, 5.50 usd"}
    owner.sends("/admin/settings/shipping", {**rate, "free_from": "80 EUR", "min_days": "2"})
    with shop.database.transaction() as tx:
        (row,) = shipping.rates(tx)
    assert (row.countries, row.amounts) == (["AT", "DE"], {"eur": 490, "usd": 550})
    assert (row.free_from, row.min_days, row.max_days) == ({"eur": 8000}, 2, 2)
    there = f"/admin/settings/shipping/{row.id}"
    assert 'value="4.90 EUR, 5.50 USD"' in owner.page(there)
    owner.sends(there, {**rate, "amounts": "6 EUR", "do": "save"})
    with shop.database.transaction() as tx:
        (new,) = shipping.rates(tx)
    assert new.amounts == {"eur": 600}
    assert owner.http.get(there).status_code == 404
    owner.sends(f"/admin/settings/shipping/{new.id}", {"do": "retire"})
    with shop.database.transaction() as tx:
        assert shipping.rates(tx) == []
    what = [each.what for each in entries(shop)]
    assert what == ["shipping.added", "shipping.changed", "shipping.retired"]
    for wrong in ({"amounts": "five"}, {"countries": "xx"}, {"name": ""}, {"min_days": "soon"}):
        answer = owner.sends("/admin/settings/shipping", {**rate, **wrong})
        assert answer.status_code == 422
        assert f'href="#f-{"countries" if "countries" in wrong else next(iter(wrong))}"' in (
            answer.get_data(as_text=True).replace("#f-country", "#f-countries")
        )


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("", {}),
        ("4,90 EUR", {"eur": 490}),
        ("4.90EUR; 500 jpy\n3 usd", {"eur": 490, "jpy": 500, "usd": 300}),
        ("4.90 EUR, 5 USD", {"eur": 490, "usd": 500}),
    ],
)
def test_amounts_are_read_as_people_write_them(text, amounts):
    assert amounts_of(text, "amounts") == amounts
    assert amounts_of(amounts_text(amounts), "amounts") == amounts


@pytest.mark.parametrize("text", ["x", "4.90", "4.999 EUR", "5.5 JPY", "1 EUR, 2 EUR", "-1 EUR"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Invalid):
        amounts_of(text, "amounts")


def test_a_tax_takes_the_place_of_the_one_there_was(owner, shop):
    form = {"country": "de", "name": "USt", "inclusive": "yes", "on_shipping": "yes"}
    for percent in ("19", "20,5"):
        owner.sends("/admin/settings/tax", {**form, "percentage": percent})
    with shop.database.transaction() as tx:
        (row,) = tax.rates(tx)
    assert row.percentage == "20.5"
    assert owner.sends("/admin/settings/tax", {**form, "percentage": "x"}).status_code == 422
    owner.sends(f"/admin/settings/tax/{row.id}/retirement")
    assert owner.sends(f"/admin/settings/tax/{row.id}/retirement").status_code == 404
    found = entries(shop)
    assert [each.what for each in found] == ["tax.set", "tax.set", "tax.retired"]
    assert (found[1].before, found[1].after) == ({"percentage": "19"}, {"percentage": "20.5"})


def test_keys_are_shown_nowhere_at_the_desk(app, owner, shop):
    secrets = [
        *(shop.settings.secret_key, shop.settings.app_secret, *shop.settings.webhook_secrets),
        shop.settings.publishable_key,
    ]
    for path in ("/admin/settings/payments", "/admin/settings", "/admin/doctor", "/admin/audit"):
        page = owner.page(path)
        assert not [each for each in secrets if each in page]


def test_a_test_letter_says_how_it_went(owner, shop):
    answer = owner.sends("/admin/settings/mail/trials", {"to": "ann@shop.example"})
    assert "written and kept" in owner.page(answer.location)
    assert owner.sends("/admin/settings/mail/trials", {"to": "nobody"}).status_code == 422
    assert [each.after for each in entries(shop)] == [{"state": "kept"}]


def test_a_backup_is_made_while_the_shop_runs_and_listed(owner, shop, monkeypatch):
    if not shop.database.is_sqlite:
        assert owner.sends("/admin/settings/backups").status_code == 409
        return
    (shop.settings.data_dir / "media").mkdir()
    (shop.settings.data_dir / "media" / "a.webp").write_bytes(b"RIFF")
    owner.sends("/admin/settings/backups")
    page = owner.page("/admin/settings/backups")
    assert "and 1 file beside it" in page
    (name,) = set(re.findall(r"paydesk-\d{8}T\d{6}\.sqlite3", page))
    assert (shop.settings.data_dir / "backups" / name).stat().st_mode & 0o077 == 0
    assert entries(shop)[-1].what == "backup.made"
    # More than a page can wait for is left to the command, and said.
    monkeypatch.setattr("paydesk.web.desk.settings.backups._MOST_FILES_BYTES", 3)
    shop.clock.travel(timedelta(seconds=1))
    owner.sends("/admin/settings/backups")
    page = owner.page("/admin/settings/backups")
    assert "left out" in page
    assert "has the database alone" in page


def test_the_shop_is_closed_with_a_sentence_and_opened_again(owner, shop):
    owner.sends("/admin/settings/closing", {"do": "close", "closed": "Back on 3 August"})
    assert facts_of(shop).closed == "Back on 3 August"
    assert "Back on 3 August" in owner.page("/admin/settings/closing")
    owner.sends("/admin/settings/closing", {"do": "open"})
    assert facts_of(shop).closed == ""
    owner.sends("/admin/settings/closing", {"do": "close"})
    assert facts_of(shop).closed
    assert [each.what for each in entries(shop)] == ["shop.closed", "shop.opened", "shop.closed"]


def test_everybody_but_the_owner_who_says_so_is_signed_out(owner, clerk, shop):
    assert clerk.http.post("/admin/settings/closing/sessions").status_code == 403
    assert "One session was ended" in owner.page(
        owner.sends("/admin/settings/closing/sessions").location
    )
    assert clerk.http.get("/admin/orders").status_code in (302, 303)
    assert owner.http.get("/admin/orders").status_code == 200
    assert entries(shop)[-1].what == "staff.signed_out"


def test_while_the_shop_is_closed_nobody_can_order_and_everybody_reads_why(owner, visitor, shop):
    form = visitor.form()
    owner.sends("/admin/settings/closing", {"do": "close", "closed": "Back on 3 August"})
    for path in ("/", "/p/arduino-board"):
        # A landmark: who goes from one to the next does not miss it.
        notice = visitor.http.get(path).text.partition('<aside class="width closed"')[2]
        assert "The shop is closed: Back on 3 August" in notice.partition("</aside>")[0]
    refused = visitor.purchase(form)
    assert refused.status_code == 409
    assert "Back on 3 August" in refused.get_data(as_text=True)
    owner.sends("/admin/settings/closing", {"do": "open"})
    assert visitor.purchase(form).status_code == 303


def test_others_see_the_settings_and_are_offered_no_change(clerk, shop):
    with shop.database.transaction() as tx:
        demonstration.load(tx, shop.clock)
    for path in (
        "",
        "/shop",
        "/mail",
        "/legal",
        "/legal/terms/en",
        "/shipping",
        "/tax",
        "/backups",
    ):
        main = clerk.page(f"/admin/settings{path}").split("<main")[1].split("</main>")[0]
        assert "<button" not in main, path
    for path in ("/staff", "/closing"):
        assert clerk.http.get(f"/admin/settings{path}").status_code == 403


def test_the_audit_log_is_read_by_who_what_about_and_day_page_by_page(owner, shop, clock):
    for n in range(120):
        with shop.database.transaction() as tx:
            who = "ann@shop.example" if n % 2 else "bob@shop.example"
            what = "product.changed" if n % 3 else "order.noted"
            audit.note(tx, clock, who, what, f"thing {n}", {"n": None}, {"n": n, "list": [n]})
        clock.travel(timedelta(hours=1))

    def things(query: str) -> list[int]:
        return [int(n) for n in re.findall(r">thing (\d+)</a>", owner.page(f"/admin/audit{query}"))]

    owner.http.set_cookie("paydesk-desk", _signed_in_again(owner, shop))
    assert things("") == list(range(119, 69, -1))
    older = re.findall(r'rel="next" href="([^"]+)"', owner.page("/admin/audit"))[0]
    assert things(older.removeprefix("/admin/audit")) == list(range(69, 19, -1))
    assert things("?who=ann@shop.example&what=order")[:3] == [117, 111, 105]
    assert things("?about=thing 7") == [7]
    assert things("?since=2026-11-24&until=2026-11-24") == list(range(37, 13, -1))
    assert things("?what=nothing") == things("?before=1") == []
    assert things("?since=then&before=x&what=%25") == []


def _signed_in_again(owner, shop) -> str:
    from paydesk.staff import member, sessions
    from paydesk.staff.sessions import Browser

    with shop.database.transaction() as tx:
        return sessions.open_session(tx, shop.clock, member.named(tx, owner.email), Browser("Test"))


def test_the_doctor_shows_each_check_and_makes_one_group_again(owner, shop):
    page = owner.page("/admin/doctor")
    for word in ("database", "worker", "secret key", "stripe", "staff", "legal texts"):
        assert f"<strong>{word}</strong>" in page
    # Nobody runs the jobs in this test: the dot beside the place says so on other pages, too.
    assert "Something fails" in owner.page("/admin/settings")
    again = owner.page("/admin/doctor?group=database")
    assert "<strong>worker</strong>" in again
    assert "<strong>secret key</strong>" not in again
    assert owner.http.get("/admin/doctor?group=heart").status_code == 404


def test_prose_lets_no_markup_through():
    found = prose(
        "<script>x</script>\n## no heading here\n\n## A & B\ntext\nmore\n\n- one\n- two\nend"
    )
    assert found == (
        "<p>&lt;script&gt;x&lt;/script&gt;</p>\n<h2>no heading here</h2>\n<h2>A &amp; B</h2>\n"
        "<p>text<br>more</p>\n<ul><li>one</li><li>two</li></ul>\n<p>end</p>"
    )
    assert prose("") == ""
