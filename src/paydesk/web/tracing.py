"""Each request has an id, a line in the log and a place in the metrics: by route, never by path.

Paths hold the secrets of orders' pages; a route does not.
"""

import re
import time

import structlog
from flask import Blueprint, Flask, Response, g, request

from paydesk.foundation.ids import new_id
from paydesk.foundation.metrics import REQUEST_SECONDS, REQUESTS

log = structlog.get_logger("paydesk.request")

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[\w.-]{1,64}")
# Asked every few seconds by machines: a line each would be all there is in the log.
_UNTOLD = frozenset({"/healthz", "/readyz"})
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def trace(target: Flask | Blueprint, *, believes_proxies: bool) -> None:
    """Trace what `target` answers; whatever answers within it is traced once."""
    is_own_app = isinstance(target, Flask)
    target.before_request(lambda: _begin(believes_proxies=believes_proxies, is_own_app=is_own_app))
    target.after_request(_end)


def _begin(*, believes_proxies: bool, is_own_app: bool) -> None:
    if "paydesk_began" in g:
        return
    g.paydesk_began = time.perf_counter()
    given = request.headers.get(HEADER, "") if believes_proxies else ""
    g.paydesk_request_id = given if _GIVEN.fullmatch(given) else new_id("req")
    if is_own_app:
        # The thread has answered others before. In a host's app it may hold what the host bound.
        structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.paydesk_request_id)


def _end(response: Response) -> Response:
    if "paydesk_began" not in g or "paydesk_told" in g:
        return response
    g.paydesk_told = True
    seconds = time.perf_counter() - g.paydesk_began
    # What no route answers is one thing: its paths are anybody's.
    route = request.url_rule.rule if request.url_rule is not None else "none"
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(route, method, str(response.status_code)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    response.headers.setdefault(HEADER, g.paydesk_request_id)
    # Nor of every picture: the line that says that an order is paid would drown.
    is_a_file = (request.endpoint or "").rpartition(".")[2] == "static"
    if route not in _UNTOLD and not is_a_file:
        log.info(
            "request",
            method=method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
    return response
