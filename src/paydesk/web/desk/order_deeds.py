"""What is done to one order from its page: shipments, notes, the archive, and mending."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from paydesk.foundation.errors import Invalid, NotFound, ShopError
from paydesk.fulfilment import letters, withdrawals
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.letters import Letter
from paydesk.fulfilment.shipments import Parcel, Shipment
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.reports.filtering import parse_day
from paydesk.reports.order_detail import detail
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs, needs_recent_sign_in
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.order import order_of, show
from paydesk.web.desk.saying import say


def add_order_deeds(desk: Blueprint) -> None:
    of_order = "/orders/<int:number>"
    for path, name, view in (
        ("/shipments", "ship_order", ship),
        ("/shipments/<shipment_id>", "change_shipment", change_shipment),
        ("/notes", "write_note", write_note),
        ("/follow-up", "follow_up", follow_up),
        ("/archive", "archive_order", archive),
        ("/effects", "repeat_effects", repeat_effects),
        ("/failed-refunds", "repeat_refunds", repeat_refunds),
        ("/letters/<letter_id>", "send_letter_again", send_letter_again),
        ("/withdrawals/<withdrawal_id>", "handle_withdrawal", handle_withdrawal),
    ):
        desk.add_url_rule(f"{of_order}{path}", name, view, methods=["POST"])


@needs(Role.ORDERS)
def ship(number: int) -> ResponseReturnValue:
    """A parcel: `line-N` says how many of line N (from 0) are in it."""
    form = request.form

    def deed(order_id: str, by: str) -> str:
        carrier = form.get("carrier", "")
        parcel = Parcel(
            items=_items(),
            carrier=form.get("other", "") if carrier == "other" else carrier,
            tracking=form.get("tracking", ""),
            attempt=form.get("attempt", "")[:80] or None,
        )
        current_shop().order_desk.ship(order_id, parcel, by)
        return "Marked as shipped."

    return _done(number, deed, "ship")


@needs(Role.ORDERS)
def change_shipment(number: int, shipment_id: str) -> ResponseReturnValue:
    """`do` says what: undo or deliver."""

    def deed(order_id: str, by: str) -> str:
        desk = current_shop().order_desk
        _check_belongs(shipment_id, order_id)
        match request.form.get("do"):
            case "undo":
                desk.undo_shipment(shipment_id, by)
                return "The shipment was undone: its things are to be shipped again."
            case "deliver":
                desk.deliver(shipment_id, by)
                return "Marked as delivered."
        raise Invalid("Say what became of the parcel.")

    return _done(number, deed)


@needs(Role.ORDERS)
def write_note(number: int) -> ResponseReturnValue:
    def deed(order_id: str, by: str) -> str:
        current_shop().order_desk.write_note(order_id, request.form.get("note", ""), by)
        return "The note is kept."

    return _done(number, deed, "note")


@needs(Role.ORDERS)
def follow_up(number: int) -> ResponseReturnValue:
    def deed(order_id: str, by: str) -> str:
        day = parse_day(request.form.get("day", ""))
        current_shop().order_desk.follow_up(order_id, day, by)
        return f"To be looked at again on {day.isoformat()}." if day else "No day to look again."

    return _done(number, deed, "day")


@needs(Role.ORDERS)
def archive(number: int) -> ResponseReturnValue:
    """`do` says what: archive or unarchive."""

    def deed(order_id: str, by: str) -> str:
        put_away = request.form.get("do") != "unarchive"
        current_shop().order_desk.archive(order_id, by, put_away=put_away)
        return "Archived." if put_away else "Taken out of the archive."

    return _done(number, deed)


@needs(Role.ORDERS)
def repeat_effects(number: int) -> ResponseReturnValue:
    """Has the handlers that were given up run again."""

    def deed(order_id: str, by: str) -> str:
        shop = current_shop()
        with shop.database.transaction() as tx:
            begun = [each.value for each in Effect if shop.jobs.repeat(tx, each, order_id)]
            if begun:
                about = f"order {number}"
                audit.note(tx, shop.clock, by, "effect.repeated", about, None, {"effects": begun})
        return "The handlers run again." if begun else "No handler of this order was given up."

    return _done(number, deed)


@needs(Role.ORDERS)
@needs_recent_sign_in
def repeat_refunds(number: int) -> ResponseReturnValue:
    """Makes good the refunds that failed after they had been made."""

    def deed(order_id: str, by: str) -> str:
        shop = current_shop()
        made = shop.refunds.repeat(order_id)
        with shop.database.transaction() as tx:
            ids = {"refunds": [row.id for row in made]}
            audit.note(tx, shop.clock, by, "refund.repeated", f"order {number}", None, ids)
        return "The refund is made again."

    return _done(number, deed)


@needs(Role.ORDERS)
def send_letter_again(number: int, letter_id: str) -> ResponseReturnValue:
    def deed(order_id: str, by: str) -> str:
        shop = current_shop()
        with shop.database.transaction() as tx:
            known = tx.get(Letter, letter_id)
            if known is None or known.order_id != order_id:
                raise NotFound("There is no such letter about this order.")
            letter = letters.send_again(tx, letter_id, shop.clock.now())
            about = {"letter": letter.id, "kind": letter.kind}
            audit.note(tx, shop.clock, by, "letter.sent-again", f"order {number}", None, about)
        return "The letter is sent again."

    return _done(number, deed)


@needs(Role.ORDERS)
def handle_withdrawal(number: int, withdrawal_id: str) -> ResponseReturnValue:
    """Notes that a withdrawal was dealt with; money goes back by a refund."""

    def deed(order_id: str, by: str) -> str:
        shop = current_shop()
        with shop.database.transaction() as tx:
            row = tx.get(Withdrawal, withdrawal_id)
            if row is None or row.order_id != order_id:
                raise NotFound("There is no such withdrawal.")
            withdrawals.handle(tx, withdrawal_id, by, shop.clock.now())
            audit.note(tx, shop.clock, by, "withdrawal.handled", f"order {number}")
        return "The withdrawal was dealt with."

    return _done(number, deed)


def _done(
    number: int, deed: Callable[[str, str], str], field: str | None = None
) -> ResponseReturnValue:
    """Do it, and show the order again; a refusal is shown on it, at `field` of its form."""
    shop = current_shop()
    with shop.database.reading() as tx:
        order_id = order_of(tx, number).id
    try:
        sentence = deed(order_id, current_staff().email)
    except ShopError as error:
        if field is None:
            say(error.message, "bad")
            return redirect(desk_url("order", number=number), code=303)
        with shop.database.reading() as tx:
            return show(detail(tx, order_of(tx, number)), {field: error.message}), error.status
    say(sentence)
    return redirect(desk_url("order", number=number), code=303)


def _items() -> dict[int, int] | None:
    """How many of which line; None if the form does not say: all that is left."""
    fields: dict[str, Any] = {
        name: word for name, word in request.form.items() if name.startswith("line-")
    }
    if not fields:
        return None
    try:
        return {int(name.removeprefix("line-")): int(word or "0") for name, word in fields.items()}
    except ValueError:
        raise Invalid("How many are in the parcel is a whole number.") from None


def _check_belongs(shipment_id: str, order_id: str) -> None:
    with current_shop().database.reading() as tx:
        shipment = tx.get(Shipment, shipment_id)
    if shipment is None or shipment.order_id != order_id:
        raise NotFound("There is no such shipment of this order.")
