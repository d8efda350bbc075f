"""Our requests in Stripe's parameters, as the API version 2026-10-28.endive names them."""

from collections.abc import Mapping
from typing import Any

from paydesk.checkout_options import CheckoutOptions
from paydesk.payments.gateway.request import (
    ChargeRequest,
    IntentRequest,
    LineItem,
    RefundRequest,
    SessionRequest,
    Shipping,
)

Params = dict[str, Any]


def session_params(request: SessionRequest) -> Params:
    """The parameters of "Create a Checkout Session"."""
    params: Params = {
        "mode": "subscription" if request.is_recurring else "payment",
        "line_items": [_line(request, line) for line in request.lines],
        "client_reference_id": request.client_reference_id,
        "metadata": request.metadata,
        "expires_at": request.expires_at,
        **_addresses(request),
        **_buyer(request),
        **_shown(request.options),
    }
    if request.language:
        params.setdefault("locale", request.language)
    if request.is_recurring:
        params["subscription_data"] = _subscription(request)
    else:
        params |= _one_time(request)
    return params


def intent_params(request: IntentRequest) -> Params:
    """The parameters of "Create a PaymentIntent": which methods, the Dashboard decides."""
    params: Params = {
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "automatic_payment_methods": {"enabled": True},
        "description": request.description,
        "metadata": request.metadata,
    }
    if request.capture_later:
        params["capture_method"] = "manual"
    if request.customer:
        params["customer"] = request.customer
    if request.email:
        params["receipt_email"] = request.email
    return params


def charge_params(request: ChargeRequest) -> Params:
    """The parameters of "Create a charge" (Charges API, unsupported by Stripe but alive)."""
    params: Params = {
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "source": request.token,
        "description": request.description,
        "metadata": request.metadata,
    }
    if request.capture_later:
        params["capture"] = False
    if request.email:
        params["receipt_email"] = request.email
    return params


def refund_params(request: RefundRequest) -> Params:
    """The parameters of "Create a refund"."""
    of = "charge" if request.payment_id.startswith("ch_") else "payment_intent"
    params: Params = {
        "amount": request.amount.minor,
        "metadata": request.metadata,
        of: request.payment_id,
    }
    if request.reason is not None:
        params["reason"] = request.reason
    return params


def _line(request: SessionRequest, line: LineItem) -> Params:
    price: Params = {
        "currency": request.currency,
        "unit_amount": line.unit_minor,
        "product_data": {"name": line.name},
    }
    if line.recurring:
        price["recurring"] = {
            "interval": line.recurring.interval,
            "interval_count": line.recurring.count,
        }
    if request.options.automatic_tax:
        price["tax_behavior"] = request.options.tax_behavior
    params: Params = {"quantity": line.quantity, "price_data": price}
    if request.options.tax_rates:
        params["tax_rates"] = list(request.options.tax_rates)
    return params


def _addresses(request: SessionRequest) -> Params:
    if request.is_embedded:
        return {"ui_mode": "embedded_page", "return_url": request.success_url}
    return {"success_url": request.success_url, "cancel_url": request.cancel_url}


def _buyer(request: SessionRequest) -> Params:
    if request.customer:
        # What the buyer types is kept for the next time, as automatic tax asks for.
        updated = {"address": "auto", "name": "auto"}
        if _countries(request) and not request.is_recurring:
            updated["shipping"] = "auto"
        return {"customer": request.customer, "customer_update": updated}
    return {"customer_email": request.email} if request.email else {}


def _subscription(request: SessionRequest) -> Params:
    # Copied to the subscription and to each of its invoices, not to their payment intents.
    data: Params = {"metadata": request.metadata}
    if request.trial_days:
        data["trial_period_days"] = request.trial_days
    return data


def _one_time(request: SessionRequest) -> Params:
    options = request.options
    # A session's metadata is not copied to its payment intent ("Metadata use cases").
    data: Params = {"metadata": request.metadata}
    if options.capture_later:
        data["capture_method"] = "manual"
    params: Params = {"payment_intent_data": data}
    if options.customer_creation and not request.customer:
        params["customer_creation"] = options.customer_creation
    if countries := _countries(request):
        params["shipping_address_collection"] = {"allowed_countries": list(countries)}
    if request.ship_to:
        data["shipping"] = _address(request.ship_to)
    if request.shipping:
        params["shipping_options"] = [{"shipping_rate_data": _rate(request.shipping)}]
    elif options.shipping_rates:
        params["shipping_options"] = [{"shipping_rate": each} for each in options.shipping_rates]
    return params


def _countries(request: SessionRequest) -> tuple[str, ...]:
    """Where an address is asked for on Stripe's page."""
    if request.ship_to:
        return ()
    # What shipping costs was reckoned for one country.
    return (request.shipping.country,) if request.shipping else request.options.shipping_countries


def _rate(shipping: Shipping) -> Params:
    return {
        "display_name": shipping.name,
        "type": "fixed_amount",
        "fixed_amount": {
            "amount": shipping.amount.minor,
            "currency": shipping.amount.currency,
        },
    }


def _address(given: Mapping[str, str]) -> Params:
    parts = {
        "line1": given.get("line1"),
        "line2": given.get("line2"),
        "postal_code": given.get("postcode"),
        "city": given.get("city"),
        "state": given.get("state"),
        "country": given.get("country"),
    }
    address = {name: value for name, value in parts.items() if value}
    return {"name": given.get("name", ""), "address": address}


def _shown(options: CheckoutOptions) -> Params:
    """What the buyer is shown and asked on Stripe's page, whatever the mode."""
    chosen: Params = {
        "billing_address_collection": options.billing_address,
        "allow_promotion_codes": options.promotion_codes,
        "automatic_tax": {"enabled": True} if options.automatic_tax else None,
        "locale": options.locale,
        "custom_fields": [dict(each) for each in options.custom_fields],
        "allowed_payment_method_types": list(options.payment_methods),
        "after_expiration": {"recovery": {"enabled": True}} if options.recovery else None,
        "consent_collection": options.consent,
    }
    return {name: value for name, value in chosen.items() if value}
