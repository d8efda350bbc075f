"""Orders, their lines and their money as CSV, for a spreadsheet or a bookkeeper.

Text that a spreadsheet would take for a formula gets an apostrophe in front. Amounts are decimal
numbers of the currency beside them, as they are, a minus as well: nobody but us writes those.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from paydesk.foundation.database import Database
from paydesk.foundation.money import decimals
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders.ledger import LedgerRow, Movement
from paydesk.orders.order import Order, OrderLine
from paydesk.payments import bookings
from paydesk.payments.bookings import KnownBooking
from paydesk.reports import orders as listing
from paydesk.reports.filtering import Basis, OrderFilter

# Begins a formula in some spreadsheet, or hides one (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK = 500

Progress = Callable[[int], None]
Cells = list[str]


class What(StrEnum):
    """What is exported: one row for each order, each line, or each movement of money."""

    ORDERS = "orders"
    LINES = "lines"
    PAYMENTS = "payments"


def export(
    database: Database, what: What, wanted: OrderFilter, progress: Progress = lambda _n: None
) -> Iterator[str]:
    """The file, piece by piece, its head first; `progress` is told how many orders are done."""
    yield _text([_HEADS[what]])
    if what is What.PAYMENTS and wanted.by is Basis.PAYMENT:
        yield from _movements(database, wanted, progress)
        return
    done = 0
    for chunk in listing.each_chunk(database, wanted):
        yield _text(_rows(database, what, chunk))
        done += len(chunk)
        progress(done)


def safe(text: object) -> str:
    """A cell of text that no spreadsheet takes for a formula."""
    plain = "" if text is None else str(text)
    return f"'{plain}" if plain.lstrip(" ").startswith(_FORMULA) else plain


def amount(minor: int, currency: str) -> str:
    """An amount as a decimal number: 39.00, -0.50; yen have no decimals."""
    places = decimals(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


_MONEY_OF_ORDER = ("subtotal", "shipping", "tax", "discount", "total", "paid", "refunded")
_HEADS: dict[What, Cells] = {
    What.ORDERS: [
        *("number", "id", "reference", "ordered_at", "paid_at", "shipped_at", "payment"),
        *("fulfilment", "problem", "archived_at", "email", "name", "company", "line1", "line2"),
        *("postcode", "city", "state", "country", "phone", "language", "pieces", "currency"),
        *(_MONEY_OF_ORDER[:5]),
        *("received", "refunded", "disputed"),
    ],
    What.LINES: [
        *("order", "ordered_at", "paid_at", "payment", "line", "product", "name", "variant"),
        *("quantity", "returned", "shipped", "currency", "unit_price", "amount", "tax"),
        *("tax_percentage", "tax_inclusive"),
    ],
    What.PAYMENTS: [
        *("at", "movement", "order", "ordered_at", "paid_at", "currency", "amount"),
        *("stripe_id", "email", "id"),
        *("balance_transaction", "settled_currency", "gross", "fee", "net"),
    ],
}


def _rows(database: Database, what: What, orders: list[Order]) -> Iterable[Cells]:
    match what:
        case What.ORDERS:
            return map(_order, orders)
        case What.LINES:
            with database.reading() as tx:
                sent = _sent(tx, orders)
            return [_line(order, line, sent) for order in orders for line in order.lines]
        case What.PAYMENTS:
            known = {order.id: order for order in orders}
            with database.reading() as tx:
                query = select(LedgerRow).where(LedgerRow.order_id.in_(known))
                rows = tx.scalars(query.order_by(LedgerRow.at, LedgerRow.id)).all()
                booked = _booked(tx, rows)
            return [_movement(row, known[row.order_id], booked) for row in rows]


def _order(order: Order) -> Cells:
    place = order.ship_to or {}
    where = ("name", "company", "line1", "line2", "postcode", "city", "state")
    minor = (
        *(getattr(order, f"{name}_minor") for name in _MONEY_OF_ORDER),
        order.disputed_minor,
    )
    return [
        str(order.number),
        order.id,
        safe(order.reference),
        *map(_moment, (order.created_at, order.paid_at, order.shipped_at)),
        order.payment,
        order.fulfilment,
        order.problem,
        _moment(order.archived_at),
        safe(order.email),
        *(safe(place.get(name)) for name in where),
        order.country or safe(place.get("country")),
        safe(order.phone),
        order.language,
        str(sum(line.quantity for line in order.lines)),
        order.currency.upper(),
        *(amount(each, order.currency) for each in minor),
    ]


def _line(order: Order, line: OrderLine, sent: dict[tuple[str, int], int]) -> Cells:
    return [
        str(order.number),
        *map(_moment, (order.created_at, order.paid_at)),
        order.payment,
        str(line.position + 1),
        safe(line.product_slug),
        safe(line.name),
        safe(line.variant_name),
        str(line.quantity),
        str(line.returned),
        str(sent.get((order.id, line.position), 0)),
        order.currency.upper(),
        amount(line.unit_minor, order.currency),
        amount(line.unit_minor * line.quantity, order.currency),
        amount(line.tax_minor, order.currency),
        safe(line.tax_percentage),
        "yes" if line.tax_inclusive else "no",
    ]


def _movement(row: LedgerRow, order: Order, booked: dict[str, KnownBooking]) -> Cells:
    # What goes out of the shop is less than nothing; what was undone, more.
    sign = 1 if row.movement == "payment" else -1
    return [
        _moment(row.at),
        row.movement,
        str(order.number),
        *map(_moment, (order.created_at, order.paid_at)),
        row.currency.upper(),
        amount(sign * row.amount_minor, row.currency),
        safe(row.about),
        safe(order.email),
        row.id,
        *_booking(booked.get(row.id)),
    ]


def _booked(tx: Session, rows: Sequence[LedgerRow]) -> dict[str, KnownBooking]:
    """What was booked, by the row of the ledger it stands beside: the first of its payment."""
    ids = sorted({row.order_id for row in rows})
    known = {each.payment_id: each for each in bookings.of_orders(tx, ids) if each.is_known}
    # A payment may have come in parts, on several days; it was booked once.
    came = select(LedgerRow.id, LedgerRow.about).where(
        LedgerRow.order_id.in_(ids), LedgerRow.movement == Movement.PAYMENT
    )
    first: dict[str, str] = {}
    for row_id, about in tx.execute(came.order_by(LedgerRow.at, LedgerRow.id)):
        first.setdefault(about, row_id)
    return {first[about]: booking for about, booking in known.items() if about in first}


def _booking(booking: KnownBooking | None) -> Cells:
    """Empty while Stripe has not said it."""
    if booking is None:
        return [""] * 5
    minor = (booking.amount_minor, booking.fee_minor, booking.net_minor)
    return [
        safe(booking.stripe_id),
        booking.currency.upper(),
        *(amount(each, booking.currency) for each in minor),
    ]


def _sent(tx: Session, orders: list[Order]) -> dict[tuple[str, int], int]:
    query = select(Shipment).where(
        Shipment.order_id.in_([order.id for order in orders]), Shipment.undone_at.is_(None)
    )
    sent: dict[tuple[str, int], int] = {}
    for shipment in tx.scalars(query):
        for line in shipment.lines:
            key = (shipment.order_id, line.position)
            sent[key] = sent.get(key, 0) + line.quantity
    return sent


def _movements(database: Database, wanted: OrderFilter, progress: Progress) -> Iterator[str]:
    """The movements of a period by their own dates, as `paydesk report` adds them up."""
    last: tuple[datetime, str] | None = None
    done = 0
    while True:
        query = select(LedgerRow).order_by(LedgerRow.at, LedgerRow.id).limit(_CHUNK)
        if wanted.begins is not None:
            query = query.where(LedgerRow.at >= wanted.begins)
        if wanted.ends is not None:
            query = query.where(LedgerRow.at < wanted.ends)
        if wanted.currency:
            query = query.where(LedgerRow.currency == wanted.currency)
        if last is not None:
            query = query.where(tuple_(LedgerRow.at, LedgerRow.id) > last)
        with database.reading() as tx:
            rows = list(tx.scalars(query))
            ids = {row.order_id for row in rows}
            orders = {each.id: each for each in tx.scalars(select(Order).where(Order.id.in_(ids)))}
            booked = _booked(tx, rows)
        if not rows:
            return
        yield _text(_movement(row, orders[row.order_id], booked) for row in rows)
        last = (rows[-1].at, rows[-1].id)
        done += len(rows)
        progress(done)


def _text(rows: Iterable[Cells]) -> str:
    kept = io.StringIO()
    # RFC 4180: lines end with CR LF, also for programs that know no other.
    csv.writer(kept, lineterminator="\r\n").writerows(rows)
    return kept.getvalue()


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else ""
