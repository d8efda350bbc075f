"""How the emulator's tests subscribe somebody and let the time go by."""

import time
from typing import Any

import stripe

from stripe_emulator.server import Running
from stripe_emulator.travelling import travel

DAY = 24 * 3600


def plan(
    client: stripe.StripeClient, unit_amount: int = 1500, interval: str = "month", **more: Any
) -> stripe.Price:
    """A recurring price of a product of its own."""
    recurring = {"interval": interval, "interval_count": more.pop("interval_count", 1)}
    wish = {
        "currency": "usd",
        "unit_amount": unit_amount,
        "recurring": recurring,
        "product_data": {"name": more.pop("name", "Gold")},
        **more,
    }
    if "product" in wish:
        del wish["product_data"]
    return client.v1.prices.create(wish)  # type: ignore[arg-type]


def payer(client: stripe.StripeClient, card: str = "pm_card_visa", **more: Any) -> stripe.Customer:
    """A customer whose invoices a card pays by itself."""
    customer = client.v1.customers.create({"email": "ada@example.com", **more})  # type: ignore[arg-type]
    use_card(client, customer, card)
    return customer


def use_card(client: stripe.StripeClient, customer: stripe.Customer, card: str) -> str:
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    settings = {"default_payment_method": method.id}
    client.v1.customers.update(customer.id, {"invoice_settings": settings})  # type: ignore[arg-type]
    return method.id


def subscribe(client: stripe.StripeClient, **more: Any) -> stripe.Subscription:
    """A paying customer's subscription to one item, unless said otherwise."""
    if "customer" not in more:
        more["customer"] = payer(client).id
    if "items" not in more:
        more["items"] = [{"price": plan(client).id}]
    return client.v1.subscriptions.create(more)  # type: ignore[arg-type]


def first_invoice(subscription: stripe.Subscription) -> stripe.Invoice:
    """The invoice a subscription began with, where it was expanded."""
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    return invoice


def pass_time(emulator: Running, days: float) -> None:
    """Everything that happens within so many days happens."""
    inner = emulator.emulator
    travel(inner, inner.clock.precise() + days * DAY)


def invoices(client: stripe.StripeClient, **filters: Any) -> list[stripe.Invoice]:
    """Oldest first."""
    page = client.v1.invoices.list({"limit": 100, **filters})  # type: ignore[arg-type]
    return list(reversed(page.data))


def now() -> int:
    return int(time.time())
