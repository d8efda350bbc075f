"""Starting a subscription: its first invoice, and whether it is paid ("Subscription lifecycle")."""

from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.billing import (
    collecting,
    drafting,
    invoicing,
    items,
    lines,
    renewing,
    standing,
)
from stripe_emulator.billing.discounts import still_valid, use_up
from stripe_emulator.billing.one_time import one_time_line
from stripe_emulator.billing.opening import new_subscription
from stripe_emulator.billing.periods import share
from stripe_emulator.call import Call
from stripe_emulator.cards import Decline
from stripe_emulator.errors import StripeFault, card_error, not_here_yet
from stripe_emulator.money import minimum
from stripe_emulator.setting_up import new_setup_intent
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing
from stripe_emulator.watching import watches

# "Subscription lifecycle": so long the first payment can be made good.
EXPIRE_SECONDS = 23 * 3600


@dataclass(frozen=True)
class Start:
    """How a subscription begins: as the parameters of its creation say, or Checkout."""

    behavior: str = "allow_incomplete"
    off_session: bool = False
    proration: str = "create_prorations"
    extra: list[dict[str, Any]] = field(default_factory=list)
    # Paid already, as in Checkout: None there if nothing was due.
    paid_by: Thing | None = None
    from_checkout: bool = False


def create(call: Call, given: dict[str, Any]) -> Thing:
    """A subscription by the API's parameters. Raises a StripeFault."""
    customer = call.require("customer", given.get("customer") or "", "customer")
    call.on_clock_of(customer)
    behavior = given.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise not_here_yet("payment_behavior pending_if_incomplete", "payment_behavior")
    subscription = new_subscription(call, customer, given)
    how = Start(
        behavior=behavior,
        off_session=given.get("off_session", False),
        proration=given.get("proration_behavior", "create_prorations"),
        extra=given.get("add_invoice_items") or [],
    )
    return start(call, subscription, how)


def start_from_checkout(
    call: Call, session: Thing, customer: Thing, method: Thing | None, intent: Thing | None
) -> Thing:
    """The subscription of a completed session, see `for_checkout`."""
    from stripe_emulator.billing.for_checkout import start_from_session

    return start_from_session(call, session, customer, method, intent)


def start(call: Call, subscription: Thing, how: Start) -> Thing:
    """Store a new subscription with its first invoice; as it is stored in the end."""
    invoice = first_invoice(call, subscription, how)
    subscription.update(latest_invoice=invoice["id"], status=_first_status(subscription))
    _ask_for_method(call, subscription, invoice)
    standing.save(call, subscription)
    # Its snapshot is completed below: the event tells of how the subscription has begun.
    event = call.emit("customer.subscription.created", subscription)
    sends = subscription["collection_method"] == "send_invoice"
    drafting.store_draft(call, invoice, finalize_in=drafting.DRAFT_SECONDS if sends else None)
    subscription["discounts"] = use_up(call, subscription["discounts"])
    standing.save(call, subscription)
    if not sends:
        _finalize(call, subscription, invoice, how, event)
    subscription = call.require("subscription", subscription["id"])
    renewing.arrange(call, subscription)
    return subscription


def _ask_for_method(call: Call, subscription: Thing, invoice: Thing) -> None:
    """A pending setup intent: nothing is due yet, and nothing is there to pay later."""
    charges = subscription["collection_method"] == "charge_automatically"
    probe = {**invoice, "_subscription": None}
    own = subscription["default_payment_method"] or collecting.method_for(call, probe)
    if not charges or subscription["trial_end"] is None or own:
        return
    setup = new_setup_intent(call, customer=subscription["customer"])
    setup["_subscription"] = subscription["id"]
    subscription["pending_setup_intent"] = setup["id"]
    call.tx.put(setup)
    call.emit("setup_intent.created", setup)


@watches("setup_intent")
def _method_is_there(call: Call, setup: Thing, _before: str) -> None:
    """The method that was asked for pays the subscription from now on."""
    subscription = call.tx.get("subscription", setup.get("_subscription") or "")
    if subscription is None or setup["status"] != "succeeded":
        return
    standing.change(
        call,
        subscription,
        pending_setup_intent=None,
        default_payment_method=setup["payment_method"],
    )


def first_invoice(call: Call, subscription: Thing, how: Start) -> Thing:
    """The draft of a subscription's first invoice, with its lines; not stored."""
    invoice = drafting.of_subscription(
        call, subscription, "subscription_create", (call.now, call.now)
    )
    invoice["discounts"] = discounts_for(call, subscription)
    for item in subscription["items"]["data"]:
        invoice["_lines"].append(_first_line(call, subscription, item, how.proration))
    for n, each in enumerate(how.extra):
        line = one_time_line(call, subscription, each, f"add_invoice_items[{n}]")
        invoice["_lines"].append(line)
    drafting.take_items(
        call,
        invoice,
        drafting.pending_items(call, invoice["customer"], invoice["currency"], subscription["id"]),
    )
    return invoice


def discounts_for(call: Call, subscription: Thing) -> list[str]:
    """The subscription's discounts that still count, or else the customer's."""
    own = still_valid(call, subscription["discounts"], call.now)
    if own:
        return own
    customer = call.tx.get("customer", subscription["customer"]) or {}
    held = customer.get("discount")
    return still_valid(call, [held["id"]], call.now) if held else []


def _first_line(call: Call, subscription: Thing, item: Thing, proration: str) -> Thing:
    trial = (subscription["trial_end"] or 0) > call.now
    line = lines.of_item(call, subscription, item, trial=trial)
    begin, end = item["current_period_start"], item["current_period_end"]
    cycle = items.cycle(subscription, item)
    if not trial and cycle.until(begin) != begin:
        # The anchor lies ahead: until then it is a part of a period, or free.
        whole = share(line["amount"], cycle.until(begin), end, begin)
        line["amount"] = line["subtotal"] = 0 if proration == "none" else whole
    return line


def _first_status(subscription: Thing) -> str:
    if subscription["trial_end"] is not None:
        return "trialing"
    return "active" if subscription["collection_method"] == "send_invoice" else "incomplete"


def _finalize(call: Call, subscription: Thing, invoice: Thing, how: Start, event: Thing) -> None:
    """The first invoice is final at once, and is charged unless nothing is due or asked for."""
    if how.paid_by is None and not how.from_checkout and invoice["amount_due"] > 0:
        _require_method(call, invoice, how)
    if how.from_checkout and subscription["status"] == "incomplete":
        # "Never incomplete via Checkout": there the payment comes first.
        _become(call, subscription, "active", event)
    before = subscription["status"]
    invoice = _opened(call, subscription, invoice, how, event)
    if invoice["status"] != "open":
        return
    decline = None
    if how.paid_by is None and how.behavior != "default_incomplete":
        decline = collecting.charge(call, invoice, off_session=how.off_session)
    elif how.paid_by is None:
        # Somebody else confirms its payment intent, with Elements for example.
        call.at(call.moment + EXPIRE_SECONDS, "expire_subscription", **_named(subscription))
        return
    _conclude(call, subscription, decline, how, event)
    if before == "incomplete" and subscription["status"] == "incomplete":
        call.at(call.moment + EXPIRE_SECONDS, "expire_subscription", **_named(subscription))


def _opened(call: Call, subscription: Thing, invoice: Thing, how: Start, event: Thing) -> Thing:
    free = subscription["status"] == "incomplete" and _is_free(call, invoice)
    if free:
        _become(call, subscription, "active", event)
    return invoicing.finalize(call, invoice, how.paid_by)


def _is_free(call: Call, invoice: Thing) -> bool:
    customer = call.require("customer", invoice["customer"])
    due = invoice["total"] + customer["balance"]
    return bool(due < minimum(invoice["currency"]))


def _conclude(
    call: Call, subscription: Thing, decline: Decline | None, how: Start, event: Thing
) -> None:
    invoice = call.require("invoice", subscription["latest_invoice"])
    intent = invoicing.intent_of(call, invoice)
    status = intent["status"] if intent is not None else ""
    if how.behavior == "error_if_incomplete" and status not in ("succeeded", "processing"):
        raise _refused(decline)
    if status in ("succeeded", "processing") and subscription["status"] == "incomplete":
        _become(call, subscription, "active", event)
    collecting.concluded(call, invoice, decline)


def _become(call: Call, subscription: Thing, status: str, event: Thing) -> None:
    """The status it begins with, also in the event of its beginning."""
    subscription["status"] = status
    standing.save(call, subscription)
    event["data"]["object"] = complete(subscription)
    call.tx.put(event)


def _require_method(call: Call, invoice: Thing, how: Start) -> None:
    if how.behavior != "default_incomplete" and collecting.method_for(call, invoice) is None:
        raise StripeFault(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method. For more information, visit "
            "https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
            code="resource_missing",
        )


def _refused(decline: Decline | None) -> StripeFault:
    if decline is None:
        return card_error(
            "This payment requires additional user action before it can be completed.",
            "subscription_payment_intent_requires_action",
        )
    return card_error(decline.message, decline.code, decline_code=decline.decline_code)


def _named(subscription: Thing) -> dict[str, str]:
    return {"subscription_id": subscription["id"]}
