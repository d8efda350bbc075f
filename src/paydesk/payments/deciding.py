"""What a synchronisation is to do with one product: pure.

Both sides carry what they had in common last: its fingerprint is in the metadata of Stripe's
product, written in the same call as the change itself. A side that differs from it has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from paydesk.catalogue.product import Rhythm, Terms
from paydesk.payments.shelf import Card, Offer, Ours, Theirs


class Way(StrEnum):
    """Which side is to follow the other."""

    PUSH = "push"
    PULL = "pull"


class Side(StrEnum):
    """Who wins where both have changed."""

    OURS = "ours"
    THEIRS = "theirs"


class Verdict(StrEnum):
    """What is to be done; `waiting`: by the other command, `conflict`: by people."""

    CREATE = "create"
    CHANGE = "change"
    LINK = "link"
    WAITING = "waiting"
    CONFLICT = "conflict"
    UNFIT = "unfit"


CHANGES = frozenset({Verdict.CREATE, Verdict.CHANGE, Verdict.LINK})


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same, in words."""

    what: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Step:
    """One product and what is to be done with it."""

    verdict: Verdict
    name: str
    ours: Ours | None
    theirs: Theirs | None
    differences: tuple[Difference, ...]
    note: str = ""


def decide(
    way: Way, ours: Ours | None, theirs: Theirs | None, prefer: Side | None = None
) -> Step | None:
    """What to do with one product that one side or both have; None: nothing."""
    if ours is None or theirs is None:
        return _of_one_side(way, ours, theirs)
    if way is Way.PULL and theirs.unfit:
        return _step(Verdict.UNFIT, ours, theirs, theirs.unfit[0])
    if ours.card == theirs.card:
        return None if _is_tidy(ours, theirs) else _step(Verdict.LINK, ours, theirs)
    return _of_two(way, ours, theirs, prefer)


def _is_tidy(ours: Ours, theirs: Theirs) -> bool:
    noted = theirs.synced == ours.card.fingerprint and not theirs.writing and theirs.is_linked
    return noted and not theirs.unmarked and not theirs.leftover


def _of_two(way: Way, ours: Ours, theirs: Theirs, prefer: Side | None) -> Step:
    # What we were writing when we were cut off is our change, and nobody else's.
    theirs_changed = theirs.card.fingerprint != theirs.synced and not theirs.writing
    ours_changed = ours.card.fingerprint != theirs.synced or bool(theirs.writing)
    if ours_changed and theirs_changed and prefer is None:
        return _step(Verdict.CONFLICT, ours, theirs, "changed here and at Stripe")
    both = ours_changed and theirs_changed
    ours_leads = prefer is Side.OURS if both else ours_changed
    if ours_leads is (way is Way.PUSH):
        return _step(Verdict.CHANGE, ours, theirs)
    where = "here: paydesk products push" if ours_leads else "at Stripe: paydesk products pull"
    return _step(Verdict.WAITING, ours, theirs, f"changed {where}")


def _of_one_side(way: Way, ours: Ours | None, theirs: Theirs | None) -> Step | None:
    if way is Way.PUSH and ours is not None:
        return _step(Verdict.CREATE, ours, None) if _is_worth_it(ours.card) else None
    # One that is linked belongs to another database of this account.
    if way is Way.PULL and theirs is not None and not theirs.is_linked and theirs.card.is_sold:
        if theirs.unfit:
            return _step(Verdict.UNFIT, None, theirs, theirs.unfit[0])
        return _step(Verdict.CREATE, None, theirs) if _is_worth_it(theirs.card) else None
    return None


def _is_worth_it(card: Card) -> bool:
    """A draft, or what was archived before the other side ever saw it, is nobody's business."""
    return card.is_sold and bool(card.offers)


def _step(verdict: Verdict, ours: Ours | None, theirs: Theirs | None, note: str = "") -> Step:
    shown = ours.card if ours is not None else theirs.card if theirs is not None else None
    assert shown is not None, "one side has it"
    differences = tuple(_differences(ours.card if ours else None, theirs.card if theirs else None))
    return Step(verdict, shown.name, ours, theirs, differences, note)


def _differences(ours: Card | None, theirs: Card | None) -> list[Difference]:
    found = []
    for what, read in (
        ("name", lambda card: card.name),
        ("description", lambda card: _short(card.description)),
        ("sold", lambda card: "yes" if card.is_sold else "no"),
    ):
        here, there = (read(card) if card is not None else "" for card in (ours, theirs))
        if here != there:
            found.append(Difference(what, here, there))
    return found + _offers_differ(ours.offers if ours else {}, theirs.offers if theirs else {})


def _offers_differ(ours: Mapping[str, Offer], theirs: Mapping[str, Offer]) -> list[Difference]:
    found = []
    for variant in dict.fromkeys([*ours, *theirs]):
        here, there = ours.get(variant), theirs.get(variant)
        if here == there:
            continue
        shown = here or there
        assert shown is not None, "one side has it"
        renamed = here is not None and there is not None and here.name != there.name
        what = f"price of {shown.name}" if shown.name and not renamed else "price"
        found.append(
            Difference(what, _offered(here, named=renamed), _offered(there, named=renamed))
        )
    return found


def _offered(offer: Offer | None, *, named: bool) -> str:
    if offer is None:
        return ""
    name = f"{offer.name or 'no name'}, " if named else ""
    return name + terms_in_words(offer.terms)


def terms_in_words(terms: Terms) -> str:
    """For people: `$9.00 (€8.00) every 3 months, 14 days free`."""
    others = ", ".join(each.text() for each in terms.others)
    asked = f"{terms.price.text()} ({others})" if others else terms.price.text()
    return asked + (_often(terms.rhythm) if terms.rhythm is not None else "")


def _often(rhythm: Rhythm) -> str:
    every = f" every {rhythm.count} {rhythm.unit}s" if rhythm.count > 1 else f" a {rhythm.unit}"
    return every + (f", {rhythm.trial_days} days free" if rhythm.trial_days else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
