"""The page where a buyer authenticates, approves in a wallet, or looks at a voucher.

It stands in for the bank's, the wallet's and Stripe's own voucher page. In a frame (`?frame=1`)
it stays there and tells the page around it when it is done.
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, request, url_for

from stripe_emulator import answering
from stripe_emulator.answering import Question
from stripe_emulator.methods import Flow
from stripe_emulator.pages import embedding, guard, order_page, order_words
from stripe_emulator.pages.checkout import back, emulator, find, go_to
from stripe_emulator.pages.languages import Language
from stripe_emulator.pages.rendering import page
from stripe_emulator.pages.ways import way


def show(intent_id: str) -> Response:
    """GET: the question, as long as it waits for an answer; then onward."""
    asked = _find(intent_id)
    framed = "frame" in request.args
    if not asked.waits and asked.onward and not framed:
        return go_to(asked.onward)
    return page(
        _template(asked),
        returns_to=asked.returns_to,
        framed=True,
        asked=asked,
        in_frame=framed,
        **_words(asked),
    )


def answer(intent_id: str) -> Response:
    """POST: the buyer has said yes or no."""
    guard.require_token(f"authenticate {intent_id}")
    asked = _find(intent_id)
    verdict = request.form.get("answer")
    if verdict not in {"complete", "fail"}:
        abort(400)
    outcome = answering.give(emulator(), intent_id, approved=verdict == "complete")
    here = url_for("pages.challenge_show", intent_id=intent_id)
    if "frame" in request.args:
        return go_to(_carried(here))
    if outcome is None or asked.session_id is None:
        return go_to(_find(intent_id).onward or here)
    return back(outcome, asked.session_id)


def _words(asked: Question) -> dict[str, Any]:
    """In the language of the checkout page the buyer comes from."""
    shown = find(asked.session_id) if asked.session_id else None
    language = order_page.language_of(shown)
    return {
        "lang": language.code,
        "say": language.say,
        "shop": order_page.shop_of(shown) if shown else asked.business_name,
        "way": way(asked.kind.name).name_in(language) if asked.kind else None,
        "amount": _amount(asked, language),
        "day": partial(order_words.day, language),
        "action": _carried(url_for("pages.challenge_answer", intent_id=asked.intent["id"])),
    }


def _amount(asked: Question, language: Language) -> str | None:
    if asked.amount is None or asked.currency is None:
        return None
    return order_words.amount(language, asked.amount, asked.currency)


def _carried(address: str) -> str:
    """What the address says about the page around this one goes on to the next page."""
    kept = {
        name: request.args[name] for name in ("frame", embedding.PARENT) if request.args.get(name)
    }
    return f"{address}?{urlencode(kept)}" if kept else address


def _template(asked: Question) -> str:
    if not asked.waits:
        return "answered.html"
    if asked.kind is not None and asked.kind.flow is Flow.VOUCHER:
        return "voucher.html"
    return "challenge.html"


def _find(intent_id: str) -> Question:
    found = answering.question_of(emulator(), intent_id)
    return found if found is not None else abort(404)
