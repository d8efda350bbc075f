"""Paydesk: sell with Stripe Checkout from Python, and be sure of every payment."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paydesk.foundation.errors import Invalid, NotFound, ShopError
    from paydesk.foundation.money import Money
    from paydesk.fulfilment.hooks import Answers, Membership, Sale
    from paydesk.orders.order import Order
    from paydesk.orders.selling import Line, OtherLines
    from paydesk.payments.gateway import StripeRefused, StripeUnreachable
    from paydesk.payments.refund import Refund
    from paydesk.payments.refunds import RefundRefused
    from paydesk.web.app import create_app
    from paydesk.web.extension import Paydesk

__all__ = [
    "Answers",
    "Invalid",
    "Line",
    "Membership",
    "Money",
    "NotFound",
    "Order",
    "OtherLines",
    "Paydesk",
    "Refund",
    "RefundRefused",
    "Sale",
    "ShopError",
    "StripeRefused",
    "StripeUnreachable",
    "create_app",
]

_WHERE = {
    "Answers": "paydesk.fulfilment.hooks",
    "Invalid": "paydesk.foundation.errors",
    "Line": "paydesk.orders.selling",
    "Membership": "paydesk.fulfilment.hooks",
    "Money": "paydesk.foundation.money",
    "NotFound": "paydesk.foundation.errors",
    "Order": "paydesk.orders.order",
    "OtherLines": "paydesk.orders.selling",
    "Paydesk": "paydesk.web.extension",
    "Refund": "paydesk.payments.refund",
    "RefundRefused": "paydesk.payments.refunds",
    "Sale": "paydesk.fulfilment.hooks",
    "ShopError": "paydesk.foundation.errors",
    "StripeRefused": "paydesk.payments.gateway",
    "StripeUnreachable": "paydesk.payments.gateway",
    "create_app": "paydesk.web.app",
}


def __getattr__(name: str) -> Any:
    # Late, so that a command that shows its help does not load the whole shop.
    if name not in _WHERE:
        raise AttributeError(f"module 'paydesk' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
