"""Reads Stripe's side of a reconciliation: its lists, made small enough to hold."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from paydesk.payments.comparing import Booked, Booking, Theirs
from paydesk.payments.facts import merge
from paydesk.payments.gateway import Answer, Gateway, Listed
from paydesk.payments.reading import facts_of

# Told which list is being read, and how many were read of it so far.
Progress = Callable[[str, int], None]


# A charge is booked a while after it was made ("Asynchronous capture").
_BOOKED_AFTER_SECONDS = 3600


def read(gateway: Gateway, since: int, now: int, progress: Progress) -> Theirs:
    """Everything Stripe has from `since` on; both in seconds UTC.

    Raises StripeUnreachable or StripeRefused.
    """
    theirs = Theirs()
    each = partial(_each, gateway, since, progress)
    plain = (Listed.SESSIONS, Listed.INTENTS, Listed.INVOICES, Listed.SUBSCRIPTIONS)
    for thing in chain.from_iterable(map(each, plain)):
        _take_in(theirs, thing, now)
    for thing in each(Listed.CHARGES):
        _charge(theirs, gateway, thing, now)
    for thing in each(Listed.REFUNDS):
        _take_in(theirs, thing, now)
        if thing.get("balance_transaction"):
            theirs.booked.append(_booked(thing, -int(thing["amount"])))
    for thing in each(Listed.BALANCE):
        theirs.bookings[str(thing["id"])] = _booking(thing, now)
    return theirs


def _each(gateway: Gateway, since: int, progress: Progress, listed: Listed) -> Iterator[Answer]:
    for count, thing in enumerate(gateway.list_created(listed, since), 1):
        if count % 100 == 1:
            progress(listed.name.lower(), count)
        yield thing


def _charge(theirs: Theirs, gateway: Gateway, thing: Answer, now: int) -> None:
    _take_in(theirs, thing, now)
    is_due = thing.get("balance_transaction") or now - thing["created"] > _BOOKED_AFTER_SECONDS
    if thing.get("status") == "succeeded" and thing.get("captured") is True and is_due:
        theirs.booked.append(_booked(thing, int(thing["amount_captured"])))
    if thing.get("disputed") is True:
        for dispute in gateway.list_disputes(str(thing["id"])):
            _take_in(theirs, dispute, now)


def _take_in(theirs: Theirs, thing: Answer, now: int) -> None:
    for fact in facts_of(thing, livemode=thing.get("livemode") is True, told_at=now):
        known = theirs.facts.get(fact.key)
        theirs.facts[fact.key] = fact if known is None else merge(known, fact)


def _booked(thing: Answer, amount_minor: int) -> Booked:
    booking = thing.get("balance_transaction")
    return Booked(
        stripe_id=str(thing["id"]),
        amount_minor=amount_minor,
        currency=str(thing.get("currency")),
        booking_id=booking if isinstance(booking, str) else None,
    )


def _booking(thing: Answer, now: int) -> Booking:
    source = thing.get("source")
    return Booking(
        id=str(thing["id"]),
        type=str(thing.get("type")),
        amount_minor=int(thing["amount"]),
        fee_minor=int(thing["fee"]),
        net_minor=int(thing["net"]),
        currency=str(thing["currency"]),
        source=source if isinstance(source, str) else None,
        fresh=int(thing["created"]) >= now,
    )
