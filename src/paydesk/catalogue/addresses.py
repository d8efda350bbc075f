"""Addresses a product had before: who kept a link, or a sheet, still finds it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from paydesk.catalogue.product import Product
from paydesk.foundation.database import Base, Moment


class FormerSlug(Base):
    """One row is a slug that a product had once and that no product has now."""

    __tablename__ = "paydesk_former_slugs"

    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("paydesk_products.id"), index=True)
    left_at: Mapped[datetime] = mapped_column(Moment)


def move(tx: Session, product: Product, former: str | None, at: datetime) -> None:
    """Note that a product has left `former` (None: it is new) for the slug it has now.

    Whoever had that slug before is not found by it any more.
    """
    tx.execute(delete(FormerSlug).where(FormerSlug.slug == product.slug))
    if former is not None and former != product.slug:
        tx.merge(FormerSlug(slug=former, product_id=product.id, left_at=at))


def moved_to(tx: Session, slug: str) -> Product | None:
    """The product that had this slug once, if no product has it now."""
    query = select(Product).join(FormerSlug, FormerSlug.product_id == Product.id)
    return tx.scalars(query.where(FormerSlug.slug == slug)).one_or_none()
