"""Builds the hosted page from what is known of a session and what its buyer has entered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Response, current_app, jsonify, render_template, request

from stripe_emulator.checkout.buyer import Declined, Refusal
from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.pages import (
    choice_form,
    embedding,
    extra_form,
    guard,
    languages,
    order_words,
    tax_ids,
)
from stripe_emulator.pages.buyer_form import DEPTHS, SAVED, billing_depth
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.languages.phrase import Phrase
from stripe_emulator.pages.rendering import by_script, page
from stripe_emulator.pages.sample_cards import groups
from stripe_emulator.pages.shop_text import marked_up
from stripe_emulator.pages.territories import WITH_STATE, WITHOUT_POSTAL_CODE, countries
from stripe_emulator.pages.ways import Way, way

# Parts of the page a script puts in place after the order was changed: place -> template.
_PARTS = {
    "summary-part": "checkout_summary.html",
    "delivery-part": "checkout_delivery.html",
    "pay-part": "checkout_pay.html",
    "ways-part": "checkout_ways.html",
}
# From what a Refusal or a Decline names to the input it is about.
_INPUTS = {
    "promotion_code": "promotionCode",
    "shipping_rate": "shippingRate",
    "shipping_name": "shippingName",
    "name": "billingName",
    "phone": "phoneNumber",
    "business_name": "businessName",
    "individual_name": "individualName",
    "tax_id": "taxId",
    "tax_id_type": "taxIdType",
    "accepts_terms": "termsOfServiceConsentCheckbox",
    "kind": "way",
    "payment_method": "way",
    "details.number": "cardNumber",
    "details.exp_month": "cardExpiry",
    "details.exp_year": "cardExpiry",
    "details.cvc": "cardCvc",
    "details.iban": "iban",
    "details.routing_number": "routingNumber",
    "details.account_number": "accountNumber",
    "details.tax_id": "boletoTaxId",
}
_ADDRESS = {
    "city": "Locality",
    "country": "Country",
    "line1": "AddressLine1",
    "line2": "AddressLine2",
    "postal_code": "PostalCode",
    "state": "AdministrativeArea",
}
_PREFIXES = {"quantities": "quantity", "amounts": "amount", "custom_fields": "customField"}


@dataclass(frozen=True)
class Wrong:
    """What a buyer has to be told: beside fields, and above the button."""

    problems: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""

    def __bool__(self) -> bool:
        return bool(self.problems or self.notice)


def language_of(shown: CheckoutPage | None) -> Language:
    """The session's language; without a session, the browser's."""
    wanted = shown.session.get("locale") if shown else None
    return languages.chosen(wanted, request.accept_languages)


def shop_of(shown: CheckoutPage) -> str:
    """What the shop calls itself on this page."""
    branding = shown.session.get("branding_settings") or {}
    return str(branding.get("display_name") or shown.business_name)


def wrong_fields(language: Language, found: Mapping[str, Phrase]) -> Wrong:
    return Wrong({name: language.put(problem) for name, problem in found.items()})


def declined(language: Language, shown: CheckoutPage, outcome: Declined) -> Wrong:
    """A refused payment's message, beside the field it is about or above the button."""
    words = language.decline(outcome.code, outcome.decline_code, outcome.message)
    if outcome.field and shown.needs_method and "card" in shown.kinds:
        return Wrong({outcome.field: words})
    return Wrong(notice=words)


def refused(language: Language, shown: CheckoutPage, outcome: Refusal) -> Wrong:
    """What the session does not take, beside the fields it is about."""
    problems, notice = {}, ""
    for name, code in outcome.problems.items():
        if code == "amount_changed":
            due = order_words.amount(language, shown.amount_total, shown.currency)
            notice = language.say("said.changed", amount=due)
        elif place := _input_of(name):
            problems[place] = _problem(language, code)
        else:
            notice = _problem(language, code)
    return Wrong(problems, notice)


def answer(
    shown: CheckoutPage, typed: Mapping[str, str], wrong: Wrong, status: int = 200
) -> Response:
    """The whole page."""
    seen = _context(shown, typed, wrong)
    return page(
        "checkout.html",
        status,
        returns_to=[shown.success_url, shown.session.get("return_url")],
        framed=embedding.is_embedded(shown),
        **seen,
    )


def revised(shown: CheckoutPage, typed: Mapping[str, str], wrong: Wrong) -> Response:
    """The page with what has changed about the order; its script gets only that."""
    if not by_script():
        return answer(shown, typed, wrong, 422 if wrong else 200)
    seen = _context(shown, typed, wrong)
    say, due = seen["say"], seen["amount"](shown.amount_total)
    response = jsonify(
        parts={place: render_template(name, **seen) for place, name in _PARTS.items()},
        shape=seen["shape"],
        said=say("said.total", amount=due),
        problems=dict(wrong.problems),
        notice=wrong.notice,
    )
    response.status_code = 422 if wrong else 200
    return guard.limit(response)


def refuse(shown: CheckoutPage, typed: Mapping[str, str], wrong: Wrong) -> Response:
    """The page again, or what its script has to say."""
    if not by_script():
        return answer(shown, typed, wrong, 422)
    response = jsonify(problems=dict(wrong.problems), notice=wrong.notice)
    response.status_code = 422
    return guard.limit(response)


def words_for(shown: CheckoutPage) -> dict[str, Any]:
    """What every template about a session is given."""
    language = language_of(shown)
    return {
        "shown": shown,
        "lang": language.code,
        "say": language.say,
        "shop": shop_of(shown),
        "amount": lambda minor: order_words.amount(language, minor, shown.currency),
        "day": partial(order_words.day, language),
        "embedded_in": embedding.parent_of(shown),
    }


def link(address: str | None) -> str | None:
    """Only addresses of the web become links; anything else could be a script."""
    return address if guard.origin(address) else None


def _context(shown: CheckoutPage, typed: Mapping[str, str], wrong: Wrong) -> dict[str, Any]:
    language = language_of(shown)
    inputs = _prefilled(shown, typed)
    first_bad = next(iter(wrong.problems), "cardNumber" if wrong.notice else "")
    ways = [way(kind) for kind in shown.kinds] if shown.needs_method else []
    return {
        **words_for(shown),
        **_order(shown, language),
        **_asked(shown, language, ways),
        "typed": inputs,
        "here": {
            "typed": inputs,
            "problems": wrong.problems,
            # A browser lets no frame of another origin take the focus by itself.
            "first_bad": "" if embedding.parent_of(shown) else first_bad,
            "say": language.say,
            "taxed": _is_taxed_by_address(shown),
        },
        "problems": wrong.problems,
        "notice": wrong.notice,
        "ways": ways,
        "way_name": lambda each: each.name_in(language),
        "shape": _shape(shown),
        "back": link(shown.session.get("cancel_url")),
        "text": partial(_custom_text, shown),
        "next_year": _next_year(),
        "sample_groups": groups(shown.kinds if shown.needs_method else ()),
    }


def _order(shown: CheckoutPage, language: Language) -> dict[str, Any]:
    """The summary's words."""
    logo = _logo(shown)
    images = [each.image for each in shown.lines] + [each.image for each in shown.options]
    return {
        "title": order_words.title(language, shown, shop_of(shown)),
        "button": order_words.button(language, shown),
        "free": order_words.free(language, shown),
        "later": order_words.later(language, shown),
        "interval": partial(order_words.interval, language),
        "estimate": partial(order_words.estimate, language),
        "discount_words": partial(order_words.discount, language),
        "tax_words": partial(order_words.tax, language),
        "own_amount": lambda line: choice_form.major(line.unit_amount or 0, shown.currency),
        "can_update": _can_update(shown),
        "logo": logo if guard.is_near(logo) else None,
        "pictures": [each for each in [*images, logo] if guard.is_near(each)],
    }


def _asked(shown: CheckoutPage, language: Language, ways: list[Way]) -> dict[str, Any]:
    """What the form has to ask."""
    everywhere = countries(language.locale)
    allowed = shown.asked.shipping_countries
    depths = {billing_depth(shown, each) for each in ways} or {billing_depth(shown, None)}
    return {
        "countries": everywhere,
        "shipping_countries": {
            code: name for code, name in everywhere.items() if allowed and code in allowed
        },
        "without_postal_code": sorted(WITHOUT_POSTAL_CODE),
        "with_state": sorted(WITH_STATE),
        "asks": [each for each in DEPTHS if depths & set(DEPTHS[DEPTHS.index(each) :])],
        "depth_of": partial(billing_depth, shown),
        "tax_id_kinds": tax_ids.kinds(language.locale) if shown.asked.tax_id else {},
        "agreement_shown": _shows_agreement(shown),
        "bounds": extra_form.bounds,
        "taxed_by_address": _is_taxed_by_address(shown),
    }


def _prefilled(shown: CheckoutPage, typed: Mapping[str, str]) -> dict[str, str]:
    """What the inputs hold: what is known, and over it what the buyer has typed."""
    known = shown.entered or {}
    home = language_of(shown).country
    found = {"billingCountry": home, "billingSame": "" if typed else "yes"}
    if allowed := shown.asked.shipping_countries:
        found["shippingCountry"] = home if home in allowed else allowed[0]
    found["shippingName"] = known.get("shipping_name") or ""
    found["email"] = known.get("email") or ""
    for prefix in ("shipping", "billing"):
        for part, value in (known.get(prefix) or {}).items():
            if value and part in _ADDRESS:
                found[prefix + _ADDRESS[part]] = str(value)
    for each in shown.asked.custom_fields:
        default = (each.get(each["type"]) or {}).get("default_value")
        found[f"customField.{each['key']}"] = default or ""
    first = shown.saved_methods[0].id if shown.saved_methods else ""
    found["way"] = SAVED + first if first else next(iter(shown.kinds), "")
    found |= typed
    return {**found, "email": shown.email} if shown.email else found


def _shape(shown: CheckoutPage) -> str:
    """Changes with the ways to pay, so that a script replaces them only when it has to."""
    return " ".join(shown.kinds) if shown.needs_method else "nothing"


def _is_taxed_by_address(shown: CheckoutPage) -> bool:
    return bool((shown.session.get("automatic_tax") or {}).get("enabled"))


def _logo(shown: CheckoutPage) -> str | None:
    """The address of the shop's logo, or of its icon; a file of Stripe's has none for a page."""
    branding = shown.session.get("branding_settings") or {}
    for name in ("logo", "icon"):
        given = branding.get(name) or {}
        if given.get("url"):
            return str(given["url"])
    return None


def _can_update(shown: CheckoutPage) -> bool:
    """Whether anything in the form itself changes the amount."""
    own = any(line.adjustable or line.pays_what_they_want for line in shown.lines)
    return own or bool(shown.shipping_options) or _is_taxed_by_address(shown)


def _next_year() -> int:
    """A year in which a test card is still good."""
    clock = current_app.extensions["stripe_emulator"].clock
    return datetime.fromtimestamp(clock.timestamp(), UTC).year + 8


def _shows_agreement(shown: CheckoutPage) -> bool:
    """Whether the page says that the method will be used again; a shop may say so itself."""
    consents = shown.session.get("consent_collection") or {}
    agreement = consents.get("payment_method_reuse_agreement") or {}
    return agreement.get("position") != "hidden"


def _custom_text(shown: CheckoutPage, place: str) -> Any:
    """What the shop wants said in this place; None for nothing."""
    texts = shown.session.get("custom_text") or {}
    message = (texts.get(place) or {}).get("message")
    return marked_up(message) if message else None


def _input_of(name: str) -> str | None:
    """`shipping.postal_code` is about `shippingPostalCode`."""
    if name in _INPUTS or name == "email":
        return _INPUTS.get(name, name)
    first, _, rest = name.partition(".")
    if first in ("shipping", "billing") and rest in _ADDRESS:
        return first + _ADDRESS[rest]
    if first in ("shipping", "billing") and not rest:
        return f"{first}Country"
    return f"{_PREFIXES[first]}.{rest}" if first in _PREFIXES and rest else None


def _problem(language: Language, code: str) -> str:
    known = language.knows(f"problem.{code}")
    return language.say(f"problem.{code}" if known else "wrong.form")
