"""What the commands about orders share: an order by whatever the operator has in hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paydesk.cli.asking import fail

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from paydesk.orders.order import Order
    from paydesk.wiring import Shop


@contextmanager
def found_order(shop: "Shop", text: str) -> "Iterator[tuple[Session, Order]]":
    """The order and the transaction it was read in; ends with exit code 1 if there is none."""
    from paydesk.foundation.errors import NotFound
    from paydesk.payments.finding import find_order

    with shop.database.transaction() as tx:
        try:
            order = find_order(tx, text)
        except NotFound as error:
            fail(error.message)
        yield tx, order


def stamp(moment: datetime | None) -> str:
    """A time for people: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else "–"


def seconds_stamp(seconds: int) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))
