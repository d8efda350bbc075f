"""The hosted page: shows what is to be paid, takes what the buyer enters, says what came of it."""

from datetime import UTC, date, datetime

from flask import Response, abort, current_app, jsonify, make_response, redirect, request, url_for

from stripe_emulator import paying
from stripe_emulator.checkout.buyer import Challenge, Declined, Outcome, Paid, Refusal
from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.emulator import Emulator
from stripe_emulator.pages import (
    buyer_form,
    choice_form,
    closed_page,
    embedding,
    guard,
    order_page,
    remembered,
    shop_text,
)
from stripe_emulator.pages.buyer_form import BuyerForm
from stripe_emulator.pages.order_page import Wrong
from stripe_emulator.pages.rendering import by_script


def show(session_id: str) -> Response:
    """GET: the form while the session is open, else what became of it."""
    shown = find(session_id)
    if shown.status != "open":
        return closed_page.answer(shown)
    before = remembered.recall(session_id)
    told = Wrong({before.notice_field: before.notice}) if before.notice_field else Wrong()
    response = order_page.answer(shown, before.typed, told or Wrong(notice=before.notice))
    if before.notice:
        # Said once; loading the page again must not repeat it.
        remembered.forget_told(response, session_id)
    return response


def pay(session_id: str) -> Response:
    """POST: pays, or changes the order; a script that sent the form gets JSON, not a page."""
    guard.require_token(f"pay {session_id}")
    shown = find(session_id)
    if shown.status != "open":
        return go_to(_here(shown))
    form = buyer_form.read(request.form, shown)
    # Return in the field of a code means the code, and says nothing about a button.
    usual = "apply" if request.form.get("promotionCode", "").strip() else "pay"
    wanted = request.form.get("do") or usual
    return _pay(form) if wanted == "pay" else _change(form, wanted)


def style(session_id: str) -> Response:
    """GET: the shop's colours, as a style sheet of its own, since none may stand in the page."""
    branding = find(session_id).session.get("branding_settings") or {}
    response = make_response(shop_text.style(branding))
    response.mimetype = "text/css"
    return guard.limit(response)


def recovery(session_id: str, secret: str) -> Response:
    """GET: the link of an expired session; sends its one button by itself where scripts run."""
    return closed_page.ask_again(find(session_id), secret)


def recover(session_id: str, secret: str) -> Response:
    """POST: on with a new session like the expired one."""
    guard.require_token(f"recover {session_id}")
    address = paying.recover(emulator(), session_id, secret)
    if address:
        return go_to(address)
    return closed_page.answer(find(session_id), can_recover=False)


def emulator() -> Emulator:
    running: Emulator = current_app.extensions["stripe_emulator"]
    return running


def today() -> date:
    return datetime.fromtimestamp(emulator().clock.timestamp(), UTC).date()


def find(session_id: str) -> CheckoutPage:
    """The session's page, or 404."""
    found = paying.page_of(emulator(), session_id)
    return found if found is not None else abort(404)


def returned(session_id: str) -> Response:
    """GET: back from the bank or the wallet."""
    find(session_id)
    return back(paying.returned(emulator(), session_id), session_id)


def back(outcome: Outcome, session_id: str) -> Response:
    """Where a buyer goes from the bank's or the wallet's page; why it failed is said there."""
    shown = find(session_id)
    response = go_to(_address_after(outcome, shown))
    if isinstance(outcome, Declined):
        told = order_page.declined(order_page.language_of(shown), shown, outcome)
        field = next(iter(told.problems), "")
        remembered.tell(response, session_id, told.problems.get(field) or told.notice, field)
    return response


def go_to(address: str) -> Response:
    """On to another page, for a script and for a plain form."""
    if by_script():
        return guard.limit(jsonify(location=address))
    return guard.limit(make_response(redirect(address, code=303)), [address])


def _pay(form: BuyerForm) -> Response:
    wrong = buyer_form.problems(form, today())
    if wrong:
        told = order_page.wrong_fields(order_page.language_of(form.shown), wrong)
        return order_page.refuse(form.shown, form.harmless, told)
    session_id = form.shown.session["id"]
    outcome = paying.pay(emulator(), session_id, buyer_form.entry(form))
    # The amount may be another one now.
    shown = find(session_id)
    language = order_page.language_of(shown)
    if isinstance(outcome, Declined):
        told = order_page.declined(language, shown, outcome)
        return order_page.refuse(shown, form.harmless, told)
    if isinstance(outcome, Refusal):
        told = order_page.refused(language, shown, outcome)
        return order_page.revised(shown, form.harmless, told)
    response = go_to(_address_after(outcome, shown))
    if isinstance(outcome, Challenge):
        remembered.keep(response, session_id, form.harmless)
    return response


def _change(form: BuyerForm, wanted: str) -> Response:
    """Another quantity, a code, another way to deliver: the page with new amounts."""
    shown = form.shown
    language, session_id = order_page.language_of(shown), shown.session["id"]
    all_of_it = choice_form.choice(shown, form.typed, form.shipping, form.billing)
    choice = choice_form.together(all_of_it, choice_form.deed(shown, form.typed, wanted))
    wrong = order_page.wrong_fields(language, choice_form.wrong(shown, form.typed, wanted))
    refusal = paying.revise(emulator(), session_id, choice) if not wrong else None
    shown = find(session_id)
    if shown.status != "open":
        return go_to(_here(shown))
    if refusal is not None:
        wrong = order_page.refused(language, shown, refusal)
    return order_page.revised(shown, form.harmless, wrong)


def _address_after(outcome: Outcome, shown: CheckoutPage) -> str:
    match outcome:
        case Paid(return_url=address):
            return _onward(shown, address)
        case Challenge(url=url):
            return embedding.inside(shown, url)
        case _:
            return _here(shown)


def _onward(shown: CheckoutPage, address: str) -> str:
    """To the shop; first to us if there is a voucher to see, or if the shop is around us."""
    return _here(shown) if shown.shows or embedding.is_embedded(shown) else address


def _here(shown: CheckoutPage) -> str:
    parent = embedding.parent_of(shown)
    return url_for("pages.checkout_show", session_id=shown.session["id"], parent=parent)
