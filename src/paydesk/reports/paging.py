"""Where a page of a list by time begins: after the last row of the page before, never by counting.

So the thousandth page costs what the first one does, and nothing is shown twice while rows come in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_

from paydesk.foundation.errors import Invalid

_MAX_ID = 255


@dataclass(frozen=True)
class Place:
    """A row by its time and its id; what is older comes after it."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"


def read(text: str) -> Place | None:
    """The place somebody's address names; None for none. Raises Invalid."""
    if not text:
        return None
    at, _, row_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("There is no such page.", code="bad_page") from None
    if moment.tzinfo is None or not 0 < len(row_id) <= _MAX_ID:
        raise Invalid("There is no such page.", code="bad_page")
    return Place(moment, row_id)


def older(query: Select[Any], at: Any, row_id: Any, place: Place | None) -> Select[Any]:
    """Newest first, from a place on."""
    if place is not None:
        same: ColumnElement[bool] = and_(at == place.at, row_id < place.id)
        # Said twice, as the first part is what an index is asked.
        query = query.where(at <= place.at, or_(at < place.at, same))
    return query.order_by(at.desc(), row_id.desc())
