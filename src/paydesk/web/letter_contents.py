"""What each kind of letter says: gathered from the database, as it is when the letter leaves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.business import legal
from paydesk.business.legal import LegalKind
from paydesk.business.tax import tax_text
from paydesk.foundation.language import gettext, moment_text
from paydesk.foundation.money import Money
from paydesk.foundation.postal import shown_address
from paydesk.fulfilment import downloads
from paydesk.fulfilment.letters import Letter, LetterKind
from paydesk.fulfilment.shipments import Shipment, ShipmentLine
from paydesk.fulfilment.writing import Untrue
from paydesk.orders import taxes, terms
from paydesk.orders.order import Fulfilment, Order, OrderLine, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.orders.terms import OrderTerm
from paydesk.payments.known import KnownFact
from paydesk.web.legal_text import Part, parts_of

# What is agreed to goes with the confirmation, as it stood then: on paper, so to speak
# (Directive 2011/83, Article 8(7)).
_MOST_LINKS = 20
_ENCLOSED = (LegalKind.TERMS, LegalKind.WITHDRAWAL)


@dataclass(frozen=True)
class Item:
    """So many of something."""

    name: str
    quantity: int
    total: Money | None = None


@dataclass(frozen=True)
class Parcel:
    """What left, and by whom."""

    items: tuple[Item, ...]
    carrier: str
    tracking: str
    tracking_url: str | None
    is_last: bool


@dataclass(frozen=True)
class Contents:
    """What a letter's templates are given. `to`, `language`: outdo those of the order."""

    order: Order | None = None
    to: str = ""
    language: str = ""
    amount: Money | None = None
    parcel: Parcel | None = None
    # The names of what can be fetched from the order's page.
    files: tuple[str, ...] = ()
    enclosed: tuple[tuple[str, tuple[Part, ...]], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """By name. Labels are in the language that is spoken now."""
        order = self.order
        return {
            "order": order,
            "items": list(_items(order.lines, order.currency)) if order else [],
            "sums": list(_sums(order)) if order else [],
            "total": order.total if order else None,
            "address": shown_address(order.ship_to) if order and order.ship_to else [],
            "sold_out": order is not None and SOLD_OUT_MEANWHILE in order.flags,
            "amount": self.amount,
            "parcel": self.parcel,
            "files": self.files,
            "enclosed": self.enclosed,
            "data": self.data,
            "declared_at": _moment(self.data.get("declared_at")),
        }


def gather(tx: Session, letter: Letter, order: Order | None) -> Contents:
    """The contents of a letter. Raises Untrue where what it says is no longer so."""
    found = Contents(
        order=order,
        to=str(letter.data.get("to") or ""),
        language=str(letter.data.get("language") or ""),
        data=letter.data,
    )
    more = _MORE.get(LetterKind(letter.kind))
    return more(tx, found, letter.about) if more is not None else found


def pretended(tx: Session, kind: LetterKind, order: Order) -> Contents:
    """As `gather`, for a letter that is only looked at: what is not there is made up."""
    found = Contents(order=order, amount=order.total, data=_SAMPLE_DATA)
    if kind is LetterKind.DOWNLOAD:
        return replace(found, files=_files(tx, order) or ("handbook.pdf",))
    if kind is LetterKind.CONFIRMATION:
        return _confirmation(tx, found, "")
    if kind is LetterKind.SHIPPED:
        query = select(Shipment).where(Shipment.order_id == order.id)
        newest = tx.scalars(query.order_by(Shipment.shipped_at.desc()).limit(1)).first()
        parcel = _parcel(order, newest) if newest else _parcel(order, _sample_shipment(order))
        return replace(found, parcel=replace(parcel, is_last=True))
    return found


def sample_order(tx: Session, at: datetime) -> Order:
    """The newest paid order, else one that was never placed."""
    paid = select(Order).where(Order.paid_at.is_not(None)).order_by(Order.paid_at.desc()).limit(1)
    return tx.scalars(paid).first() or _made_up(at)


def _confirmation(tx: Session, found: Contents, _about: str) -> Contents:
    assert found.order is not None
    order = found.order
    agreed = {str(each.get("kind")): each for each in order.consents}
    enclosed = []
    for kind in _ENCLOSED:
        consent = agreed.get(kind.value)
        text = legal.text_of(tx, kind, order.language)
        if consent is not None:
            named = (str(consent.get("language")), int(consent.get("version") or 0))
            text = legal.version_of(tx, kind, *named) or text
        if text is not None:
            enclosed.append((kind.value, tuple(parts_of(text.body))))
    return replace(found, enclosed=tuple(enclosed), files=_files(tx, order))


def _files(tx: Session, order: Order) -> tuple[str, ...]:
    return tuple(dict.fromkeys(right.file.name for right in downloads.rights(tx, order)))


def _download(tx: Session, found: Contents, _about: str) -> Contents:
    assert found.order is not None
    names = _files(tx, found.order)
    if not names:
        raise Untrue("There is nothing (any more) that the buyer could fetch.")
    return replace(found, files=names)


def _pending(_tx: Session, found: Contents, _about: str) -> Contents:
    assert found.order is not None
    if found.order.payment != PaymentStatus.PENDING:
        raise Untrue("The payment is no longer on its way.")
    return found


def _failed(_tx: Session, found: Contents, _about: str) -> Contents:
    assert found.order is not None
    if found.order.payment != PaymentStatus.FAILED:
        raise Untrue("The payment has not failed after all, or was tried again.")
    return found


def _refunded(tx: Session, found: Contents, about: str) -> Contents:
    fact = tx.get(KnownFact, ("refund", about))
    if fact is None or fact.stage != "succeeded":
        raise Untrue("The refund did not succeed after all.")
    return replace(found, amount=Money(fact.amount_minor, fact.currency))


def _dispute(tx: Session, found: Contents, about: str) -> Contents:
    fact = tx.get(KnownFact, ("dispute", about))
    amount = Money(fact.amount_minor, fact.currency) if fact is not None else None
    return replace(found, amount=amount)


def _late(_tx: Session, found: Contents, _about: str) -> Contents:
    assert found.order is not None
    return replace(found, amount=Money(found.order.paid_minor, found.order.currency))


def _shipped(tx: Session, found: Contents, about: str) -> Contents:
    assert found.order is not None
    shipment = tx.get(Shipment, about)
    if shipment is None or shipment.undone_at is not None:
        raise Untrue("The parcel did not leave after all.")
    return replace(found, parcel=_parcel(found.order, shipment))


def _find_order(tx: Session, found: Contents, _about: str) -> Contents:
    """The orders of an address, looked up only now: whoever asked was told nothing."""
    address = terms.address_of(found.to)
    numbers = select(OrderTerm.number).where(OrderTerm.term == address)
    newest = numbers.order_by(OrderTerm.number.desc()).limit(_MOST_LINKS)
    orders = tx.scalars(select(Order).where(Order.number.in_(list(tx.scalars(newest)))))
    base = str(found.data.get("pages", "")).rstrip("/")
    links = [
        {"number": order.number, "url": f"{base}/o/{order.number}/{order.secret}"}
        for order in sorted(orders, key=lambda order: -order.number)
        if terms.address_of(order.email or "") == address
    ]
    if not links:
        raise Untrue("Nobody has ordered with that address.")
    return replace(found, data={**found.data, "links": links})


_MORE: dict[LetterKind, Callable[[Session, Contents, str], Contents]] = {
    LetterKind.CONFIRMATION: _confirmation,
    LetterKind.PENDING: _pending,
    LetterKind.FAILED: _failed,
    LetterKind.REFUNDED: _refunded,
    LetterKind.DOWNLOAD: _download,
    LetterKind.SHIPPED: _shipped,
    LetterKind.DISPUTE: _dispute,
    LetterKind.LATE_PAYMENT: _late,
    LetterKind.FIND_ORDER: _find_order,
}


def _parcel(order: Order, shipment: Shipment) -> Parcel:
    lines = {line.position: line for line in order.lines}
    return Parcel(
        items=tuple(
            Item(_name(lines[each.position]), each.quantity)
            for each in shipment.lines
            if each.position in lines
        ),
        carrier=shipment.carrier_name,
        tracking=shipment.tracking,
        tracking_url=shipment.tracking_url,
        is_last=order.fulfilment not in (Fulfilment.PARTLY, Fulfilment.UNFULFILLED),
    )


def _items(lines: Sequence[OrderLine], currency: str) -> Iterator[Item]:
    for line in lines:
        yield Item(_name(line), line.quantity, Money(line.unit_minor * line.quantity, currency))


def _name(line: OrderLine) -> str:
    return f"{line.name}, {line.variant_name}" if line.variant_name else line.name


def _sums(order: Order) -> Iterator[tuple[str, Money]]:
    """What was added to the lines or taken off; the total is beside it."""
    begins_free = sum(line.unit_minor * line.quantity for line in order.lines)
    deferred = order.subtotal_minor - begins_free
    shipping = gettext("Shipping")
    if order.shipping_name:
        shipping = f"{shipping}, {order.shipping_name}"
    for label, minor in (
        (gettext("Free trial"), deferred),
        (gettext("Discount"), -order.discount_minor),
        (shipping, order.shipping_minor),
        *_taxes(order),
    ):
        if minor:
            yield label, Money(minor, order.currency)


def _taxes(order: Order) -> Iterator[tuple[str, int]]:
    if not order.taxes:
        without = order.subtotal_minor - order.discount_minor + order.shipping_minor
        is_within = order.total_minor == without
        yield gettext("Tax (included)") if is_within else gettext("Tax"), order.tax_minor
    for each in taxes.of(order):
        name = tax_text(each.name, each.percentage)
        yield gettext("%(tax)s (included)", tax=name) if each.inclusive else name, each.minor


def _moment(text: object) -> str:
    return moment_text(datetime.fromisoformat(text)) if isinstance(text, str) else ""


# Made up, for a look at a letter before there is anything to say.

_SAMPLE_DATA: Mapping[str, Any] = {
    "name": "Ada Lovelace",
    "order_number": "1001",
    "product": "Breadboard, large",
    "link": "https://shop.example/p/breadboard",
    "declared_at": "2026-01-02T10:30:00+00:00",
    "links": [{"number": 1001, "url": "https://shop.example/o/1001/…"}],
}


def _made_up(at: datetime) -> Order:
    line = OrderLine(name="Breadboard", variant_name="large", unit_minor=1200, quantity=2)
    order = Order(
        id="ord_made_up",
        number=1001,
        secret="made-up",  # noqa: S106 - opens nothing
        currency="eur",
        total_minor=2890,
        subtotal_minor=2400,
        shipping_minor=490,
        livemode=False,
        payment=PaymentStatus.PAID,
        fulfilment=Fulfilment.SHIPPED,
        email="ada@example.com",
        created_at=at,
        paid_at=at,
        taxes=[],
        consents=[],
        flags=[],
        lines=[line],
    )
    line.position, line.product_slug = 0, ""
    _complete(order)
    _complete(line)
    return order


def _complete(row: Order | OrderLine) -> None:
    """What the database would have put in."""
    for column in type(row).__table__.columns:
        default = column.default
        if default is not None and default.is_scalar and getattr(row, column.name) is None:
            setattr(row, column.name, default.arg)


def _sample_shipment(order: Order) -> Shipment:
    shipment = Shipment(carrier="dhl", tracking="00340434161094015902", shipped_at=order.created_at)
    shipment.shipped_at += timedelta(days=1)
    shipment.lines = [
        ShipmentLine(position=each.position, quantity=each.quantity) for each in order.lines
    ]
    return shipment
