"""The whole check: the books of payments/checking.py, and the sums that are kept of them."""

from collections.abc import Iterator

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.orders.tallies import Measure
from paydesk.payments import checking
from paydesk.payments.checking_case import Finding, Severity
from paydesk.payments.checking_orders import Progress
from paydesk.reports import sums
from paydesk.reports.sums import Wrong

_ADVICE = "Add them up anew: paydesk report rebuild"


def check(database: Database, clock: Clock, progress: Progress) -> Iterator[Finding]:
    """Everything the database says against everything else it says; `progress` counts orders."""
    yield from checking.check(database, clock, progress)
    with database.transaction() as tx:
        wrong = sums.wrong(tx)
    for each in wrong:
        yield Finding("sum_differs", Severity.ERROR, _text(each), _ADVICE, ())


def _text(wrong: Wrong) -> str:
    said = f"{wrong.kept} is kept, and the books add up to {wrong.counted}"
    if wrong.measure == Measure.COUNT:
        return f"Orders in “{wrong.subject}”: {said}."
    of = f" of {wrong.subject}" if wrong.subject else ""
    return f"{wrong.measure}{of} on {wrong.day} in {wrong.currency}: {said}."
