"""What the templates are given: plain views, ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass

from paydesk.foundation.language import day_text, gettext, ngettext
from paydesk.foundation.money import Money
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.payments.subscription import Subscription


@dataclass(frozen=True)
class LineView:
    name: str
    variant: str
    quantity: int
    unit_text: str
    total_text: str
    # Such as " a month"; empty for what is paid once.
    rhythm_text: str = ""


@dataclass(frozen=True)
class Step:
    label: str
    done: bool
    current: bool


@dataclass(frozen=True)
class SubscriptionView:
    """A subscription as its order's page shows it."""

    sentence: str
    can_be_managed: bool


@dataclass(frozen=True)
class OrderView:
    """An order as its own page shows it. `settled`: it will not change by itself any more."""

    number: int
    state: str
    sentence: str
    settled: bool
    version: str
    lines: list[LineView]
    # What Stripe's page added to the lines or took off: label and amount.
    added: list[tuple[str, str]]
    subscriptions: list[SubscriptionView]
    total_text: str
    refunded_text: str | None
    paid_on_text: str | None
    email: str | None
    steps: list[Step]
    can_continue: bool
    can_try_again: bool
    again_slug: str


def rhythm_text(unit: str, count: int) -> str:
    """How often it is paid anew, such as " a month"; empty: once."""
    if not unit:
        return ""
    rhythms = {
        "day": ngettext("a day", "every %(num)d days", count),
        "week": ngettext("a week", "every %(num)d weeks", count),
        "month": ngettext("a month", "every %(num)d months", count),
        "year": ngettext("a year", "every %(num)d years", count),
    }
    return f" {rhythms[unit]}"


def order_view(
    order: Order, *, has_returned: bool = False, subscriptions: Sequence[Subscription] = ()
) -> OrderView:
    """`has_returned`: Stripe sent the buyer back as having paid, so paying is not offered."""
    state = _state(order)
    return OrderView(
        number=order.number,
        state=state,
        sentence=_sentence(order, state),
        settled=state not in ("confirming", "pending", "authorised"),
        version=f"{order.version}-{state}",
        lines=[
            LineView(
                name=line.name,
                variant=line.variant_name,
                quantity=line.quantity,
                unit_text=Money(line.unit_minor, order.currency).text(),
                total_text=Money(line.unit_minor * line.quantity, order.currency).text(),
                rhythm_text=rhythm_text(line.interval_unit, line.interval_count),
            )
            for line in order.lines
        ],
        added=_added(order),
        subscriptions=[_subscription_view(each) for each in subscriptions],
        total_text=order.total.text(),
        refunded_text=order.refunded.text() if order.refunded_minor else None,
        paid_on_text=day_text(order.paid_at) if order.paid_at else None,
        email=order.email,
        steps=_steps(order),
        can_continue=state == "confirming" and not has_returned,
        can_try_again=state in ("failed", "expired", "cancelled"),
        again_slug=order.lines[0].product_slug,
    )


def _added(order: Order) -> list[tuple[str, str]]:
    amounts = (
        (gettext("Discount"), -order.discount_minor),
        (gettext("Shipping"), order.shipping_minor),
        (gettext("Tax"), order.tax_minor),
    )
    return [(name, Money(minor, order.currency).text()) for name, minor in amounts if minor]


def _subscription_view(row: Subscription) -> SubscriptionView:
    if row.cancels_at and row.entitles:
        sentence = gettext(
            "Your subscription ends on %(day)s and does not renew.", day=day_text(row.cancels_at)
        )
    else:
        sentence = _subscription_sentence(row)
    return SubscriptionView(sentence, can_be_managed=row.customer_id is not None)


def _subscription_sentence(row: Subscription) -> str:
    told: dict[str, object] = {
        "cost": row.cost,
        "day": day_text(row.paid_until) if row.paid_until else "",
    }
    in_trial = gettext("Your trial runs; after that it costs %(cost)s.", **told)
    is_paid = gettext("Your subscription is paid. It then renews for %(cost)s.", **told)
    if row.paid_until:
        in_trial = gettext("Your trial runs until %(day)s; after that it costs %(cost)s.", **told)
        is_paid = gettext(
            "Your subscription is paid until %(day)s. It then renews for %(cost)s.", **told
        )
    sentences = {
        "trialing": in_trial,
        "active": is_paid,
        "past_due": gettext(
            "The last payment of %(cost)s did not go through. We will try again; please check "
            "your card.",
            **told,
        ),
        "unpaid": gettext(
            "The payment of %(cost)s did not go through, so your subscription is suspended.",
            **told,
        ),
        "paused": gettext("Your subscription is paused."),
        "canceled": gettext("Your subscription has ended."),
    }
    return sentences.get(row.status, gettext("Your subscription has not begun."))


def _state(order: Order) -> str:
    """The page's word for how the order stands; `paid` only when Stripe has said so."""
    if order.payment == PaymentStatus.PAID:
        return _paid_state(order)
    if order.payment == PaymentStatus.AWAITING:
        return "confirming"
    if order.payment == PaymentStatus.PENDING and order.authorised_minor:
        return "authorised"
    if order.payment == PaymentStatus.EXPIRED and order.cancelled_at is not None:
        return "cancelled"
    return order.payment


def _paid_state(order: Order) -> str:
    if order.refunded_minor >= order.paid_minor > 0:
        return "refunded"
    if SOLD_OUT_MEANWHILE in order.flags:
        return "review"
    return "partly_refunded" if order.refunded_minor else "paid"


def _sentence(order: Order, state: str) -> str:
    sold_out = SOLD_OUT_MEANWHILE in order.flags
    sentences = {
        "confirming": gettext(
            "We are confirming your payment with Stripe. This usually takes a few seconds."
        ),
        "pending": gettext(
            "Your payment is on its way. This can take a few days. We keep your items."
        ),
        "authorised": _authorised_sentence(order),
        "paid": _joined(_paid_on(order), _part_taken(order), gettext("Thank you.")),
        "failed": gettext("The payment did not go through. You were not charged."),
        "expired": gettext("You did not finish paying, so we released the items."),
        "cancelled": gettext("You cancelled this order. Nothing was charged."),
        "refunded": _refunded_sentence(order, sold_out=sold_out),
        "partly_refunded": _joined(
            _paid_on(order), gettext("We returned %(amount)s of it.", amount=order.refunded)
        ),
        "review": gettext("Your payment arrived after the items were gone. We will return it.")
        if sold_out
        else gettext("We received a payment that differs from this order. We are looking into it."),
    }
    return _joined(sentences[state], _owed(order))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _paid_on(order: Order) -> str:
    return gettext("Paid on %(day)s.", day=day_text(order.paid_at)) if order.paid_at else ""


def _refunded_sentence(order: Order, *, sold_out: bool) -> str:
    returned = gettext(
        "We returned %(amount)s. It can take 5 to 10 days to arrive.", amount=order.refunded
    )
    if not sold_out:
        return returned
    return _joined(gettext("Your payment arrived after the items were gone."), returned)


def _part_taken(order: Order) -> str:
    if order.paid_minor >= order.total_minor or order.is_recurring:
        return ""
    return gettext("We took %(amount)s of it.", amount=Money(order.paid_minor, order.currency))


def _authorised_sentence(order: Order) -> str:
    kept = gettext(
        "Your bank keeps %(amount)s for this order. We take it when we send the goods.",
        amount=Money(order.authorised_minor, order.currency),
    )
    if not order.capture_before:
        return kept
    until = gettext("If we do not by %(day)s, it is let go.", day=day_text(order.capture_before))
    return _joined(kept, until)


def _owed(order: Order) -> str:
    if not order.owed_minor:
        return ""
    owed = Money(order.owed_minor, order.currency)
    return gettext(
        "A refund of %(amount)s did not reach your bank; we will make it again.", amount=owed
    )


def _steps(order: Order) -> list[Step]:
    paid = order.payment == PaymentStatus.PAID
    return [
        Step(gettext("Ordered"), done=True, current=not paid),
        Step(gettext("Paid"), done=paid, current=paid),
    ]
