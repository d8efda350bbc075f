"""Stock on hand and holds; every change is one conditional UPDATE.

A hold:  held -> taken     (the order was paid)
         held -> released  (cancelled, expired or failed)
         released -> taken (paid after all, while stock was left)
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from sqlalchemy import ForeignKey, Integer, String, Table, bindparam, or_, select, text, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import Update

from paydesk.catalogue.product import Variant
from paydesk.foundation.database import Base
from paydesk.foundation.errors import Refused

# With so many left a buyer is told, and the merchant reminded, unless the variant says otherwise.
LOW_STOCK = 5

_AVAILABLE = text("SELECT id FROM paydesk_variants WHERE on_hand IS NULL OR on_hand > held")
_LEVELS = text("SELECT id, on_hand, held FROM paydesk_variants WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


class HoldState(StrEnum):
    """Where a hold stands; the drawing is in this module's docstring."""

    HELD = "held"
    TAKEN = "taken"
    RELEASED = "released"


class Availability(StrEnum):
    """What a buyer is told: `reserved` may come back, `sold_out` will not by itself."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SOLD_OUT = "sold_out"


class Hold(Base):
    """One row is stock of one variant kept for one order."""

    __tablename__ = "paydesk_holds"

    order_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("paydesk_variants.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(10), default=HoldState.HELD, index=True)


class Counted(Protocol):
    """What has stock: a variant, or its level as read by itself."""

    @property
    def on_hand(self) -> int | None: ...

    @property
    def held(self) -> int: ...


@dataclass(frozen=True)
class Level:
    """The stock of a variant at one moment; `on_hand` None never runs out."""

    on_hand: int | None
    held: int


class SoldOut(Refused):
    """Too little is left to hold."""

    code = "sold_out"


def levels(tx: Session, variant_ids: Collection[str]) -> dict[str, Level]:
    """The stock of several variants at once."""
    rows = tx.execute(_LEVELS, {"ids": list(variant_ids)}) if variant_ids else ()
    return {variant_id: Level(on_hand, held) for variant_id, on_hand, held in rows}


def available(tx: Session) -> set[str]:
    """The variants of which at least one can be had now."""
    return set(tx.scalars(_AVAILABLE))


def availability(variant: Counted) -> Availability:
    if variant.on_hand is None or variant.on_hand - variant.held > 0:
        return Availability.AVAILABLE
    return Availability.RESERVED if variant.on_hand > 0 else Availability.SOLD_OUT


def left(variant: Counted) -> int | None:
    """How many can be held now; None when the variant never runs out."""
    return None if variant.on_hand is None else max(0, variant.on_hand - variant.held)


def low_at(variant: Variant) -> int:
    """The number from which on the variant is low in stock."""
    return LOW_STOCK if variant.low_stock_at is None else variant.low_stock_at


def is_low(variant: Variant) -> bool:
    """Whether little or nothing is left; a variant that never runs out is never low."""
    remaining = left(variant)
    return remaining is not None and remaining <= low_at(variant)


def hold(tx: Session, order_id: str, variant: Variant, quantity: int) -> None:
    """Keep `quantity` of `variant` for an order. Raises SoldOut and changes nothing."""
    enough = or_(Variant.on_hand.is_(None), Variant.on_hand - Variant.held >= quantity)
    if not _changed(
        tx,
        update(Variant)
        .where(Variant.id == variant.id, enough)
        .values(held=Variant.held + quantity),
    ):
        tx.refresh(variant)
        raise _too_little(variant)
    tx.add(Hold(order_id=order_id, variant_id=variant.id, quantity=quantity, state=HoldState.HELD))


def release(tx: Session, order_id: str) -> None:
    """Put back what an order still holds; a second call finds nothing to do."""
    for row in _holds(tx, order_id):
        if _move(tx, row, HoldState.HELD, HoldState.RELEASED):
            tx.execute(_PUT_BACK, _of(row))


def take(tx: Session, order_id: str) -> bool:
    """Hand an order's stock over for good. False: it was released and too little is left now.

    A second call finds nothing to do and answers as the first did.
    """
    enough = True
    for row in _holds(tx, order_id):
        if _move(tx, row, HoldState.HELD, HoldState.TAKEN):
            tx.execute(_HAND_OVER, _of(row))
        elif row.state == HoldState.RELEASED:
            enough = _take_released(tx, row) and enough
    return enough


def restock(tx: Session, variant_id: str, quantity: int) -> None:
    """Put back on the shelf what came back; nothing where stock is not counted."""
    counted = update(Variant).where(Variant.id == variant_id, Variant.on_hand.is_not(None))
    _changed(tx, counted.values(on_hand=Variant.on_hand + quantity))


def count_anew(tx: Session, variant: Variant, *, seen: int | None, now: int | None) -> None:
    """Somebody counted: `seen` was on hand by the page, `now` is right.

    What was sold since the page was shown stays sold. Raises Refused if buyers have more of it
    reserved than would be left, or if it was not even counted, or no more, in the meantime.
    """
    counted = update(Variant).where(Variant.id == variant.id)
    if seen is None:
        counted = counted.where(Variant.on_hand.is_(None), Variant.held <= (now or 0))
        counted = counted.values(on_hand=now)
    elif now is None:
        counted = counted.where(Variant.on_hand.is_not(None)).values(on_hand=None)
    else:
        counted = counted.where(Variant.on_hand + (now - seen) >= Variant.held)
        counted = counted.values(on_hand=Variant.on_hand + (now - seen))
    if not _changed(tx, counted):
        name = variant.product.name
        raise Refused(
            f"The stock of {name} has moved too far meanwhile. Nothing was saved: look again.",
            code="stock_moved",
        )
    tx.refresh(variant, ["on_hand", "held"])


def hold_again(tx: Session, order_id: str) -> None:
    """Hold once more what was released, for another try at paying. Raises SoldOut."""
    for row in _holds(tx, order_id):
        if row.state != HoldState.RELEASED:
            continue
        free = or_(Variant.on_hand.is_(None), Variant.on_hand - Variant.held >= row.quantity)
        held = update(Variant).where(Variant.id == row.variant_id, free)
        if not _changed(tx, held.values(held=Variant.held + row.quantity)):
            raise _too_little(tx.get_one(Variant, row.variant_id, populate_existing=True))
        _move(tx, row, HoldState.RELEASED, HoldState.HELD)


def _take_released(tx: Session, row: Hold) -> bool:
    # What others hold is theirs: only free stock is taken for a late payment.
    free = or_(Variant.on_hand.is_(None), Variant.on_hand - Variant.held >= row.quantity)
    taken = update(Variant).where(Variant.id == row.variant_id, free)
    if not _changed(tx, taken.values(on_hand=Variant.on_hand - row.quantity)):
        return False
    return _move(tx, row, HoldState.RELEASED, HoldState.TAKEN)


# Built once: they are part of every payment.
_QUANTITY = bindparam("quantity", type_=Integer)
_VARIANT = update(cast(Table, Variant.__table__)).where(Variant.id == bindparam("variant"))
_PUT_BACK = _VARIANT.values(held=Variant.held - _QUANTITY)
_HAND_OVER = _VARIANT.values(held=Variant.held - _QUANTITY, on_hand=Variant.on_hand - _QUANTITY)
# In one order everywhere, so that two settlements cannot lock each other out.
_HOLDS = (
    select(Hold)
    .where(Hold.order_id == bindparam("order"))
    .order_by(Hold.variant_id)
    .execution_options(populate_existing=True)
)
_MOVE = (
    update(cast(Table, Hold.__table__))
    .where(
        Hold.order_id == bindparam("order"),
        Hold.variant_id == bindparam("variant"),
        Hold.state == bindparam("before"),
    )
    .values(state=bindparam("after"))
)


def _holds(tx: Session, order_id: str) -> list[Hold]:
    return list(tx.scalars(_HOLDS, {"order": order_id}))


def _of(row: Hold) -> dict[str, object]:
    return {"variant": row.variant_id, "quantity": row.quantity}


def _move(tx: Session, row: Hold, before: HoldState, after: HoldState) -> bool:
    which = {"order": row.order_id, "variant": row.variant_id, "before": before, "after": after}
    result = tx.execute(_MOVE, which)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _changed(tx: Session, statement: Update) -> bool:
    result = tx.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _too_little(variant: Variant) -> SoldOut:
    name = variant.product.name + (f" ({variant.name})" if variant.name else "")
    match availability(variant):
        case Availability.SOLD_OUT:
            return SoldOut("%(product)s is sold out.", product=name)
        case Availability.RESERVED:
            return SoldOut(
                "%(product)s is reserved by other buyers just now; it may come back.", product=name
            )
        case Availability.AVAILABLE:
            return SoldOut(
                "Only %(left)s of %(product)s can be bought now.", left=left(variant), product=name
            )
