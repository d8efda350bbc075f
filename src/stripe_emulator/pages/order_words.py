"""The order in words: how often, how long free, how much off, when it arrives."""

from datetime import UTC, date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from stripe_emulator.checkout.showing import (
    CheckoutPage,
    PageDiscount,
    PageShipping,
    PageTax,
    Thing,
)
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.rendering import money

# The words on the button, by `submit_type`.
_SUBMIT = frozenset({"book", "donate", "pay", "subscribe"})


def amount(language: Language, minor: int, currency: str) -> str:
    return money(minor, currency, language.locale)


def day(language: Language, seconds: int) -> str:
    """A date in UTC, written out."""
    moment: date = datetime.fromtimestamp(seconds, UTC).date()
    return format_date(moment, "long", locale=language.locale)


def title(language: Language, shown: CheckoutPage, shop: str) -> str:
    """What the page is for."""
    if shown.mode == "subscription":
        return language.say("title.trial" if shown.trial_days else "title.subscribe", shop=shop)
    return language.say("title.setup" if shown.mode == "setup" else "title.pay", shop=shop)


def button(language: Language, shown: CheckoutPage) -> str:
    """The word of the shop if it chose one, else what fits the session."""
    wanted = shown.session.get("submit_type")
    if wanted in _SUBMIT:
        return language.say(f"button.{wanted}")
    if shown.mode == "setup":
        return language.say("button.setup")
    if shown.mode == "subscription":
        return language.say("button.trial" if shown.trial_days else "button.subscribe")
    return language.say("button.pay" if shown.needs_method else "button.nothing")


def interval(language: Language, recurring: Thing) -> str:
    """`per month`, `every 3 months`."""
    count = recurring.get("interval_count") or 1
    number = "1" if count == 1 else "n"
    return language.say(f"interval.{recurring['interval']}.{number}", count=count)


def free(language: Language, shown: CheckoutPage) -> str | None:
    """`14 days free`, of a subscription that begins with a trial."""
    if not shown.trial_days:
        return None
    one = shown.trial_days == 1
    return language.say("order.free.day" if one else "order.free.days", count=shown.trial_days)


def later(language: Language, shown: CheckoutPage) -> str | None:
    """`Then $10.00 per month`, if that is not what is due today."""
    if shown.later_amount is None or not shown.later_every:
        return None
    if not shown.trial_days and shown.later_amount == shown.amount_total:
        return None
    cost = amount(language, shown.later_amount, shown.currency)
    return language.say("order.then", amount=cost, interval=interval(language, shown.later_every))


def discount(language: Language, given: PageDiscount) -> str:
    """The coupon's name and, where it has one, its percentage."""
    if not given.percent_off:
        return given.name
    off = language.say("order.off.percent", percent=_number(language, given.percent_off))
    return off if given.name == off else f"{given.name} ({off})"


def tax(language: Language, taken: PageTax) -> str:
    word = "order.tax.included" if taken.inclusive else "order.tax.rate"
    return language.say(word, name=taken.name, percent=_number(language, taken.percentage))


def estimate(language: Language, option: PageShipping) -> str | None:
    """`5 to 7 business days`."""
    least, most = option.minimum, option.maximum
    if least and most:
        return _between(language, least, most)
    if least:
        unit = _unit(language, least)
        return language.say("delivery.least", count=least["value"], unit=unit)
    if most:
        return language.say("delivery.most", count=most["value"], unit=_unit(language, most))
    return None


def _between(language: Language, least: Thing, most: Thing) -> str:
    first, last = least["value"], most["value"]
    unit = _unit(language, most)
    if least["unit"] != most["unit"]:
        own = _unit(language, least)
        return language.say("delivery.span", least=first, least_unit=own, most=last, most_unit=unit)
    if first == last:
        return language.say("delivery.exact", count=first, unit=unit)
    return language.say("delivery.between", least=first, most=last, unit=unit)


def _unit(language: Language, estimated: Thing) -> str:
    number = "1" if estimated["value"] == 1 else "n"
    return language.say(f"unit.{estimated['unit']}.{number}")


def _number(language: Language, value: float) -> str:
    return str(format_decimal(value, locale=language.locale))
