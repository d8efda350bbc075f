"""What the portal shows a customer: subscriptions, cards, invoices, and what they may change."""

from dataclasses import dataclass, field

from stripe_emulator.billing.plans import cost
from stripe_emulator.billing.previewing import upcoming
from stripe_emulator.call import Call
from stripe_emulator.emulator import Emulator
from stripe_emulator.errors import StripeFault
from stripe_emulator.portal.configuration import DEFAULT_ID, KIND, default_configuration
from stripe_emulator.store import Thing, Tx

# A portal's address is short-lived; Stripe does not say how long, here it is an hour.
LIFE_SECONDS = 3600
_MOST_INVOICES, _MOST_SUBSCRIPTIONS, _MOST_QUANTITY = 24, 20, 999_999


@dataclass(frozen=True)
class Plan:
    """A price that can be chosen; `amount` in minor units for one."""

    price: Thing
    name: str
    amount: int


@dataclass(frozen=True)
class Held:
    """A subscription as it is shown; amounts in minor units."""

    subscription: Thing
    names: list[str]
    amount: int
    recurring: Thing
    next_amount: int | None
    method: Thing | None
    plans: list[Plan] = field(default_factory=list)
    # The least and the most the quantity may be; None if it cannot be changed.
    quantities: tuple[int, int] | None = None

    @property
    def item(self) -> Thing:
        found: Thing = self.subscription["items"]["data"][0]
        return found


@dataclass(frozen=True)
class PortalPage:
    """All of it. `flow`: what the shop has sent the customer for, if for one thing only."""

    session: Thing
    configuration: Thing
    customer: Thing
    business_name: str
    held: list[Held]
    method: Thing | None
    invoices: list[Thing]

    @property
    def features(self) -> Thing:
        found: Thing = self.configuration["features"]
        return found

    @property
    def flow(self) -> Thing | None:
        found: Thing | None = self.session["flow"]
        return found

    def held_by(self, name: str) -> Held | None:
        """The customer's subscription with this id."""
        return next((each for each in self.held if each.subscription["id"] == name), None)


def session_by(tx: Tx, secret: str) -> Thing | None:
    """The session whose address has this secret."""
    found = tx.get("billing_portal.session", f"bps_{secret[:24]}")
    return found if found is not None and found["_secret"] == secret else None


def is_over(call: Call, session: Thing) -> bool:
    """Whether the session's hour has passed."""
    return bool(call.wall > session["created"] + LIFE_SECONDS)


def configuration_of(tx: Tx, session: Thing) -> Thing:
    if session["configuration"] == DEFAULT_ID:
        return default_configuration(tx)
    return tx.get(KIND, session["configuration"]) or default_configuration(tx)


def page_of(emulator: Emulator, secret: str) -> PortalPage | None:
    """The portal behind an address; None if there is none, or no longer."""
    with emulator.call() as call:
        session = session_by(call.tx, secret)
        if session is None or is_over(call, session):
            return None
        customer = call.tx.get("customer", session["customer"])
        if customer is None or customer.get("deleted"):
            return None
        call.on_clock_of(customer)
        configuration = configuration_of(call.tx, session)
        shows = configuration["features"]["invoice_history"]["enabled"]
        return PortalPage(
            session=session,
            configuration=configuration,
            customer=customer,
            business_name=emulator.business_name,
            held=[_held(call, each, customer, configuration) for each in _running(call, customer)],
            method=call.tx.get("payment_method", _default(customer) or ""),
            invoices=_invoices(call, customer) if shows else [],
        )


def _default(customer: Thing) -> str | None:
    found: str | None = customer["invoice_settings"].get("default_payment_method")
    return found or customer.get("default_source")


def _running(call: Call, customer: Thing) -> list[Thing]:
    return call.tx.find(
        "subscription",
        customer=customer["id"],
        where="json_extract(body, '$.ended_at') IS NULL",
        limit=_MOST_SUBSCRIPTIONS,
    )


def _invoices(call: Call, customer: Thing) -> list[Thing]:
    return call.tx.find(
        "invoice",
        customer=customer["id"],
        where="json_extract(body, '$.number') IS NOT NULL",
        limit=_MOST_INVOICES,
    )


def _held(call: Call, subscription: Thing, customer: Thing, configuration: Thing) -> Held:
    found = subscription["items"]["data"]
    method = subscription["default_payment_method"] or _default(customer)
    return Held(
        subscription=subscription,
        names=[_name(call, each["price"]) for each in found],
        amount=sum(cost(call, each, subscription["currency"]) for each in found),
        recurring=found[0]["price"]["recurring"],
        next_amount=_next(call, subscription),
        method=call.tx.get("payment_method", method or ""),
        plans=_plans(call, subscription, configuration) if len(found) == 1 else [],
        quantities=quantities(subscription, configuration) if len(found) == 1 else None,
    )


def quantities(subscription: Thing, configuration: Thing) -> tuple[int, int] | None:
    """The bounds of the quantity of a subscription's only item; None if it is fixed."""
    changes = configuration["features"]["subscription_update"]
    if not changes["enabled"] or "quantity" not in changes["default_allowed_updates"]:
        return None
    (item,) = subscription["items"]["data"]
    for each in changes["products"] or []:
        bounds = each["adjustable_quantity"]
        if each["product"] == item["price"]["product"] and bounds["enabled"]:
            return bounds["minimum"] or 1, bounds["maximum"] or _MOST_QUANTITY
    return None


def _next(call: Call, subscription: Thing) -> int | None:
    """What the next invoice will ask for; None if there is none to come."""
    if subscription["status"] not in ("active", "trialing", "past_due"):
        return None
    try:
        return int(upcoming(call, subscription)["amount_due"])
    except StripeFault:
        return None


def _plans(call: Call, subscription: Thing, configuration: Thing) -> list[Plan]:
    """The other prices the configuration lets a customer choose, in their currency."""
    changes = configuration["features"]["subscription_update"]
    if not changes["enabled"] or "price" not in changes["default_allowed_updates"]:
        return []
    (item,) = subscription["items"]["data"]
    plans = []
    for name in [name for each in changes["products"] or [] for name in each["prices"]]:
        price = call.tx.get("price", name)
        if price is None or not price["active"] or price["type"] != "recurring":
            continue
        if price["currency"] == subscription["currency"] and name != item["price"]["id"]:
            amount = cost(call, {**item, "price": price}, subscription["currency"])
            plans.append(Plan(price, _name(call, price), amount))
    return plans


def _name(call: Call, price: Thing) -> str:
    product = call.tx.get("product", price["product"]) or {}
    return str(product.get("name") or price["nickname"] or price["id"])
