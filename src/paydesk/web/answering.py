"""Turns refusals into answers: JSON for programs, a page that says what to do for people."""

import structlog
from flask import Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from paydesk.foundation.errors import NotFound, ShopError, Unavailable
from paydesk.foundation.ids import new_id
from paydesk.foundation.language import gettext, later
from paydesk.orders.placing import PriceChanged
from paydesk.web.current import shop_url
from paydesk.web.guard import FORMS
from paydesk.web.product_view import ProductView, on_sale_now

log = structlog.get_logger("paydesk.web")

# What Flask refuses by itself: title and what to do.
_HTTP_WORDS = {
    400: (later("That did not work"), later("The browser sent something we cannot read.")),
    404: (later("Not found"), later("There is no such page in this shop.")),
    405: (later("That is not possible here"), later("This address cannot be used that way.")),
    413: (later("That is too large"), later("What was sent is larger than we take here.")),
    415: (later("That did not work"), later("The browser sent something we cannot read.")),
}


def wants_json() -> bool:
    """Whether a program asks. A browser that sends a form or follows a link does not."""
    accepted = request.accept_mimetypes
    if accepted.accept_html and not accepted.accept_json:
        return False
    if request.method == "POST" and request.mimetype not in FORMS:
        return True
    return bool(accepted) and accepted["application/json"] > accepted["text/html"]


def refuse(error: ShopError) -> Response:
    """The answer to a refusal."""
    response = _refusal(error)
    retry_after_seconds = getattr(error, "retry_after_seconds", None)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def _refusal(error: ShopError) -> Response:
    if wants_json():
        return _json(error.status, error.code, error.message, error)
    if isinstance(error, NotFound):
        return make_response(render_template("paydesk/not_found.html", message=error.message), 404)
    page = render_template(
        "paydesk/problem.html",
        title=_title(error),
        message=error.message,
        action_text=gettext("Back to the shop"),
        action_url=shop_url("home"),
        retry=getattr(error, "retry", None),
        product=_product(error),
        reference=None,
    )
    return make_response(page, error.status)


def refuse_http(error: HTTPException) -> Response:
    """The answer to what Flask itself refuses, such as a wrong method or too large a body."""
    status = error.code or 500
    if wants_json():
        response = _json(status, error.name.lower().replace(" ", "_"), _http_message(error))
    elif status == 404:
        response = make_response(render_template("paydesk/not_found.html", message=None), 404)
    else:
        page = render_template(
            "paydesk/problem.html",
            title=_http_title(error),
            message=_http_message(error),
            action_text=gettext("Back to the shop"),
            action_url=shop_url("home"),
            retry=None,
            product=None,
            reference=None,
        )
        response = make_response(page, status)
    # A 405 must name the methods there are.
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _http_title(error: HTTPException) -> str:
    known = _HTTP_WORDS.get(error.code or 500)
    return gettext(known[0]) if known else error.name


def _http_message(error: HTTPException) -> str:
    known = _HTTP_WORDS.get(error.code or 500)
    return gettext(known[1]) if known else error.description or ""


def refuse_database(error: SQLAlchemyError) -> Response:
    """The database is busy or gone: nothing was done, and trying again may help."""
    log.error("database_failed", kind=type(error).__name__, exc_info=error)
    return refuse(
        Unavailable("The shop cannot answer just now. Nothing was charged. Please try again.")
    )


def refuse_bug(error: Exception) -> Response:
    """A bug of ours: the page says nothing of it but a number that the log has, too."""
    reference = new_id("err")
    log.error("bug", reference=reference, path=request.path, exc_info=error)
    message = gettext(
        "Something went wrong on our side. Nothing was charged unless you got a receipt."
    )
    if wants_json():
        told = gettext("%(message)s Reference: %(number)s", message=message, number=reference)
        return _json(500, "internal", told)
    page = render_template(
        "paydesk/problem.html",
        title=gettext("Something went wrong"),
        message=message,
        action_text=gettext("Back to the shop"),
        action_url=shop_url("home"),
        retry=None,
        product=None,
        reference=reference,
    )
    return make_response(page, 500)


def _json(status: int, code: str, message: str, error: ShopError | None = None) -> Response:
    body: dict[str, object] = {"code": code, "message": message}
    if isinstance(error, PriceChanged):
        body["price"] = {
            "price_id": error.price_id,
            "unit_minor": error.price.minor,
            "currency": error.price.currency,
        }
    response: Response = jsonify({"error": body})
    response.status_code = status
    return response


def _title(error: ShopError) -> str:
    if isinstance(error, PriceChanged):
        return gettext("The price has changed")
    return {
        403: gettext("Please try again"),
        409: gettext("That is not possible just now"),
        422: gettext("Something is missing"),
        429: gettext("Please wait a little"),
        502: gettext("The payment could not be started"),
        503: gettext("Please try again in a moment"),
    }.get(error.status, gettext("That did not work"))


def _product(error: ShopError) -> ProductView | None:
    found = on_sale_now([error.slug]) if isinstance(error, PriceChanged) else []
    return found[0] if found else None
