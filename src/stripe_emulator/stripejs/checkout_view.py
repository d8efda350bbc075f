"""A Checkout Session as Stripe.js shows it to the shop's page: camelCase, every sum formatted."""

from typing import Any

from stripe_emulator.checkout.showing import (
    Adjustable,
    CheckoutPage,
    PageDiscount,
    PageLine,
    PageOption,
    PageShipping,
    PageTax,
)
from stripe_emulator.money import decimals
from stripe_emulator.pages.rendering import money

Json = dict[str, Any]


_DAY_SECONDS = 24 * 3600


def session_of(page: CheckoutPage, now: int) -> Json:
    """The `StripeCheckoutSession` of Stripe.js' types, but for what the page itself knows.

    `now`, seconds UTC: when a trial would begin.
    """
    session, currency = page.session, page.currency
    return {
        "id": session["id"],
        "livemode": False,
        "businessName": page.business_name,
        "currency": currency,
        "minorUnitsAmountDivisor": 10 ** decimals(currency),
        "status": _status(session),
        "email": page.email or session.get("customer_email"),
        "lineItems": [_line(line, currency) for line in page.lines],
        "optionalItems": [_option(each, currency) for each in page.options] or None,
        "discountAmounts": [_discount(each, currency) for each in page.discounts] or None,
        "taxAmounts": [_tax(each, currency) for each in page.taxes] or None,
        "shipping": _chosen(page.shipping_options, currency),
        "shippingOptions": [_shipping(each, currency) for each in page.shipping_options],
        "total": _total(page),
        "tax": {"status": "requires_shipping_address" if page.waits_for_address else "ready"},
        "recurring": _recurring(page, now),
        "savedPaymentMethods": None,
        "lastPaymentError": None,
        "currencyOptions": None,
        "nameCollection": None,
        "surcharge": None,
        "taxIdInfo": None,
    }


def amount(minor: int | None, currency: str) -> Json | None:
    if minor is None:
        return None
    return {"minorUnitsAmount": minor, "amount": money(minor, currency)}


def _status(session: Json) -> Json:
    status = {"type": session["status"]}
    if session["status"] == "complete":
        status["paymentStatus"] = session["payment_status"]
    return status


def _total(page: CheckoutPage) -> Json:
    inclusive = sum(each.amount for each in page.taxes if each.inclusive)
    exclusive = page.amount_tax - inclusive
    sums = {
        "subtotal": page.amount_subtotal or page.session.get("amount_subtotal") or 0,
        "total": page.amount_total,
        "discount": page.amount_discount,
        "shippingRate": page.amount_shipping,
        "taxInclusive": inclusive,
        "taxExclusive": exclusive,
        "appliedBalance": 0,
        "surcharge": 0,
    }
    shown: Json = {name: amount(minor, page.currency) for name, minor in sums.items()}
    return {**shown, "balanceAppliedToNextInvoice": False}


def _line(line: PageLine, currency: str) -> Json:
    # A tax inside the price changes no total.
    exclusive = line.amount_total - (line.amount_subtotal - line.amount_discount)
    return {
        "id": line.id,
        "name": line.name,
        "description": line.description,
        "quantity": line.quantity,
        "images": [line.image] if line.image else [],
        "priceId": line.price,
        "unitAmount": amount(line.unit_amount or 0, currency),
        "unitAmountDecimal": amount(line.unit_amount, currency),
        "unitLabel": None,
        "subtotal": amount(line.amount_subtotal, currency),
        "total": amount(line.amount_total, currency),
        "discount": amount(line.amount_discount, currency),
        "taxExclusive": amount(exclusive, currency),
        "taxInclusive": amount(line.amount_tax - exclusive, currency),
        "discountAmounts": None,
        "taxAmounts": None,
        "recurring": _interval(line.recurring),
        "adjustableQuantity": _adjustable(line.adjustable),
        "isRemovable": line.is_optional
        or (line.adjustable is not None and not line.adjustable.minimum),
        "pricing": None,
        "transformQuantity": None,
    }


def _option(option: PageOption, currency: str) -> Json:
    return {
        "priceId": option.price,
        "name": option.name,
        "description": option.description,
        "unitAmount": amount(option.unit_amount or 0, currency),
        "unitAmountDecimal": amount(option.unit_amount, currency),
        "unitLabel": None,
        "quantity": option.quantity,
        "adjustableQuantity": _adjustable(option.adjustable),
        "recurring": _interval(option.recurring),
        "images": [option.image] if option.image else [],
        "isSelected": False,
    }


def _adjustable(bounds: Adjustable | None) -> Json | None:
    return None if bounds is None else {"minimum": bounds.minimum, "maximum": bounds.maximum}


def _interval(recurring: Json | None) -> Json | None:
    if recurring is None:
        return None
    return {
        "interval": recurring["interval"],
        "intervalCount": recurring.get("interval_count", 1),
        "usageType": recurring.get("usage_type", "licensed"),
    }


def _discount(discount: PageDiscount, currency: str) -> Json:
    return {
        **(amount(discount.amount, currency) or {}),
        "displayName": discount.name,
        "promotionCode": discount.code,
        "percentOff": discount.percent_off,
        "recurring": None,
    }


def _tax(tax: PageTax, currency: str) -> Json:
    return {
        **(amount(tax.amount, currency) or {}),
        "inclusive": tax.inclusive,
        "displayName": tax.name,
        "percentage": tax.percentage,
    }


def _shipping(option: PageShipping, currency: str) -> Json:
    estimate = {"minimum": option.minimum, "maximum": option.maximum}
    return {
        **(amount(option.amount, currency) or {}),
        "id": option.shipping_rate,
        "currency": currency,
        "displayName": option.name,
        "deliveryEstimate": estimate if any(estimate.values()) else None,
    }


def _chosen(options: tuple[PageShipping, ...], currency: str) -> Json | None:
    chosen = next((each for each in options if each.is_chosen), None)
    if chosen is None:
        return None
    return {"shippingOption": _shipping(chosen, currency), "taxAmounts": None}


def _recurring(page: CheckoutPage, now: int) -> Json | None:
    if page.later_amount is None or page.later_every is None:
        return None
    due, nothing = amount(page.later_amount, page.currency), amount(0, page.currency)
    trial = None
    if page.trial_days is not None:
        ends = now + page.trial_days * _DAY_SECONDS
        trial = {"trialPeriodDays": page.trial_days, "trialEnd": ends}
    return {
        "interval": page.later_every["interval"],
        "intervalCount": page.later_every.get("interval_count", 1),
        "isProrated": False,
        "trial": trial,
        "dueNext": {
            "subtotal": due,
            "total": due,
            "discount": nothing,
            "taxInclusive": nothing,
            "taxExclusive": nothing,
            "billingCycleAnchor": None,
        },
    }
