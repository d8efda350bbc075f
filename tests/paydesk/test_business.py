"""Who sells: facts with their checks, texts with their versions, shipping and tax by country."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from paydesk.business import colour, demonstration, legal, shipping, tax
from paydesk.business import shop as shops
from paydesk.business.legal import LegalKind
from paydesk.business.reckoning import Goods, reckon
from paydesk.business.shipping import RateTerms, ShippingRate
from paydesk.business.tax import TaxTerms
from paydesk.cli import commands
from paydesk.doctor import of_business
from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.language import GERMAN, speaking
from paydesk.foundation.money import Money
from paydesk.settings import Mode


@pytest.fixture
def tx(shop):
    with shop.database.transaction() as tx:
        yield tx


def test_facts_come_from_the_settings_until_they_are_written(shop, tx, clock):
    settings = replace(shop.settings, shop_name="From the settings")
    assert _facts(tx, settings).name == "From the settings"
    _change(tx, clock, name="Written", email="a@b.example", vat_id="de 123.456.789")
    found = _facts(tx, settings)
    assert (found.name, found.sender, found.vat_id) == ("Written", "a@b.example", "DE123456789")
    _change(tx, clock, name="")
    assert _facts(tx, settings).name == "From the settings"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "nobody"),
        ("country", "Germany"),
        ("vat_id", "12"),
        ("accent", "red"),
        ("accent", "#ffff99"),
        ("name", "two\nlines"),
        ("language", "xx"),
        ("owner", "me"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_and_named(tx, clock, name, value):
    with pytest.raises(Invalid, match=r"\w"):
        _change(tx, clock, **{name: value})


def test_what_is_written_on_an_accent_can_be_read():
    for accent in ("#0b6e4f", "#c2410c", "#1d4ed8", "#7a7a00", "#000000"):
        assert colour.contrast(colour.ink_on(accent), accent) >= colour.READABLE
        assert colour.contrast(colour.for_dark(accent), colour.NIGHT) >= colour.READABLE


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(tx, clock):
    first = legal.write_text(tx, clock, LegalKind.TERMS, "en", "First.")
    assert legal.write_text(tx, clock, LegalKind.TERMS, "en", " First. ") is first
    legal.write_text(tx, clock, LegalKind.TERMS, "en", "Second.")
    assert [each.version for each in legal.versions(tx, "terms", "en")] == [2, 1]
    assert legal.version_of(tx, "terms", "en", 1) is first
    current = legal.text_of(tx, "terms", "de")
    assert current is not None
    assert current.body == "Second."
    legal.write_text(tx, clock, LegalKind.TERMS, "en", "")
    assert legal.text_of(tx, "terms", "en") is None
    assert LegalKind.TERMS in legal.missing(tx)


def test_the_demonstration_says_what_it_is_and_is_loaded_once(shop, tx, clock):
    assert [each.grade for each in _diagnoses(tx, shop)] == ["warning", "warning"]
    assert demonstration.load(tx, clock)
    assert not demonstration.load(tx, clock)
    assert legal.missing(tx) == []
    for text in legal.of_demonstration(tx):
        marked = text.body.startswith(("DEMONSTRATION", "BEISPIELTEXT"))
        assert marked or text.kind == "waiver"
    assert [each.grade for each in _diagnoses(tx, shop)] == ["ok", "ok"]
    live = replace(shop.settings, mode=Mode.LIVE)
    assert of_business.texts(tx, live).grade == "warning"


def test_shipping_is_the_countrys_own_rate_else_the_one_for_all_others(tx, clock):
    near = shipping.add_rate(
        tx, clock, RateTerms("Parcel", ("DE", "AT"), {"eur": 490}, {"eur": 5000})
    )
    shipping.add_rate(tx, clock, RateTerms("Air", ("*",), {"eur": 1500, "usd": 1600}))
    rates = shipping.rates(tx)
    assert [each.cost.minor for each in shipping.quotes(rates, "DE", Money(4999, "eur"))] == [490]
    assert [each.cost.minor for each in shipping.quotes(rates, "DE", Money(5000, "eur"))] == [0]
    assert shipping.quotes(rates, "DE", Money(100, "usd")) == []
    assert [each.name for each in shipping.quotes(rates, "NZ", Money(100, "usd"))] == ["Air"]
    assert "NZ" in shipping.destinations(rates)
    assert shipping.cheapest(rates, "eur") == Money(490, "eur")
    newer = shipping.change_rate(tx, clock, near.id, RateTerms("Parcel", ("DE",), {"eur": 590}))
    assert newer.position == near.position
    assert shipping.quotes(shipping.rates(tx), "AT", Money(1, "eur"))[0].cost.minor == 1500
    with pytest.raises(NotFound):
        shipping.retire_rate(tx, clock, near.id)
    assert len(tx.scalars(select(ShippingRate)).all()) == 3


@pytest.mark.parametrize(
    "terms",
    [
        RateTerms("", ("DE",), {"eur": 1}),
        RateTerms("Parcel", (), {"eur": 1}),
        RateTerms("Parcel", ("XX",), {"eur": 1}),
        RateTerms("Parcel", ("DE",), {}),
        RateTerms("Parcel", ("DE",), {"eur": -1}),
        RateTerms("Parcel", ("DE",), {"eur": 1}, min_days=3, max_days=1),
    ],
)
def test_a_shipping_rate_that_cannot_be_is_refused(tx, clock, terms):
    with pytest.raises(Invalid):
        shipping.add_rate(tx, clock, terms)


def test_taxes_are_found_by_country_and_code_and_never_of_two_kinds(tx, clock):
    tax.add_rate(tx, clock, TaxTerms("DE", "19 %"))
    tax.add_rate(tx, clock, TaxTerms("DE", "7,0", tax_code="books"))
    rates = tax.rates(tx)
    for code, percentage in (("", "19"), ("books", "7"), ("unknown", "19")):
        found = tax.rate_for(rates, "DE", code)
        assert found is not None
        assert found.percentage == percentage
    assert tax.rate_for(rates, "FR") is None
    with pytest.raises(Invalid, match="all rates must say the same"):
        tax.add_rate(tx, clock, TaxTerms("DE", "5", inclusive=False, tax_code="food"))
    for wrong in ("", "x", "-1", "101", "1.23456", "NaN"):
        with pytest.raises(Invalid):
            tax.add_rate(tx, clock, TaxTerms("DE", wrong))


def test_a_reckoning_rounds_each_line_by_itself_and_shipping_follows_the_goods(tx, clock):
    tax.add_rate(tx, clock, TaxTerms("DE", "19"))
    tax.add_rate(tx, clock, TaxTerms("DE", "7", tax_code="books"))
    shipping.add_rate(tx, clock, RateTerms("Parcel", ("DE",), {"eur": 490}))
    quote = shipping.quotes(shipping.rates(tx), "DE", Money(3000, "eur"))[0]
    found = reckon(
        [Goods(1000), Goods(2000, "books")],
        "eur",
        country="DE",
        tax_rates=tax.rates(tx),
        shipping=quote,
    )
    assert found.total == Money(3490, "eur")
    assert found.tax_on_top_minor == 0
    # 10.00 contains 1.60 at 19 %, 20.00 contains 1.31 at 7 %, 4.90 contains 0.32 at 7 %.
    assert [(each.percentage, each.minor) for each in found.taxes] == [("19", 160), ("7", 163)]
    assert sum(each.net_minor + each.minor for each in found.taxes) == 3490


def test_a_tax_on_top_adds_to_the_total(tx, clock):
    tax.add_rate(
        tx, clock, TaxTerms("US", "8.875", inclusive=False, name="Sales tax", on_shipping=False)
    )
    shipping.add_rate(tx, clock, RateTerms("Mail", ("US",), {"usd": 500}))
    quote = shipping.quotes(shipping.rates(tx), "US", Money(3900, "usd"))[0]
    found = reckon([Goods(3900)], "usd", country="US", tax_rates=tax.rates(tx), shipping=quote)
    assert found.tax_on_top_minor == 346
    assert found.total == Money(3900 + 346 + 500, "usd")


def _facts(tx, settings):
    return shops.facts(tx, settings)


def _change(tx, clock, **values):
    shops.change_facts(tx, clock, values)


def _diagnoses(tx, opened):
    return [of_business.seller(tx, opened.settings), of_business.texts(tx, opened.settings)]


def test_the_command_writes_what_a_merchant_knows_and_says_what_it_cannot_take(
    shop, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    environment = {
        "PAYDESK_DATABASE_URL": shop.settings.database_url,
        "PAYDESK_DATA_DIR": str(tmp_path),
    }

    def run(*arguments: str, **more):
        return CliRunner().invoke(commands, ["business", *arguments], env=environment, **more)

    assert run("set", "legal_name=A Shop Ltd", r"address=Way 1\n1 Town").exit_code == 0
    assert run("write", "terms", "-", "--json", input="Be nice.").exit_code == 0
    assert run("tax", "DE", "19", "--json").exit_code == 0
    sent = run("ship", "Parcel", "DE,AT", "EUR=4.90", "--free-from", "EUR=50", "--days", "2-4")
    assert sent.exit_code == 0
    shown = json.loads(run("show", "--json").output)
    assert shown["facts"]["address"] == "Way 1\n1 Town"
    assert shown["texts"] == ["terms"]
    assert shown["shipping"][0]["amounts_minor"] == {"eur": 490}
    assert shown["shipping"][0]["days"] == [2, 4]
    assert run("retire", shown["taxes"][0]["id"], "--json").exit_code == 0
    refused = run("set", "email=nobody")
    assert refused.exit_code == 1
    assert "no e-mail address" in refused.output
    assert run("write", "nonsense", "-", input="").exit_code == 2
    assert "taxes" not in run("show").output


def test_a_tax_is_named_as_its_reader_names_it():
    with speaking(GERMAN):
        assert tax.tax_text("VAT", "8.875") == "MwSt. 8,875\u00a0%"
        assert tax.tax_text("Kurtaxe", "") == "Kurtaxe"
    assert tax.tax_text("VAT", "8.875") == "VAT 8.875\u00a0%"
