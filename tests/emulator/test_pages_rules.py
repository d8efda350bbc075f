"""What the pages accept, refuse and offer, without a browser."""

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import pytest

from stripe_emulator import cards
from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.emulator import Emulator
from stripe_emulator.pages import buyer_form, fault_form, guard, languages, rendering
from stripe_emulator.pages.sample_cards import groups
from stripe_emulator.pages.territories import countries
from stripe_emulator.store import Store

TODAY = date(2026, 11, 23)
GOOD = {
    "email": "ada@example.com",
    "cardNumber": "4242 4242 4242 4242",
    "cardExpiry": "12 / 34",
    "cardCvc": "123",
    "billingName": "Ada Lovelace",
    "billingCountry": "US",
    "billingPostalCode": "12345",
}


PLAIN = CheckoutPage({"id": "cs_1"}, [], 3900, "usd", "open", "Lamps", None)
ENGLISH, GERMAN = languages.named("en"), languages.named("de")


def form(shown=PLAIN, **changed):
    return buyer_form.read({**GOOD, **changed}, shown)


def problems(shown=PLAIN, **changed):
    found = buyer_form.problems(form(shown, **changed), TODAY)
    return {name: ENGLISH.put(each) for name, each in found.items()}


def test_a_good_form_becomes_a_card():
    assert problems() == {}
    entry = buyer_form.entry(form())
    assert entry.details == {
        "number": "4242424242424242",
        "exp_month": 12,
        "exp_year": 2034,
        "cvc": "123",
    }
    assert (entry.name, entry.email) == ("Ada Lovelace", "ada@example.com")
    assert entry.billing == {"country": "US", "postal_code": "12345"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "Enter your email"),
        ("email", "ada", "email address is invalid"),
        ("email", "ada@example", "email address is invalid"),
        ("cardNumber", "", "number is incomplete"),
        ("cardNumber", "4242 4242", "number is incomplete"),
        ("cardNumber", "4242424242424241", "number is invalid"),
        ("cardNumber", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "number is invalid"),
        ("cardNumber", "4" * 30, "number is invalid"),
        ("cardExpiry", "", "date is incomplete"),
        ("cardExpiry", "12", "date is incomplete"),
        ("cardExpiry", "13 / 34", "date is invalid"),
        ("cardExpiry", "12 / 25", "year is in the past"),
        ("cardExpiry", "10 / 26", "date is in the past"),
        ("cardExpiry", "12 / 95", "year is invalid"),
        ("cardCvc", "12", "code is incomplete"),
        ("cardCvc", "1234", "code is invalid"),
        ("cardCvc", "abc", "code is invalid"),
        ("billingName", "  ", "name on the card"),
        ("billingCountry", "ZZ", "Choose a country"),
        ("billingPostalCode", "123", "ZIP code is incomplete"),
    ],
)
def test_a_wrong_field_is_named(field, value, words):
    found = problems(**{field: value})
    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize(
    "changed",
    [
        {"cardExpiry": "1126"},
        {"cardExpiry": "1/34"},
        {"cardExpiry": "01/2034"},
        {"cardNumber": "378282246310005", "cardCvc": "1234"},
        {"billingCountry": "DE", "billingPostalCode": "10115"},
        {"billingCountry": "HK", "billingPostalCode": ""},
        {"billingPostalCode": "12345-6789"},
    ],
)
def test_what_buyers_write_is_understood(changed):
    assert problems(**changed) == {}


def test_amex_wants_four_digits():
    found = problems(cardNumber="378282246310005", cardCvc="123")
    assert found == {"cardCvc": "Your card’s security code is incomplete."}


def test_the_shops_email_address_wins():
    shown = replace(PLAIN, email="grace@example.com")
    assert buyer_form.entry(form(shown)).email == "grace@example.com"


# In another group, and still no good.
LATER = ("sample.later.fail", "sample.radar.blocked")


def test_every_offered_card_does_what_its_group_says():
    for group in groups():
        for offered in group.cards:
            card = cards.by_number(offered.number)
            assert card is not None, offered
            assert card.asks_its_holder == (group.title == "sample.3ds")
            if not card.asks_its_holder:
                refused = group.title == "sample.declined" or offered.says in LATER
                assert (card.decline is not None) == refused, offered


def test_the_countries_are_iso_codes_in_the_order_of_their_names():
    names = list(countries().values())
    assert countries()["US"] == "United States"
    assert names.index("Åland Islands") < names.index("Albania")
    assert "EU" not in countries()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://127.0.0.1:5000/thanks?x=1", "http://127.0.0.1:5000"),
        ("https://shop.example/", "https://shop.example"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("javascript:alert(1)", None),
        ("http://x;script-src *", None),
        ("http://127.0.0.1:port/", None),
        ("myapp://done", None),
        (None, None),
    ],
)
def test_only_addresses_of_the_web_have_an_origin(address, origin):
    assert guard.origin(address) == origin


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(3900, "usd", "$39.00"), (123456, "eur", "€1,234.56"), (500, "jpy", "¥500")],
)
def test_money_is_written_for_people(minor, currency, text):
    assert rendering.money(minor, currency) == text


def test_german_readers_get_german_amounts():
    assert rendering.money(123456, "eur", "de_DE") == "1.234,56\xa0€"
    assert rendering.money(500, "jpy", "de_DE") == "500\xa0¥"


def test_a_fault_form_is_read_whole_or_refused():
    emulator = Emulator(Store(None))
    good = {"fault": "api.fail", "status": "503", "times": "2", "paths": "/v1/a, /v1/b"}
    assert fault_form.apply(emulator, good) == {}
    (standing,) = fault_form.standing(emulator)
    assert standing.words == "the API answers 503, for /v1/a /v1/b, 2 more times"
    for name, text in (("seconds", "nan"), ("seconds", "x"), ("times", "1.5"), ("times", "-1")):
        wrong = fault_form.apply(emulator, {"fault": "api.delay", name: text})
        assert list(wrong) == [name], text
    assert list(fault_form.apply(emulator, {"fault": "none"})) == ["fault"]
    assert len(fault_form.standing(emulator)) == 1
    emulator.store.close()


def test_forms_of_strangers_are_refused(ask, client):
    price = {"currency": "usd", "unit_amount": 3900, "product_data": {"name": "Lamp"}}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/thanks",
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )
    address = f"/c/pay/{session.id}"

    def sent(path, **form):
        return ask("POST", path, urlencode(form), key=None).status

    assert sent(address, **GOOD) == 403
    assert sent(address, **GOOD, token="0" * 64) == 403
    assert sent(address, **GOOD, token="ü") == 403
    assert sent("/c/authenticate/pi_1", answer="complete") == 403
    assert sent("/dashboard/faults", do="clear") == 403
    assert sent("/dashboard/events/evt_1") == 403
    assert sent(address, email="x" * 50_000) == 413
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert ask("GET", address).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::2]:1"])
def test_a_foreign_host_name_sees_nothing(ask, host):
    assert ask("GET", "/dashboard", headers={"Host": host}).status == 403


def test_a_page_reaches_nothing_elsewhere(ask):
    policy = ask("GET", "/dashboard").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
