"""A new subscription as it was asked for, before anything is charged ("Create a subscription")."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from stripe_emulator import ids
from stripe_emulator.billing import items
from stripe_emulator.billing.discounts import new_discounts
from stripe_emulator.billing.periods import DAY, Cycle
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.resources.editing import blanks_cleared
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("subscription", "default_tax_rates presentment_details status_details")

NOT_YET = (
    *("application_fee_percent", "backdate_start_date", "billing_thresholds", "transfer_data"),
    *("pending_invoice_item_interval", "on_behalf_of", "billing_schedules", "customer_account"),
)
_LONGEST_TRIAL = 5 * 366 * DAY
_CANCELED_BY: Thing = dict.fromkeys(("comment", "feedback", "feedback_option", "reason"))
_NO_INVOICE_SETTINGS: Thing = {
    **dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer")),
    "issuer": {"type": "self"},
}
_NO_PAYMENT_SETTINGS: Thing = {
    "payment_method_options": None,
    "payment_method_types": None,
    "save_default_payment_method": "off",
}
_TRIAL_SETTINGS: Thing = {"end_behavior": {"missing_payment_method": "create_invoice"}}
_AS_ALWAYS: Thing = {
    "object": "subscription",
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "latest_invoice": None,
    "livemode": False,
    "pause_collection": None,
    "pending_setup_intent": None,
    **dict.fromkeys(("cancel_at", "canceled_at", "ended_at", "trial_start", "trial_end")),
}


def new_subscription(call: Call, customer: Thing, given: dict[str, Any]) -> Thing:
    """With its items and their first periods; not stored. Raises a StripeFault."""
    for name in NOT_YET:
        if given.get(name):
            raise not_here_yet(f"subscriptions with {name}", name)
    subscription: Thing = {
        "id": ids.new("sub"),
        **_AS_ALWAYS,
        "automatic_tax": automatic_tax(given),
        "billing_cycle_anchor": call.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": _mode(given),
        "cancellation_details": dict(_CANCELED_BY),
        "collection_method": given.get("collection_method", "charge_automatically"),
        "created": call.now,
        "customer": customer["id"],
        "days_until_due": given.get("days_until_due"),
        "default_payment_method": method_of(call, customer, given),
        "default_tax_rates": items.rates_of(
            call, given.get("default_tax_rates"), "default_tax_rates"
        ),
        "description": given.get("description"),
        "discounts": [],
        "invoice_settings": {
            **_NO_INVOICE_SETTINGS,
            **blanks_cleared(given.get("invoice_settings", {})),
        },
        "metadata": merged(None, given.get("metadata")),
        "payment_settings": {
            **_NO_PAYMENT_SETTINGS,
            **blanks_cleared(given.get("payment_settings", {})),
        },
        "start_date": call.now,
        "test_clock": customer.get("test_clock"),
        "trial_settings": given.get("trial_settings") or deepcopy(_TRIAL_SETTINGS),
    }
    _fill(call, customer, subscription, given)
    return subscription


def _with(usual: Thing, given: dict[str, Any], name: str) -> Thing:
    return {**usual, **blanks_cleared(given.get(name, {}))}


def _fill(call: Call, customer: Thing, subscription: Thing, given: dict[str, Any]) -> None:
    """Items, trial, anchor, first periods and discounts, each by what came before."""
    check_collection(subscription)
    _add_items(call, subscription, given)
    _set_trial(call, subscription, given)
    _set_anchor(call, subscription, given)
    for each in subscription["items"]["data"]:
        items.begin(subscription, each, call.now)
    set_cancellation(call, subscription, given)
    subscription["discounts"] = new_discounts(
        call, given.get("discounts"), customer=customer["id"], subscription=subscription["id"]
    )


def check_collection(subscription: Thing) -> None:
    """`days_until_due` belongs to invoices that are sent, and only to them."""
    sends = subscription["collection_method"] == "send_invoice"
    if sends and subscription["days_until_due"] is None:
        raise invalid(
            "If collection_method is send_invoice, you must also pass days_until_due.",
            code="parameter_missing",
            param="days_until_due",
        )
    if not sends and subscription["days_until_due"] is not None:
        raise invalid(
            "You can only pass days_until_due if collection_method is send_invoice.",
            param="days_until_due",
        )


def set_cancellation(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    """`cancel_at` and `cancel_at_period_end`, which exclude each other."""
    if given.get("cancel_at") and given.get("cancel_at_period_end"):
        raise invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            code="parameters_exclusive",
            param="cancel_at",
        )
    if "cancel_at" in given:
        _cancel_at(call, subscription, given["cancel_at"])
    if "cancel_at_period_end" in given:
        ends = given["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = ends
        subscription["cancel_at"] = period_end(subscription) if ends else None
        subscription["canceled_at"] = call.now if ends else None
    reason = "cancellation_requested" if subscription.get("cancel_at") else None
    subscription["cancellation_details"]["reason"] = reason


def _cancel_at(call: Call, subscription: Thing, wanted: Any) -> None:
    ends = [each["current_period_end"] for each in subscription["items"]["data"]]
    named = {
        "min_period_end": min(ends),
        "max_period_end": max(ends),
        "max_billed_until": max(ends),
    }
    moment = named.get(wanted, wanted)
    if moment in ("", None):
        subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
        return
    if not isinstance(moment, int) or moment <= call.now:
        raise invalid("`cancel_at` must be a time in the future.", param="cancel_at")
    subscription.update(cancel_at=moment, cancel_at_period_end=False, canceled_at=call.now)


def period_end(subscription: Thing) -> int:
    """When the first of its items has to be paid again."""
    return int(min(each["current_period_end"] for each in subscription["items"]["data"]))


def check_trial_end(call: Call, end: int, param: str) -> None:
    if end <= call.now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.",
                      param=param)  # fmt: skip
    if end > call.now + _LONGEST_TRIAL:
        raise invalid("A trial ends within five years.", param=param)


def _add_items(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    found = [
        items.new_item(call, subscription, each, f"items[{n}]")
        for n, each in enumerate(given.get("items") or [])
    ]
    currency = (given.get("currency") or "").lower()
    subscription["currency"] = currency or (found[0]["price"]["currency"] if found else "usd")
    items.check_together(call, subscription, found)
    subscription["items"] = items.list_of(subscription, found)


def trial_end_of(call: Call, given: dict[str, Any], plan_days: int = 0) -> int | None:
    """When the trial ends that the parameters ask for; None for no trial. Raises a StripeFault."""
    end, days = given.get("trial_end"), given.get("trial_period_days")
    if end is not None and days is not None:
        raise invalid(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
            code="parameters_exclusive",
            param="trial_end",
        )
    if given.get("trial_from_plan"):
        days = plan_days
    if days is not None and days < 0:
        raise invalid("Invalid non-negative integer", param="trial_period_days")
    if end == "now" or (end is None and not days):
        return None
    moment = int(end) if end is not None else call.now + (days or 0) * DAY
    check_trial_end(call, moment, "trial_end" if end is not None else "trial_period_days")
    return moment


def _set_trial(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    every = [each["price"]["recurring"] for each in subscription["items"]["data"]]
    plan_days = max((each["trial_period_days"] or 0 for each in every), default=0)
    end = trial_end_of(call, given, plan_days)
    if end is not None:
        subscription.update(trial_start=call.now, trial_end=end, billing_cycle_anchor=end)


def _set_anchor(call: Call, subscription: Thing, given: dict[str, Any]) -> None:
    anchor, config = given.get("billing_cycle_anchor"), given.get("billing_cycle_anchor_config")
    if config is not None:
        if anchor is not None:
            raise invalid(
                "You may only specify one of these parameters: billing_cycle_anchor, "
                "billing_cycle_anchor_config.",
                code="parameters_exclusive",
                param="billing_cycle_anchor",
            )
        subscription["billing_cycle_anchor_config"] = {
            **dict.fromkeys(("hour", "minute", "month", "second")), **config
        }  # fmt: skip
        anchor = _configured(call.now, config)
    if anchor is None:
        return
    first = min(items.cycle(subscription, each).after(call.now)
                for each in subscription["items"]["data"])  # fmt: skip
    if anchor < call.now or (subscription.get("trial_end") is None and anchor > first):
        raise invalid(
            "billing_cycle_anchor must be in the future, and before the next natural billing date.",
            param="billing_cycle_anchor",
        )
    subscription["billing_cycle_anchor"] = anchor


def _configured(now: int, config: dict[str, Any]) -> int:
    """The next moment that "billing_cycle_anchor_config" describes; the rest is as now."""
    at = datetime.fromtimestamp(now, UTC)
    if not 1 <= config["day_of_month"] <= 31:
        raise invalid("day_of_month is from 1 to 31.", param="billing_cycle_anchor_config")
    clock = {name: config[name] for name in ("hour", "minute", "second") if name in config}
    try:
        start = at.replace(day=1, month=config.get("month", at.month), **clock)
    except ValueError:
        raise invalid("That is no time.", param="billing_cycle_anchor_config") from None
    every = "year" if "month" in config else "month"
    # Starts a period earlier, so that the coming one is found wherever in it we are.
    cycle = Cycle(int(start.timestamp()), every, 1, config["day_of_month"])
    return cycle.after(now)


def method_of(call: Call, customer: Thing, given: dict[str, Any]) -> str | None:
    name = given.get("default_payment_method") or given.get("default_source")
    if not name:
        return None
    method = call.require("payment_method", name, "default_payment_method")
    if method["customer"] != customer["id"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {name}. The payment method "
            "must be attached to the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return str(name)


def automatic_tax(given: dict[str, Any]) -> Thing:
    enabled = bool(given.get("automatic_tax", {}).get("enabled"))
    liability = {"type": "self"} if enabled else None
    return {"disabled_reason": None, "enabled": enabled, "liability": liability}


def _mode(given: dict[str, Any]) -> Thing:
    """Since clover a subscription is `flexible` unless asked otherwise."""
    kind = given.get("billing_mode", {}).get("type", "flexible")
    flexible = {"proration_discounts": "included"} if kind == "flexible" else None
    return {"type": kind, "flexible": flexible}
