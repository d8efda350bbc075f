"""Products, their variants and prices. A price is never edited, only superseded by a new one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, select, text, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

from paydesk.catalogue.category import Category
from paydesk.catalogue.picture import Picture
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Base, Moment
from paydesk.foundation.errors import Invalid, NotFound, Refused
from paydesk.foundation.ids import new_id
from paydesk.foundation.money import Money


class Visibility(StrEnum):
    """draft -> published <-> hidden; only published products are shown and sold."""

    DRAFT = "draft"
    PUBLISHED = "published"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Rhythm:
    """A price is paid anew every `count` `unit`s (day, week, month or year), after a trial."""

    unit: str
    count: int = 1
    trial_days: int = 0


@dataclass(frozen=True)
class Terms:
    """What is asked for: once, or in a rhythm."""

    price: Money
    rhythm: Rhythm | None = None
    # What it costs in other currencies.
    others: tuple[Money, ...] = ()


class Product(Base):
    """One row is one thing we show; what goes into an order is one of its variants."""

    __tablename__ = "paydesk_products"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    category_id: Mapped[str | None] = mapped_column(ForeignKey("paydesk_categories.id"), index=True)
    # The table of details: label and value, in the merchant's order.
    details: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    # What its variants differ in, such as "Size"; each of them has a value for each.
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_featured: Mapped[bool] = mapped_column(default=False)
    visibility: Mapped[str] = mapped_column(String(20), default=Visibility.DRAFT)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position", cascade="all, delete-orphan"
    )
    pictures: Mapped[list[Picture]] = relationship(
        order_by=Picture.position, cascade="all, delete-orphan"
    )
    category: Mapped[Category | None] = relationship()

    @property
    def is_published(self) -> bool:
        return self.visibility == Visibility.PUBLISHED

    @property
    def is_priced(self) -> bool:
        """Whether anything of it has a price, without which nothing can be sold."""
        return any(variant.current_price for variant in self.variants)

    @property
    def is_digital(self) -> bool:
        """Whether nothing of it is sent by post."""
        return bool(self.variants) and all(variant.is_digital for variant in self.variants)


class Variant(Base):
    """One row is one thing that can be bought: a product in one size or colour, with its stock."""

    __tablename__ = "paydesk_variants"
    __table_args__ = (
        CheckConstraint("held >= 0", name="held_is_not_negative"),
        CheckConstraint("on_hand IS NULL OR on_hand >= 0", name="on_hand_is_not_negative"),
        Index("paydesk_variants_by_sku", "sku", unique=True),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("paydesk_products.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    # None: never runs out. Changed by catalogue/stock.py alone.
    on_hand: Mapped[int | None] = mapped_column()
    held: Mapped[int] = mapped_column(default=0)
    # The merchant's own number for it; no two variants share one.
    sku: Mapped[str | None] = mapped_column(String(64))
    # One for each of the product's options, in their order. `name` says the same to people.
    option_values: Mapped[list[str]] = mapped_column(JSON, default=list)
    # With so many left or fewer it is low in stock; None: the shop's own number.
    low_stock_at: Mapped[int | None] = mapped_column()
    weight_grams: Mapped[int | None] = mapped_column()
    # Stripe Tax's word for what it is, `txcd_…`.
    tax_code: Mapped[str | None] = mapped_column(String(32))
    # Sent as a file or not at all, never by post.
    is_digital: Mapped[bool] = mapped_column(default=False)

    product: Mapped[Product] = relationship(back_populates="variants")
    prices: Mapped[list["Price"]] = relationship(back_populates="variant")

    @property
    def current_price(self) -> "Price | None":
        """The price asked today, or None when the variant has none and cannot be sold."""
        current = [price for price in self.prices if price.superseded_at is None]
        assert len(current) <= 1, "the unique index on current prices holds"
        return current[0] if current else None


class Price(Base):
    """One row is what a variant cost from `active_from` until `superseded_at`.

    Amount and currency never change: the migration's trigger refuses it.
    """

    __tablename__ = "paydesk_prices"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_is_not_negative"),
        Index(
            "paydesk_one_current_price",
            "variant_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("paydesk_variants.id"))
    amount_minor: Mapped[int] = mapped_column()
    currency: Mapped[str] = mapped_column(String(3))
    # How often it is paid anew, in Stripe's words (day, week, month, year); empty: once.
    interval_unit: Mapped[str] = mapped_column(String(10), default="")
    interval_count: Mapped[int] = mapped_column(default=1)
    # The same in other currencies, in their minor units: it is not reckoned, but set.
    others: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # How long a subscription costs nothing at first.
    trial_days: Mapped[int] = mapped_column(default=0)
    active_from: Mapped[datetime] = mapped_column(Moment)
    superseded_at: Mapped[datetime | None] = mapped_column(Moment)

    variant: Mapped[Variant] = relationship(back_populates="prices")

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def currencies(self) -> list[str]:
        """What it can be paid in, its own currency first."""
        return [self.currency, *(each for each in sorted(self.others) if each != self.currency)]

    def money_in(self, currency: str | None) -> Money:
        """The price in that currency; in its own where it has none in that, or none is asked."""
        minor = self.others.get(currency or "")
        return Money(int(minor), str(currency)) if isinstance(minor, int) else self.money

    @property
    def rhythm(self) -> "Rhythm | None":
        """How often it is paid anew; None: once."""
        if not self.interval_unit:
            return None
        return Rhythm(self.interval_unit, self.interval_count, self.trial_days)

    @property
    def terms(self) -> Terms:
        others = tuple(self.money_in(each) for each in self.currencies[1:])
        return Terms(self.money, self.rhythm, others)


WITH_EVERYTHING = (
    selectinload(Product.variants).selectinload(Variant.prices),
    selectinload(Product.pictures),
    joinedload(Product.category),
)


def on_sale(tx: Session) -> list[Product]:
    """Published products that have a price, in the merchant's order."""
    query = (
        select(Product)
        .where(Product.visibility == Visibility.PUBLISHED)
        .order_by(Product.position, Product.name)
        .options(*WITH_EVERYTHING)
    )
    return [each for each in tx.scalars(query) if each.is_priced]


def by_slug(tx: Session, slug: str) -> Product:
    """The published product with this slug. Raises NotFound."""
    query = select(Product).where(Product.slug == slug).options(*WITH_EVERYTHING)
    product = tx.scalars(query).one_or_none()
    if product is None or not product.is_published or not product.is_priced:
        raise NotFound("There is no such product in this shop.", code="unknown_product")
    return product


def find_variant(tx: Session, *, product_id: str | None, price_id: str | None) -> Variant:
    """What a buyer means by a product id, a price id, both or (one product on sale) neither.

    A price that was superseded still names its variant, so that the buyer can be told the new
    one. Raises NotFound, Refused (hidden) or Invalid (two variants, none chosen).
    """
    if price_id is not None:
        price = tx.get(Price, price_id)
        if price is None or (product_id and price.variant.product_id != product_id):
            raise NotFound("There is no such price in this shop.", code="unknown_price")
        variant = price.variant
    else:
        variant = _only_variant(tx, product_id)
    if not variant.product.is_published:
        raise Refused(f"{variant.product.name} is not on sale.", code="not_on_sale")
    return variant


def _only_variant(tx: Session, product_id: str | None) -> Variant:
    if product_id is not None:
        product = tx.get(Product, product_id)
        if product is None:
            raise NotFound("There is no such product in this shop.", code="unknown_product")
    else:
        products = on_sale(tx)
        if len(products) != 1:
            raise Invalid(
                "Say which product: send its product_id or price_id.", code="product_missing"
            )
        product = products[0]
    variants = [each for each in product.variants if each.current_price]
    if not variants:
        raise Refused(f"{product.name} is not on sale.", code="not_on_sale")
    if len(variants) > 1:
        raise Invalid(
            f"{product.name} comes in several variants: send the price_id of one.",
            code="variant_missing",
        )
    return variants[0]


def add_variant(
    tx: Session,
    product: Product,
    price: Money | Terms,
    clock: Clock,
    *,
    name: str,
    on_hand: int | None,
) -> Variant:
    """A new variant of `product` at `price`; `on_hand` None never runs out."""
    variant = Variant(
        id=new_id("var"), name=name, on_hand=on_hand, held=0, position=len(product.variants)
    )
    product.variants.append(variant)
    tx.flush()
    change_price(tx, variant, price, clock)
    return variant


def change_price(tx: Session, variant: Variant, price: Money | Terms, clock: Clock) -> Price:
    """Ask `price` from now on. The old price is kept, as superseded: orders refer to it.

    An amount alone leaves the rhythm of a subscription as it is.
    """
    old = variant.current_price
    terms = price if isinstance(price, Terms) else Terms(price, old.rhythm if old else None)
    if min(each.minor for each in (terms.price, *terms.others)) < 0:
        raise Invalid("A price cannot be negative.")
    rhythm = terms.rhythm
    now = clock.now()
    tx.execute(
        update(Price)
        .where(Price.variant_id == variant.id, Price.superseded_at.is_(None))
        .values(superseded_at=now)
    )
    new = Price(
        id=new_id("prc"),
        variant_id=variant.id,
        amount_minor=terms.price.minor,
        currency=terms.price.currency,
        interval_unit=rhythm.unit if rhythm else "",
        interval_count=rhythm.count if rhythm else 1,
        trial_days=rhythm.trial_days if rhythm else 0,
        others={each.currency: each.minor for each in terms.others},
        active_from=now,
    )
    tx.add(new)
    tx.flush()
    tx.expire(variant, ["prices"])
    return new


def withdraw_price(tx: Session, variant: Variant, clock: Clock) -> None:
    """Ask nothing for it any more, so that it cannot be bought; its prices stay, superseded."""
    tx.execute(
        update(Price)
        .where(Price.variant_id == variant.id, Price.superseded_at.is_(None))
        .values(superseded_at=clock.now())
    )
    tx.flush()
    tx.expire(variant, ["prices"])
