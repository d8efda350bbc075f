"""A cart looked at: what is in it today, what it costs, and what has changed since. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from paydesk.business import shipping, shop
from paydesk.business.reckoning import Goods, Reckoning, reckon
from paydesk.business.shipping import Quote
from paydesk.business.shop import ShopFacts
from paydesk.catalogue import stock
from paydesk.catalogue.product import Price, Product, Variant
from paydesk.catalogue.stock import Availability, Hold, HoldState
from paydesk.foundation.money import Money
from paydesk.orders import dues
from paydesk.orders.cart import Cart, CartLine
from paydesk.orders.dues import Dues
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.placing import MAX_QUANTITY
from paydesk.settings import Settings


class Trouble(StrEnum):
    """Why fewer of a line can be had than are wanted."""

    # Not published, or it has no price any more, or none in the cart's currency.
    GONE = "gone"
    SOLD_OUT = "sold_out"
    RESERVED = "reserved"
    # Some are left, but not so many.
    FEWER = "fewer"


@dataclass(frozen=True)
class LookedLine:
    """One line as it stands today. `quantity` can be had; `wanted` is what the buyer asked for."""

    variant_id: str
    name: str
    variant_name: str
    slug: str
    # A picture's file name or path, if it has one.
    picture: str | None
    quantity: int
    wanted: int
    most: int
    unit: Money
    # What it cost when the buyer last looked, if that was something else.
    was: Money | None
    trouble: Trouble | None
    price: Price | None
    is_digital: bool
    tax_code: str

    @property
    def total(self) -> Money:
        return self.unit.times(self.quantity)

    @property
    def ships(self) -> bool:
        return not self.is_digital and not (self.price and self.price.interval_unit)


@dataclass(frozen=True)
class Looked:
    """A cart as it stands today."""

    currency: str
    lines: tuple[LookedLine, ...]
    reckoning: Reckoning
    # Where to, and where else; empty: nobody needs to know.
    country: str
    countries: tuple[str, ...]
    # The ways to ship it there, of which `reckoning.shipping` is one.
    quotes: tuple[Quote, ...]
    # Whether the shop itself says what shipping costs.
    has_rates: bool
    facts: ShopFacts
    # Orders placed from this cart that still wait for their payment.
    open_orders: tuple[Order, ...] = ()
    # What Stripe's page will add, so that our total is not all of it.
    taxed_by_stripe: bool = False
    shipped_by_stripe: bool = False

    @property
    def available(self) -> tuple[LookedLine, ...]:
        return tuple(line for line in self.lines if line.quantity)

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def goods(self) -> Money:
        return Money(self.reckoning.goods_minor, self.currency)

    @property
    def total(self) -> Money:
        """What is due now: nothing of what a trial lets begin for nothing."""
        if self.trial_days:
            return Money(0, self.currency)
        return self.reckoning.total

    @property
    def trial_days(self) -> int:
        return max((line.price.trial_days for line in self.available if line.price), default=0)

    @property
    def is_recurring(self) -> bool:
        return any(line.price and line.price.interval_unit for line in self.available)

    @property
    def ships(self) -> bool:
        return any(line.ships for line in self.available)

    @property
    def goes_somewhere(self) -> bool:
        """Whether an address is needed: parcels are sent, and the shop says for how much."""
        return self.ships and self.has_rates

    @property
    def is_digital(self) -> bool:
        """Whether something of it is delivered as soon as it is paid."""
        return any(line.is_digital for line in self.available)

    @property
    def has_changed(self) -> bool:
        return any(line.was is not None or line.trouble for line in self.lines)

    @property
    def cannot_be_shipped(self) -> bool:
        """Whether the shop ships, but not this there."""
        return self.goes_somewhere and bool(self.country) and not self.quotes


def look(
    tx: Session,
    cart: Cart,
    settings: Settings,
    *,
    country: str | None = None,
    rate_id: str | None = None,
) -> Looked:
    """The cart as it stands; `country` and `rate_id` try out another choice than the cart's."""
    facts = shop.facts(tx, settings)
    open_orders = orders_of(tx, cart.id)
    lines = _lines(tx, cart, _held(tx, open_orders))
    available = [line for line in lines if line.quantity]
    terms = _dues(tx, available, settings)
    chosen = _country(terms.countries, country, cart.country, facts.country)
    goods = Money(sum(line.total.minor for line in available), cart.currency or "usd")
    quotes = shipping.quotes(terms.rates, chosen, goods) if terms.ships and chosen else []
    return Looked(
        currency=goods.currency,
        lines=tuple(lines),
        reckoning=reckon(
            [Goods(line.total.minor, line.tax_code) for line in available],
            goods.currency,
            country=chosen,
            tax_rates=terms.taxes,
            shipping=_quote(quotes, rate_id, cart.rate_id),
        ),
        country=chosen,
        countries=terms.countries,
        quotes=tuple(quotes),
        has_rates=bool(terms.rates),
        facts=facts,
        open_orders=tuple(open_orders),
        taxed_by_stripe=bool(settings.checkout.automatic_tax or settings.checkout.tax_rates),
        shipped_by_stripe=terms.ships and bool(settings.checkout.shipping_rates),
    )


def _dues(tx: Session, lines: Sequence[LookedLine], settings: Settings) -> Dues:
    recurring = any(line.price and line.price.interval_unit for line in lines)
    ships = any(line.ships for line in lines)
    return dues.of(tx, settings.checkout, ships=ships, is_recurring=recurring)


def orders_of(tx: Session, cart_id: str) -> list[Order]:
    """The orders placed from a cart that can still be paid, the newest first."""
    query = select(Order).where(Order.cart_id == cart_id)
    waiting = query.where(Order.payment == PaymentStatus.AWAITING).order_by(Order.number.desc())
    return [order for order in tx.scalars(waiting) if order.is_open]


def _held(tx: Session, orders: Sequence[Order]) -> dict[str, int]:
    """What this buyer's own orders hold: once these are let go, it is theirs again."""
    ids = [order.id for order in orders]
    if not ids:
        return {}
    query = select(Hold).where(Hold.order_id.in_(ids), Hold.state == HoldState.HELD)
    held: dict[str, int] = {}
    for row in tx.scalars(query):
        held[row.variant_id] = held.get(row.variant_id, 0) + row.quantity
    return held


def _lines(tx: Session, cart: Cart, held: dict[str, int]) -> list[LookedLine]:
    rows = cart.lines
    query = (
        select(Variant)
        .where(Variant.id.in_([row.variant_id for row in rows]))
        .options(
            selectinload(Variant.prices),
            joinedload(Variant.product).selectinload(Product.pictures),
        )
    )
    variants = {variant.id: variant for variant in tx.scalars(query)} if rows else {}
    return [
        _line(row, variants[row.variant_id], cart.currency, held.get(row.variant_id, 0))
        for row in rows
    ]


def _line(row: CartLine, variant: Variant, currency: str, held: int) -> LookedLine:
    price = variant.current_price
    on_sale = price is not None and variant.product.is_published and currency in price.currencies
    left = stock.left(variant)
    most = MAX_QUANTITY if left is None else min(left + held, MAX_QUANTITY)
    quantity = min(row.quantity, most) if on_sale else 0
    seen = Money(row.unit_minor, currency)
    unit = price.money_in(currency) if on_sale and price else seen
    return LookedLine(
        variant_id=variant.id,
        name=variant.product.name,
        variant_name=variant.name,
        slug=variant.product.slug if variant.product.is_published else "",
        picture=variant.product.pictures[0].file if variant.product.pictures else None,
        quantity=quantity,
        wanted=row.quantity,
        most=most if on_sale else 0,
        unit=unit,
        was=seen if unit != seen else None,
        trouble=_trouble(variant, row.quantity, quantity, on_sale=on_sale),
        price=price if on_sale else None,
        is_digital=variant.is_digital,
        tax_code=variant.tax_code or "",
    )


def _trouble(variant: Variant, wanted: int, quantity: int, *, on_sale: bool) -> Trouble | None:
    if not on_sale:
        return Trouble.GONE
    if quantity >= wanted:
        return None
    if quantity:
        return Trouble.FEWER
    reserved = stock.availability(variant) is Availability.RESERVED
    return Trouble.RESERVED if reserved else Trouble.SOLD_OUT


def _country(countries: tuple[str, ...], *wishes: str | None) -> str:
    wished = (wish for wish in wishes if wish and wish in countries)
    return next(wished, countries[0] if len(countries) == 1 else "")


def _quote(quotes: Sequence[Quote], *wishes: str | None) -> Quote | None:
    by_id = {quote.rate_id: quote for quote in quotes}
    wished = (by_id[wish] for wish in wishes if wish and wish in by_id)
    return next(wished, quotes[0] if quotes else None)
