"""What Elements of a Checkout Session ask: to see it, to change it, to pay it.

The hosted page's own verbs stand behind these calls, so that both doors lead to the same room.
"""

import hmac
from collections.abc import Callable
from typing import Any, Literal, NotRequired
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from stripe_emulator import forms, ids, params, paying
from stripe_emulator.api import running
from stripe_emulator.checkout.buyer import PROBLEMS, Choice, Entry, Outcome
from stripe_emulator.checkout.showing import CheckoutPage
from stripe_emulator.errors import StripeFault, invalid, missing
from stripe_emulator.pages.guard import limit_body
from stripe_emulator.stripejs.checkout_view import session_of

checkout_blueprint = Blueprint("stripejs_checkout", __name__, url_prefix="/v3/checkout")
checkout_blueprint.before_request(limit_body)

Json = dict[str, Any]


class SeeParams(TypedDict):
    client_secret: str


class ReviseParams(TypedDict):
    """One thing of a Choice; see `stripe_emulator.checkout.buyer`."""

    client_secret: str
    quantities: NotRequired[dict[str, int]]
    optional: NotRequired[dict[str, int]]
    promotion_code: NotRequired[str]
    shipping_rate: NotRequired[str]
    shipping: NotRequired[dict[str, str]]
    billing: NotRequired[dict[str, str]]


class PayParams(TypedDict):
    """The whole Entry."""

    client_secret: str
    kind: NotRequired[str]
    details: NotRequired[dict[str, str]]
    payment_method: NotRequired[str]
    email: NotRequired[str]
    name: NotRequired[str]
    phone: NotRequired[str]
    billing: NotRequired[dict[str, str]]
    shipping_name: NotRequired[str]
    shipping: NotRequired[dict[str, str]]
    saves_method: NotRequired[Literal["true", "false"]]
    expected_amount: NotRequired[int]


def see(session_id: str) -> Response:
    """POST: the session as it is now."""
    return _answer(session_id, "SeeParams", lambda _given: {})


def revise(session_id: str) -> Response:
    """POST: the session after a choice, or why it cannot be."""

    def change(given: Json) -> Json:
        refusal = paying.revise(running(), session_id, Choice(**given))
        return {} if refusal is None else {"refused": _problems(refusal.problems)}

    return _answer(session_id, "ReviseParams", change)


def pay(session_id: str) -> Response:
    """POST: what came of trying to pay."""

    def attempt(given: Json) -> Json:
        details = dict(given.pop("details", {}))
        for name in ("exp_month", "exp_year"):
            if name in details:
                details[name] = _whole(details[name], f"details[{name}]")
        given["saves_method"] = given.get("saves_method") == "true"
        return _came_of(paying.pay(running(), session_id, Entry(details=details, **given)))

    return _answer(session_id, "PayParams", attempt)


def returned(session_id: str) -> Response:
    """POST: what came of it once the buyer has answered their bank."""
    return _answer(
        session_id,
        "SeeParams",
        lambda _given: _came_of(paying.returned(running(), session_id)),
    )


def _answer(session_id: str, kind: str, act: Callable[[Json], Json]) -> Response:
    try:
        return _whole_answer(session_id, kind, act)
    except StripeFault as fault:
        return _refusal(fault)
    except HTTPException as error:
        return _refusal(
            StripeFault(error.description or error.name, status=error.code or 400),
        )


def _refusal(fault: StripeFault) -> Response:
    response = jsonify(fault.body(ids.new("req")))
    response.status_code = fault.status
    return response


def _whole_answer(session_id: str, kind: str, act: Callable[[Json], Json]) -> Response:
    if request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site"):
        raise StripeFault("Only the emulator's own frames may ask this.", status=403)
    sent = request.get_data().decode("utf-8", "replace")
    raw = forms.nested(parse_qsl(sent, keep_blank_values=True))
    given = params.check(raw, f"{__name__}.{kind}")
    _require_secret(_page(session_id), given.pop("client_secret"))
    came = act(given)
    page = _page(session_id)
    came["session"] = session_of(page, int(running().clock.timestamp()))
    came["kinds"] = list(page.kinds)
    came["businessName"] = page.business_name
    response = jsonify(came)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(session_id: str) -> CheckoutPage:
    found = paying.page_of(running(), session_id)
    if found is None:
        raise missing("checkout.session", session_id)
    return found


def _require_secret(page: CheckoutPage, secret: str) -> None:
    known = str(page.session.get("client_secret") or "")
    if not known or not hmac.compare_digest(known.encode(), secret.encode()):
        raise invalid(
            "The client_secret provided does not match this Checkout Session, or its ui_mode has "
            "none.",
            param="client_secret",
        )


def _whole(text: str, param: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise invalid(f"Invalid integer: {text[:40]}", param=param)
    return int(text)


def _came_of(outcome: Outcome) -> Json:
    match outcome:
        case paying.Paid(return_url=url):
            return {"outcome": "paid", "returnUrl": url}
        case paying.Challenge(url=url):
            return {"outcome": "challenge", "url": url}
        case paying.Declined(message=message, decline_code=code):
            return {"outcome": "declined", "message": message, "declineCode": code}
        case paying.Refusal(problems=problems):
            return {"outcome": "refused", "refused": _problems(problems)}
        case paying.Closed(status=status):
            said = f"This Checkout Session is {status}."
            return {
                "outcome": "refused",
                "refused": [{"field": "", "code": "closed", "message": said}],
            }


def _problems(problems: Any) -> list[Json]:
    return [
        {"field": field, "code": code, "message": PROBLEMS.get(code, code)}
        for field, code in problems.items()
    ]


for _path, _view in (("", see), ("/revise", revise), ("/pay", pay), ("/returned", returned)):
    checkout_blueprint.add_url_rule(
        f"/<session_id>{_path}", _view.__name__, _view, methods=["POST"]
    )
