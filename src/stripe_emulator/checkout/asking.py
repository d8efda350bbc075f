"""Which parameters of a session go together ("Create a Checkout Session"): refusals, nothing else.

Modes: payment, subscription, setup. Pages: hosted_page, embedded_page, elements, form.
"""

from typing import Any

from stripe_emulator import address
from stripe_emulator.call import Call
from stripe_emulator.errors import StripeFault, invalid, not_here_yet
from stripe_emulator.store import Thing

Given = dict[str, Any]

_LEAST_SECONDS, _MOST_SECONDS = 30 * 60, 24 * 3600
# A client's clock and the way here: Stripe is not that strict either.
_GRACE_SECONDS = 10
_LONGEST_REFERENCE = 200
# "trial_end … at least 48 hours in the future"; two years are the most.
_LEAST_TRIAL_SECONDS, _MOST_TRIAL_DAYS = 48 * 3600, 730
_NOT_IN_MODE = {
    "payment": ("subscription_data", "setup_intent_data", "payment_method_collection"),
    "subscription": (
        *("payment_intent_data", "setup_intent_data", "customer_creation", "invoice_creation"),
        "shipping_options",
    ),
    "setup": (
        *("line_items", "optional_items", "discounts", "allow_promotion_codes", "submit_type"),
        *("payment_intent_data", "subscription_data", "payment_method_collection"),
        *("invoice_creation", "shipping_options", "shipping_address_collection"),
        *("saved_payment_method_options", "after_expiration"),
    ),
}
_NOT_ON_PAGE = {
    "hosted_page": ("return_url", "redirect_on_completion", "permissions"),
    "embedded_page": ("success_url", "cancel_url"),
    "elements": (
        *("success_url", "cancel_url", "after_expiration", "branding_settings", "custom_fields"),
        *("custom_text", "origin_context", "submit_type", "optional_items"),
        "redirect_on_completion",
    ),
    "form": ("success_url", "cancel_url", "optional_items"),
}
_EXCLUSIVE = (
    ("customer", "customer_email"),
    ("customer", "customer_creation"),
    ("discounts", "allow_promotion_codes"),
    ("allowed_payment_method_types", "excluded_payment_method_types"),
)
_ONLY_WITH = (("customer_update", "customer"),)
# Stripe Connect, managed payments and presentment in other currencies are beyond this emulator.
_CONNECT = ("application_fee_amount", "application_fee_percent", "on_behalf_of", "transfer_data")


def check(call: Call, given: Given, *, from_link: bool = False) -> None:
    """Raises a StripeFault unless the parameters of a new session go together.

    `from_link`: a payment link may let its buyers stay on Stripe's page.
    """
    mode, page = given.get("mode", "payment"), given.get("ui_mode", "hosted_page")
    _check_scope(given)
    _check_places(given, mode, page)
    _check_pairs(given)
    if mode != "setup" and not given.get("line_items"):
        raise _missing("line_items")
    if not from_link:
        _check_way_back(given, page)
    _check_addresses(given)
    _check_buyer(call, given)
    _check_customer(call, given)
    _check_expiry(call, given)
    if mode == "subscription":
        _check_trial(call, given.get("subscription_data", {}))
    is_bare = not given.get("currency") and not given.get("allowed_payment_method_types")
    if mode == "setup" and is_bare:
        raise _missing("currency")


def _check_scope(given: Given) -> None:
    """What Stripe does and we do not is said, never passed over."""
    for switch in ("adaptive_pricing", "managed_payments"):
        if given.get(switch, {}).get("enabled"):
            raise not_here_yet(switch, switch)
    if "customer_account" in given:
        raise not_here_yet("customer accounts", "customer_account")
    for holder in ("payment_intent_data", "subscription_data", "setup_intent_data"):
        for name in _CONNECT:
            if name in given.get(holder, {}):
                raise not_here_yet("Stripe Connect", f"{holder}[{name}]")
    if given.get("automatic_tax", {}).get("liability", {}).get("type") == "account":
        raise not_here_yet("Stripe Connect", "automatic_tax[liability]")


def _check_places(given: Given, mode: str, page: str) -> None:
    for name in _NOT_IN_MODE[mode]:
        if name in given:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode == "setup" and given.get("automatic_tax", {}).get("enabled"):
        raise invalid("You can not enable `automatic_tax` in `setup` mode.", param="automatic_tax")
    for name in _NOT_ON_PAGE[page]:
        if name in given:
            raise invalid(f"You can not pass `{name}` with `ui_mode: {page}`.", param=name)


def _check_pairs(given: Given) -> None:
    for one, other in _EXCLUSIVE:
        if given.get(one) and given.get(other):
            raise StripeFault(
                f"You may only specify one of these parameters: {one}, {other}.",
                code="parameters_exclusive",
                param=one,
            )
    for name, needed in _ONLY_WITH:
        if name in given and not given.get(needed):
            raise invalid(f"`{name}` can only be used with `{needed}`.", param=name)
    _check_taxes(given)


def _check_taxes(given: Given) -> None:
    if not given.get("automatic_tax", {}).get("enabled"):
        return
    for n, each in enumerate(given.get("line_items") or []):
        if each.get("tax_rates"):
            raise invalid(
                "automatic_tax cannot be enabled together with tax_rates.",
                param=f"line_items[{n}][tax_rates]",
            )


def _check_way_back(given: Given, page: str) -> None:
    """Where the buyer goes afterwards; `embedded_page` may let them stay."""
    if page == "hosted_page":
        if not given.get("success_url"):
            raise _missing("success_url")
        return
    stays = given.get("redirect_on_completion") == "never"
    if stays and given.get("return_url"):
        raise invalid(
            "`return_url` cannot be set when `redirect_on_completion` is `never`.",
            param="return_url",
        )
    if not stays and not given.get("return_url"):
        raise _missing("return_url")


def _check_addresses(given: Given) -> None:
    for name in ("success_url", "cancel_url", "return_url"):
        url = given.get(name)
        if url is not None and not url.startswith(("http://", "https://")):
            raise invalid(
                "Not a valid URL: an explicit scheme (such as https) must be provided.",
                code="url_invalid",
                param=name,
            )
    if len(given.get("client_reference_id", "")) > _LONGEST_REFERENCE:
        raise invalid(
            f"client_reference_id has at most {_LONGEST_REFERENCE} characters.",
            param="client_reference_id",
        )
    if given.get("shipping_address_collection", {"allowed_countries": [1]}) == {
        "allowed_countries": []
    }:
        raise _missing("shipping_address_collection[allowed_countries]")


def _check_buyer(call: Call, given: Given) -> None:
    if "customer" in given:
        call.require("customer", given["customer"], "customer")
    address.check_email(given.get("customer_email"), "customer_email")
    changes = given.get("customer_update", {})
    if changes.get("shipping") == "auto" and "shipping_address_collection" not in given:
        raise invalid(
            "`customer_update[shipping]` needs `shipping_address_collection`.",
            param="customer_update[shipping]",
        )


def _check_customer(call: Call, given: Given) -> None:
    """What is collected from a known customer must have a place to go."""
    if "customer" not in given:
        return
    changes = given.get("customer_update", {})
    if given.get("tax_id_collection", {}).get("enabled") and changes.get("name") != "auto":
        raise invalid(
            "Tax ID collection requires updating business name on the customer. To enable tax ID "
            "collection for an existing customer, please set `customer_update[name]` to `auto`.",
            param="customer_update[name]",
        )
    if not given.get("automatic_tax", {}).get("enabled"):
        return
    customer = call.require("customer", given["customer"], "customer")
    known = customer.get("address") or (customer.get("shipping") or {}).get("address")
    if not known and "auto" not in (changes.get("address"), changes.get("shipping")):
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add "
            "a valid address to the Customer or set either `customer_update[address]` to `auto` "
            "or `customer_update[shipping]` to `auto`.",
            code="customer_tax_location_invalid",
            param="customer",
        )


def _check_expiry(call: Call, given: Given) -> None:
    if "expires_at" not in given:
        return
    ahead = given["expires_at"] - call.now
    if not _LEAST_SECONDS - _GRACE_SECONDS <= ahead <= _MOST_SECONDS + _GRACE_SECONDS:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )


def _check_trial(call: Call, data: Given) -> None:
    days, end = data.get("trial_period_days"), data.get("trial_end")
    where = "subscription_data"
    if days is not None and end is not None:
        raise invalid(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
            code="parameters_exclusive",
            param=f"{where}[trial_end]",
        )
    if days is not None and not 1 <= days <= _MOST_TRIAL_DAYS:
        raise invalid(
            f"A trial lasts 1 to {_MOST_TRIAL_DAYS} days.", param=f"{where}[trial_period_days]"
        )
    if end is not None and not (
        _LEAST_TRIAL_SECONDS <= end - call.now <= _MOST_TRIAL_DAYS * 24 * 3600
    ):
        raise invalid(
            "The `trial_end` date has to be at least 2 days in the future, and at most two years.",
            param=f"{where}[trial_end]",
        )
    _check_anchor(data, where, has_trial=days is not None or end is not None)


def _check_anchor(data: Given, where: str, *, has_trial: bool) -> None:
    if "trial_settings" in data and not has_trial:
        raise invalid("`trial_settings` needs a trial.", param=f"{where}[trial_settings]")
    if "billing_cycle_anchor_config" in data:
        param = f"{where}[billing_cycle_anchor_config]"
        raise not_here_yet("sessions that describe the billing cycle", param)
    if "billing_cycle_anchor" in data and has_trial:
        raise invalid(
            "You may not combine a trial with `billing_cycle_anchor`.",
            code="parameters_exclusive",
            param=f"{where}[billing_cycle_anchor]",
        )


def _missing(param: str) -> StripeFault:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def usual_expiry(now: int) -> int:
    """A day after its creation, unless the shop says otherwise; seconds UTC."""
    return now + _MOST_SECONDS


def tax_address(customer: Thing | None) -> Thing | None:
    """Where a known customer is taxed: where things are sent, else where they live."""
    if customer is None:
        return None
    shipping = (customer.get("shipping") or {}).get("address")
    found: Thing | None = shipping or customer.get("address")
    return found
