"""The handlers that run when something has become true of an order."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog

from paydesk.foundation.money import Money
from paydesk.orders.order import Order

log = structlog.get_logger("paydesk.fulfilment")


class Effect(StrEnum):
    """What can become true of an order; each once, or once for each thing it is about."""

    PAID = "paid"
    # About one refund that succeeded.
    REFUNDED = "refunded"
    # About one trip: a delayed payment came back, or an authorisation was let go.
    PAYMENT_FAILED = "payment_failed"
    # About one trip that nobody paid in time; not when the buyer cancelled.
    EXPIRED = "expired"
    # About one dispute or inquiry.
    DISPUTED = "disputed"
    # About one subscription: it begins to entitle, or ceases to.
    SUBSCRIPTION_ACTIVE = "subscription_active"
    SUBSCRIPTION_ENDED = "subscription_ended"


@dataclass(frozen=True)
class SoldLine:
    """One line of a paid order."""

    name: str
    variant: str
    quantity: int
    unit: Money


@dataclass(frozen=True)
class Membership:
    """How a subscription stands as its handler runs. `status` is Stripe's word."""

    id: str
    status: str
    entitles: bool
    paid_until: datetime | None
    # What one period costs.
    cost: Money


@dataclass(frozen=True)
class Answers:
    """What the buyer answered on Stripe's page; empty where nothing was asked.

    Addresses have what was given of name, line1, line2, postcode, city, state and country (two
    capital letters). `fields`: your custom fields by their keys; of a dropdown, the option's value.
    `consent`: Stripe's words, "terms_of_service": "accepted", "promotions": "opt_in" or "opt_out".
    """

    ship_to: Mapping[str, str] = field(default_factory=dict)
    bill_to: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sale:
    """What a handler is told of an order. `key` stays the same however often it is run:

    hand it to whoever you tell of the sale, so that they can drop a repeat.
    """

    key: str
    order_id: str
    number: int
    total: Money
    email: str | None
    lines: tuple[SoldLine, ...]
    # Stripe's id of the refund, dispute or subscription, or our id of the trip; empty for `paid`.
    about: str = ""
    # What was refunded or is disputed.
    amount: Money | None = None
    membership: Membership | None = None
    # The host app's own word for what it sold with `desk.sell`.
    reference: str | None = None
    # Stripe's link that takes an expired session up again, where the shop has them.
    recovery_url: str | None = None
    # What Stripe's page asked the buyer for: where to ship to, custom fields, consent.
    answers: Answers = field(default_factory=Answers)


Handler = Callable[[Sale], Awaitable[None] | None]
# What a handler runs within, such as the context of the host's app.
Surroundings = Callable[[], AbstractContextManager[object]]
_Handlers = dict[Effect, dict[str, Handler]]


class Hooks:
    """Which handlers run for which effect, in the order they were registered."""

    def __init__(
        self, handlers: _Handlers | None = None, around: Surroundings = nullcontext
    ) -> None:
        self._around = around
        self._handlers: _Handlers
        if handlers is not None:
            self._handlers = handlers
        else:
            self._handlers = {effect: {} for effect in Effect}
            self.register(Effect.PAID, log_payment)

    def within(self, around: Surroundings) -> "Hooks":
        """The same handlers, those still to come as well, run within something."""
        return Hooks(self._handlers, around)

    def register(self, effect: Effect, handler: Handler) -> None:
        """Run `handler` for `effect` from now on. A name can be taken once."""
        name = f"{handler.__module__}.{handler.__qualname__}"
        if self._handlers[effect].setdefault(name, handler) is not handler:
            raise ValueError(f"a handler named {name} is registered for {effect.value} already")

    def names(self, effect: Effect) -> list[str]:
        return list(self._handlers[effect])

    def run(self, effect: Effect, name: str, sale: Sale) -> None:
        """Run one handler; what it raises goes up. One that is no longer registered is passed."""
        handler = self._handlers[effect].get(name)
        if handler is None:
            log.warning("handler_gone", handler=name, order=sale.number)
            return
        with self._around():
            doing = handler(sale)
            if inspect.iscoroutine(doing):
                # On the job's own thread, where nothing else is awaited.
                asyncio.run(doing)


def key_of(effect: str, order_id: str, about: str) -> str:
    """What an effect is known by, the same however often its handlers run."""
    return f"{effect}:{order_id}:{about}" if about else f"{effect}:{order_id}"


def log_payment(sale: Sale) -> None:
    """The built-in handler: what the tutorial printed, with the facts one needs."""
    log.info("Payment was successful", order=sale.number, amount=sale.total.text(), key=sale.key)


def sale_of(order: Order, effect: Effect, about: str = "") -> Sale:
    return Sale(
        key=key_of(effect.value, order.id, about),
        about=about,
        order_id=order.id,
        number=order.number,
        total=order.total,
        email=order.email,
        reference=order.reference,
        lines=tuple(
            SoldLine(
                name=line.name,
                variant=line.variant_name,
                quantity=line.quantity,
                unit=Money(line.unit_minor, order.currency),
            )
            for line in order.lines
        ),
    )
