"""What a customer does in the portal; each deed only as far as the configuration allows it."""

from typing import Any

from stripe_emulator.address import check_email, whole
from stripe_emulator.billing import changing, ending, standing
from stripe_emulator.call import Call
from stripe_emulator.checkout.buyer import Challenge, Declined
from stripe_emulator.emulator import Emulator
from stripe_emulator.errors import StripeFault
from stripe_emulator.methods.making import attach_to, billing, new_method
from stripe_emulator.portal.configuration import REASONS
from stripe_emulator.portal.showing import configuration_of, is_over, quantities, session_by
from stripe_emulator.setting_up import attempt_setup, new_setup_intent
from stripe_emulator.store import Thing
from stripe_emulator.watching import watches

_LONGEST_COMMENT = 1000


class NotAllowed(Exception):
    """The configuration does not offer this, or there is nothing to do it to."""


def cancel(
    emulator: Emulator, secret: str, subscription_id: str, reason: str, comment: str
) -> None:
    """Now, or with the period's end, as the configuration says. Raises NotAllowed."""
    with emulator.call() as call:
        features, subscription = _begin(call, secret, "subscription_cancel", subscription_id)
        settings = features["subscription_cancel"]
        if subscription["cancel_at"] is not None:
            raise NotAllowed
        details = subscription["cancellation_details"]
        details.update(feedback=reason if reason in REASONS else None)
        details.update(comment=comment[:_LONGEST_COMMENT] or None)
        if settings["mode"] == "at_period_end":
            changing.change(call, subscription, {"cancel_at_period_end": True})
        else:
            ending.cancel(
                call,
                subscription,
                "cancellation_requested",
                prorate=settings["proration_behavior"] != "none",
                invoice_now=settings["proration_behavior"] == "always_invoice",
            )


def renew(emulator: Emulator, secret: str, subscription_id: str) -> None:
    """Takes a cancellation back as long as the period runs. Raises NotAllowed."""
    with emulator.call() as call:
        _features, subscription = _begin(call, secret, "subscription_cancel", subscription_id)
        if subscription["cancel_at"] is None:
            raise NotAllowed
        subscription["cancellation_details"].update(feedback=None, comment=None)
        changing.change(call, subscription, {"cancel_at_period_end": False})


def switch(
    emulator: Emulator, secret: str, subscription_id: str, wanted: str | int
) -> Declined | None:
    """Another plan of those that are offered, by its price's id, or another quantity.

    Raises NotAllowed.
    """
    try:
        with emulator.call() as call:
            _switch(call, secret, subscription_id, wanted)
    except StripeFault as fault:
        declined = str(fault.fields.get("decline_code") or "") or None
        return Declined(fault.message, fault.code, declined, None)
    return None


def _switch(call: Call, secret: str, subscription_id: str, wanted: str | int) -> None:
    features, subscription = _begin(call, secret, "subscription_update", subscription_id)
    settings = features["subscription_update"]
    offered = [name for each in settings["products"] or [] for name in each["prices"]]
    found = subscription["items"]["data"]
    if len(found) != 1:
        raise NotAllowed
    if isinstance(wanted, int):
        bounds = quantities(subscription, {"features": features})
        if bounds is None or not bounds[0] <= wanted <= bounds[1]:
            raise NotAllowed
    elif wanted not in offered or "price" not in settings["default_allowed_updates"]:
        raise NotAllowed
    changed = {"quantity": wanted} if isinstance(wanted, int) else {"price": wanted}
    given: dict[str, Any] = {
        "items": [{"id": found[0]["id"], **changed}],
        "proration_behavior": settings["proration_behavior"],
        # Nobody leaves the portal with a plan that is not paid for.
        "payment_behavior": "error_if_incomplete",
    }
    if settings["trial_update_behavior"] == "end_trial" and subscription["status"] == "trialing":
        given["trial_end"] = "now"
    changing.change(call, subscription, given)


def set_details(emulator: Emulator, secret: str, typed: dict[str, Any]) -> str | None:
    """Name, address and the like, as far as they may be changed; why not, if they cannot be.

    `address` is Stripe's, with parts that are text. Raises NotAllowed.
    """
    with emulator.call() as call:
        session = _session(call, secret, "customer_update")
        allowed = configuration_of(call.tx, session)["features"]["customer_update"]
        customer = call.require("customer", session["customer"])
        wanted = {name: typed[name] for name in allowed["allowed_updates"] if name in typed}
        try:
            check_email(wanted.get("email"), "email")
        except StripeFault as fault:
            return fault.message
        if "address" in wanted:
            wanted["address"] = whole(wanted["address"])
        previous = {}
        for name, value in wanted.items():
            if (customer.get(name) or None) != (value or None):
                previous[name], customer[name] = customer.get(name), value or None
        if previous:
            call.tx.put(customer)
            call.emit("customer.updated", customer, previous)
    return None


def set_card(
    emulator: Emulator, secret: str, details: dict[str, Any], name: str
) -> Declined | Challenge | None:
    """A new card for all invoices to come; None if it is there already. Raises NotAllowed."""
    with emulator.call() as call:
        session = _session(call, secret, "payment_method_update")
        customer = call.require("customer", session["customer"])
        call.on_clock_of(customer)
        try:
            person = billing({"name": name, "email": customer.get("email")})
            method = new_method(call, "card", details, person)
        except StripeFault as fault:
            return Declined(fault.message, fault.code, None, "cardNumber")
        setup = new_setup_intent(call, customer=customer["id"], payment_method_types=["card"])
        setup["_portal"] = session["id"]
        call.tx.put(setup)
        call.emit("setup_intent.created", setup)
        refusal = attempt_setup(call, setup, method, return_url=f"{session['url']}?done=card")
        if refusal is not None:
            return Declined(refusal.message, refusal.code, refusal.decline_code, refusal.field)
        if setup["status"] == "requires_action":
            return Challenge(setup["id"], setup["next_action"]["redirect_to_url"]["url"])
    return None


@watches("setup_intent")
def _card_is_there(call: Call, setup: Thing, _before: str) -> None:
    """The card was set up, at once or after its holder has authenticated: it pays from now on."""
    if not setup.get("_portal") or setup["status"] != "succeeded":
        return
    customer = call.require("customer", setup["customer"])
    method = call.require("payment_method", setup["payment_method"])
    attach_to(call, method, customer)
    settings = customer["invoice_settings"]
    before = dict(settings)
    settings["default_payment_method"] = method["id"]
    call.tx.put(customer)
    call.emit("customer.updated", customer, {"invoice_settings": before})
    for each in call.tx.find(
        "subscription",
        customer=customer["id"],
        where="json_extract(body, '$.ended_at') IS NULL",
    ):
        if each["default_payment_method"] is not None:
            standing.change(call, each, default_payment_method=method["id"])


def _session(call: Call, secret: str, feature: str) -> Thing:
    session = session_by(call.tx, secret)
    if session is None or is_over(call, session):
        raise NotAllowed
    if not configuration_of(call.tx, session)["features"][feature]["enabled"]:
        raise NotAllowed
    return session


def _begin(call: Call, secret: str, feature: str, subscription_id: str) -> tuple[Thing, Thing]:
    """The features, and the customer's own subscription, with the call on its clock."""
    session = _session(call, secret, feature)
    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["customer"] != session["customer"]:
        raise NotAllowed
    if subscription["status"] in standing.ENDED:
        raise NotAllowed
    call.on_clock_of(subscription)
    features: Thing = configuration_of(call.tx, session)["features"]
    return features, subscription
