"""Products ("The Product object")."""

from typing import Any

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid
from stripe_emulator.metadata import merged
from stripe_emulator.resources import price as prices
from stripe_emulator.resources.editing import only, update
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing(
    "product",
    "default_price statement_descriptor tax_code unit_label",
)

_MAX_IMAGES, _MAX_FEATURES = 8, 15
_FIELDS = (
    *("active", "description", "images", "marketing_features", "metadata", "name"),
    *("package_dimensions", "shippable", "statement_descriptor", "tax_code", "tax_details"),
    *("unit_label", "url"),
)


@route("POST", "/v1/products", "ProductCreateParams")
def create(call: Call) -> Thing:
    given = dict(call.params)
    price_data = given.pop("default_price_data", None)
    product = new_product(call, given)
    if price_data is not None:
        price = prices.new_price(call, {**price_data, "product": product["id"]})
        product["default_price"] = price["id"]
        call.tx.put(product)
    return product


def new_product(call: Call, given: dict[str, Any]) -> Thing:
    """A stored product, with its event."""
    product_id = given.get("id") or ids.new("prod")
    if call.tx.get("product", product_id) is not None:
        raise StripeFault(
            f"Product already exists: {product_id[:100]}",
            code="resource_already_exists",
            param="id",
        )
    _check(given)
    product: Thing = {
        "active": True,
        **given,
        "id": product_id,
        "object": "product",
        "created": call.now,
        "images": given.get("images", []),
        "livemode": False,
        "marketing_features": given.get("marketing_features", []),
        "metadata": merged(None, given.get("metadata")),
        "type": given.get("type", "service"),
        "updated": call.now,
    }
    product.pop("default_price_data", None)
    call.tx.put(product)
    call.emit("product.created", product)
    return product


@route("GET", "/v1/products/{id}", "ProductRetrieveParams")
def retrieve(call: Call) -> Thing:
    found = call.tx.get("product", call.path["id"])
    return found if found is not None else call.require("product", call.path["id"])


@route("POST", "/v1/products/{id}", "ProductUpdateParams")
def change(call: Call) -> Thing:
    product = call.require("product", call.path["id"])
    _check(call.params)
    if call.params.get("default_price"):
        price = call.require("price", call.params["default_price"], "default_price")
        if price["product"] != product["id"]:
            raise invalid("The price belongs to another product.", param="default_price")
    for name in ("images", "marketing_features"):
        if call.params.get(name) == "":
            call.params[name] = []
    return update(call, product, (*_FIELDS, "default_price"), "product.updated")


@route("DELETE", "/v1/products/{id}", None)
def delete(call: Call) -> Thing:
    product = call.require("product", call.path["id"])
    if call.tx.find("price", product=product["id"], limit=1):
        raise invalid(
            "This product cannot be deleted because it has one or more user-created prices."
        )
    stub = {"id": product["id"], "object": "product", "deleted": True}
    call.tx.put(stub)
    call.emit("product.deleted", product)
    return stub


@route("GET", "/v1/products", "ProductListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("active", "ids", "shippable", "type", "url"), "lists of products")
    switches = {name: given.get(name) for name in ("active", "shippable")}
    wanted: Thing = {
        **{name: int(value) for name, value in switches.items() if value is not None},
        **{name: given[name] for name in ("type", "url") if name in given},
    }
    if "ids" not in given:
        return listing.page(call, "product", "/v1/products", **wanted)
    if any(name in given for name in ("starting_after", "ending_before")):
        raise invalid("ids cannot be combined with a cursor.", param="ids")
    known = [call.tx.get("product", each) for each in given["ids"]]
    found = [
        each
        for each in known
        if each is not None
        and not each.get("deleted")
        and all(each.get(name) == value for name, value in wanted.items())
    ]
    return listing.of_items(call, "/v1/products", found)


def _check(given: dict[str, Any]) -> None:
    if given.get("name") == "":
        raise invalid("name cannot be empty.", code="parameter_invalid_empty", param="name")
    if len(given.get("images") or []) > _MAX_IMAGES:
        raise invalid(f"A product has at most {_MAX_IMAGES} images.", param="images")
    if len(given.get("marketing_features") or []) > _MAX_FEATURES:
        raise invalid(
            f"A product has at most {_MAX_FEATURES} features.", param="marketing_features"
        )
