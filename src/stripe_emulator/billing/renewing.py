"""Subscriptions as time goes by: the next period, its invoice, and what is announced before.

Each period leaves tasks with the moment they were meant for; one that no longer fits the
subscription does nothing, so nothing needs to be called off.
"""

from copy import deepcopy

from stripe_emulator.billing import drafting, items, lines, standing
from stripe_emulator.billing.opening import period_end
from stripe_emulator.billing.periods import DAY
from stripe_emulator.call import Call
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

# "invoice.upcoming" comes as many days ahead as a Dashboard setting says; a week is Stripe's usual
# one. For shorter periods it is a quarter of the period, which is the emulator's own choice.
_UPCOMING_SECONDS = 7 * DAY
_TRIAL_WARNING_SECONDS = 3 * DAY
_RENEWS = ("trialing", "active", "past_due", "unpaid")


def arrange(call: Call, subscription: Thing) -> None:
    """Have what is next in a subscription's life happen in time."""
    if subscription["status"] in standing.ENDED:
        return
    name, end = subscription["id"], period_end(subscription)
    call.at(end, "turn_subscription", subscription_id=name, at=end)
    start = min(each["current_period_start"] for each in subscription["items"]["data"])
    ahead = min(_UPCOMING_SECONDS, (end - start) // 4)
    if end - ahead > call.now:
        call.at(end - ahead, "announce_renewal", subscription_id=name, at=end)
    trial_end = subscription["trial_end"]
    if trial_end is not None and trial_end > call.now and not subscription.get("_warned"):
        warning = max(trial_end - _TRIAL_WARNING_SECONDS, call.now)
        call.at(warning, "announce_trial_end", subscription_id=name, at=trial_end)
    if subscription["cancel_at"] is not None:
        at = subscription["cancel_at"]
        call.at(at, "cancel_subscription", subscription_id=name, at=at)


@task("turn_subscription")
def _turn(call: Call, subscription_id: str, at: int) -> None:
    """A period is over."""
    from stripe_emulator.billing import ending, pausing

    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["status"] not in _RENEWS:
        return
    if period_end(subscription) != at:
        return
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= at:
        ending.cancel(call, subscription, "cancellation_requested")
    elif subscription["status"] == "trialing" and pausing.trial_ends_without_method(
        call, subscription
    ):
        return
    else:
        renew(call, subscription, at)


def renew(call: Call, subscription: Thing, at: int) -> None:
    """The next period of every item whose own is over, and the invoice for it."""
    before = deepcopy({name: subscription[name] for name in ("items", "latest_invoice", "status")})
    start = min(each["current_period_start"] for each in subscription["items"]["data"])
    due = [each for each in subscription["items"]["data"] if each["current_period_end"] <= at]
    for each in due:
        items.begin(subscription, each, each["current_period_end"])
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    invoice = cycle_invoice(call, subscription, due, (start, at))
    subscription["latest_invoice"] = invoice["id"]
    standing.save(call, subscription)
    _store(call, subscription, invoice)
    changed = {name: was for name, was in before.items() if subscription[name] != was}
    call.emit("customer.subscription.updated", subscription, changed)
    arrange(call, subscription)


def cycle_invoice(
    call: Call, subscription: Thing, due: list[Thing], period: tuple[int, int]
) -> Thing:
    """The draft for a new period, with what has waited for it; not stored."""
    from stripe_emulator.billing.subscribing import discounts_for

    invoice = drafting.of_subscription(call, subscription, "subscription_cycle", period)
    invoice["discounts"] = discounts_for(call, subscription)
    waiting = drafting.pending_items(
        call, invoice["customer"], invoice["currency"], subscription["id"]
    )
    drafting.take_items(call, invoice, waiting)
    for each in due:
        invoice["_lines"].append(lines.of_item(call, subscription, each))
    return invoice


def _store(call: Call, subscription: Thing, invoice: Thing) -> None:
    from stripe_emulator.billing.discounts import use_up

    pause = subscription["pause_collection"]
    if subscription["status"] == "unpaid" or (pause and pause["behavior"] == "keep_as_draft"):
        invoice["auto_advance"] = False
    drafting.store_draft(call, invoice)
    subscription["discounts"] = use_up(call, subscription["discounts"])
    standing.save(call, subscription)


@task("announce_renewal")
def _announce(call: Call, subscription_id: str, at: int) -> None:
    from stripe_emulator.billing.previewing import upcoming

    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["status"] not in _RENEWS:
        return
    ends = subscription["cancel_at"] is not None and subscription["cancel_at"] <= at
    # Every change arranges what is next anew; it is said once all the same.
    if period_end(subscription) == at and not ends and subscription.get("_announced") != at:
        subscription["_announced"] = at
        standing.save(call, subscription)
        call.emit("invoice.upcoming", _without_id(upcoming(call, subscription)))


def _without_id(preview: Thing) -> Thing:
    """As Stripe's events have it: what is no invoice yet has no id."""
    lines = [{**each, "invoice": None} for each in preview["lines"]["data"]]
    url = "/v1/invoices/upcoming/lines"
    shown = {**preview, "lines": {**preview["lines"], "data": lines, "url": url}}
    del shown["id"]
    return shown


@task("announce_trial_end")
def _warn(call: Call, subscription_id: str, at: int) -> None:
    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["status"] != "trialing":
        return
    if subscription["trial_end"] == at and not subscription.get("_warned"):
        subscription["_warned"] = True
        standing.save(call, subscription)
        call.emit("customer.subscription.trial_will_end", subscription)


@task("cancel_subscription")
def _cancel(call: Call, subscription_id: str, at: int) -> None:
    from stripe_emulator.billing import ending

    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["status"] in standing.ENDED:
        return
    if subscription["cancel_at"] == at:
        ending.cancel(call, subscription, "cancellation_requested")


@task("expire_subscription")
def _expire(call: Call, subscription_id: str) -> None:
    """The first payment was never made good."""
    from stripe_emulator.billing import invoicing

    subscription = call.tx.get("subscription", subscription_id)
    if subscription is None or subscription["status"] != "incomplete":
        return
    invoice = call.require("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoicing.void(call, invoice)
    standing.change(call, subscription, status="incomplete_expired", ended_at=call.now)
