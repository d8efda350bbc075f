"""Paydesk: sell with Stripe Checkout from Python, and be sure of every payment."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paydesk.fulfilment.hooks import Sale
    from paydesk.web.app import create_app
    from paydesk.web.extension import Paydesk

__all__ = ["Paydesk", "Sale", "create_app"]

_WHERE = {
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
