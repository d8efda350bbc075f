"""What a session's page says once nothing can be paid on it any more."""

from typing import Any

from flask import Response

from stripe_emulator.checkout.showing import CheckoutPage, Thing
from stripe_emulator.pages import embedding, guard, order_page
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.rendering import page
from stripe_emulator.pages.ways import way


def answer(shown: CheckoutPage, *, can_recover: bool = True) -> Response:
    """Complete, on its way, waiting for a voucher to be paid, or expired."""
    cancel = shown.session.get("cancel_url")
    address = shown.success_url
    return page(
        "closed.html",
        framed=embedding.is_embedded(shown),
        **order_page.words_for(shown),
        kind=_kind(shown),
        voucher=_voucher(order_page.language_of(shown), shown.shows or {}),
        onward=order_page.link(address) if shown.status == "complete" else None,
        recover=order_page.link(shown.recovery_url) if can_recover else None,
        back=guard.origin(cancel) or guard.origin(address),
    )


def ask_again(shown: CheckoutPage, secret: str) -> Response:
    """The page behind a recovery link: one button, on to the same order once more."""
    alive = shown.recovery_url is not None and shown.recovery_url.endswith(f"/{secret}")
    if not alive:
        return answer(shown)
    return page("recovery.html", secret=secret, **order_page.words_for(shown))


def _kind(shown: CheckoutPage) -> str:
    if shown.status != "complete":
        return "expired"
    if shown.shows:
        return "voucher"
    if shown.mode == "setup":
        return "setup"
    state = shown.session["payment_status"]
    if state == "no_payment_required":
        return "free"
    # Held money is there; a debit is still on its way.
    return "paid" if state == "paid" or _is_held(shown) else "processing"


def _is_held(shown: CheckoutPage) -> bool:
    options = shown.session.get("payment_method_options") or {}
    card = options.get("card") or {}
    return card.get("capture_method") == "manual" or shown.kinds == ("card",)


def _voucher(language: Language, action: Thing) -> dict[str, Any] | None:
    """The details a voucher is paid with, in words."""
    kind = next((name for name in action if name.endswith("_display_details")), None)
    if kind is None:
        return None
    details = action[kind]
    until = details.get("expires_at") or details.get("expires_after")
    facts = [
        (language.say(f"closed.voucher.{name}"), details[name])
        for name in ("number", "entity", "reference")
        if details.get(name)
    ]
    for chain, store in (details.get("stores") or {}).items():
        code = store.get("confirmation_number")
        facts.append((f"{chain.capitalize()}: {language.say('closed.voucher.code')}", code))
    return {
        "way": way(kind.removesuffix("_display_details")).name_in(language),
        "facts": facts,
        "until": until,
        "link": order_page.link(details.get("hosted_voucher_url")),
    }
