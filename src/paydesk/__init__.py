"""Paydesk: sell with Stripe Checkout from Python, and be sure of every payment."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paydesk.foundation.errors import ShopError
    from paydesk.foundation.money import Money
    from paydesk.fulfilment.hooks import Answers, Sale
    from paydesk.orders.order import Order
    from paydesk.orders.selling import Line
    from paydesk.web.app import create_app
    from paydesk.web.extension import Paydesk

__all__ = ["Answers", "Line", "Money", "Order", "Paydesk", "Sale", "ShopError", "create_app"]

_WHERE = {
    "Answers": "paydesk.fulfilment.hooks",
    "Line": "paydesk.orders.selling",
    "Money": "paydesk.foundation.money",
    "Order": "paydesk.orders.order",
    "ShopError": "paydesk.foundation.errors",
    "Paydesk": "paydesk.web.extension",
    "Sale": "paydesk.fulfilment.hooks",
    "create_app": "paydesk.web.app",
}


def __getattr__(name: str) -> Any:
    # Late, so that a command that shows its help does not load the whole shop.
    if name not in _WHERE:
        raise AttributeError(f"module 'paydesk' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
