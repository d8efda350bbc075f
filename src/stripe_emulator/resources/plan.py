"""Plans ("The Plan object"): what recurring prices were called, and still are beside them."""

from typing import Any

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.billing.plans import plan_of
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, missing, not_here_yet
from stripe_emulator.resources.editing import only, update
from stripe_emulator.resources.price import new_price
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("plan", "tiers")

_RECURRING = ("interval", "interval_count", "usage_type", "meter", "trial_period_days")
_SAME = (
    *("id", "active", "billing_scheme", "currency", "metadata", "nickname", "tiers"),
    "tiers_mode",
)
_NEW_NAMES = {
    "amount": "unit_amount",
    "amount_decimal": "unit_amount_decimal",
    "transform_usage": "transform_quantity",
}


@route("POST", "/v1/plans", "PlanCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    if "id" in given and call.tx.get("price", given["id"]) is not None:
        raise invalid("Plan already exists.", code="resource_already_exists", param="id")
    if "product" not in given:
        raise invalid("Missing required param: product.", code="parameter_missing", param="product")
    plan = plan_of(new_price(call, _as_price(given)))
    call.emit("plan.created", plan)
    return plan


@route("GET", "/v1/plans/{id}", "PlanRetrieveParams")
def retrieve(call: Call) -> Thing:
    return plan_of(_price(call))


@route("POST", "/v1/plans/{id}", "PlanUpdateParams")
def change(call: Call) -> Thing:
    price = _price(call)
    for name in ("product", "trial_period_days"):
        if name in call.params:
            raise not_here_yet(f"changing {name} of a plan", name)
    before = plan_of(price)
    after = plan_of(update(call, price, ("active", "metadata", "nickname"), "price.updated"))
    previous = {name: before[name] for name in before if before[name] != after[name]}
    if previous:
        call.emit("plan.updated", after, previous)
    return after


@route("DELETE", "/v1/plans/{id}", None)
def delete(call: Call) -> Thing:
    """Subscriptions to it go on; nobody new can have it."""
    price = _price(call)
    call.tx.put({"id": price["id"], "object": "price", "deleted": True})
    call.emit("plan.deleted", plan_of(price))
    call.emit("price.deleted", price)
    return {"id": price["id"], "object": "plan", "deleted": True}


@route("GET", "/v1/plans", "PlanListParams")
def list_all(call: Call) -> Thing:
    only(call, ("active", "product"), "lists of plans")
    active = call.params.get("active")
    page = listing.page(
        call,
        "price",
        "/v1/plans",
        type="recurring",
        product=call.params.get("product"),
        active=int(active) if active is not None else None,
    )
    page["data"] = [plan_of(each) for each in page["data"]]
    return page


def _price(call: Call) -> Thing:
    price = call.tx.get("price", call.path["id"])
    if price is None or price.get("deleted") or price["type"] != "recurring":
        raise missing("plan", call.path["id"])
    return price


def _as_price(given: dict[str, Any]) -> dict[str, Any]:
    product = given["product"]
    return {
        **{name: given[name] for name in _SAME if name in given},
        **{now: given[name] for name, now in _NEW_NAMES.items() if name in given},
        "recurring": {name: given[name] for name in _RECURRING if name in given},
        "product_data" if isinstance(product, dict) else "product": product,
    }
