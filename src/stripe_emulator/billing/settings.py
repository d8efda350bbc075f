"""The fields of a subscription that are simply set, and what some of them bring with them."""

from typing import Any

from stripe_emulator.billing import items, opening
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import blanks_cleared
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

_AS_GIVEN = ("collection_method", "days_until_due", "description", "default_source")
_MERGED = ("payment_settings", "invoice_settings", "trial_settings", "cancellation_details")


def change_fields(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    """Puts what needs no invoice into a subscription. Raises a StripeFault."""
    for name in set(_AS_GIVEN) & set(given):
        subscription[name] = given[name] or None
    for name in set(_MERGED) & set(given):
        more = blanks_cleared(given[name])
        subscription[name] = {**(subscription[name] or {}), **more}
    if given.get("collection_method") == "charge_automatically":
        subscription["days_until_due"] = None
    if "collection_method" in given or "days_until_due" in given:
        opening.check_collection(subscription)
    for name in set(_MADE) & set(given):
        subscription[name] = _MADE[name](call, subscription, given)
    _change_discounts(call, subscription, given)
    _change_pause(call, subscription, given)


def _metadata(_call: Call, subscription: Thing, given: dict[str, Any]) -> Any:
    return merged(subscription["metadata"], given["metadata"])


def _method(call: Call, subscription: Thing, given: dict[str, Any]) -> Any:
    return opening.method_of(call, {"id": subscription["customer"]}, given)


def _tax_rates(call: Call, _subscription: Thing, given: dict[str, Any]) -> Any:
    return items.rates_of(call, given["default_tax_rates"], "default_tax_rates")


def _automatic_tax(_call: Call, _subscription: Thing, given: dict[str, Any]) -> Any:
    return opening.automatic_tax(given)


_MADE = {
    "metadata": _metadata,
    "default_payment_method": _method,
    "default_tax_rates": _tax_rates,
    "automatic_tax": _automatic_tax,
}


def _change_discounts(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    if "discounts" not in given:
        return
    before = list(subscription["discounts"])
    kept = [each for each in given["discounts"] or [] if each.get("discount")]
    subscription["discounts"] = new_discounts(
        call,
        given["discounts"],
        customer=subscription["customer"],
        subscription=subscription["id"],
    )
    for name in before:
        discount = call.tx.get("discount", name)
        if discount is not None and name not in [each["discount"] for each in kept]:
            call.emit("customer.discount.deleted", discount)
    for name in subscription["discounts"]:
        discount = call.tx.get("discount", name)
        if discount is not None and name not in before:
            call.emit("customer.discount.created", discount)


def _change_pause(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    """While collection is paused invoices are made but nobody pays them."""
    if "pause_collection" not in given:
        return
    pause = given["pause_collection"] or None
    if pause is None:
        subscription["pause_collection"] = None
        return
    resumes = pause.get("resumes_at")
    if resumes is not None and resumes <= call.now:
        raise invalid("resumes_at must be in the future.", param="pause_collection[resumes_at]")
    subscription["pause_collection"] = {"behavior": pause["behavior"], "resumes_at": resumes}
    if resumes is not None:
        name = subscription["id"]
        call.at(resumes, "resume_collection", subscription_id=name, at=resumes)


@task("resume_collection")
def _resume(call: Call, subscription_id: str, at: int) -> None:
    from stripe_emulator.billing.standing import change

    subscription = call.tx.get("subscription", subscription_id)
    pause = (subscription or {}).get("pause_collection")
    if subscription is not None and pause and pause["resumes_at"] == at:
        change(call, subscription, pause_collection=None)


def cancellation_details(subscription: Thing, given: dict[str, Any]) -> Thing:
    """What the customer said on leaving, beside what was there."""
    more = given.get("cancellation_details") or {}
    said = {name: value or None for name, value in more.items()}
    return {**subscription["cancellation_details"], **said}
