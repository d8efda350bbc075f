"""Portal configurations ("The Portal Configuration object"): one is there from the beginning."""

from copy import deepcopy
from typing import Any

from stripe_emulator import ids
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid, not_here_yet
from stripe_emulator.metadata import merged
from stripe_emulator.store import Thing, Tx

KIND = "billing_portal.configuration"
DEFAULT_ID = "bpc_1EmulatorDefault000000001"
# What a customer may change about themselves.
UPDATES = ("email", "name", "phone", "address")
REASONS = (
    *("too_expensive", "missing_features", "switched_service", "unused", "customer_service"),
    *("too_complex", "low_quality", "other"),
)
_FEATURES: Thing = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [], "type": "indefinite"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
_PROFILE = ("headline", "privacy_policy_url", "terms_of_service_url")


def new_configuration(call: Call, given: dict[str, Any]) -> Thing:
    """A configuration by its parameters; not stored. Raises a StripeFault."""
    configuration: Thing = {
        "id": ids.new("bpc"),
        "object": KIND,
        "active": True,
        "business_profile": dict.fromkeys(_PROFILE),
        "created": call.now,
        "default_return_url": None,
        "features": deepcopy(_FEATURES),
        "is_default": False,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": call.now,
    }
    fill(call, configuration, given)
    return configuration


def fill(call: Call, configuration: Thing, given: dict[str, Any]) -> None:
    """Puts parameters into a configuration. Raises a StripeFault."""
    for name in ("active", "default_return_url", "name"):
        if name in given:
            configuration[name] = None if given[name] == "" else given[name]
    for name, value in given.get("business_profile", {}).items():
        configuration["business_profile"][name] = value or None
    if "metadata" in given:
        configuration["metadata"] = merged(configuration["metadata"], given["metadata"])
    if given.get("login_page", {}).get("enabled"):
        raise invalid(
            "This emulator has no login page; Stripe itself does. Make a session instead.",
            param="login_page[enabled]",
        )
    for name, feature in given.get("features", {}).items():
        _put(configuration["features"][name], feature)
    _check(call, configuration)
    configuration["updated"] = call.now


def _put(feature: Thing, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if isinstance(value, dict) and isinstance(feature.get(name), dict):
            _put(feature[name], value)
        else:
            lists = isinstance(feature.get(name), list)
            feature[name] = ([] if lists else None) if value == "" else value


def _refuse(configuration: Thing) -> None:
    """What Stripe's portal shows and this one does not is said, never passed over."""
    features = configuration["features"]
    if features["subscription_pause"]["enabled"]:
        raise not_here_yet("pauses in the portal", "features[subscription_pause][enabled]")
    for name in sorted(set(features["customer_update"]["allowed_updates"]) - set(UPDATES)):
        where = "features[customer_update][allowed_updates]"
        raise not_here_yet(f"changing {name} in the portal", where)
    if "promotion_code" in features["subscription_update"]["default_allowed_updates"]:
        where = "features[subscription_update][default_allowed_updates]"
        raise not_here_yet("promotion codes in the portal", where)


def _check(call: Call, configuration: Thing) -> None:
    _refuse(configuration)
    changes = configuration["features"]["subscription_update"]
    if changes["enabled"] and not changes["products"]:
        raise invalid(
            "You must pass the products whose prices can be chosen.",
            code="parameter_missing",
            param="features[subscription_update][products]",
        )
    for n, each in enumerate(changes["products"]):
        where = f"features[subscription_update][products][{n}]"
        call.require("product", each["product"], f"{where}[product]")
        for price in each["prices"]:
            call.require("price", price, f"{where}[prices]")
        each["adjustable_quantity"] = {
            "enabled": False, "maximum": None, "minimum": 1, **each.get("adjustable_quantity", {})
        }  # fmt: skip


def default_configuration(tx: Tx) -> Thing:
    """The one that is there from the beginning, as it is now."""
    return tx.get(KIND, DEFAULT_ID) or deepcopy(_DEFAULT)


_DEFAULT: Thing = {
    "id": DEFAULT_ID,
    "object": KIND,
    "active": True,
    "business_profile": dict.fromkeys(_PROFILE),
    "created": 1_790_000_000,
    "default_return_url": None,
    "features": {
        **_FEATURES,
        "customer_update": {"allowed_updates": ["email", "address"], "enabled": False},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {
                "enabled": True,
                "feedback_options": None,
                "options": list(REASONS),
            },
            "enabled": True,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
    },
    "is_default": True,
    "livemode": False,
    "login_page": {"enabled": False, "url": None},
    "metadata": {},
    "name": None,
    "updated": 1_790_000_000,
}
