"""Who wants to know when something sold out is back: told once by a letter, and then forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue.product import Product, Variant, Visibility
from paydesk.foundation.database import Base, Moment, insert_once
from paydesk.foundation.ids import new_id, new_secret
from paydesk.fulfilment.letters import LetterKind, owe_letter

EVERY_SECONDS = 60.0
LONGEST_EMAIL = 320
# What did not come back by then does not any more.
_KEPT = timedelta(days=365)
_AT_ONCE = 200


class Notice(Base):
    """One row is one address that wants to know, once, when one variant can be had again."""

    __tablename__ = "paydesk_notices"
    __table_args__ = (
        UniqueConstraint("variant_id", "address", name="paydesk_one_notice_an_address"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    # Of the link by which it is forgotten.
    secret: Mapped[str] = mapped_column(String(64))
    variant_id: Mapped[str] = mapped_column(ForeignKey("paydesk_variants.id"))
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    # The same without regard to case.
    address: Mapped[str] = mapped_column(String(LONGEST_EMAIL))
    language: Mapped[str] = mapped_column(String(10))
    # Of the product's page, in full: letters are written outside of any request.
    link: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime] = mapped_column(Moment)


def ask(
    tx: Session, variant_id: str, email: str, at: datetime, *, language: str, link: str
) -> Notice:
    """Keep that somebody wants to know. Asked again it is the same, with another secret.

    So nobody learns whether an address has asked before.
    """
    values = {"email": email, "language": language, "link": link, "asked_at": at}
    address = email.casefold()[:LONGEST_EMAIL]
    insert_once(
        tx,
        Notice,
        **{"id": new_id("ntc"), "secret": new_secret(), **values},
        variant_id=variant_id,
        address=address,
    )
    query = select(Notice).where(Notice.variant_id == variant_id, Notice.address == address)
    row = tx.scalars(query.with_for_update()).one()
    row.secret = new_secret()
    row.email, row.language, row.link, row.asked_at = email, language, link, at
    return row


def forget(tx: Session, notice_id: str) -> None:
    """Write to nobody after all; a second time does nothing."""
    tx.execute(delete(Notice).where(Notice.id == notice_id))


def tell(tx: Session, at: datetime) -> int:
    """Owe a letter to whoever waits for what can be had again, and forget them; how many."""
    tx.execute(delete(Notice).where(Notice.asked_at < at - _KEPT))
    can_be_had = or_(Variant.on_hand.is_(None), Variant.on_hand > Variant.held)
    query = (
        select(Notice, Product.name, Variant.name)
        .join(Variant, Variant.id == Notice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(can_be_had, Product.visibility == Visibility.PUBLISHED)
        .order_by(Notice.asked_at)
        .limit(_AT_ONCE)
    )
    rows = tx.execute(query).all()
    for notice, product, variant in rows:
        data = {
            "to": notice.email,
            "language": notice.language,
            "product": f"{product}, {variant}" if variant else product,
            "link": notice.link,
        }
        owe_letter(tx, LetterKind.BACK_IN_STOCK, None, notice.id, data, at=at)
        tx.delete(notice)
    return len(rows)
