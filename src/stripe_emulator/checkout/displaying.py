"""A session as its page shows it: reads everything, changes nothing."""

from typing import Any

from stripe_emulator.call import Call
from stripe_emulator.checkout import entering, kinds, pricing, taxing
from stripe_emulator.checkout.showing import (
    Adjustable,
    CheckoutPage,
    PageDiscount,
    PageLine,
    PageOption,
    PageShipping,
    PageTax,
    SavedMethod,
)
from stripe_emulator.checkout.trying import known_email, needs_method
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing

_MOST_SAVED = 10
_DAY = 24 * 3600


def page_for(call: Call, session: Thing, business_name: str) -> CheckoutPage:
    """Everything the page of a session shows."""
    email = known_email(call, session)
    pays = needs_method(session)
    details = session["total_details"]
    recurring = next((x for x in session["_lines"] if x["price"]["recurring"]), None)
    branding = session.get("branding_settings") or {}
    return CheckoutPage(
        session=complete(session),
        lines=[_line(call, each) for each in session["_lines"]],
        amount_total=session["amount_total"] or 0,
        currency=session["currency"] or "usd",
        status=status_now(call, session),
        business_name=branding.get("display_name") or business_name,
        success_url=return_url(session),
        mode=session["mode"],
        amount_subtotal=session["amount_subtotal"] or 0,
        amount_discount=details["amount_discount"],
        amount_shipping=details["amount_shipping"],
        amount_tax=details["amount_tax"],
        options=tuple(_options(call, session)),
        shipping_options=tuple(_shipping(call, session)),
        discounts=tuple(_discounts(call, session)),
        taxes=tuple(_taxes(session)),
        takes_codes=bool(session["allow_promotion_codes"]),
        waits_for_address=_waits(session),
        kinds=tuple(kinds.kinds_of(session)) if pays else (),
        saved_methods=tuple(_saved(call, session)) if pays else (),
        needs_method=pays,
        asked=entering.asked_by(session, email),
        email=email,
        entered=_entered(session),
        trial_days=_trial_days(call, session),
        later_amount=pricing.later_amount(call, session) if recurring else None,
        later_every=recurring["price"]["recurring"] if recurring else None,
        shows=_shows(call, session),
        recovery_url=_recovery(call, session),
        confirmation=session.get("_confirmation"),
    )


def status_now(call: Call, session: Thing) -> str:
    # The schedule looks a few times a second: a buyer may come between the hour and its look.
    late = session["status"] == "open" and session["expires_at"] <= call.now
    return "expired" if late else str(session["status"])


def return_url(session: Thing) -> str | None:
    """Where the shop wants the buyer back, with the session's id filled in."""
    stays = session.get("redirect_on_completion") == "never"
    url: str | None = None if stays else session["success_url"] or session.get("return_url")
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"]) if url else None


def _line(call: Call, line: Thing) -> PageLine:
    product = call.tx.get("product", line["price"]["product"]) or {}
    bounds, custom = line["adjustable_quantity"], line["_unit"]["custom_unit_amount"]
    return PageLine(
        name=line["description"] or "",
        description=product.get("description"),
        quantity=line["quantity"] or 0,
        unit_amount=line["_amount"] if custom else line["_unit"]["unit_amount"],
        amount_total=line["amount_total"],
        image=_image(product),
        id=line["id"],
        price=line["price"]["id"],
        amount_subtotal=line["amount_subtotal"],
        amount_discount=line["amount_discount"],
        amount_tax=line["amount_tax"],
        adjustable=_adjustable(bounds),
        recurring=line["price"]["recurring"],
        is_optional=bool(line.get("_optional")),
        pays_what_they_want=custom is not None,
        least_amount=custom and custom["minimum"],
        most_amount=custom and custom["maximum"],
    )


def _image(product: Thing) -> str | None:
    images = product.get("images") or [None]
    found: str | None = images[0]
    return found


def _adjustable(bounds: Thing | None) -> Adjustable | None:
    return Adjustable(bounds["minimum"], bounds["maximum"]) if bounds else None


def _options(call: Call, session: Thing) -> list[PageOption]:
    taken = {each.get("_optional") for each in session["_lines"]}
    found = []
    for option in session.get("optional_items") or []:
        price = call.tx.get("price", option["price"])
        if price is None or price["id"] in taken:
            continue
        product = call.tx.get("product", price["product"]) or {}
        found.append(
            PageOption(
                price=price["id"],
                name=product.get("name", ""),
                description=product.get("description"),
                image=_image(product),
                quantity=option["quantity"],
                unit_amount=_unit_in(price, session["currency"]),
                recurring=price["recurring"],
                adjustable=_adjustable(option["adjustable_quantity"]),
            )
        )
    return found


def _unit_in(price: Thing, currency: str) -> int | None:
    option = (price.get("_currency_options") or {}).get(currency)
    found: Any = (option or price)["unit_amount"]
    return None if found is None else int(found)


def _shipping(call: Call, session: Thing) -> list[PageShipping]:
    chosen = pricing.chosen_shipping(session)
    found = []
    for option in session["shipping_options"]:
        rate = call.tx.get("shipping_rate", option["shipping_rate"]) or {}
        estimate = rate.get("delivery_estimate") or {}
        found.append(
            PageShipping(
                shipping_rate=option["shipping_rate"],
                name=rate.get("display_name") or "",
                amount=option["shipping_amount"],
                minimum=estimate.get("minimum"),
                maximum=estimate.get("maximum"),
                is_chosen=option == chosen,
            )
        )
    return found


def _discounts(call: Call, session: Thing) -> list[PageDiscount]:
    found = []
    for each in (session.get("_breakdown") or {}).get("discounts", []):
        discount = each["discount"]
        coupon = call.tx.get("coupon", discount["source"]["coupon"]) or {}
        code = call.tx.get("promotion_code", discount["promotion_code"] or "")
        found.append(
            PageDiscount(
                name=coupon.get("name") or (code or coupon).get("code") or coupon.get("id", ""),
                code=code["code"] if code else None,
                amount=each["amount"],
                percent_off=coupon.get("percent_off"),
                can_be_removed=bool(session["allow_promotion_codes"]),
            )
        )
    return found


def _taxes(session: Thing) -> list[PageTax]:
    return [
        PageTax(
            name=each["rate"]["display_name"],
            percentage=each["rate"]["percentage"],
            inclusive=each["rate"]["inclusive"],
            amount=each["amount"],
        )
        for each in (session.get("_breakdown") or {}).get("taxes", [])
    ]


def _waits(session: Thing) -> bool:
    enabled = session["automatic_tax"]["enabled"]
    return bool(enabled) and not taxing.is_enough(session.get("_tax_address"))


def _saved(call: Call, session: Thing) -> list[SavedMethod]:
    """As `saved_payment_method_options` says: those that may be shown again, newest first."""
    if not session["customer"]:
        return []
    options = session["saved_payment_method_options"] or {}
    shown = options.get("allow_redisplay_filters") or ["always"]
    allowed = kinds.kinds_of(session)
    found = call.tx.find("payment_method", customer=session["customer"], limit=_MOST_SAVED)
    return [
        SavedMethod(
            id=each["id"],
            kind=each["type"],
            brand=each.get("card", {}).get("brand"),
            last4=each.get(each["type"], {}).get("last4"),
            exp_month=each.get("card", {}).get("exp_month"),
            exp_year=each.get("card", {}).get("exp_year"),
        )
        for each in found
        if each["type"] in allowed and each["allow_redisplay"] in shown
    ]


def _entered(session: Thing) -> Thing:
    form = session.get("_entered") or {}
    shipping = form.get("shipping") or {}
    return {
        "email": form.get("email") or (session.get("_prefilled") or {}).get("email"),
        "name": form.get("name"),
        "phone": form.get("phone"),
        "billing": session.get("_billing") or form.get("billing"),
        "shipping": session.get("_shipping") or shipping.get("address"),
        "shipping_name": shipping.get("name"),
    }


def _trial_days(call: Call, session: Thing) -> int | None:
    data = session.get("_subscription_data") or {}
    if data.get("trial_end"):
        return max(1, round((int(data["trial_end"]) - call.now) / _DAY))
    days: int | None = data.get("trial_period_days")
    return days


def _shows(call: Call, session: Thing) -> Thing | None:
    intent = call.tx.get("payment_intent", session.get("_intent") or "")
    action: Thing | None = (intent or {}).get("next_action")
    return action if session["status"] == "complete" else None


def _recovery(call: Call, session: Thing) -> str | None:
    recovery = (session["after_expiration"] or {}).get("recovery") or {}
    alive = (recovery.get("expires_at") or 0) > call.now
    url: str | None = recovery.get("url") if alive else None
    return url
