"""What a price includes and what comes on top of it, said beside it; how soon a parcel arrives."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from paydesk.business import shipping, tax
from paydesk.business.shipping import Quote, ShippingRate
from paydesk.catalogue.stock import Availability
from paydesk.foundation.language import gettext, ngettext
from paydesk.foundation.money import Money
from paydesk.foundation.postal import country_name
from paydesk.web.product_view import ProductView


@dataclass(frozen=True)
class Conditions:
    """Sentences, ready to print; empty where there is nothing to say."""

    price: str
    delivery: str


def price_notes(tx: Session, products: Sequence[ProductView], country: str) -> dict[str, str]:
    """What stands at the price on a card, by the product's slug."""
    included, rates = _included(tx, country), shipping.rates(tx)
    return {
        each.slug: ", ".join((*included, *_in_short(rates, each, country))) for each in products
    }


def conditions_of(tx: Session, product: ProductView, country: str) -> Conditions:
    """Of a product bought in the seller's own country, or ("") in no country in particular."""
    parts = _included(tx, country)
    if all(each.is_digital for each in product.offers):
        return Conditions(", ".join(parts), gettext("A file to download as soon as it is paid."))
    rates = shipping.rates(tx) if _is_shipped(product) else []
    parts.extend(_shipping(rates, product.currency, country))
    least = min((each.unit_minor for each in product.offers), default=0)
    quotes = shipping.quotes(rates, country, Money(least, product.currency)) if least else []
    can_be_had = product.availability == Availability.AVAILABLE
    return Conditions(", ".join(parts), _delivery(quotes, country) if can_be_had else "")


def _is_shipped(product: ProductView) -> bool:
    """Whether shipping is charged for, or may be: no subscription brings it along."""
    return not all(each.is_digital or each.is_recurring for each in product.offers)


def _included(tx: Session, country: str) -> list[str]:
    rate = tax.rate_for(tax.rates(tx), country) if country else None
    if rate is None or not rate.inclusive:
        return []
    return [gettext("incl. %(tax)s", tax=tax.tax_text(rate.name, ""))]


def _in_short(rates: Sequence[ShippingRate], product: ProductView, country: str) -> list[str]:
    if not _is_shipped(product):
        return []
    cost = shipping.cheapest(rates, product.currency, country)
    if cost is None:
        return []
    return [gettext("plus shipping") if cost.minor else gettext("free shipping")]


def _shipping(rates: Sequence[ShippingRate], currency: str, country: str) -> list[str]:
    cheapest = shipping.cheapest(rates, currency, country)
    if cheapest is None:
        return []
    if not cheapest.minor:
        return [gettext("free shipping")]
    return [gettext("plus shipping, from %(cost)s", cost=cheapest.text())]


def _delivery(quotes: Sequence[Quote], country: str) -> str:
    first = next((each for each in quotes if each.max_days), None)
    if first is None or not country:
        return ""
    place = country_name(country)
    if first.min_days == first.max_days:
        return ngettext(
            "Arrives in %(num)d working day in %(place)s.",
            "Arrives in %(num)d working days in %(place)s.",
            first.max_days,
            place=place,
        )
    return gettext(
        "Arrives in %(least)s to %(most)s working days in %(place)s.",
        least=first.min_days,
        most=first.max_days,
        place=place,
    )
