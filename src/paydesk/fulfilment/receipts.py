"""Receipts: each paid order has one, with a number of a series that has no gaps.

The number is given in the transaction in which the order becomes paid, and what the receipt says
is frozen in it. What goes back later is added as credits; the receipt itself never changes, which
the database sees to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.business import shop
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.money import Money
from paydesk.orders import taxes
from paydesk.orders.order import Order, next_in

# Which of the shop's facts stand on a receipt.
_SELLER = ("name", "legal_name", "address", "email", "phone", "vat_id", "register")


class Receipt(Base):
    """One row is the receipt of one paid order, as it was on the day of payment."""

    __tablename__ = "paydesk_receipts"
    __table_args__ = (UniqueConstraint("series", "position", name="paydesk_one_receipt_a_number"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), primary_key=True)
    # A series for each year, and one of its own for payments in test mode.
    series: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column()
    issued_at: Mapped[datetime] = mapped_column(Moment)
    # What `_frozen` wrote.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)

    @property
    def number(self) -> str:
        return number_text(self.series, self.position)


@dataclass(frozen=True)
class Line:
    """One line of a receipt."""

    name: str
    variant: str
    quantity: int
    unit: Money

    @property
    def total(self) -> Money:
        return self.unit.times(self.quantity)


@dataclass(frozen=True)
class Tax:
    """What one rate of tax comes to. An empty percentage: several rates, or nobody said."""

    name: str
    percentage: str
    amount: Money
    # Within the prices, or on top of them.
    is_included: bool


@dataclass(frozen=True)
class Credit:
    """Money that went back after the receipt was given."""

    at: datetime
    amount: Money
    is_pending: bool = False


@dataclass(frozen=True)
class Document:
    """A receipt as it is shown. All money is in one currency."""

    number: str
    order_number: int
    issued_at: datetime
    seller: Mapping[str, str]
    lines: tuple[Line, ...]
    # Lines a trial lets begin for nothing.
    deferred: Money
    discount: Money
    shipping: Money
    taxes: tuple[Tax, ...]
    total: Money
    # What was taken: less than the total where a part was captured.
    paid: Money
    credits: tuple[Credit, ...]

    @property
    def kept(self) -> Money:
        """What was paid and has not gone back."""
        left = self.paid
        for each in self.credits:
            left -= each.amount
        return left

    def added_up(self) -> Money:
        """The total, from the lines: it must be `total`."""
        added = Money(0, self.total.currency)
        for line in self.lines:
            added += line.total
        added = added - self.deferred - self.discount + self.shipping
        for tax in self.taxes:
            if not tax.is_included:
                added += tax.amount
        return added


def number_text(series: str, position: int) -> str:
    return f"{series}-{position:04}"


def counter(series: str) -> str:
    """The name of the row that counts a series."""
    return f"receipt:{series}"


def issue(tx: Session, order: Order, at: datetime) -> Receipt:
    """Give an order that has become paid its receipt.

    The last thing its transaction does that anybody may have to wait for: until it commits, the
    next number is kept from all others.
    """
    series = f"{at:%Y}" if order.livemode else f"TEST-{at:%Y}"
    receipt = Receipt(
        order_id=order.id,
        series=series,
        position=next_in(tx, counter(series)),
        issued_at=at,
        content=_frozen(order, shop.written(tx)),
    )
    tx.add(receipt)
    tx.flush()
    return receipt


def of_order(tx: Session, order_id: str) -> Receipt | None:
    return tx.get(Receipt, order_id)


def document(receipt: Receipt, given_back: Iterable[Credit] = ()) -> Document:
    """What a receipt says; `given_back`: what went back since."""
    return _document(receipt.content, receipt.number, receipt.issued_at, given_back)


def preview(order: Order, given_back: Iterable[Credit] = ()) -> Document:
    """An order's lines and sums as a receipt has them, of an order that may not be paid yet."""
    return _document(_frozen(order, {}), "", order.created_at, given_back)


def _document(
    content: Mapping[str, Any], number: str, issued_at: datetime, given_back: Iterable[Credit]
) -> Document:
    def money(minor: int) -> Money:
        return Money(minor, str(content["currency"]))

    return Document(
        number=number,
        order_number=int(content["order"]),
        issued_at=issued_at,
        seller=content.get("seller") or {},
        lines=tuple(
            Line(each["name"], each["variant"], each["quantity"], money(each["unit_minor"]))
            for each in content["lines"]
        ),
        deferred=money(content["deferred_minor"]),
        discount=money(content["discount_minor"]),
        shipping=money(content["shipping_minor"]),
        taxes=tuple(
            Tax(each["name"], each["percentage"], money(each["minor"]), each["included"])
            for each in content["taxes"]
        ),
        total=money(content["total_minor"]),
        paid=money(content["paid_minor"]),
        credits=tuple(sorted(given_back, key=lambda each: each.at)),
    )


def _frozen(order: Order, facts: Mapping[str, str]) -> dict[str, Any]:
    """What a receipt says of an order and of who sold, as plain values."""
    lines = sum(line.unit_minor * line.quantity for line in order.lines)
    return {
        "order": order.number,
        "currency": order.currency,
        "seller": {name: facts[name] for name in _SELLER if name in facts},
        "lines": [
            {
                "name": line.name,
                "variant": line.variant_name,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
            }
            for line in order.lines
        ],
        "deferred_minor": lines - order.subtotal_minor,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor or order.agreed_shipping_minor,
        "taxes": list(_taxes(order)),
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
    }


def _taxes(order: Order) -> Iterator[dict[str, Any]]:
    if order.taxes:
        # The shop's own, by rate.
        for tax in taxes.of(order):
            yield {
                "name": tax.name,
                "percentage": tax.percentage,
                "minor": tax.minor,
                "included": tax.inclusive,
            }
        return
    if not order.tax_minor:
        return
    # Stripe counts tax that is within the prices, too ("total_details.amount_tax").
    without = order.subtotal_minor - order.discount_minor + order.shipping_minor
    yield {
        "name": "",
        "percentage": "",
        "minor": order.tax_minor,
        "included": order.total_minor == without,
    }
