"""From an order to the errand a way to pay is sent on, and the host's last word on it."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from paydesk.foundation.errors import ShopError
from paydesk.orders.order import Order, OrderLine
from paydesk.payments.gateway import LineItem, Recurring
from paydesk.payments.marks import CHECKOUT_KEY
from paydesk.payments.trip import Checkout
from paydesk.payments.ways import Errand
from paydesk.settings import Settings

log = structlog.get_logger("paydesk.checkout")

# With any of these a session's total can be another than its lines'.
_ADDING = frozenset(
    {"allow_promotion_codes", "automatic_tax", "discounts", "optional_items", "shipping_options"}
)

# Told of an errand, it changes the parameters of a checkout session in place.
ParamsHook = Callable[[Errand, dict[str, Any]], None]


class HookRaised(ShopError):
    """A host's `checkout_params` hook raised, so Stripe was not asked; the log says why."""

    status = 500
    code = "checkout_params_failed"


class Changes:
    """The host's hooks on the parameters of a checkout session, in the order they were added."""

    def __init__(self) -> None:
        self._hooks: list[ParamsHook] = []

    def add(self, hook: ParamsHook) -> None:
        self._hooks.append(hook)

    def run(self, errand: Errand, params: dict[str, Any]) -> None:
        """Let each hook change `params`. Raises HookRaised."""
        for hook in self._hooks:
            name = f"{hook.__module__}.{hook.__qualname__}"
            try:
                hook(errand, params)
            except Exception as error:
                log.exception("checkout_params_raised", hook=name, order=errand.number)
                raise HookRaised(
                    "The payment could not be started. Nothing was charged. Please tell the shop."
                ) from error


def errand_of(order: Order, checkout: Checkout, settings: Settings) -> Errand:
    """What a way to pay is told of an order."""
    return Errand(
        checkout_id=checkout.id,
        order_id=order.id,
        number=order.number,
        lines=tuple(_line(line) for line in order.lines),
        total=order.subtotal,
        metadata={CHECKOUT_KEY: checkout.id, "order_number": str(order.number)},
        expires_at=int(checkout.expires_at.timestamp()),
        base_url=settings.pages_url,
        email=order.email,
        customer=order.customer_id,
        trial_days=order.trial_days,
        options=settings.checkout,
    )


def may_add(params: Mapping[str, Any]) -> bool:
    """Whether Stripe's page may ask for more or less than the lines, by a session's parameters."""
    lines = params.get("line_items") or ()
    return any(params.get(name) for name in _ADDING) or any(
        line.get("tax_rates") or line.get("adjustable_quantity") for line in lines
    )


def _line(line: OrderLine) -> LineItem:
    return LineItem(
        name=line.name + (f" – {line.variant_name}" if line.variant_name else ""),
        unit_minor=line.unit_minor,
        quantity=line.quantity,
        recurring=Recurring(line.interval_unit, line.interval_count)
        if line.interval_unit
        else None,
    )
