"""The customer portal's pages: an overview, and one page for each thing that can be done."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, request, url_for

from stripe_emulator.checkout.buyer import Challenge, Declined
from stripe_emulator.pages import card_form, guard, languages, order_page, order_words
from stripe_emulator.pages.checkout import emulator, go_to, today
from stripe_emulator.pages.invoice_page import card_words
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.rendering import page
from stripe_emulator.pages.territories import countries
from stripe_emulator.portal import doing, showing
from stripe_emulator.portal.configuration import REASONS
from stripe_emulator.portal.showing import PortalPage

_CARD_FIELDS = ("cardNumber", "cardExpiry", "cardCvc")
_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_DONE = ("cancel", "renew", "card", "plan", "details")
_SHOWS = {
    "payment_method_update": "card",
    "subscription_cancel": "cancel",
    "subscription_update": "plan",
}
_NEEDS = {"card": "payment_method_update", "cancel": "subscription_cancel",
          "plan": "subscription_update", "details": "customer_update"}  # fmt: skip


def show(secret: str) -> Response:
    """GET: the overview, or with `?show=` the page for one deed."""
    shown = _find(secret)
    if shown is None:
        return _over()
    done = request.args.get("done")
    if done in _DONE and shown.flow is not None and not _has_failed():
        address = _after(shown)
        if address is not None:
            return go_to(address)
    flow = _SHOWS.get((shown.flow or {}).get("type", "")) if not done else None
    wanted = request.args.get("show") or flow
    if wanted in _NEEDS and shown.features[_NEEDS[wanted]]["enabled"]:
        return _deed(shown, wanted)
    return _answer("portal.html", shown, done=done if done in _DONE else None, failed=_has_failed())


def act(secret: str) -> Response:
    """POST: what the button says."""
    guard.require_token(f"portal {secret}")
    shown = _find(secret)
    if shown is None:
        return _over()
    deed = _DEEDS.get(request.form.get("do", ""))
    if deed is None:
        abort(400)
    try:
        return deed(shown)
    except doing.NotAllowed:
        abort(400)


def _cancel(shown: PortalPage) -> Response:
    reason, comment = request.form.get("reason", ""), request.form.get("comment", "").strip()
    doing.cancel(emulator(), _secret(shown), _subscription(), reason, comment)
    return _back(shown, "cancel")


def _renew(shown: PortalPage) -> Response:
    doing.renew(emulator(), _secret(shown), _subscription())
    return _back(shown, "renew")


def _plan(shown: PortalPage) -> Response:
    wanted: str | int = request.form.get("price", "")
    if "quantity" in request.form:
        number = request.form["quantity"].strip()
        wanted = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else -1
    refused = doing.switch(emulator(), _secret(shown), _subscription(), wanted)
    if refused is not None:
        return _deed(shown, "plan", notice=_declined(shown, refused), status=402)
    return _back(shown, "plan")


def _card(shown: PortalPage) -> Response:
    typed = {each: request.form.get(each, "").strip() for each in _CARD_FIELDS}
    language = _language(shown)
    wrong = {key: said for key, said in card_form.problems(typed, today()).items() if said}
    if wrong:
        said = {key: language.put(each) for key, each in wrong.items()}
        return _deed(shown, "card", problems=said, status=422)
    outcome = doing.set_card(
        emulator(),
        _secret(shown),
        card_form.details(typed),
        request.form.get("billingName", "").strip(),
    )
    if isinstance(outcome, Challenge):
        return go_to(outcome.url)
    if isinstance(outcome, Declined):
        words = _declined(shown, outcome)
        field = {outcome.field: words} if outcome.field else {}
        return _deed(shown, "card", problems=field, notice="" if field else words, status=402)
    return _back(shown, "card")


def _details(shown: PortalPage) -> Response:
    form = {name: value.strip() for name, value in request.form.items()}
    typed: dict[str, Any] = {
        name: form[name] for name in ("email", "name", "phone") if name in form
    }
    if "line1" in form:
        typed["address"] = {name: form[name] or None for name in _ADDRESS if name in form}
    said = doing.set_details(emulator(), _secret(shown), typed)
    if said is not None:
        return _deed(shown, "details", problems={"email": said}, status=422)
    return _back(shown, "details")


_DEEDS: dict[str, Callable[[PortalPage], Response]] = {
    "cancel": _cancel,
    "renew": _renew,
    "plan": _plan,
    "card": _card,
    "details": _details,
}


def _find(secret: str) -> PortalPage | None:
    return showing.page_of(emulator(), secret)


def _over() -> Response:
    language = languages.chosen(None, request.accept_languages)
    return page("portal_over.html", 404, lang=language.code, say=language.say)


def _subscription() -> str:
    return request.form.get("subscription", "")


def _secret(shown: PortalPage) -> str:
    return str(shown.session["_secret"])


def _language(shown: PortalPage) -> Language:
    return languages.chosen(shown.session["locale"], request.accept_languages)


def _declined(shown: PortalPage, refused: Declined) -> str:
    return _language(shown).decline(refused.code, refused.decline_code, refused.message)


def _has_failed() -> bool:
    """Back from the bank's page, and the holder has not authenticated."""
    return request.args.get("redirect_status") == "failed"


def _back(shown: PortalPage, done: str) -> Response:
    here = url_for("pages.portal_page_show", secret=_secret(shown))
    return go_to(_after(shown) or f"{here}?{urlencode({'done': done})}")


def _after(shown: PortalPage) -> str | None:
    """Where a flow ends if the shop wants the customer back."""
    after = (shown.flow or {}).get("after_completion") or {}
    redirect = after.get("redirect") or {}
    return order_page.link(redirect.get("return_url")) if after.get("type") == "redirect" else None


def _deed(
    shown: PortalPage,
    wanted: str,
    problems: dict[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    held = None
    if wanted in ("cancel", "plan"):
        flow = (shown.flow or {}).get((shown.flow or {}).get("type", "")) or {}
        named = request.values.get("subscription") or flow.get("subscription") or ""
        held = shown.held_by(named)
        if held is None:
            abort(404)
    return _answer(
        f"portal_{wanted}.html",
        shown,
        status,
        held=held,
        problems=problems or {},
        first_bad=next(iter(problems or {}), ""),
        notice=notice,
        typed=_typed(shown, wanted),
        countries=countries(_language(shown).code),
        reasons=_reasons(shown),
    )


def _typed(shown: PortalPage, wanted: str) -> dict[str, str]:
    """What the fields begin with: what was just typed, else what is known."""
    if wanted == "card":
        return {"billingName": request.form.get("billingName", "")}
    known = {**shown.customer, **(shown.customer.get("address") or {})}
    names = ("email", "name", "phone", *_ADDRESS)
    return {name: request.form.get(name) or known.get(name) or "" for name in names}


def _reasons(shown: PortalPage) -> list[str]:
    asked = shown.features["subscription_cancel"]["cancellation_reason"]
    return [each for each in asked["options"] if each in REASONS] if asked["enabled"] else []


def _answer(template: str, shown: PortalPage, status: int = 200, **more: Any) -> Response:
    language = _language(shown)
    confirmation = ((shown.flow or {}).get("after_completion") or {}).get("hosted_confirmation")
    return page(
        template,
        status,
        [shown.session["return_url"], _after(shown)],
        lang=language.code,
        say=language.say,
        shop=shown.configuration["business_profile"]["headline"] or shown.business_name,
        shown=shown,
        amount=partial(_amount, language),
        day=partial(order_words.day, language),
        every=partial(order_words.interval, language),
        card_words=card_words,
        back=order_page.link(shown.session["return_url"]),
        message=(confirmation or {}).get("custom_message"),
        secret=_secret(shown),
        here=url_for("pages.portal_page_show", secret=_secret(shown)),
        **more,
    )


def _amount(language: Language, minor: int, currency: str) -> str:
    return order_words.amount(language, minor, currency)
