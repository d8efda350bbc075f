"""The hosted page: shows what is to be paid, takes the card, says what came of it."""

from datetime import UTC, date, datetime
from typing import Any

from flask import Response, abort, current_app, jsonify, make_response, redirect, request, url_for

from stripe_emulator.emulator import Emulator
from stripe_emulator.pages import card_form, guard, remembered
from stripe_emulator.pages.rendering import by_script, page
from stripe_emulator.pages.sample_cards import groups
from stripe_emulator.pages.territories import WITHOUT_POSTAL_CODE, countries
from stripe_emulator.paying import (
    Challenge,
    CheckoutPage,
    Closed,
    Declined,
    Outcome,
    Paid,
    Refusal,
    page_of,
    pay_by_card,
)

# Where Stripe's own page words the button after what the shop does.
BUTTONS = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}


def show(session_id: str) -> Response:
    """GET: the form while the session is open, else what became of it."""
    shown = find(session_id)
    if shown.status != "open":
        return closed(shown)
    before = remembered.recall(session_id)
    response = form_page(shown, before.typed, said(before.notice, before.notice_field))
    if before.notice:
        # Said once; loading the page again must not repeat it.
        remembered.keep(response, session_id, remembered.Remembered(before.typed))
    return response


def pay(session_id: str) -> Response:
    """POST: charges the card; a script that sent the form gets JSON instead of a page."""
    guard.require_token(f"pay {session_id}")
    shown = find(session_id)
    if shown.status != "open":
        return go_to(url_for("pages.checkout_show", session_id=session_id))
    typed = card_form.read(request.form, known_email(shown))
    wrong = card_form.problems(typed, today())
    if wrong:
        return _refuse(shown, typed, {"problems": wrong, "notice": ""})
    outcome = pay_by_card(emulator(), session_id, card_form.entry(typed))
    if isinstance(outcome, Declined):
        return _refuse(shown, typed, said(outcome.message, outcome.field or ""))
    response = go_to(address_after(outcome, session_id))
    if isinstance(outcome, Challenge):
        kept = remembered.Remembered(typed.without_card())
        return remembered.keep(response, session_id, kept)
    return response


def emulator() -> Emulator:
    running: Emulator = current_app.extensions["stripe_emulator"]
    return running


def today() -> date:
    return datetime.fromtimestamp(emulator().clock.timestamp(), UTC).date()


def find(session_id: str) -> CheckoutPage:
    """The session's page, or 404."""
    found = page_of(emulator(), session_id)
    return found if found is not None else abort(404)


def known_email(shown: CheckoutPage) -> str | None:
    """An address the shop has given; the buyer sees it but cannot change it."""
    email: str | None = shown.session.get("customer_email")
    customer_id = shown.session.get("customer")
    if email is None and customer_id is not None:
        with emulator().store.reading() as tx:
            email = (tx.get("customer", customer_id) or {}).get("email")
    return email


def said(message: str, field: str) -> dict[str, Any]:
    """A refused card's message, beside the field it is about or above the button."""
    if field:
        return {"problems": {field: message}, "notice": ""}
    return {"problems": {}, "notice": message}


def address_after(outcome: Outcome, session_id: str) -> str:
    """Where the browser goes once a try has neither failed nor been refused."""
    match outcome:
        case Paid(return_url=address):
            return address
        case Challenge(url=address):
            return address
        case Closed() | Declined() | Refusal():
            return url_for("pages.checkout_show", session_id=session_id)


def go_to(address: str) -> Response:
    """On to another page, for a script and for a plain form."""
    if by_script():
        return guard.limit(jsonify(location=address))
    return guard.limit(make_response(redirect(address, code=303)), [address])


def form_page(
    shown: CheckoutPage, typed: dict[str, str], wrong: dict[str, Any], status: int = 200
) -> Response:
    pictures = [line.image if guard.is_near(line.image) else None for line in shown.lines]
    fixed = known_email(shown)
    return page(
        "checkout.html",
        status,
        returns_to=[shown.success_url],
        pictures=pictures,
        shown=shown,
        lines=list(zip(shown.lines, pictures, strict=True)),
        typed={"billingCountry": "US", **typed, **({"email": fixed} if fixed else {})},
        fixed_email=bool(fixed),
        back=_link(shown.session.get("cancel_url")),
        said_before=_custom_text(shown, "submit"),
        said_after=_custom_text(shown, "after_submit"),
        button=BUTTONS.get(shown.session.get("submit_type") or "", "Pay"),
        countries=countries(),
        without_postal_code=sorted(WITHOUT_POSTAL_CODE),
        card_groups=groups(),
        next_year=today().year + 8,
        **wrong,
    )


def closed(shown: CheckoutPage) -> Response:
    """The session takes no more payment."""
    cancel = shown.session.get("cancel_url")
    return page(
        "closed.html",
        shown=shown,
        onward=_link(shown.success_url) if shown.status == "complete" else None,
        back=guard.origin(cancel) or guard.origin(shown.success_url),
    )


def _refuse(shown: CheckoutPage, typed: card_form.Typed, wrong: dict[str, Any]) -> Response:
    if not by_script():
        return form_page(shown, typed.without_card(), wrong, 422)
    response = jsonify(wrong)
    response.status_code = 422
    return guard.limit(response)


def _custom_text(shown: CheckoutPage, place: str) -> str | None:
    """What the shop wants said around the button."""
    texts = shown.session.get("custom_text") or {}
    message: str | None = (texts.get(place) or {}).get("message")
    return message


def _link(address: str | None) -> str | None:
    """Only addresses of the web become links; anything else could be a script."""
    return address if guard.origin(address) else None
