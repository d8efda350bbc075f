"""The API's one entrance: key, parameters, idempotency, switches, errors."""

import base64
import binascii
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from stripe_emulator import (
    forms,
    idempotency,
    ids,
    json_text,
    old_parameters,
    params,
    publishable,
    uploads,
)
from stripe_emulator.call import API_VERSION, Call
from stripe_emulator.door import BY_OPERATOR
from stripe_emulator.emulator import Emulator
from stripe_emulator.errors import StripeFault
from stripe_emulator.expand import LISTS, expand
from stripe_emulator.faults.calling import CallFaults, HangUp, failure_of, take_for_call
from stripe_emulator.faults.rule import Rule
from stripe_emulator.idempotency import Answer
from stripe_emulator.old_parameters import speaks_old
from stripe_emulator.shapes import complete
from stripe_emulator.store import Thing
from stripe_emulator.stripe_cli import tailing
from stripe_emulator.stripe_cli.tailing import Answered

log = logging.getLogger("stripe_emulator")

_MAX_BODY = 1024 * 1024
# For the log of requests, which is kept in memory.
_KEPT_ANSWER = 16 * 1024
_FORM = "application/x-www-form-urlencoded"
Handler = Callable[[Call], Thing]


class Route(NamedTuple):
    method: str
    path: str
    params: str | None
    handler: Handler


ROUTES: list[Route] = []


def route(method: str, path: str, params: str | None) -> Callable[[Handler], Handler]:
    """Answers `method path`; `params` names the SDK's TypedDict under `stripe.params`.

    What Stripe's own pages call is in no SDK: its TypedDict is ours, under `stripe_emulator`.
    """

    def register(handler: Handler) -> Handler:
        ours = params is None or params.startswith("stripe_emulator.")
        where = params if ours else f"stripe.params.{params}"
        ROUTES.append(Route(method, path, where, handler))
        return handler

    return register


@dataclass(frozen=True)
class _Request:
    """What came over the wire."""

    id: str
    raw: dict[str, Any]
    key: str | None
    is_publishable: bool = False
    removed: dict[str, Any] = field(default_factory=dict)


def blueprint() -> Blueprint:
    """All routes. Resources register themselves when they are imported."""
    from stripe_emulator import resources, stripe_cli

    resources.register()
    stripe_cli.register()

    pages = Blueprint("api", __name__)
    for each in ROUTES:
        flask_path = each.path.replace("{", "<").replace("}", ">")
        name = f"{each.method} {each.path}".replace(".", "_")
        pages.add_url_rule(flask_path, name, _view(each), methods=[each.method])
    pages.add_url_rule("/v1/files/<file_id>/contents", "contents", _contents)
    pages.add_url_rule("/v1/<path:rest>", "unknown", _unknown, methods=_ALL)
    return pages


_ALL = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def _view(each: Route) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        return _answer(lambda came: _handled(each, path, came), f"{each.method} {each.path}")

    return view


def _unknown(rest: str) -> Response:
    def refuse(_came: _Request) -> Answer:
        raise StripeFault(
            f"Unrecognized request URL ({request.method}: /v1/{rest[:200]}). If you expected an "
            "answer, Stripe may have one: this emulator does not have this call yet.",
            status=404,
        )

    return _answer(refuse)


def _contents(file_id: str) -> Response:
    """The one answer that is no JSON, to whoever has a key for it."""
    found: list[Response] = []

    def fetch(came: _Request) -> Answer:
        with running().store.reading() as tx:
            found.append(uploads.contents(tx, file_id))
        return Answer(200, "{}", came.id)

    answer = _answer(fetch, uploads.FETCHED)
    return found[0] if answer.status_code == 200 and found else answer


def _answer(make: Callable[[_Request], Answer], called: str = "") -> Response:
    emulator = running()
    faults = _faults(emulator)
    request_id, replayed = ids.new("req"), None
    came = _Request(request_id, {}, None)
    try:
        _fail_on_purpose(faults)
        is_publishable = _authenticate(called)
        came = _read(request_id, called, is_publishable=is_publishable)
        answer = make(came)
        replayed = answer.request_id if answer.request_id != request_id else None
        if faults.failure is not None:
            answer = _refusal(failure_of(faults.failure), request_id)
    except StripeFault as fault:
        answer = _refusal(fault, request_id)
    except HTTPException as error:
        wrong = StripeFault(error.description or error.name, status=error.code or 400)
        answer = _refusal(wrong, request_id)
    except Exception:
        log.exception("a bug of the emulator's in %s %s", request.method, _path())
        answer = _refusal(_BUG, request_id)
    if faults.delay_seconds:
        # Not without: even a pause of nothing gives the processor away.
        time.sleep(faults.delay_seconds)
    if faults.silence is not None:
        _note(emulator, came, None)
        return Response(HangUp(faults.silence.seconds))
    _note(emulator, came, answer)
    return _response(answer, request_id, replayed, came.key, faults.failure)


_BUG = StripeFault("The emulator failed; its log says why.", status=500, kind="api_error")


def _faults(emulator: Emulator) -> CallFaults:
    if BY_OPERATOR in request.environ:
        return CallFaults()
    return take_for_call(emulator.store, request.method, _path())


def _fail_on_purpose(faults: CallFaults) -> None:
    if not faults.lets_work:
        # Whoever is left without an answer never sees this one.
        raise failure_of(faults.failure) if faults.failure is not None else _BUG


def _handled(each: Route, path: dict[str, str], came: _Request) -> Answer:
    key = came.key
    if key is None:
        return _in_transaction(each, path, came)
    in_flight = running().in_flight
    in_flight.begin(key)
    try:
        return _in_transaction(each, path, came)
    finally:
        in_flight.end(key)


def _in_transaction(each: Route, path: dict[str, str], came: _Request) -> Answer:
    emulator = running()
    store = emulator.store
    with store.reading() if each.method == "GET" else store.transaction() as tx:
        call = Call(
            tx=tx,
            moment=emulator.clock.precise(),
            path=path,
            base_url=emulator.base_url,
            cli_endpoints=emulator.cli.endpoints(),
            request_id=came.id,
            idempotency_key=came.key,
            is_publishable=came.is_publishable,
            removed=came.removed,
        )
        if came.is_publishable:
            publishable.require_secret(call, f"{each.method} {each.path}", came.raw)
        if each.method == "GET":
            return Answer(200, _rendered(each, call, _understood(each, call, came.raw)), came.id)
        answer = _changed(each, call, came)
    if call.has_queued:
        emulator.woken.set()
    return answer


def _changed(each: Route, call: Call, came: _Request) -> Answer:
    """The handler's answer, or the one that was given under the same key before."""
    if came.key is not None:
        known = idempotency.replay(call.tx, came.key, _path(), came.raw, call.now)
        if known is not None:
            return known
    # A fault in here is kept under no key: nothing has been begun.
    paths = _understood(each, call, came.raw)
    call.tx.sql.execute("SAVEPOINT handler")
    try:
        answer = Answer(200, _rendered(each, call, paths), came.id)
    except StripeFault as fault:
        if not fault.keep:
            call.tx.sql.execute("ROLLBACK TO handler")
        answer = _refusal(fault, came.id)
        if fault.is_about_parameters:
            # "Idempotent requests": such a call may be mended and sent with the same key.
            return answer
    if came.key is not None:
        idempotency.keep(call.tx, came.key, _path(), came.raw, call.now, answer)
    return answer


def _understood(each: Route, call: Call, raw: dict[str, Any]) -> list[str]:
    """Reads the parameters into the call; the paths to expand."""
    given = dict(raw)
    paths = _expand_paths(given.pop("expand", None))
    if call.is_publishable:
        publishable.check(f"{each.method} {each.path}", given, paths)
    call.params = params.check(given, each.params)
    return paths


def _rendered(each: Route, call: Call, paths: list[str]) -> str:
    try:
        shown = _shown(each.handler(call))
    except StripeFault as fault:
        if call.is_publishable:
            publishable.trim(fault)
        raise
    expanded = expand(call, shown, paths)
    if call.is_publishable:
        expanded = publishable.seen(expanded)
    public = {name: value for name, value in expanded.items() if not name.startswith("_")}
    return json_text.shown(public)


def _shown(thing: Thing) -> Thing:
    if thing.get("object") in LISTS:
        return {**thing, "data": [complete(one) for one in thing["data"]]}
    return complete(thing)


def _expand_paths(value: Any) -> list[str]:
    if value is None:
        return []
    paths = forms.as_list(value)
    if paths is None or not all(isinstance(each, str) for each in paths):
        raise StripeFault("Invalid array: expand", param="expand")
    return paths


def _read(request_id: str, called: str, *, is_publishable: bool) -> _Request:
    request.max_content_length = _MAX_BODY
    texts, key = [request.query_string], None
    if request.method == "POST":
        if called == uploads.CALLED:
            uploads.limit(request)
        elif request.get_data() and request.mimetype != _FORM:
            raise StripeFault(f"Send parameters as {_FORM}.")
        else:
            texts.append(request.get_data())
        key = request.headers.get("Idempotency-Key")
    # Not Flask's own form: it forgets the order, and `a[]` needs it.
    pairs = [pair for text in texts for pair in parse_qsl(_text(text), keep_blank_values=True)]
    # A page's answer must not be one that a secret key was given, and the key is all that tells.
    kept = idempotency.checked(key) if key and not is_publishable else None
    raw = forms.nested([*pairs, *(uploads.fields(request) if called == uploads.CALLED else ())])
    removed = old_parameters.translate(called, raw) if speaks_old(request.headers) else {}
    return _Request(request_id, raw, kept, is_publishable, removed)


def _text(sent: bytes) -> str:
    return sent.decode("utf-8", "replace")


def _authenticate(called: str) -> bool:
    """Refuses keys that may not call this; whether the key is a publishable one."""
    key = api_key()
    if not key:
        raise StripeFault(
            "You did not provide an API key. Send it as 'Authorization: Bearer YOUR_SECRET_KEY'.",
            status=401,
        )
    if key.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise StripeFault(
            "This is an emulator on one machine. Live keys do not belong here; it did not keep "
            "this one.",
            status=401,
            code="testmode_charges_only",
        )
    if key.startswith("pk_test_"):
        publishable.require_allowed(called)
        return True
    if not key.startswith(("sk_test_", "rk_test_")):
        raise StripeFault(f"Invalid API Key provided: {_masked(key)}", status=401)
    return False


def api_key() -> str:
    """What the request that is being answered came with; '' if nothing."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _masked(key: str) -> str:
    return f"{key[:7]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * 8


def _refusal(fault: StripeFault, request_id: str) -> Answer:
    body = json_text.shown(fault.body(request_id))
    return Answer(fault.status, body, request_id)


def _response(
    answer: Answer, request_id: str, replayed: str | None, key: str | None, failure: Rule | None
) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    response.headers["Request-Id"] = request_id
    # Whatever version was asked for: this is the one that is spoken here.
    response.headers["Stripe-Version"] = API_VERSION
    response.headers["Cache-Control"] = "no-store"
    if answer.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Stripe"'
    if answer.status >= 500 or answer.status == 409:
        response.headers["Stripe-Should-Retry"] = "true"
    elif answer.status >= 400:
        response.headers["Stripe-Should-Retry"] = "false"
    if key is not None and "\n" not in key and "\r" not in key:
        response.headers["Idempotency-Key"] = key
        response.headers["Original-Request"] = replayed or request_id
    if replayed is not None:
        response.headers["Idempotent-Replayed"] = "true"
    if failure is not None and failure.status == 429:
        response.headers["Stripe-Rate-Limited-Reason"] = failure.reason
    return response


def _note(emulator: Emulator, came: _Request, answer: Answer | None) -> None:
    emulator.requests.appendleft(
        {
            "id": came.id,
            "method": request.method,
            "path": _path(),
            # None where a fault left the caller without one.
            "status": answer.status if answer is not None else None,
            "created": emulator.clock.precise(),
            "idempotency_key": came.key,
            "params": came.raw,
            "answer": answer.body[:_KEPT_ANSWER] if answer is not None else "",
        }
    )
    if answer is not None:
        at, status, body = emulator.clock.timestamp(), answer.status, answer.body
        answered = Answered(came.id, request.method, _path(), status, body, at)
        tailing.tell(emulator.cli, answered)


def _path() -> str:
    return request.path


def running() -> Emulator:
    """The emulator behind the app that answers."""
    found: Emulator = current_app.extensions["stripe_emulator"]
    return found
