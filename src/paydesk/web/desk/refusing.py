"""Turns refusals into pages of the desk; programs get the same JSON as everywhere."""

import structlog
from flask import Response, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from paydesk.foundation.errors import ShopError
from paydesk.foundation.ids import new_id
from paydesk.web import answering
from paydesk.web.current import current_shop

log = structlog.get_logger("paydesk.web")

_TITLES = {
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not here",
    409: "Not possible just now",
    413: "Too large",
    422: "Something is missing",
    429: "Please wait a little",
    503: "Please try again in a moment",
}


def refuse(error: ShopError) -> Response:
    if answering.wants_json():
        return answering.refuse(error)
    message = current_shop().settings.called.in_words(error.message)
    response = _page(error.status, message)
    retry_after_seconds = getattr(error, "retry_after_seconds", None)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def refuse_http(error: HTTPException) -> Response:
    if error.code is not None and error.code < 400:
        # A redirect, such as to the address with a slash at its end.
        return make_response(error.get_response())
    if answering.wants_json():
        return answering.refuse_http(error)
    return _page(error.code or 500, error.description or "")


def refuse_database(error: SQLAlchemyError) -> Response:
    log.error("database_failed", kind=type(error).__name__, exc_info=error)
    message = "The database does not answer just now. Nothing was changed. Please try again."
    return _page(503, message)


def refuse_bug(error: Exception) -> Response:
    reference = new_id("err")
    route = request.url_rule.rule if request.url_rule is not None else "none"
    log.error("bug", reference=reference, route=route, exc_info=error)
    message = "Something went wrong on our side. The log says more under this number."
    return _page(500, message, reference)


def _page(status: int, message: str, reference: str | None = None) -> Response:
    page = render_template(
        "paydesk/desk/problem.html",
        title=_TITLES.get(status, "That did not work"),
        message=message,
        reference=reference,
    )
    return make_response(page, status)
