"""The event log: what Stripe told, what became of it, and a replay; handlers that were given up."""

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.errors import NotFound, Refused
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.orders.order import Order
from paydesk.payments.event import EventState, StoredEvent
from paydesk.reports import paging
from paydesk.reports.attention import events_stay_away
from paydesk.reports.events import Filter, events, numbers_of
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

_FIELDS = ("type", "state", "order", "id")
_MAX_TEXT = 255
_MOST_HANDLERS = 200
_API = "https://api.stripe.com"


def add_events(desk: Blueprint) -> None:
    desk.add_url_rule("/events", "events", event_list)
    desk.add_url_rule("/events/handlers", "handlers", handler_list)
    desk.add_url_rule("/events/handlers", "repeat_handlers", repeat_handlers, methods=["POST"])
    desk.add_url_rule("/events/<event_id>", "event", event_page)
    desk.add_url_rule("/events/<event_id>/replay", "replay_event", replay_event, methods=["POST"])


@needs(Role.READ)
def event_list() -> ResponseReturnValue:
    shop = current_shop()
    given = {name: request.args.get(name, "").strip()[:_MAX_TEXT] for name in _FIELDS}
    with shop.database.transaction() as tx:
        page = events(tx, Filter(**given), paging.read(request.args.get("from", "")))
        silent_since = events_stay_away(tx)
    kept = {name: value for name, value in given.items() if value}
    older = desk_url("events", **kept, **{"from": str(page.older)}) if page.older else None
    return render_template(
        "paydesk/desk/events.html",
        page=page,
        given=given,
        is_filtered=bool(kept),
        is_first="from" not in request.args,
        newest=desk_url("events", **kept),
        older=older,
        states=[each.value for each in EventState],
        silent_since=silent_since,
    )


@needs(Role.READ)
def event_page(event_id: str) -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        row = _found(tx, event_id)
        numbers = numbers_of(tx, [row.order_id])
    api = shop.settings.stripe_api_base or _API
    return render_template(
        "paydesk/desk/event.html",
        event=row,
        number=numbers.get(row.order_id or ""),
        payload=_payload(row),
        command=shop.settings.called(f"events replay {row.id}"),
        # The key stays where it is: a page is looked at over shoulders.
        curl=f'curl {api}/v1/events/{row.id} -u "$STRIPE_SECRET_KEY:"',
    )


@needs(Role.ORDERS)
def replay_event(event_id: str) -> ResponseReturnValue:
    shop = current_shop()
    with shop.database.transaction() as tx:
        before = EventState(_found(tx, event_id).state)
    after, note = shop.inbox.replay(event_id)
    with shop.database.transaction() as tx:
        changed = {"state": before.value}, {"state": after.value}
        who = current_staff().email
        audit.note(tx, shop.clock, who, "event.replayed", f"event {event_id}", *changed)
    if after is EventState.FAILED:
        say(f"It fails still: {note}", "bad")
    elif before is EventState.FAILED:
        say("Applied. What it says is taken into account now.")
    else:
        say("Applied once more. It was taken into account before, so nothing has changed.", "plain")
    return redirect(desk_url("event", event_id=event_id), code=303)


@needs(Role.READ)
def handler_list() -> ResponseReturnValue:
    query = (
        select(OwedEffect, Order.number)
        .join(Order, Order.id == OwedEffect.order_id)
        .where(OwedEffect.state == EffectState.FAILED)
        .order_by(OwedEffect.ended_at.desc())
        .limit(_MOST_HANDLERS)
    )
    with current_shop().database.transaction() as tx:
        rows = [(row, number) for row, number in tx.execute(query)]
    return render_template("paydesk/desk/handlers.html", rows=rows)


@needs(Role.ORDERS)
def repeat_handlers() -> ResponseReturnValue:
    shop, form = current_shop(), request.form
    try:
        effect = Effect(form.get("effect", ""))
    except ValueError:
        raise NotFound("There are no such handlers.") from None
    order_id = form.get("order", "")[:40]
    with shop.database.transaction() as tx:
        if not shop.jobs.repeat(tx, effect, order_id):
            raise Refused("These handlers were not given up, or run again already.")
        number = tx.get_one(Order, order_id).number
        who, what = current_staff().email, f"order {number}"
        audit.note(tx, shop.clock, who, "effect.repeated", what, None, {"effect": effect.value})
    say(f"The handlers of order {number} for “{effect.value}” run again now.")
    return redirect(desk_url("handlers"), code=303)


def _found(tx: Session, event_id: str) -> StoredEvent:
    row = tx.get(StoredEvent, event_id[:_MAX_TEXT])
    if row is None:
        raise NotFound("There is no such event.")
    return row


def _payload(row: StoredEvent) -> Any:
    try:
        return json.loads(row.payload)
    except (ValueError, RecursionError):
        # Stored by a version before bodies were looked at.
        return row.payload
