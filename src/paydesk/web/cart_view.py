"""What the templates of cart and review page are given: plain views, ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass

from babel import Locale

from paydesk.business.shipping import Quote
from paydesk.business.tax import tax_text
from paydesk.foundation.language import gettext, ngettext, spoken
from paydesk.foundation.money import Money
from paydesk.orders.looking import Looked, LookedLine, Trouble
from paydesk.web.pictures import picture_url
from paydesk.web.rhythm import rhythm_text


@dataclass(frozen=True)
class CartLineView:
    """One line; `notes` say what has changed, and why fewer are in it than were wanted."""

    variant_id: str
    name: str
    variant: str
    slug: str
    picture: str | None
    quantity: int
    most: int
    unit_minor: int
    unit_text: str
    total_text: str
    notes: tuple[str, ...]
    # Nothing of it can be bought now.
    is_gone: bool
    is_digital: bool


@dataclass(frozen=True)
class QuoteView:
    """One way to ship."""

    rate_id: str
    name: str
    cost_text: str
    days_text: str
    is_chosen: bool


@dataclass(frozen=True)
class CartView:
    """A cart as its page and the review page show it. Sums are label and amount."""

    lines: tuple[CartLineView, ...]
    count: int
    currency: str
    countries: tuple[tuple[str, str], ...]
    country: str
    country_name: str
    quotes: tuple[QuoteView, ...]
    # What stands between goods and total, and what the total contains.
    sums: tuple[tuple[str, str], ...]
    contained: tuple[tuple[str, str], ...]
    goods_text: str
    total_text: str
    total_minor: int
    # Whether the total is known: a country that matters is still to be chosen.
    is_estimate: bool
    cannot_be_shipped: bool
    free_from_text: str
    added_by_stripe: tuple[str, ...]
    ships: bool
    is_digital: bool
    is_recurring: bool
    trial_days: int
    has_changed: bool
    can_be_ordered: bool
    closed: str
    # Numbers and secrets of orders from this cart that can still be paid.
    open_orders: tuple[tuple[int, str], ...]


def cart_view(looked: Looked) -> CartView:
    return CartView(
        lines=tuple(_line(line) for line in looked.lines),
        count=looked.count,
        currency=looked.currency,
        countries=_countries(looked.countries),
        country=looked.country,
        country_name=country_name(looked.country) if looked.country else "",
        quotes=tuple(_quote(each, looked) for each in looked.quotes),
        sums=tuple(_sums(looked)),
        contained=tuple(_contained(looked)),
        goods_text=looked.goods.text() + _rhythm(looked),
        total_text=looked.total.text(),
        total_minor=looked.total.minor,
        is_estimate=bool(looked.countries) and not looked.country,
        cannot_be_shipped=looked.cannot_be_shipped,
        free_from_text=_free_from(looked),
        added_by_stripe=tuple(_added_by_stripe(looked)),
        ships=looked.ships,
        is_digital=looked.is_digital,
        is_recurring=looked.is_recurring,
        trial_days=looked.trial_days,
        has_changed=looked.has_changed,
        can_be_ordered=bool(looked.available) and not looked.facts.closed,
        closed=looked.facts.closed,
        open_orders=tuple((order.number, order.secret) for order in looked.open_orders),
    )


def country_name(code: str) -> str:
    """What a country is called in the language that is spoken."""
    return Locale.parse(spoken().locale).territories.get(code) or code


def _countries(codes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, country_name(code)) for code in codes), key=lambda each: each[1]))


def _line(line: LookedLine) -> CartLineView:
    price = line.price
    rhythm = rhythm_text(price.interval_unit, price.interval_count) if price else ""
    return CartLineView(
        variant_id=line.variant_id,
        name=line.name,
        variant=line.variant_name,
        slug=line.slug,
        picture=picture_url(line.picture) if line.picture else None,
        quantity=line.quantity,
        most=line.most,
        unit_minor=line.unit.minor,
        unit_text=line.unit.text() + rhythm,
        total_text=line.total.text() + rhythm,
        notes=tuple(_notes(line)),
        is_gone=not line.quantity,
        is_digital=line.is_digital,
    )


def _notes(line: LookedLine) -> list[str]:
    notes = []
    if line.was is not None and line.quantity:
        notes.append(
            gettext("The price has changed: was %(was)s, now %(now)s.", was=line.was, now=line.unit)
        )
    match line.trouble:
        case Trouble.GONE:
            notes.append(gettext("Not sold any more. It is not part of your order."))
        case Trouble.SOLD_OUT:
            notes.append(gettext("Sold out. It is not part of your order."))
        case Trouble.RESERVED:
            notes.append(
                gettext(
                    "Reserved by other buyers just now; it may come back. It is not part of "
                    "your order."
                )
            )
        case Trouble.FEWER:
            notes.append(
                ngettext(
                    "You wanted %(wanted)s; only one is left.",
                    "You wanted %(wanted)s; only %(num)s are left.",
                    line.quantity,
                    wanted=line.wanted,
                )
            )
    return notes


def _quote(quote: Quote, looked: Looked) -> QuoteView:
    chosen = looked.reckoning.shipping
    return QuoteView(
        rate_id=quote.rate_id,
        name=quote.name,
        cost_text=cost_text(quote.cost),
        days_text=days_text(quote.min_days, quote.max_days),
        is_chosen=chosen is not None and chosen.rate_id == quote.rate_id,
    )


def cost_text(cost: Money) -> str:
    """What shipping costs, in a word where it costs nothing."""
    return cost.text() if cost.minor else gettext("Free")


def days_text(few: int, many: int) -> str:
    """How long a parcel takes; empty where nobody says."""
    if not many:
        return ""
    if few == many:
        return ngettext("%(num)s working day", "%(num)s working days", many)
    return gettext("%(few)s–%(many)s working days", few=few, many=many)


def _sums(looked: Looked) -> list[tuple[str, str]]:
    found = []
    if looked.quotes:
        shipping = looked.reckoning.shipping
        assert shipping is not None
        label = gettext("Shipping (%(name)s)", name=shipping.name)
        found.append((label, cost_text(shipping.cost)))
    found.extend(
        (tax_text(tax.name, tax.percentage), Money(tax.minor, looked.currency).text())
        for tax in looked.reckoning.taxes
        if not tax.inclusive
    )
    return found


def _contained(looked: Looked) -> list[tuple[str, str]]:
    return [
        (
            gettext("Contains %(tax)s", tax=tax_text(tax.name, tax.percentage)),
            Money(tax.minor, looked.currency).text(),
        )
        for tax in looked.reckoning.taxes
        if tax.inclusive and tax.minor
    ]


def _free_from(looked: Looked) -> str:
    """From which sum on the cheapest way would cost nothing, if that is not reached yet."""
    missing = [
        quote.free_from
        for quote in looked.quotes
        if quote.free_from is not None and quote.cost.minor
    ]
    return min(missing, key=lambda each: each.minor).text() if missing else ""


def _added_by_stripe(looked: Looked) -> list[str]:
    found = []
    if looked.taxed_by_stripe:
        found.append(gettext("Tax is added on Stripe’s page, where your address is asked for."))
    if looked.shipped_by_stripe:
        found.append(gettext("Shipping is chosen on Stripe’s page."))
    return found


def _rhythm(looked: Looked) -> str:
    line = next(iter(looked.available), None)
    if line is None or line.price is None:
        return ""
    return rhythm_text(line.price.interval_unit, line.price.interval_count)
