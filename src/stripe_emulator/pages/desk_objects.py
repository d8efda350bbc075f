"""The dashboard's objects: every kind, every object, what happened to it and what can be done."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, current_app, make_response, redirect, request, url_for
from werkzeug.exceptions import NotFound

from stripe_emulator import browsing
from stripe_emulator.door import knock, refusal_in
from stripe_emulator.pages import desk_acts, desk_rows, guard, words
from stripe_emulator.pages.checkout import emulator
from stripe_emulator.pages.desk_frame import MANY, TOKEN, back, framed
from stripe_emulator.pages.json_view import pieces
from stripe_emulator.pages.words import State
from stripe_emulator.store import Thing

_EVENTS_OF_ONE = 30
_OF_EACH_KIND = 5
# The first of these that an object has tells people which it is.
_TELLING = ("name", "email", "nickname", "description", "number", "code", "type", "url", "reason")
_AMOUNTS = ("amount", "amount_total", "total", "unit_amount", "amount_due")


@dataclass(frozen=True)
class Kind:
    """A kind of object and how many there are; `+` when more than are counted."""

    kind: str
    word: str
    count: str


@dataclass(frozen=True)
class Row:
    """An object in a list."""

    id: str
    told: str
    amount: tuple[int, str] | None
    state: State | None
    created: int | None


def overview() -> Response:
    """GET: what kinds of objects there are."""
    found = browsing.kinds(emulator())
    kinds = [
        Kind(kind, spoken(kind), f"{count}+" if count >= browsing.COUNTED else str(count))
        for kind, count in found.items()
    ]
    return framed("desk_kinds.html", "Objects", "objects", kinds=kinds, missed=None)


def of_kind(kind: str) -> Response:
    """GET: the objects of a kind, newest first."""
    if kind == "event":
        return _to(url_for("pages.desk_events"))
    found = browsing.objects(emulator(), kind, MANY, request.args.get("before"))
    older = None
    if found.has_more:
        older = url_for("pages.desk_objects_of_kind", kind=kind, before=found.data[-1]["id"])
    rows = [_row(each) for each in found.data]
    heading = spoken(kind)
    return framed("desk_objects.html", heading, "objects", kind=kind, rows=rows, older=older)


def find() -> Response:
    """GET: from an id to its object."""
    wanted = request.args.get("id", "").strip()
    found = browsing.find(emulator(), wanted)
    if found is None:
        return framed("desk_kinds.html", "Objects", "objects", 404, kinds=[], missed=wanted[:200])
    return _to(url_for("pages.desk_objects_one", kind=found["object"], thing_id=wanted))


def one(kind: str, thing_id: str) -> Response:
    """GET: one object whole."""
    return _shown(_required(kind, thing_id), None, 200)


def act(kind: str, thing_id: str) -> Response:
    """POST: does to the object what the button says."""
    guard.require_token(TOKEN)
    thing = _required(kind, thing_id)
    wanted = request.form.get("do", "")
    chosen = next((each for each in desk_acts.of(thing) if each.name == wanted), None)
    if chosen is None:
        return _shown(thing, "That cannot be done any more: it has changed meanwhile.", 409)
    status, answer = knock(_app(), *chosen.call(thing))
    if status >= 400:
        return _shown(_required(kind, thing_id), refusal_in(answer), 422)
    if browsing.find(emulator(), thing_id) is None:
        return back("pages.desk_objects_of_kind", "deleted", kind=kind)
    return back("pages.desk_objects_one", "acted", kind=kind, thing_id=thing_id)


def one_of(kind: str) -> str:
    """`Checkout session`: a kind in words."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def spoken(kind: str) -> str:
    """`Checkout sessions`: a kind as a heading."""
    word = one_of(kind)
    return word if word.endswith("s") else word[:-1] + "ies" if word.endswith("y") else word + "s"


def _shown(thing: Thing, problem: str | None, status: int) -> Response:
    events = browsing.events_about(emulator(), thing["id"], _EVENTS_OF_ONE)
    return framed(
        "desk_object.html",
        _row(thing).told or one_of(thing["object"]),
        "objects",
        status,
        thing=thing,
        row=_row(thing),
        kind_word=spoken(thing["object"]),
        links=_links(thing),
        acts=desk_acts.of(thing),
        problem=problem,
        belonging=[
            (each["object"], one_of(each["object"]), _row(each))
            for each in browsing.belonging_to(emulator(), thing, _OF_EACH_KIND)
        ],
        events=desk_rows.events([{**each, "delivery_state": "none"} for each in events]),
        payload=pieces(emulator(), thing),
    )


def _required(kind: str, thing_id: str) -> Thing:
    found = browsing.find(emulator(), thing_id)
    if found is None or found["object"] != kind:
        abort(404)
    return found


def _row(thing: Thing) -> Row:
    told = next((str(thing[name]) for name in _TELLING if thing.get(name)), "")
    if not told and isinstance(thing.get("customer_details"), dict):
        told = str(thing["customer_details"].get("email") or "")
    return Row(thing["id"], told[:120], _amount(thing), _state(thing), thing.get("created"))


def _amount(thing: Thing) -> tuple[int, str] | None:
    amount = next((thing[name] for name in _AMOUNTS if isinstance(thing.get(name), int)), None)
    currency = thing.get("currency")
    return (amount, currency) if amount is not None and isinstance(currency, str) else None


def _state(thing: Thing) -> State | None:
    if isinstance(thing.get("status"), str):
        return words.status(thing["status"])
    if isinstance(thing.get("active"), bool):
        return words.status("active" if thing["active"] else "inactive")
    return None


def _links(thing: Thing) -> list[tuple[str, str]]:
    """Pages of the emulator that show this object to a buyer."""
    named = (
        ("url", "Open the page"),
        ("hosted_invoice_url", "Open the invoice"),
        ("receipt_url", "Open the receipt"),
    )
    here = emulator().base_url
    found = [
        (str(thing[name]), word)
        for name, word in named
        if _is_page(here, str(thing.get(name) or ""))
    ]
    if thing.get("status") == "requires_action":
        address = url_for("pages.challenge_show", intent_id=thing["id"])
        found.append((address, "Open the buyer’s page"))
    return found


def _is_page(here: str, address: str) -> bool:
    if not address.startswith(f"{here}/"):
        return False
    try:
        current_app.url_map.bind("").match(urlsplit(address).path)
    except NotFound:
        return False
    return True


def _to(address: str) -> Response:
    return guard.limit(make_response(redirect(address)))


def _app() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's own way
