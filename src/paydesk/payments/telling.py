"""What a handler is told: the sale, and the one thing it is about, such as a refund."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect, Membership, Sale, sale_of
from paydesk.orders.order import Order
from paydesk.payments.answers import answers_among
from paydesk.payments.known import KnownFact, facts_of_order
from paydesk.payments.subscription import Subscription

_OF_FACT = {Effect.REFUNDED: "refund", Effect.DISPUTED: "dispute"}
_OF_SUBSCRIPTION = (Effect.SUBSCRIPTION_ACTIVE, Effect.SUBSCRIPTION_ENDED)


def sale_about(tx: Session, order: Order, effect: Effect, about: str) -> Sale:
    """An order as the handlers of `effect` are told of it."""
    answered = answers_among(facts_of_order(tx, order.id).values())
    sale = replace(sale_of(order, effect, about), answers=answered)
    if effect in _OF_FACT:
        fact = tx.get(KnownFact, (_OF_FACT[effect], about))
        if fact is not None:
            sale = replace(sale, amount=Money(fact.amount_minor, fact.currency))
    if effect in _OF_SUBSCRIPTION:
        sale = replace(sale, membership=_membership(tx, about.partition(":")[0]))
    if effect is Effect.EXPIRED:
        sale = replace(sale, recovery_url=recovery_url(tx, order))
    return sale


def _membership(tx: Session, stripe_id: str) -> Membership | None:
    row = tx.scalars(select(Subscription).where(Subscription.stripe_id == stripe_id)).one_or_none()
    if row is None:
        return None
    return Membership(row.id, row.status, row.entitles, row.paid_until, row.cost)


def recovery_url(tx: Session, order: Order) -> str | None:
    """Stripe's link that takes an order's expired session up again, if there is one."""
    query = select(KnownFact.url).where(
        KnownFact.order_id == order.id, KnownFact.kind == "session", KnownFact.url.is_not(None)
    )
    return tx.scalars(query.order_by(KnownFact.changed_at.desc()).limit(1)).first()
