"""What needs attention, in words and with the page where it is mended."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from paydesk.doctor.diagnosis import Diagnosis, Grade, ago
from paydesk.reports.attention import Item, Need
from paydesk.web.desk.addresses import desk_has, desk_url

_PLURALS = {
    Need.TO_SHIP: (
        "order is paid and waits to be shipped",
        "orders are paid and wait to be shipped",
    ),
    Need.PENDING_LONG: (
        "payment is pending for more than two weeks",
        "payments are pending for more than two weeks",
    ),
    Need.EVENTS_FAILED: (
        "event of Stripe’s could not be applied",
        "events of Stripe’s could not be applied",
    ),
    Need.LETTERS_FAILED: ("letter could not be sent", "letters could not be sent"),
    Need.HANDLERS_FAILED: ("handler was given up", "handlers were given up"),
    Need.DISPUTES: ("dispute waits for your answer", "disputes wait for your answer"),
    Need.REFUNDS_FAILED: (
        "refund came back: the buyer still waits for the money",
        "refunds came back: the buyers still wait for the money",
    ),
    Need.REFUNDS_WAIT: (
        "refund has waited for Stripe’s answer for more than an hour",
        "refunds have waited for Stripe’s answer for more than an hour",
    ),
    Need.DIFFERS: (
        "payment is not what was agreed",
        "payments are not what was agreed",
    ),
    Need.WITHDRAWALS: (
        "buyer has withdrawn and waits for your answer",
        "buyers have withdrawn and wait for your answer",
    ),
    Need.PAID_TWICE: ("order was paid twice", "orders were paid twice"),
    Need.SOLD_OUT: (
        "late payment came after the items were gone",
        "late payments came after the items were gone",
    ),
    Need.LOW_STOCK: ("product is low in stock", "products are low in stock"),
}
_BAD = frozenset(
    {Need.DISPUTES, Need.EVENTS_STAY_AWAY, Need.REFUNDS_FAILED, Need.DIFFERS, Need.PAID_TWICE}
)
# Where each is mended: the page's endpoint, and what it is asked.
_PLACES: dict[Need, tuple[str, dict[str, str]]] = {
    Need.TO_SHIP: ("orders", {"tab": "to_ship"}),
    Need.PENDING_LONG: ("orders", {"tab": "pending"}),
    Need.WITHDRAWALS: ("withdrawals", {}),
    Need.EVENTS_FAILED: ("events", {"state": "failed"}),
    Need.HANDLERS_FAILED: ("handlers", {}),
    Need.REFUNDS_WAIT: ("payments", {"kind": "refund"}),
    Need.LOW_STOCK: ("products", {"show": "low"}),
    Need.LETTERS_FAILED: ("mail", {"state": "failed"}),
    Need.EVENTS_STAY_AWAY: ("events", {}),
}
_PROBLEMS = ("orders", {"tab": "problems"})


@dataclass(frozen=True)
class Line:
    """One line of the list: how pressing (bad or wait), how many, the sentence, more, where."""

    tone: str
    count: int
    sentence: str
    more: str
    url: str | None


def lines(items: list[Item], now: datetime) -> list[Line]:
    """Each thing that needs attention, in words."""
    return [_line(item, now) for item in items]


def of_doctor(found: list[Diagnosis], items: list[Item]) -> list[Line]:
    """What the doctor can tell without asking anybody, less what `items` say themselves."""
    # What was given up is counted anew for each home; the doctor's word may be an old one.
    said = {"work"} | {"letters" for each in items if each.need is Need.LETTERS_FAILED}
    url = desk_url("doctor") if desk_has("doctor") else None
    return [
        Line("bad" if each.grade is Grade.FAILURE else "wait", 0, each.reason, each.fix, url)
        for each in found
        if each.grade is not Grade.OK and each.check not in said
    ]


def _line(item: Item, now: datetime) -> Line:
    endpoint, values = _PLACES.get(item.need, _PROBLEMS)
    url = desk_url(endpoint, **values) if desk_has(endpoint) else None
    tone = "bad" if item.need in _BAD else "wait"
    if item.need is Need.EVENTS_STAY_AWAY:
        assert item.at is not None, "it is about a moment"
        sentence = f"The newest order was paid {ago(now - item.at)} ago, and no event came since."
        return Line(tone, 0, sentence, "See whether Stripe reaches the webhook.", url)
    one, many = _PLURALS[item.need]
    return Line(tone, item.count, one if item.count == 1 else many, _more(item, now), url)


def _more(item: Item, now: datetime) -> str:
    if item.names:
        more = item.count - len(item.names)
        return ", ".join(item.names) + (f" and {more} more" if more > 0 else "")
    if item.at is None:
        return ""
    if item.need is Need.DISPUTES:
        return f"the first answer is due by {format_date(item.at, 'd MMMM y', locale='en_GB')}"
    return f"the oldest for {ago(now - item.at)}"
