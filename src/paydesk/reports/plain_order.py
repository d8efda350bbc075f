"""An order as programs read it: the same for `--json` and for the desk's “As JSON”."""

from collections.abc import Sequence
from typing import Any

from paydesk.orders.order import Order
from paydesk.payments.bookings import KnownBooking


def plain_order(order: Order) -> dict[str, Any]:
    """The order itself, without what hangs on it. Amounts in the currency's minor unit."""
    times = ("created_at", "paid_at", "shipped_at", "archived_at", "capture_before")
    moments = {name: getattr(order, name) for name in times}
    return {
        "number": order.number,
        "id": order.id,
        "payment": order.payment,
        "fulfilment": order.fulfilment,
        "problem": order.problem or None,
        "currency": order.currency,
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "disputed_minor": order.disputed_minor,
        "owed_minor": order.owed_minor,
        "authorised_minor": order.authorised_minor,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "flags": list(order.flags),
        "email": order.email,
        "ship_to": order.ship_to,
        "country": order.country or None,
        "reference": order.reference,
        "customer_id": order.customer_id,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "follow_up_on": order.follow_up_on.isoformat() if order.follow_up_on else None,
    }


def plain_bookings(bookings: Sequence[KnownBooking]) -> list[dict[str, Any]]:
    """What Stripe booked for each payment, in the currency it settles in; null: not known yet."""
    return [
        {
            "payment_id": row.payment_id,
            "balance_transaction": row.stripe_id,
            "currency": row.currency if row.is_known else None,
            "gross_minor": row.amount_minor if row.is_known else None,
            "fee_minor": row.fee_minor if row.is_known else None,
            "net_minor": row.net_minor if row.is_known else None,
        }
        for row in bookings
    ]


def plain_lines(order: Order) -> list[dict[str, Any]]:
    """The lines of an order."""
    return [
        {
            "name": line.name,
            "variant": line.variant_name,
            "product": line.product_slug or None,
            "quantity": line.quantity,
            "unit_minor": line.unit_minor,
            "ships": line.ships,
            "returned": line.returned,
        }
        for line in order.lines
    ]
