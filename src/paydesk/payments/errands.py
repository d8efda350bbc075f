"""From an order to the errand a way to pay is sent on, and the host's last word on it."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import structlog

from paydesk.foundation.errors import ShopError
from paydesk.foundation.money import Money
from paydesk.orders.order import Order, OrderLine
from paydesk.payments.gateway import LineItem, Recurring, Shipping
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
        lines=(*map(_line, order.lines), *_taxes(order)),
        total=order.agreed,
        metadata={CHECKOUT_KEY: checkout.id, "order_number": str(order.number)},
        expires_at=int(checkout.expires_at.timestamp()),
        base_url=settings.pages_url,
        email=order.email,
        customer=order.customer_id,
        trial_days=order.trial_days,
        options=settings.checkout,
        shipping=_shipping(order),
        ship_to=order.ship_to,
        # The buyer's own; without a cart nobody knows it, and Stripe goes by the browser.
        language=order.language if order.cart_id else None,
    )


def may_add(params: Mapping[str, Any], agreed: Mapping[str, Any]) -> bool:
    """Whether Stripe's page may ask for more or less than was agreed, by a session's parameters.

    `agreed`: those that say what it asks for.
    """
    lines = params.get("line_items") or ()
    more = {name for name in _ADDING if params.get(name)}
    return any(params[name] != agreed.get(name) for name in more) or any(
        line.get("tax_rates") or line.get("adjustable_quantity") for line in lines
    )


def agreed_params(errand: Errand, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that add what was agreed, as they are before a host's hooks see them."""
    if errand.shipping is None:
        return {}
    return {"shipping_options": deepcopy(params.get("shipping_options"))}


def _taxes(order: Order) -> Iterator[LineItem]:
    """A tax on top as an amount: however Stripe rounds its rates, its total is ours."""
    for row in order.taxes:
        if not row["inclusive"] and row["tax_minor"]:
            yield LineItem(f"{row['name']} {row['percentage']} %", row["tax_minor"], 1)


def _shipping(order: Order) -> Shipping | None:
    if not order.shipping_name:
        return None
    return Shipping(
        name=order.shipping_name,
        amount=Money(order.agreed_shipping_minor, order.currency),
        country=order.country,
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
