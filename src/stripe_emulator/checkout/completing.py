"""What completing a session means: the objects it makes, and the events in their order.

    open ──> complete ──(bank debit, voucher, capture)──> payment_status paid
         └─> expired

Whatever door a payment came through, the watcher below learns of it.
"""

from contextlib import suppress

from stripe_emulator import attempting
from stripe_emulator.call import Call
from stripe_emulator.checkout import discounts, joining, kinds
from stripe_emulator.errors import StripeFault
from stripe_emulator.methods import kind_of
from stripe_emulator.methods.making import attach_to
from stripe_emulator.resources.customer import new_customer
from stripe_emulator.resources.tax_id import new_tax_id
from stripe_emulator.store import Thing, Tx
from stripe_emulator.watching import watches

_ENTERED: Thing = {
    **dict.fromkeys(("email", "name", "phone", "shipping", "business_name", "individual_name")),
    "billing": None,
    "tax_ids": [],
    "custom_fields": {},
    "accepts_terms": False,
    "wants_promotions": None,
    "saves_method": False,
}


def session_of(tx: Tx, intent_id: str) -> Thing | None:
    """The session that a payment or setup intent belongs to, if it is one's."""
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    intent = tx.get(kind, intent_id) or {}
    return tx.get("checkout.session", intent.get("_session") or "")


def customer_for(call: Call, session: Thing) -> Thing | None:
    """The customer who pays, made now if the session is to make one; None for a guest.

    Made before the payment, which belongs to them; the session names them once it is complete.
    """
    for name in (session["customer"], session.get("_customer")):
        known = call.tx.get("customer", name or "")
        if known is not None and not known.get("deleted"):
            return known
    # An invoice and a subscription are always somebody's.
    owned = session["mode"] == "subscription" or (session["invoice_creation"] or {}).get("enabled")
    if session["customer_creation"] != "always" and not owned:
        return None
    form = session.get("_entered") or _ENTERED
    shipping = form["shipping"] and {**form["shipping"], "phone": form["phone"]}
    customer = new_customer(
        call,
        email=form["email"],
        name=form["name"],
        phone=form["phone"],
        address=_said(form["billing"]),
        shipping=shipping,
        business_name=form["business_name"],
        individual_name=form["individual_name"],
        preferred_locales=_locales(session),
    )
    session["_customer"] = customer["id"]
    _keep_tax_ids(call, customer, form)
    return customer


def complete_session(
    call: Call, session: Thing, payment: Thing | None, method: Thing | None
) -> None:
    """The buyer has done all they can: paid, authorised, sent a debit on its way, or owes nothing.

    `payment` is the payment or setup intent; None if nothing was due.
    """
    customer = customer_for(call, session)
    form = session.get("_entered") or _ENTERED
    session.update(
        status="complete",
        payment_status=_payment_status(session, payment),
        customer=customer["id"] if customer else session["customer"],
        url=None,
        **_collected(session, form, customer),
    )
    _fill_fields(session, form)
    _update_customer(call, session, customer, form)
    _keep_method(call, session, customer, method, form)
    discounts.redeem(call, session)
    # What the buyer has taken nothing of is no part of the order.
    session["_lines"] = [each for each in session["_lines"] if each["quantity"] != 0]
    joining.make_followers(call, session, customer, method, payment)
    call.tx.put(session)
    _count_for_link(call, session)
    event = call.emit("checkout.session.completed", session)
    session["_completed_event"] = event["id"]
    call.tx.put(session)


@watches("payment_intent")
def _payment_changed(call: Call, intent: Thing, before: str) -> None:
    session = session_of(call.tx, intent["id"])
    if session is None:
        return
    status = intent["status"]
    if session["status"] == "open":
        done = status in ("succeeded", "requires_capture") or attempting.is_on_its_way(intent)
        if done:
            complete_session(call, session, intent, _method_of(call, intent))
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        _payment_ended(call, session, intent, before)


def _payment_ended(call: Call, session: Thing, intent: Thing, before: str) -> None:
    """Of a complete session: the bank has answered, the voucher was paid, or it was captured."""
    waited = before in ("processing", "requires_action")
    if intent["status"] == "succeeded":
        session["payment_status"] = "paid"
        call.tx.put(session)
        if waited:
            call.emit("checkout.session.async_payment_succeeded", session)
    elif waited and intent["status"] in ("requires_payment_method", "canceled"):
        call.emit("checkout.session.async_payment_failed", session)


@watches("setup_intent")
def _setup_changed(call: Call, setup: Thing, _before: str) -> None:
    if setup["status"] != "succeeded":
        return
    session = session_of(call.tx, setup["id"])
    if session is not None and session["status"] == "open":
        complete_session(call, session, setup, _method_of(call, setup))


def _payment_status(session: Thing, payment: Thing | None) -> str:
    if payment is None or payment["object"] == "setup_intent" or session["mode"] == "setup":
        return "no_payment_required"
    return "paid" if payment["status"] == "succeeded" else "unpaid"


def _method_of(call: Call, intent: Thing) -> Thing | None:
    return call.tx.get("payment_method", intent.get("_method") or intent["payment_method"] or "")


def _collected(session: Thing, form: Thing, customer: Thing | None) -> Thing:
    """customer_details, collected_information and consent."""
    known = customer or {}
    consents = session["consent_collection"]
    return {
        "collected_information": {
            "business_name": form["business_name"],
            "individual_name": form["individual_name"],
            "shipping_details": form["shipping"],
        },
        "consent": consents
        and {
            "promotions": _opted(form["wants_promotions"]),
            "terms_of_service": "accepted" if form["accepts_terms"] else None,
        },
        "customer_details": {
            "address": form["billing"],
            "business_name": form["business_name"],
            "email": form["email"] or session["customer_email"] or known.get("email"),
            "individual_name": form["individual_name"],
            "name": form["name"] or known.get("name"),
            "phone": form["phone"] or known.get("phone"),
            "tax_exempt": known.get("tax_exempt") or "none",
            "tax_ids": form["tax_ids"],
        },
        "_email": form["email"] or session["customer_email"] or known.get("email"),
    }


def _opted(wanted: bool | None) -> str | None:
    if wanted is None:
        return None
    return "opt_in" if wanted else "opt_out"


def _fill_fields(session: Thing, form: Thing) -> None:
    for field in session["custom_fields"]:
        field[field["type"]]["value"] = form["custom_fields"].get(field["key"])


def _update_customer(call: Call, session: Thing, customer: Thing | None, form: Thing) -> None:
    """As `customer_update` says: what a known customer has typed replaces what is known of them."""
    if customer is None:
        return
    asked = session.get("_customer_update") or {}
    if asked.get("name") == "auto":
        _keep_tax_ids(call, customer, form)
    found = {
        "address": _said(form["billing"]) if asked.get("address") == "auto" else None,
        "name": form["name"] if asked.get("name") == "auto" else None,
        "shipping": None,
    }
    if asked.get("shipping") == "auto" and form["shipping"]:
        found["shipping"] = {
            "address": form["shipping"]["address"],
            "carrier": None,
            "name": form["shipping"]["name"],
            "phone": form["phone"],
            "tracking_number": None,
        }
    changes = {name: value for name, value in found.items() if value}
    previous = {name: customer.get(name) for name, value in changes.items()}
    if any(previous[name] != value for name, value in changes.items()):
        customer.update(changes)
        call.tx.put(customer)
        call.emit("customer.updated", customer, previous)


def _keep_tax_ids(call: Call, customer: Thing, form: Thing) -> None:
    known = call.tx.find("tax_id", customer=customer["id"], limit=10)
    for each in form["tax_ids"]:
        if (each["type"], each["value"]) not in [(x["type"], x["value"]) for x in known]:
            # The page has looked at it; a sixth one is shown on the session alone.
            with suppress(StripeFault):
                new_tax_id(call, customer["id"], each["type"], each["value"])


def _keep_method(
    call: Call, session: Thing, customer: Thing | None, method: Thing | None, form: Thing
) -> None:
    """The way to pay is kept for the next time, if the shop or the buyer wants it."""
    if customer is None or method is None or not kind_of(method).can_be_saved:
        return
    wanted = form["saves_method"] or kinds.saves(session, method["type"]) is not None
    redisplay = session.get("_payment_method_data", {}).get("allow_redisplay")
    allowed = redisplay or ("always" if form["saves_method"] else "limited")
    if not wanted:
        return
    if method["allow_redisplay"] == "unspecified":
        method["allow_redisplay"] = allowed
        call.tx.put(method)
    if method["customer"] is None:
        # It has just paid: the issuer does not decline it now.
        method["_set_up"] = True
        attach_to(call, method, customer)


def _count_for_link(call: Call, session: Thing) -> None:
    """A payment link may be good for so many sessions only ("restrictions")."""
    link = call.tx.get("payment_link", session.get("payment_link") or "")
    if link is None or not link.get("restrictions"):
        return
    completed = link["restrictions"]["completed_sessions"]
    completed["count"] += 1
    if completed["count"] >= completed["limit"]:
        link["active"] = False
    call.tx.put(link)
    call.emit("payment_link.updated", link)


def _locales(session: Thing) -> list[str]:
    locale = session["locale"]
    return [locale] if locale and locale != "auto" else []


def _said(address: Thing | None) -> Thing | None:
    return address if address and any(address.values()) else None
