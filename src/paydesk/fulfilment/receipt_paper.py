"""A receipt in words, in the language that is spoken: the page and the PDF show the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from paydesk.business.tax import tax_text
from paydesk.foundation.language import day_text, gettext, spoken
from paydesk.foundation.money import Money
from paydesk.fulfilment.receipts import Document


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    quantity: str
    unit: str
    total: str


@dataclass(frozen=True)
class Sum:
    """One line below the table. `weight`: plain, strong, or quiet."""

    label: str
    amount: str
    weight: str = "plain"


@dataclass(frozen=True)
class Paper:
    """A receipt, ready to print."""

    language: str
    title: str
    made_at: datetime
    # Each a line of an address; the first is the name.
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: tuple[Sum, ...]
    notes: tuple[str, ...]


def paper(document: Document, *, shop_name: str, buyer: Sequence[str] = ()) -> Paper:
    """`shop_name`: who sold where the receipt does not say it. `buyer`: lines of an address."""
    return Paper(
        language=spoken().code,
        title=gettext("Receipt %(number)s", number=document.number),
        made_at=document.issued_at,
        seller=tuple(_seller(document, shop_name)),
        buyer=tuple(buyer),
        facts=(
            (gettext("Receipt"), document.number),
            (gettext("Order"), str(document.order_number)),
            (gettext("Paid on"), day_text(document.issued_at)),
        ),
        heads=(gettext("Product"), gettext("Quantity"), gettext("Unit price"), gettext("Total")),
        rows=tuple(
            Row(
                name=f"{line.name}, {line.variant}" if line.variant else line.name,
                quantity=str(line.quantity),
                unit=line.unit.text(),
                total=line.total.text(),
            )
            for line in document.lines
        ),
        sums=tuple(sums(document)),
        notes=tuple(_notes(document)),
    )


def _seller(document: Document, shop_name: str) -> Iterator[str]:
    seller = document.seller
    name = seller.get("name") or shop_name
    legal = seller.get("legal_name") or name
    yield legal
    if name != legal:
        yield name
    yield from (line for line in seller.get("address", "").split("\n") if line)
    for key in ("email", "phone"):
        if seller.get(key):
            yield seller[key]
    if seller.get("vat_id"):
        yield gettext("VAT number %(number)s", number=seller["vat_id"])
    if seller.get("register"):
        yield seller["register"]


def sums(document: Document) -> Iterator[Sum]:
    """What stands below the lines: added, taken off, total, and what went back."""
    yield from _up_to_total(document)
    yield Sum(gettext("Total"), document.total.text(), "strong")
    for tax in document.taxes:
        if tax.is_included:
            label = gettext("of which %(tax)s", tax=tax_text(tax.name, tax.percentage))
            yield Sum(label, tax.amount.text(), "quiet")
    yield from _after_total(document)


def _up_to_total(document: Document) -> Iterator[Sum]:
    for label, taken_off in (
        (gettext("Free trial"), document.deferred),
        (gettext("Discount"), document.discount),
    ):
        if taken_off.minor:
            yield Sum(label, _less(taken_off))
    if document.shipping.minor:
        yield Sum(gettext("Shipping"), document.shipping.text())
    for tax in document.taxes:
        if not tax.is_included:
            yield Sum(tax_text(tax.name, tax.percentage), tax.amount.text())


def _after_total(document: Document) -> Iterator[Sum]:
    if document.paid != document.total:
        yield Sum(gettext("Charged"), document.paid.text())
    for credit in document.credits:
        words = gettext("Returned on %(day)s", day=day_text(credit.at))
        if credit.is_pending:
            words = gettext("On its way back to you since %(day)s", day=day_text(credit.at))
        yield Sum(words, _less(credit.amount))
    if document.credits:
        yield Sum(gettext("Paid after returns"), document.kept.text(), "strong")


def _notes(document: Document) -> Iterator[str]:
    yield gettext("Paid with Stripe. Thank you for your order.")
    if document.number.startswith("TEST-"):
        yield gettext("Made in test mode: no real money moved.")


def _less(money: Money) -> str:
    # A true minus sign: a hyphen is read over.
    return f"−{money.text()}"
