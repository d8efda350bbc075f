"""Who has ordered: by e-mail address, with how often and for how much. Reads only."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from paydesk.foundation.money import Money
from paydesk.orders.order import Order

PAGE = 50


@dataclass
class Customer:
    """One address: how many orders, how many of them paid, what is left of what was paid."""

    email: str
    orders: int = 0
    paid: int = 0
    kept: list[Money] = field(default_factory=list)
    # Stripe's ids of them.
    customer_ids: set[str] = field(default_factory=set)
    last_number: int = 0


@dataclass(frozen=True)
class Page:
    """One page in the order of the addresses, and after which one the next begins."""

    customers: list[Customer]
    after: str | None


def customers(tx: Session, text: str = "", after: str = "") -> Page:
    """Those whose address begins with `text`, or whose id at Stripe it is."""
    query = select(Order.email).where(Order.email.is_not(None), Order.email > after).distinct()
    if text.startswith("cus_"):
        query = query.where(Order.customer_id == text)
    elif text:
        query = query.where(Order.email.startswith(text, autoescape=True))
    emails = [str(each) for each in tx.scalars(query.order_by(Order.email).limit(PAGE + 1))]
    shown = emails[:PAGE]
    return Page(_of(tx, shown), shown[-1] if len(emails) > PAGE else None)


def _of(tx: Session, emails: list[str]) -> list[Customer]:
    found = {email: Customer(email) for email in emails}
    kept: dict[str, dict[str, int]] = defaultdict(dict)
    query = (
        select(
            Order.email,
            Order.currency,
            func.count(),
            func.count(Order.paid_at),
            func.sum(Order.paid_minor - Order.refunded_minor - Order.disputed_minor),
            func.max(Order.number),
        )
        .where(Order.email.in_(emails))
        .group_by(Order.email, Order.currency)
    )
    for email, currency, orders, paid, minor, number in tx.execute(query):
        customer = found[str(email)]
        customer.orders += orders
        customer.paid += paid
        customer.last_number = max(customer.last_number, number)
        if minor:
            kept[customer.email][currency] = int(minor)
    ids = select(Order.email, Order.customer_id).where(
        Order.email.in_(emails), Order.customer_id.is_not(None)
    )
    for row in tx.execute(ids.distinct()):
        found[str(row.email)].customer_ids.add(str(row.customer_id))
    for email, sums in kept.items():
        found[email].kept = [Money(minor, currency) for currency, minor in sorted(sums.items())]
    return list(found.values())
