"""Sessions of the customer portal ("The Portal Session object")."""

from typing import Any

from stripe_emulator import ids
from stripe_emulator.api import route
from stripe_emulator.billing.standing import ENDED
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.portal.configuration import DEFAULT_ID, default_configuration
from stripe_emulator.resources.portal_configuration import found
from stripe_emulator.store import Thing

_KIND = "billing_portal.session"
_FLOWS = {
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_update": "subscription_update",
}


@route("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    for name in ("after_expiration", "customer_account", "on_behalf_of"):
        if given.get(name):
            raise not_here_yet(f"portal sessions with {name}", name)
    customer = call.require("customer", given.get("customer") or "", "customer")
    wanted = given.get("configuration", DEFAULT_ID)
    configuration = found(call, wanted, "configuration")
    if wanted == DEFAULT_ID:
        call.tx.put(default_configuration(call.tx))
    if not configuration["active"]:
        raise invalid("The configuration is not active.", param="configuration")
    session_id = ids.new("bps")
    secret = session_id.removeprefix("bps_") + ids.random_text(32)
    session: Thing = {
        "id": session_id,
        "object": _KIND,
        "configuration": configuration["id"],
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "flow": _flow(call, customer, configuration, given.get("flow_data")),
        "livemode": False,
        "locale": given.get("locale"),
        "on_behalf_of": None,
        "return_url": given.get("return_url") or configuration["default_return_url"],
        "url": f"{call.base_url}/p/session/{secret}",
        "_secret": secret,
    }
    _check_address(session["return_url"], "return_url")
    call.tx.put(session)
    call.emit("billing_portal.session.created", session)
    return session


def _flow(
    call: Call, customer: Thing, configuration: Thing, given: dict[str, Any] | None
) -> Thing | None:
    if given is None:
        return None
    kind = given["type"]
    if kind not in _FLOWS:
        raise not_here_yet(f"portal flows of type {kind}", "flow_data[type]")
    if not configuration["features"][_FLOWS[kind]]["enabled"]:
        raise invalid(
            f"The flow {kind} needs the feature {_FLOWS[kind]}, which the configuration does not "
            "enable.",
            param="flow_data[type]",
        )
    details = dict(given.get(kind) or {})
    if details.get("retention"):
        raise not_here_yet(
            "offers to those who cancel", "flow_data[subscription_cancel][retention]"
        )
    if kind != "payment_method_update":
        _check_subscription(call, customer, details, f"flow_data[{kind}][subscription]")
    return {
        "after_completion": _after(given.get("after_completion") or {"type": "portal_homepage"}),
        **dict.fromkeys(_DETAILS),
        **({kind: {"retention": None, **details}} if kind == "subscription_cancel" else {}),
        **({kind: details} if kind == "subscription_update" else {}),
        "type": kind,
    }


_DETAILS = (
    *("customer_update", "subscription_cancel", "subscription_pause", "subscription_update"),
    "subscription_update_confirm",
)


def _after(given: dict[str, Any]) -> Thing:
    kind = given["type"]
    redirect = given.get("redirect")
    if kind == "redirect":
        if not redirect:
            raise invalid(
                "Missing required param: flow_data[after_completion][redirect].",
                code="parameter_missing",
                param="flow_data[after_completion][redirect]",
            )
        _check_address(redirect["return_url"], "flow_data[after_completion][redirect][return_url]")
    confirmation = given.get("hosted_confirmation")
    if kind == "hosted_confirmation":
        confirmation = {"custom_message": None, **(confirmation or {})}
    return {
        "hosted_confirmation": confirmation,
        "redirect": redirect,
        "type": kind,
    }


def _check_subscription(call: Call, customer: Thing, details: dict[str, Any], param: str) -> None:
    subscription = call.require("subscription", details.get("subscription") or "", param)
    if subscription["customer"] != customer["id"] or subscription["status"] in ENDED:
        raise invalid("The subscription is not one of this customer's that goes on.", param=param)


def _check_address(url: str | None, param: str) -> None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise invalid(
            "Not a valid URL: an explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param=param,
        )
