"""Categories as the merchant arranges them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.catalogue.category import Category
from paydesk.catalogue.product import Product
from paydesk.catalogue.wording import slug_of
from paydesk.foundation.clock import Clock
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_id
from paydesk.staff import audit

_LONGEST_NAME, _LONGEST_SUMMARY = 120, 300


@dataclass(frozen=True)
class Shelf:
    """What a category is to be."""

    name: str
    summary: str
    position: int


def add(tx: Session, clock: Clock, who: str, name: str, summary: str = "") -> Category:
    """A new category, the last; its address is made of its name. Raises Invalid or Refused."""
    name, summary = _checked(name, summary)
    slug = slug_of(name)
    if not slug:
        raise Invalid("Give it a name with letters or digits in it.")
    if tx.scalars(select(Category).where(Category.slug == slug)).one_or_none():
        raise Refused("There is such a category already.")
    last = tx.scalar(select(func.max(Category.position)))
    category = Category(
        id=new_id("cat"),
        slug=slug,
        name=name,
        summary=summary,
        position=0 if last is None else last + 1,
        created_at=clock.now(),
    )
    tx.add(category)
    after = {"name": name, "summary": summary}
    audit.note(tx, clock, who, "category.made", f"category {slug}", None, after)
    return category


def change(tx: Session, clock: Clock, who: str, slug: str, wanted: Shelf) -> None:
    """Another name, summary or place; the address stays. Raises Invalid or NotFound."""
    category = _find(tx, slug)
    before = {"name": category.name, "summary": category.summary, "position": category.position}
    category.name, category.summary = _checked(wanted.name, wanted.summary)
    category.position = wanted.position
    after = {"name": category.name, "summary": category.summary, "position": category.position}
    if before != after:
        audit.note(tx, clock, who, "category.changed", f"category {slug}", before, after)


def remove(tx: Session, clock: Clock, who: str, slug: str) -> None:
    """An empty category goes. Raises Refused for one that products stand on."""
    category = _find(tx, slug)
    used = tx.scalar(
        select(func.count()).select_from(Product).where(Product.category_id == category.id)
    )
    if used:
        raise Refused(f"{category.name} still has {used} products. Move them first.")
    before = {"name": category.name, "summary": category.summary}
    tx.delete(category)
    audit.note(tx, clock, who, "category.removed", f"category {slug}", before, None)


def _find(tx: Session, slug: str) -> Category:
    category = tx.scalars(select(Category).where(Category.slug == slug)).one_or_none()
    if category is None:
        raise NotFound(f"There is no category {slug[:120]!r}.")
    return category


def _checked(name: str, summary: str) -> tuple[str, str]:
    name, summary = " ".join(name.split()), " ".join(summary.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Invalid(f"A category needs a name, of {_LONGEST_NAME} characters at most.")
    if len(summary) > _LONGEST_SUMMARY:
        raise Invalid(f"The summary is too long: {_LONGEST_SUMMARY} characters at most.")
    return name, summary
