"""What a buyer can enter on the hosted page beside a card, and how the shop's wishes are shown."""

import re
from dataclasses import replace
from datetime import date

import pytest
from werkzeug.datastructures import LanguageAccept

from stripe_emulator import cards
from stripe_emulator.checkout.buyer import PROBLEMS, Choice
from stripe_emulator.checkout.showing import (
    Adjustable,
    Asked,
    CheckoutPage,
    PageLine,
    PageOption,
    PageShipping,
    SavedMethod,
)
from stripe_emulator.pages import buyer_form, choice_form, languages, order_words, shop_text, ways
from stripe_emulator.pages.sample_cards import groups

TODAY = date(2026, 11, 23)
ENGLISH, GERMAN = languages.named("en"), languages.named("de")
LAMP = PageLine("Lamp", None, 2, 1950, 3900, None, id="li_1", price="price_1")
PLAIN = CheckoutPage({"id": "cs_1"}, [LAMP], 3900, "usd", "open", "Lamps", None)
CARD = {"cardNumber": "4242424242424242", "cardExpiry": "12/34", "cardCvc": "123"}
ADA = {"email": "ada@example.com", "billingName": "Ada", "billingCountry": "DE"}
PARCEL = {
    "shippingName": "Ada",
    "shippingCountry": "US",
    "shippingAddressLine1": "1 Main St",
    "shippingLocality": "Springfield",
    "shippingAdministrativeArea": "IL",
    "shippingPostalCode": "62701",
}


def problems(shown, **typed):
    found = buyer_form.problems(buyer_form.read(typed, shown), TODAY)
    return {name: each.name for name, each in found.items()}


def entry(shown, **typed):
    return buyer_form.entry(buyer_form.read(typed, shown))


# ---- words


def test_both_languages_say_the_same_with_the_same_gaps():
    gaps = re.compile(r"\{(\w+)\}")
    english, german = languages.LISTS["en"], languages.LISTS["de"]
    assert set(english) == set(german)
    for name, words in english.items():
        assert sorted(gaps.findall(words)) == sorted(gaps.findall(german[name])), name


def test_whatever_a_session_refuses_has_words():
    for code in PROBLEMS.keys() - {"amount_changed"}:
        assert ENGLISH.knows(f"problem.{code}"), code


def test_declines_are_told_in_german():
    declined = next(each for each in groups() if each.title == "sample.declined")
    for sample in declined.cards:
        card = cards.by_number(sample.number)
        assert card is not None
        assert card.decline is not None
        why = card.decline
        assert ENGLISH.decline(why.code, why.decline_code, why.message) == why.message
        assert GERMAN.decline(why.code, why.decline_code, why.message) != why.message


@pytest.mark.parametrize(
    ("wanted", "accepted", "code"),
    [
        ("de", "en", "de"),
        ("auto", "de-AT,de;q=0.9,en;q=0.5", "de"),
        (None, "fr,de;q=0.3", "de"),
        (None, "", "en"),
        ("fr", "de", "en"),
        ("en-GB", "de", "en-GB"),
    ],
)
def test_the_session_chooses_the_language_or_else_the_browser(wanted, accepted, code):
    parts = [each.partition(";q=") for each in accepted.split(",") if each]
    accept = LanguageAccept([(name, float(q or 1)) for name, _, q in parts])
    assert languages.chosen(wanted, accept).code == code


# ---- ways to pay


@pytest.mark.parametrize(
    ("kind", "typed", "wrong"),
    [
        ("sepa_debit", {"iban": "AT61 1904 3002 3457 3201"}, {}),
        ("sepa_debit", {"iban": "AT61 1904"}, {"iban": "wrong.iban.short"}),
        ("sepa_debit", {"iban": "6161190430023457320"}, {"iban": "wrong.iban"}),
        ("us_bank_account", {"routingNumber": "110000000", "accountNumber": "000123456789"}, {}),
        (
            "us_bank_account",
            {"routingNumber": "110000001", "accountNumber": "12"},
            {"routingNumber": "wrong.routing", "accountNumber": "wrong.digits.between"},
        ),
        ("paypal", {"billingName": ""}, {}),
        ("cash", {}, {"way": "wrong.way"}),
        ("saved:pm_1", {"billingName": ""}, {}),
        ("saved:pm_2", {}, {"way": "wrong.way"}),
    ],
)
def test_each_way_to_pay_asks_for_its_own_fields(kind, typed, wrong):
    saved = SavedMethod("pm_1", "card", "visa", "4242", 12, 2034)
    kinds = ("card", "sepa_debit", "us_bank_account", "paypal")
    shown = replace(PLAIN, kinds=kinds, saved_methods=(saved,))
    assert problems(shown, **{**ADA, "way": kind, **typed}) == wrong


def test_a_boleto_needs_a_whole_address():
    shown = replace(PLAIN, kinds=("boleto",))
    found = problems(shown, **{**ADA, "billingCountry": "BR", "boletoTaxId": "000.000.000-00"})
    wanted = {"AddressLine1", "Locality", "AdministrativeArea", "PostalCode"}
    assert set(found) == {f"billing{each}" for each in wanted}


def test_accounts_and_cards_are_never_written_back():
    form = buyer_form.read({**CARD, **ADA, "iban": "AT61", "accountNumber": "1"}, PLAIN)
    assert set(form.harmless) == set(ADA)


def test_nothing_to_pay_asks_for_no_card():
    shown = replace(PLAIN, needs_method=False, kinds=())
    assert problems(shown, email="ada@example.com") == {}
    assert ways.way("card").billing == "postal"


# ---- addresses and extras


def test_the_shipping_address_is_the_billing_address_if_the_buyer_says_so():
    shown = replace(PLAIN, asked=Asked(shipping_countries=("US", "DE")))
    typed = {**CARD, **PARCEL, "email": "ada@example.com", "billingSame": "yes"}
    assert problems(shown, **typed) == {}
    given = entry(shown, **typed)
    assert given.billing == given.shipping
    assert given.billing["state"] == "IL"
    assert given.name == given.shipping_name == "Ada"


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"shippingCountry": "FR"}, {"shippingCountry": "problem.country_not_allowed"}),
        ({"shippingAdministrativeArea": ""}, {"shippingAdministrativeArea": "wrong.state"}),
        ({"shippingCountry": "DE", "shippingAdministrativeArea": ""}, {}),
        ({"shippingLocality": ""}, {"shippingLocality": "wrong.city"}),
        ({"shippingName": "x" * 201}, {"shippingName": "wrong.name.long"}),
    ],
)
def test_a_parcel_needs_an_address_the_shop_ships_to(changed, wrong):
    shown = replace(PLAIN, asked=Asked(shipping_countries=("US", "DE")))
    typed = {**CARD, **PARCEL, "email": "ada@example.com", "billingSame": "yes", **changed}
    assert problems(shown, **typed) == wrong


def test_what_the_shop_asks_has_to_be_answered():
    size = {
        "key": "size",
        "type": "dropdown",
        "optional": False,
        "dropdown": {"options": [{"label": "Large", "value": "l"}]},
    }
    number = {
        "key": "no",
        "type": "numeric",
        "optional": True,
        "numeric": {"minimum_length": 3, "maximum_length": 4},
    }
    asked = Asked(phone=True, terms=True, tax_id="required", custom_fields=(size, number))
    shown = replace(PLAIN, asked=asked, needs_method=False, kinds=())
    assert problems(shown, email="ada@example.com") == {
        "phoneNumber": "wrong.phone.empty",
        "taxIdType": "problem.not_an_option",
        "taxId": "wrong.empty",
        "customField.size": "wrong.empty",
        "termsOfServiceConsentCheckbox": "problem.terms_not_accepted",
    }
    typed = {"customField.size": "x", "customField.no": "12", "phoneNumber": "call me"}
    found = problems(shown, email="ada@example.com", **typed)
    assert found["customField.size"] == "problem.not_an_option"
    assert found["customField.no"] == "wrong.least"
    assert found["phoneNumber"] == "wrong.phone"


# ---- the order


ORDER = replace(
    PLAIN,
    lines=[replace(LAMP, adjustable=Adjustable(1, 5))],
    options=(PageOption("price_2", "Wrapping", None, None, 1, 500, None, None),),
    shipping_options=(PageShipping("shr_1", "Standard", 499, None, None, True),),
)


def test_the_form_says_what_has_changed_about_the_order():
    typed = {"quantity.li_1": "3", "shippingRate": "shr_1", "quantity.li_9": "7"}
    found = choice_form.choice(ORDER, typed)
    assert (dict(found.quantities), found.shipping_rate) == ({"li_1": 3}, "shr_1")
    assert choice_form.choice(ORDER, {"quantity.li_1": "2"}).quantities == {}
    assert problems(ORDER, **CARD, **ADA, **{"quantity.li_1": "6"})["quantity.li_1"]


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        ("quantity:li_1:4", {"quantities": {"li_1": 4}}),
        ("quantity:li_1:-1", {}),
        ("quantity", {}),
        ("add:price_2", {"optional": {"price_2": 1}}),
        ("add:price_9", {}),
        ("remove:price_2", {"optional": {"price_2": 0}}),
        ("apply", {"promotion_code": "SAVE"}),
        ("unapply", {"promotion_code": ""}),
        ("dance", {}),
    ],
)
def test_each_button_changes_one_thing(wanted, changes):
    found = choice_form.deed(ORDER, {"promotionCode": "SAVE"}, wanted)
    assert found == replace(Choice(), **changes)


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("12.50", "usd", 1250),
        ("12,5", "eur", 1250),
        ("500", "jpy", 500),
        ("1.005", "usd", None),
        ("1.5", "jpy", None),
        ("-1", "usd", None),
        ("nan", "usd", None),
        ("1e999999", "usd", None),
        ("", "usd", None),
        ("ten", "usd", None),
    ],
)
def test_an_amount_of_the_buyers_own_is_read_exactly(written, currency, amount):
    assert choice_form.minor(written, currency) == amount
    if amount is not None:
        assert choice_form.minor(choice_form.major(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (("business_day", 5), ("business_day", 7), "5 bis 7 Werktage"),
        (("day", 1), ("day", 1), "1 Tag"),
        (("day", 1), ("week", 2), "1 Tag bis 2 Wochen"),
        (None, ("hour", 24), "bis zu 24 Stunden"),
        (("month", 1), None, "mindestens 1 Monat"),
        (None, None, None),
    ],
)
def test_delivery_times_are_words(least, most, words):
    ends = [
        dict(zip(("unit", "value"), end, strict=True)) if end else None for end in (least, most)
    ]
    option = PageShipping("shr_1", "Standard", 499, ends[0], ends[1], False)
    assert order_words.estimate(GERMAN, option) == words


def test_a_trial_says_what_comes_later():
    every = {"interval": "month", "interval_count": 3}
    shown = replace(PLAIN, mode="subscription", trial_days=1, later_amount=1000, later_every=every)
    assert order_words.free(ENGLISH, shown) == "1 day free"
    assert order_words.later(ENGLISH, shown) == "Then $10.00 every 3 months"
    assert order_words.button(ENGLISH, shown) == "Start trial"
    assert order_words.later(ENGLISH, replace(shown, trial_days=None, amount_total=1000)) is None


# ---- the shop's own words and colours


def test_only_links_of_the_web_become_links():
    text = "Read [our terms](https://shop.example/t) <b>now</b>, **please**: [x](javascript:steal)"
    marked = str(shop_text.marked_up(text))
    assert '<a href="https://shop.example/t" target="_blank" rel="noopener noreferrer">' in marked
    assert "&lt;b&gt;now" in marked
    assert "<strong>please</strong>" in marked
    assert 'href="javascript' not in marked


@pytest.mark.parametrize(
    "colour", ["#000000", "#ffffff", "#ffd400", "#7a1f3d", "#808080", "#767676"]
)
def test_the_words_on_the_shops_colour_can_be_read(colour):
    sheet = shop_text.style({"button_color": colour, "background_color": colour})
    (ink,) = re.findall(r"--on-accent: (#\w{6})", sheet)
    lights = sorted(map(luminance, (colour, ink)))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_what_is_no_colour_gets_into_no_style_sheet():
    odd = {
        "button_color": "#ffd400;} body{display:none",
        "background_color": 7,
        "border_style": "x",
    }
    assert shop_text.style(odd) == ""
