"""Configurations of the customer portal on the API."""

from stripe_emulator import listing
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.portal.configuration import (
    DEFAULT_ID,
    KIND,
    default_configuration,
    fill,
    new_configuration,
)
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing

_PATH = "/v1/billing_portal/configurations"


@route("POST", _PATH, "billing_portal.ConfigurationCreateParams")
def create(call: Call) -> Thing:
    configuration = new_configuration(call, call.params)
    call.tx.put(configuration)
    call.emit("billing_portal.configuration.created", configuration)
    return configuration


@route("GET", f"{_PATH}/{{id}}", "billing_portal.ConfigurationRetrieveParams")
def retrieve(call: Call) -> Thing:
    return found(call, call.path["id"])


@route("POST", f"{_PATH}/{{id}}", "billing_portal.ConfigurationUpdateParams")
def change(call: Call) -> Thing:
    configuration = found(call, call.path["id"])
    if configuration["is_default"] and call.params.get("active") is False:
        raise invalid("The default configuration cannot be deactivated.", param="active")
    fill(call, configuration, call.params)
    call.tx.put(configuration)
    call.emit("billing_portal.configuration.updated", configuration)
    return configuration


@route("GET", _PATH, "billing_portal.ConfigurationListParams")
def list_all(call: Call) -> Thing:
    given = call.params
    only(call, ("active", "is_default"), "lists of portal configurations")
    filters = {name: int(given[name]) for name in ("active", "is_default") if name in given}
    if call.tx.get(KIND, DEFAULT_ID) is not None or set(given) & {"starting_after"}:
        return listing.page(call, KIND, _PATH, **filters)
    page = listing.page(call, KIND, _PATH, **filters)
    # The oldest of all, and stored only when somebody changes it.
    if not page["has_more"] and all(filters.values()):
        page["data"].append(default_configuration(call.tx))
    return page


def found(call: Call, name: str, param: str | None = None) -> Thing:
    """A configuration; the default one is there even if nobody has touched it."""
    if name == DEFAULT_ID:
        return default_configuration(call.tx)
    return call.require(KIND, name, param)
