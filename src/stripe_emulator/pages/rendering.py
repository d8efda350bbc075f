"""Turns a template into an answer with its limits, and says how money and times are written."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_currency
from flask import Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from stripe_emulator.money import decimals
from stripe_emulator.pages import guard, languages


def page(
    template: str,
    status: int = 200,
    returns_to: Iterable[str | None] = (),
    pictures: Iterable[str | None] = (),
    *,
    framed: bool = False,
    **shown: Any,
) -> Response:
    """The filled template; `returns_to` and `pictures` are the addresses it may reach.

    `framed`: shops on this machine may show it inside a page of theirs.
    """
    response = make_response(render_template(template, **shown), status)
    return guard.limit(response, returns_to, pictures, framed=framed)


def refusal(error: HTTPException) -> Response:
    """The page for an address that leads nowhere or a form we do not take."""
    status = error.code or 500
    # The dashboard speaks English only.
    for_buyer = request.path.startswith("/c/")
    language = languages.chosen(None if for_buyer else "en", request.accept_languages)
    name = f"refused.{status}" if language.knows(f"refused.{status}") else "refused.500"
    heading, advice = language.say(name), language.say(f"{name}.advice")
    if by_script():
        return guard.limit(make_response(jsonify(notice=advice), status))
    return page(
        "refusal.html",
        status,
        heading=heading,
        advice=advice,
        lang=language.code,
        say=language.say,
    )


def by_script() -> bool:
    """Whether the page's own script asks, which wants JSON and goes on from there itself."""
    return request.accept_mimetypes.best == "application/json"


def money(minor: int, currency: str, locale: str = "en_US") -> str:
    """`$1,234.50`: an amount in the minor unit, for people who read this language."""
    places = decimals(currency)
    usual = Locale.parse(locale).currency_formats["standard"].pattern
    pattern = re.sub(r"0\.0+", "0" + ("." + "0" * places if places else ""), usual)
    amount = Decimal(minor).scaleb(-places)
    return format_currency(amount, currency.upper(), pattern, locale=locale, currency_digits=False)


def spaced(digits: str) -> str:
    """`4242 4242 4242 4242`, as on the card."""
    if len(digits) == 15:
        return f"{digits[:4]} {digits[4:10]} {digits[10:]}"
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def moment(seconds: float) -> str:
    """`23 Nov 2026, 05:15:47` in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %b %Y, %H:%M:%S")


def iso(seconds: float) -> str:
    """The same for machines, for `<time datetime>`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
