"""From a cart or a purchase to one order, its stock held, at what the review page showed."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from paydesk.business import legal
from paydesk.business.legal import LegalKind
from paydesk.business.reckoning import Tax
from paydesk.business.shop import is_email
from paydesk.catalogue import stock
from paydesk.catalogue.product import Variant
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database, lock_word
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_id, new_secret
from paydesk.orders import cart as carts
from paydesk.orders import purchase
from paydesk.orders.cart import Cart
from paydesk.orders.looking import Looked, LookedLine, look
from paydesk.orders.order import Order, OrderLine, next_number
from paydesk.orders.purchase import Purchase
from paydesk.orders.smallest import is_too_small, smallest
from paydesk.settings import Settings

# Who was not sent to Stripe's page by then has left; the sweeper gives the stock back.
_LOOK_AFTER = timedelta(minutes=30)
ADDRESS = ("name", "line1", "line2", "postcode", "city", "state")
_OPTIONAL = frozenset({"line2", "state"})
_LONGEST = 120


@dataclass(frozen=True)
class Shown:
    """What the review page showed of one line: the price of one, and how many."""

    unit_minor: int
    quantity: int


@dataclass(frozen=True)
class Consent:
    """What a buyer was shown or actively agreed to, with the version of its text."""

    kind: LegalKind
    was_ticked: bool


@dataclass(frozen=True)
class CartWish:
    """What a buyer orders from the review page."""

    cart_id: str
    # Random text of the form that was sent: the same form sent twice is one order.
    attempt: str
    email: str
    shown: Mapping[str, Shown]
    total_minor: int
    country: str = ""
    rate_id: str = ""
    buyer: str | None = None
    language: str = "en"
    # Whether the buyer ticked that digital goods are delivered at once.
    waives: bool = False
    # Asked for by us only where Stripe's page does not.
    address: Mapping[str, str] | None = None
    needs_address: bool = False
    # Set: this by itself, and no cart of that id is kept.
    alone: Purchase | None = None


class Incomplete(Invalid):
    """Fields of the review page are empty or wrong: `fields`, as the page names them."""

    code = "incomplete"

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("Something is missing: %(fields)s.", fields=", ".join(fields))
        self.fields = fields


class CartChanged(Refused):
    """What the review page showed is not what holds now; nothing was ordered."""

    code = "cart_changed"


class OthersOpen(Refused):
    """Orders from this cart wait for their payment: these must be let go first, by their ids."""

    code = "others_open"

    def __init__(self, order_ids: tuple[str, ...]) -> None:
        super().__init__("Another order from this cart waits for its payment.")
        self.order_ids = order_ids


@dataclass(frozen=True)
class Ordering:
    """Writes the orders of carts."""

    database: Database
    clock: Clock
    settings: Settings

    def place(self, wish: CartWish) -> Order:
        """One order for all of the cart, everything held or nothing.

        The same form again is the same order, while that is open. Raises Incomplete, CartChanged,
        OthersOpen, SoldOut, Invalid, NotFound or Refused, and then nothing is written.
        """
        try:
            return self._place(wish)
        except IntegrityError:
            # The other click of a double click was first, between our look and our insert.
            return self._place(wish)

    def _place(self, wish: CartWish) -> Order:
        with self.database.transaction() as tx:
            # One at a time for each cart: two tabs would order it twice.
            if wish.alone is not None:
                lock_word(tx, wish.cart_id)
            tx.scalars(select(Cart.id).where(Cart.id == wish.cart_id).with_for_update()).first()
            attempt = _attempt(wish)
            of_attempt = select(Order).where(Order.attempt == attempt)
            latest = tx.scalars(of_attempt.order_by(Order.generation.desc()).limit(1)).one_or_none()
            if latest is not None and latest.is_open:
                return latest
            cart = self._wanted(tx, wish)
            if cart is None or not cart.lines:
                raise NotFound("Your cart is empty.", code="empty_cart")
            looked = look(tx, cart, self.settings, country=wish.country, rate_id=wish.rate_id)
            _check(looked, wish)
            if looked.open_orders:
                raise OthersOpen(tuple(order.id for order in looked.open_orders))
            order = self._order(looked, wish, attempt, latest.generation + 1 if latest else 0)
            order.number = next_number(tx)
            order.consents = list(_consents(tx, looked, wish, self.clock))
            tx.add(order)
            tx.flush()
            for line in sorted(looked.available, key=lambda line: line.variant_id):
                # In one order everywhere, so that two buyers cannot lock each other out.
                stock.hold(tx, order.id, tx.get_one(Variant, line.variant_id), line.quantity)
            cart.country, cart.rate_id = looked.country, wish.rate_id
            carts.see_prices(tx, cart)
            return order

    def _wanted(self, tx: Session, wish: CartWish) -> Cart | None:
        if wish.alone is not None:
            return purchase.cart_of(tx, self.clock, wish.alone, wish.cart_id)
        return carts.found(tx, wish.cart_id, self.clock.now())

    def _order(self, looked: Looked, wish: CartWish, attempt: str, generation: int) -> Order:
        reckoning = looked.reckoning
        due = 0 if looked.trial_days else reckoning.goods_minor
        recurring = looked.is_recurring
        now = self.clock.now()
        return Order(
            id=new_id("ord"),
            secret=new_secret(),
            buyer=wish.buyer,
            attempt=attempt,
            generation=generation,
            currency=looked.currency,
            subtotal_minor=due,
            total_minor=due if recurring else reckoning.total.minor,
            agreed_minor=None if recurring else reckoning.total.minor,
            agreed_shipping_minor=reckoning.shipping_minor,
            agreed_tax_minor=reckoning.tax_on_top_minor,
            shipping_minor=reckoning.shipping_minor,
            shipping_name=reckoning.shipping.name if reckoning.shipping else "",
            tax_minor=sum(each.minor for each in reckoning.taxes),
            taxes=[_tax_row(each) for each in reckoning.taxes],
            mode="subscription" if recurring else "payment",
            trial_days=looked.trial_days,
            email=wish.email,
            country=looked.country,
            ship_to=_address(wish, looked),
            language=wish.language,
            cart_id=wish.cart_id,
            livemode=self.settings.livemode,
            flags=[],
            created_at=now,
            look_at=now + _LOOK_AFTER,
            lines=list(_lines(looked)),
        )


def _check(looked: Looked, wish: CartWish) -> None:
    """Raises what keeps a buyer from ordering this cart as the page showed it."""
    if looked.facts.closed:
        raise Refused("The shop is closed: %(why)s", code="closed", why=looked.facts.closed)
    _check_shown(looked, wish)
    if looked.cannot_be_shipped:
        raise Refused("We do not ship this to that country.", code="not_shipped")
    missing = tuple(_missing(looked, wish))
    if missing:
        raise Incomplete(missing)
    if looked.total.minor != wish.total_minor:
        raise CartChanged(
            "The total is now %(total)s. Please look again.", code="total", total=looked.total
        )
    if not looked.is_recurring and is_too_small(looked.total):
        raise Refused(
            "The least that can be paid is %(least)s.",
            code="too_small",
            least=smallest(looked.currency),
        )


def _check_shown(looked: Looked, wish: CartWish) -> None:
    there = {line.variant_id: line for line in looked.available}
    for variant_id in wish.shown:
        if variant_id not in {line.variant_id for line in looked.lines}:
            raise CartChanged(
                "%(id)s is not in your cart any more.", code="unknown_line", id=variant_id[:40]
            )
        if variant_id not in there:
            gone = next(line for line in looked.lines if line.variant_id == variant_id)
            raise CartChanged(
                "%(product)s cannot be bought now.", code="not_available", product=_name(gone)
            )
    for variant_id, line in there.items():
        shown = wish.shown.get(variant_id)
        if shown is None:
            raise CartChanged("%(product)s was added.", code="added", product=_name(line))
        if shown.unit_minor != line.unit.minor:
            raise CartChanged(
                "The price of %(product)s is now %(price)s. Please look again.",
                code="price_changed",
                product=_name(line),
                price=line.unit,
            )
        if shown.quantity != line.quantity:
            raise CartChanged(
                "The quantity of %(product)s is now %(count)s. Please look again.",
                code="quantity_changed",
                product=_name(line),
                count=line.quantity,
            )


def _missing(looked: Looked, wish: CartWish) -> Iterator[str]:
    if not is_email(wish.email):
        yield "email"
    if looked.countries and (not wish.country or wish.country != looked.country):
        yield "country"
    if looked.is_digital and not wish.waives:
        yield "waiver"
    if wish.needs_address and looked.goes_somewhere:
        given = wish.address or {}
        for name in ADDRESS:
            value = given.get(name, "").strip()
            if (not value and name not in _OPTIONAL) or len(value) > _LONGEST:
                yield name


def _attempt(wish: CartWish) -> str:
    parts = (
        *("cart", wish.cart_id, wish.attempt, str(wish.total_minor), wish.email),
        *(wish.country, wish.rate_id),
        *(f"{name}={each.quantity}x{each.unit_minor}" for name, each in sorted(wish.shown.items())),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _consents(
    tx: Session, looked: Looked, wish: CartWish, clock: Clock
) -> Iterator[dict[str, Any]]:
    asked = [Consent(LegalKind.TERMS, False), Consent(LegalKind.WITHDRAWAL, False)]
    if looked.is_digital:
        asked.append(Consent(LegalKind.WAIVER, wish.waives))
    for each in asked:
        text = legal.text_of(tx, each.kind, wish.language)
        if text is None and not each.was_ticked:
            continue
        yield {
            "kind": each.kind.value,
            # 0: the program's own words.
            "version": text.version if text else 0,
            "language": text.language if text else wish.language,
            "ticked": each.was_ticked,
            "at": clock.now().isoformat(timespec="seconds"),
        }


def _lines(looked: Looked) -> Iterator[OrderLine]:
    pairs = zip(looked.available, looked.reckoning.of_lines, strict=True)
    for position, (line, tax) in enumerate(pairs):
        assert line.price is not None
        yield OrderLine(
            position=position,
            variant_id=line.variant_id,
            price_id=line.price.id,
            product_slug=line.slug,
            name=line.name,
            variant_name=line.variant_name,
            unit_minor=line.unit.minor,
            quantity=line.quantity,
            interval_unit=line.price.interval_unit,
            interval_count=line.price.interval_count,
            ships=line.ships,
            tax_minor=tax.minor if tax else 0,
            tax_percentage=tax.percentage if tax else "",
            tax_inclusive=tax.inclusive if tax else True,
        )


def _tax_row(tax: Tax) -> dict[str, Any]:
    return {
        "name": tax.name,
        "percentage": tax.percentage,
        "inclusive": tax.inclusive,
        "net_minor": tax.net_minor,
        "tax_minor": tax.minor,
    }


def _address(wish: CartWish, looked: Looked) -> dict[str, str] | None:
    """Where it goes, if our own page asked."""
    if not (wish.needs_address and looked.goes_somewhere):
        return None
    given = {name: (wish.address or {}).get(name, "").strip() for name in ADDRESS}
    return {name: value for name, value in given.items() if value} | {"country": looked.country}


def _name(line: LookedLine) -> str:
    return line.name + (f" ({line.variant_name})" if line.variant_name else "")
