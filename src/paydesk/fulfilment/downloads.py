"""Downloads: who bought a digital thing fetches its files by signed links that expire.

A link is made anew each time the order's page is shown. It names order, line and file; it is
signed, and good for a day by the shop's own clock. Each fetch from the beginning is counted in the
database by one conditional update, so that a link that is passed round runs out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue import files
from paydesk.catalogue.files import File
from paydesk.foundation.database import Base, insert_once
from paydesk.foundation.errors import NotFound, ShopError
from paydesk.orders.order import Order, OrderLine, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE

LINK_LIVES = timedelta(days=1)
# For each piece that was bought: a laptop, a telephone, and a few that broke off.
MOST_FETCHES = 5
# How often a fetch that broke off may be gone on with, before it counts as another one.
MOST_RESUMES = 50
_SALT = "paydesk.downloads"
_LONGEST_TOKEN = 400


class Fetched(Base):
    """One row is how often one file of one line of an order was fetched."""

    __tablename__ = "paydesk_fetches"

    order_id: Mapped[str] = mapped_column(ForeignKey("paydesk_orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("paydesk_files.id"), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    # Since the last that was counted.
    resumes: Mapped[int] = mapped_column(default=0)
    # How many more an operator has allowed.
    extra: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Right:
    """A file somebody may fetch. `left`: how often still."""

    position: int
    file: File
    left: int


@dataclass(frozen=True)
class Ticket:
    """What a signed link says."""

    order_id: str
    position: int
    file_id: str
    expires_at: datetime


class NoDownload(ShopError):
    """The link is ours, and nothing is fetched by it any more; the message says why."""

    status = 403
    code = "no_download"


class Tickets:
    """Signs links and reads them. Nobody makes one without the app's secret."""

    def __init__(self, app_secret: str) -> None:
        self._signer = URLSafeSerializer(app_secret, salt=_SALT)

    def sign(self, order_id: str, right: Right, at: datetime) -> str:
        """A link's token, good for a day."""
        until = int((at + LINK_LIVES).timestamp())
        return str(self._signer.dumps([order_id, right.position, right.file.id, until]))

    def read(self, token: str, at: datetime) -> Ticket:
        """What a token says. Raises NotFound where we did not sign it, NoDownload if it is old."""
        try:
            order_id, position, file_id, until = self._signer.loads(token[:_LONGEST_TOKEN])
        except (BadData, ValueError, TypeError):
            raise NotFound(
                "We do not know this download. Check that the whole link was copied."
            ) from None
        expires_at = datetime.fromtimestamp(until, at.tzinfo)
        if at >= expires_at:
            raise NoDownload(
                "This link has expired. A new one is on your order’s page, whose address is in "
                "our letters.",
                code="link_expired",
            )
        return Ticket(order_id, position, file_id, expires_at)


def rights(tx: Session, order: Order) -> list[Right]:
    """What the buyer of an order may fetch now; nothing before it is paid or once it went back."""
    lines = [line for line in order.lines if _is_kept(order, line)]
    known = files.of_variants(
        tx, [line.variant_id for line in lines if line.variant_id], order.paid_at
    )
    counted = _counted(tx, order.id)
    return [
        Right(line.position, file, _left(line, counted.get((line.position, file.id))))
        for line in lines
        for file in known
        if file.variant_id == line.variant_id
    ]


def fetch(tx: Session, ticket: Ticket, *, resumes: bool = False) -> File:
    """Count a fetch and say which file it is of. `resumes`: it goes on where one broke off.

    Raises NotFound, or NoDownload: given back, or fetched too often.
    """
    line, right = _found(tx, ticket)
    if not (resumes and _resume(tx, ticket)) and not _count(tx, ticket, line):
        raise NoDownload(
            "This file was fetched as often as it can be. Write to us if you need it once more.",
            code="fetched_too_often",
        )
    return right.file


def look(tx: Session, ticket: Ticket) -> File:
    """Which file it is of, without counting; raises as `fetch`, but never for too often."""
    return _found(tx, ticket)[1].file


def _found(tx: Session, ticket: Ticket) -> tuple[OrderLine, Right]:
    order = tx.get(Order, ticket.order_id)
    line = _line(order, ticket.position) if order is not None else None
    if order is None or line is None:
        raise NotFound("We do not know this download. Check that the whole link was copied.")
    if not _is_kept(order, line):
        raise NoDownload("This was given back, so it can be fetched no more.", code="given_back")
    for right in rights(tx, order):
        if (right.position, right.file.id) == (ticket.position, ticket.file_id):
            return line, right
    raise NotFound("This file is not there any more. Write to us.")


def allow_more(tx: Session, order: Order, fetches: int = MOST_FETCHES) -> int:
    """Let the files of an order be fetched more often; of how many files it now is more."""
    for right in rights(tx, order):
        _begin(tx, order.id, right.position, right.file.id)
    grown = (
        update(Fetched)
        .where(Fetched.order_id == order.id)
        .values(extra=Fetched.extra + fetches)
        .returning(Fetched.file_id)
    )
    return len(tx.execute(grown).all())


def _is_kept(order: Order, line: OrderLine) -> bool:
    """Whether a line is paid for and has not gone back."""
    is_paid = order.payment == PaymentStatus.PAID and SOLD_OUT_MEANWHILE not in order.flags
    is_given_back = order.refunded_minor >= order.paid_minor > 0
    return is_paid and not is_given_back and line.returned < line.quantity


def _line(order: Order, position: int) -> OrderLine | None:
    return next((line for line in order.lines if line.position == position), None)


def _most(line: OrderLine) -> int:
    return MOST_FETCHES * (line.quantity - line.returned)


def _counted(tx: Session, order_id: str) -> Mapping[tuple[int, str], Fetched]:
    rows = tx.scalars(select(Fetched).where(Fetched.order_id == order_id))
    return {(row.position, row.file_id): row for row in rows}


def _left(line: OrderLine, row: Fetched | None) -> int:
    if row is None:
        return _most(line)
    return max(0, _most(line) + row.extra - row.count)


def _begin(tx: Session, order_id: str, position: int, file_id: str) -> None:
    key = {"order_id": order_id, "position": position, "file_id": file_id}
    insert_once(tx, Fetched, **key, count=0, resumes=0, extra=0)


def _count(tx: Session, ticket: Ticket, line: OrderLine) -> bool:
    """Count one fetch unless it is one too many: one update, whoever else counts meanwhile."""
    _begin(tx, ticket.order_id, ticket.position, ticket.file_id)
    counted = (
        update(Fetched)
        .where(
            Fetched.order_id == ticket.order_id,
            Fetched.position == ticket.position,
            Fetched.file_id == ticket.file_id,
            Fetched.count < _most(line) + Fetched.extra,
        )
        .values(count=Fetched.count + 1, resumes=0)
        .returning(Fetched.count)
    )
    return tx.execute(counted).first() is not None


def _resume(tx: Session, ticket: Ticket) -> bool:
    """Whether this goes on with a fetch that was counted."""
    gone_on = (
        update(Fetched)
        .where(
            Fetched.order_id == ticket.order_id,
            Fetched.position == ticket.position,
            Fetched.file_id == ticket.file_id,
            Fetched.count > 0,
            Fetched.resumes < MOST_RESUMES,
        )
        .values(resumes=Fetched.resumes + 1)
        .returning(Fetched.resumes)
    )
    return tx.execute(gone_on).first() is not None
