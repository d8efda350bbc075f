"""Changing a subscription: plan, quantity, trial, anchor and all the rest ("Update")."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.billing import (
    collecting,
    drafting,
    invoicing,
    items,
    lines,
    opening,
    pausing,
    prorating,
    renewing,
    standing,
)
from stripe_emulator.billing.one_time import one_time_line
from stripe_emulator.billing.settings import change_fields
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, card_error, invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.store import Thing

# "A canceled subscription can only update its cancellation_details and metadata."
_OF_THE_ENDED = frozenset({"metadata", "cancellation_details"})


@dataclass
class _Change:
    """What is to be prorated and invoiced: pairs of an item before and after."""

    moment: int
    proration: str
    pairs: list[tuple[Thing | None, Thing | None]] = field(default_factory=list)
    # The billing cycle begins anew, so every item is charged for a whole period.
    anew: bool = False


def change(call: Call, subscription: Thing, given: dict[str, Any]) -> Thing:
    """The subscription as the parameters want it. Raises a StripeFault."""
    before = deepcopy(subscription)
    invoice = planned(call, subscription, given)
    _told(call, subscription, before)
    if invoice is not None:
        _collect(call, invoice, given.get("payment_behavior", "allow_incomplete"), given)
    subscription = call.require("subscription", subscription["id"])
    renewing.arrange(call, subscription)
    return subscription


def planned(call: Call, subscription: Thing, given: dict[str, Any]) -> Thing | None:
    """Changes `subscription` in place, not stored; the draft that is due for it, if one is."""
    _check(subscription, given)
    change_fields(call, subscription, given)
    opening.set_cancellation(call, subscription, given)
    if subscription["status"] in standing.ENDED:
        return None
    plan = _Change(_moment(call, subscription, given), _proration(given))
    _change_items(call, subscription, given.get("items") or [], plan)
    _change_cycle(call, subscription, given, plan)
    return _invoice(call, subscription, given, plan)


def _check(subscription: Thing, given: dict[str, Any]) -> None:
    for name in opening.NOT_YET:
        if given.get(name):
            raise not_here_yet(f"subscriptions with {name}", name)
    if given.get("payment_behavior") == "pending_if_incomplete":
        raise not_here_yet("payment_behavior pending_if_incomplete", "payment_behavior")
    ended = subscription["status"] in standing.ENDED
    if ended and set(given) - _OF_THE_ENDED:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    if subscription["status"] == "incomplete" and given.get("items"):
        raise invalid(
            "This subscription's first invoice is not paid yet; its items cannot be changed.",
            param="items",
        )


def _proration(given: dict[str, Any]) -> str:
    return str(given.get("proration_behavior", "create_prorations"))


def _moment(call: Call, subscription: Thing, given: dict[str, Any]) -> int:
    moment = int(given.get("proration_date", call.now))
    starts = [each["current_period_start"] for each in subscription["items"]["data"]]
    if not min(starts) <= moment <= opening.period_end(subscription):
        raise invalid(
            "The proration date must be within the current billing period.",
            param="proration_date",
        )
    return moment


def _told(call: Call, subscription: Thing, before: Thing) -> Thing:
    """Kept, and told of if anything that is shown has changed."""
    names = {name for name in {*before, *subscription} if not name.startswith("_")}
    previous = {
        name: before.get(name) for name in sorted(names)
        if before.get(name) != subscription.get(name)
    }  # fmt: skip
    standing.save(call, subscription)
    if previous:
        call.emit("customer.subscription.updated", subscription, previous)
    return subscription


def _change_items(
    call: Call, subscription: Thing, given: list[dict[str, Any]], plan: _Change
) -> None:
    kept = {each["id"]: each for each in subscription["items"]["data"]}
    for n, each in enumerate(given):
        where = f"items[{n}]"
        if "id" not in each:
            item = items.new_item(call, subscription, each, where)
            _join_period(subscription, item, list(kept.values()))
            kept[item["id"]] = item
            plan.pairs.append((None, item))
        elif each["id"] not in kept:
            raise invalid(
                f"No such subscription item: '{each['id']:.120}'",
                code="resource_missing",
                param=f"{where}[id]",
            )
        elif each.get("deleted"):
            item = kept.pop(each["id"])
            call.tx.delete("subscription_item", item["id"])
            plan.pairs.append((item, None))
        else:
            _change_item(call, kept[each["id"]], each, plan, where)
    found = list(kept.values())
    if given:
        if not found:
            raise invalid("A subscription must have at least one active plan.", param="items")
        items.check_together(call, subscription, found)
    subscription["items"] = items.list_of(subscription, found)


def _join_period(subscription: Thing, item: Thing, others: list[Thing]) -> None:
    """A new item runs with those of the same interval, or begins its own period."""
    recurring = item["price"]["recurring"]
    for each in others:
        same = each["price"]["recurring"]
        if (same["interval"], same["interval_count"]) == (
            recurring["interval"],
            recurring["interval_count"],
        ):
            item["current_period_start"] = each["current_period_start"]
            item["current_period_end"] = each["current_period_end"]
            return
    items.begin(subscription, item, item["created"])


def _change_item(call: Call, item: Thing, given: dict[str, Any], plan: _Change, where: str) -> None:
    old = deepcopy(item)
    if given.get("price") or given.get("plan") or "price_data" in given:
        items.set_price(item, items.price_of(call, given, where))
    if "quantity" in given:
        items.set_quantity(item, given["quantity"], where)
    if "metadata" in given:
        item["metadata"] = merged(item["metadata"], given["metadata"])
    if "tax_rates" in given:
        item["tax_rates"] = items.rates_of(call, given["tax_rates"], f"{where}[tax_rates]")
    before, after = old["price"]["recurring"], item["price"]["recurring"]
    if (before["interval"], before["interval_count"]) != (
        after["interval"],
        after["interval_count"],
    ):
        # "Changing to a different billing interval": the cycle begins anew.
        plan.anew = True
    if (old["price"]["id"], old["quantity"]) != (item["price"]["id"], item["quantity"]):
        plan.pairs.append((old, item))


def _change_cycle(call: Call, subscription: Thing, given: dict[str, Any], plan: _Change) -> None:
    """`trial_end` and `billing_cycle_anchor`: when the next period begins."""
    end = given.get("trial_end")
    in_trial = (subscription["trial_end"] or 0) > call.now
    if end not in (None, "now"):
        opening.check_trial_end(call, end, "trial_end")
        _extend_trial(call, subscription, end, plan, in_trial=in_trial)
    elif in_trial and end == "now":
        subscription["trial_end"] = call.now
        if not pausing.trial_ends_without_method(call, subscription):
            subscription["status"] = "active"
            _begin_anew(call, subscription, plan)
        # What was free is not given back.
        plan.pairs = []
    elif in_trial:
        # Nothing is paid for yet, so nothing begins anew.
        plan.anew = False
    elif plan.anew or (given.get("billing_cycle_anchor") or {}).get("type") == "now":
        _begin_anew(call, subscription, plan)


def _extend_trial(
    call: Call, subscription: Thing, end: int, plan: _Change, *, in_trial: bool
) -> None:
    """The time until then is free; what was paid for it is credited."""
    if not in_trial:
        plan.pairs = [(deepcopy(each), None) for each in subscription["items"]["data"]]
        subscription["trial_start"] = call.now
    else:
        plan.pairs = []
    plan.anew = False
    subscription.update(trial_end=end, billing_cycle_anchor=end, status="trialing", _warned=False)
    for each in subscription["items"]["data"]:
        items.begin(subscription, each, call.now)


def _begin_anew(call: Call, subscription: Thing, plan: _Change) -> None:
    """Credit for what is left of every item's period, whatever else has happened to it."""
    plan.anew = True
    changed = {old["id"]: old for old, _ in plan.pairs if old is not None}
    added = {new["id"] for old, new in plan.pairs if old is None and new is not None}
    now_there = subscription["items"]["data"]
    gone = [old for old, new in plan.pairs if new is None and old is not None]
    credited = [changed.get(each["id"], each) for each in now_there if each["id"] not in added]
    plan.pairs = [(deepcopy(each), None) for each in (*credited, *gone)]
    subscription.update(billing_cycle_anchor=call.now, billing_cycle_anchor_config=None)
    for each in now_there:
        items.begin(subscription, each, call.now)


def _invoice(call: Call, subscription: Thing, given: dict[str, Any], plan: _Change) -> Thing | None:
    """Prorations wait for the next invoice, unless this change makes one; not final yet."""
    if plan.proration != "none":
        for old, new in plan.pairs:
            prorating.change_item(call, subscription, old, new, plan.moment)
    extra = given.get("add_invoice_items") or []
    always = plan.proration == "always_invoice" and bool(plan.pairs)
    if not (plan.anew or always or extra):
        return None
    from stripe_emulator.billing.subscribing import discounts_for

    start = min(each["current_period_start"] for each in subscription["items"]["data"])
    invoice = drafting.of_subscription(
        call, subscription, "subscription_update", (min(start, call.now), call.now)
    )
    invoice["discounts"] = discounts_for(call, subscription)
    waiting = drafting.pending_items(
        call, invoice["customer"], invoice["currency"], subscription["id"]
    )
    drafting.take_items(call, invoice, waiting)
    if plan.anew:
        for each in subscription["items"]["data"]:
            invoice["_lines"].append(lines.of_item(call, subscription, each))
    for n, each in enumerate(extra):
        invoice["_lines"].append(one_time_line(call, subscription, each, f"add_invoice_items[{n}]"))
    if not invoice["_lines"]:
        return None
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def _collect(call: Call, invoice: Thing, behavior: str, given: dict[str, Any]) -> None:
    drafting.store_draft(call, invoice, finalize_in=None)
    invoice = invoicing.finalize(call, invoice)
    if invoice["status"] != "open":
        return
    if invoice["collection_method"] == "send_invoice":
        invoicing.send(call, invoice)
        return
    if behavior == "default_incomplete":
        return
    decline = collecting.collect(call, invoice, off_session=given.get("off_session", False))
    paid = call.require("invoice", invoice["id"])["status"] == "paid"
    if behavior == "error_if_incomplete" and not paid:
        raise _refusal(decline)


def _refusal(decline: Any) -> StripeFault:
    if decline is None:
        return card_error(
            "This payment requires additional user action before it can be completed.",
            "subscription_payment_intent_requires_action",
        )
    return card_error(decline.message, decline.code, decline_code=decline.decline_code)
