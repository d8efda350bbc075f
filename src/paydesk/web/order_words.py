"""What an order's page says of how the order stands: its state, one sentence, and its steps."""

from dataclasses import dataclass, field
from datetime import date, datetime

from babel.dates import format_date

from paydesk.foundation.language import day_text, gettext, ngettext, spoken
from paydesk.foundation.money import Money
from paydesk.fulfilment.downloads import Right
from paydesk.fulfilment.receipts import Receipt
from paydesk.fulfilment.shipments import Shipment
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.orders.order import Fulfilment, Order, PaymentStatus
from paydesk.orders.problems import SOLD_OUT_MEANWHILE
from paydesk.payments.returned import Returned
from paydesk.payments.subscription import Subscription

# A state that changes by itself: an open page waits for it.
UNSETTLED = frozenset({"confirming", "pending", "authorised"})
_BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "paypal": "PayPal",
    "sepa_debit": "SEPA",
    "unionpay": "UnionPay",
    "us_bank_account": "ACH",
}


@dataclass(frozen=True)
class Life:
    """An order and everything that has happened to it since, as its page is made of it."""

    order: Order
    shipments: list[Shipment] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    receipt: Receipt | None = None
    downloads: list[Right] = field(default_factory=list)
    # Of parcels on their way, by their id: by when they are expected, if that is still to come.
    expected: dict[str, date] = field(default_factory=dict)

    @property
    def parcels(self) -> list[Shipment]:
        """Those that have really left."""
        return [each for each in self.shipments if each.undone_at is None]

    @property
    def is_digital(self) -> bool:
        return not any(line.ships for line in self.order.lines)


@dataclass(frozen=True)
class Step:
    """One of the steps an order takes; `note`: when it was taken."""

    label: str
    done: bool
    current: bool
    note: str = ""


def state_of(order: Order) -> str:
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
    if order.refunded_minor:
        return "partly_refunded"
    sent = {
        Fulfilment.PARTLY: "partly_shipped",
        Fulfilment.SHIPPED: "shipped",
        Fulfilment.DELIVERED: "delivered",
    }
    return sent.get(Fulfilment(order.fulfilment), "paid")


def sentence(life: Life, state: str) -> str:
    """How the order stands, in a sentence or two."""
    order = life.order
    words = _unpaid(order).get(state) or _paid(life, state)
    return _joined(words, _owed(order))


def _unpaid(order: Order) -> dict[str, str]:
    cancelled = gettext("You cancelled this order. Nothing was charged.")
    if order.cancelled_at is not None:
        cancelled = gettext(
            "You cancelled this order on %(day)s. Nothing was charged.",
            day=day_text(order.cancelled_at),
        )
    return {
        "confirming": gettext(
            "We are confirming your payment with Stripe. This usually takes a few seconds."
        ),
        "pending": gettext(
            "Your payment is on its way. A bank can take up to 14 days. We keep your items."
        ),
        "authorised": _authorised(order),
        "failed": gettext("The payment did not go through. You were not charged."),
        "expired": gettext("You did not finish paying, so we released the items."),
        "cancelled": cancelled,
    }


def _paid(life: Life, state: str) -> str:
    order = life.order
    if state == "review" or SOLD_OUT_MEANWHILE in order.flags:
        return _differs(life)
    if state == "refunded":
        return _given_back(life)
    paid_on = gettext("Paid on %(day)s.", day=day_text(order.paid_at)) if order.paid_at else ""
    given_back = _given_back(life) if order.refunded_minor else ""
    return _joined(paid_on, _part_taken(order), _on_its_way(life), given_back)


def _differs(life: Life) -> str:
    if SOLD_OUT_MEANWHILE not in life.order.flags:
        return gettext(
            "We received a payment that differs from this order. We are looking into it."
        )
    late = gettext("Your payment arrived after the items were gone.")
    if not life.order.refunded_minor:
        return _joined(late, gettext("We will return it."))
    return _joined(late, _given_back(life))


def _on_its_way(life: Life) -> str:
    """How far the things have come."""
    parcels = life.parcels
    if not parcels:
        return _nothing_sent(life)
    fulfilment = Fulfilment(life.order.fulfilment)
    last = day_text(max(each.shipped_at for each in parcels))
    if fulfilment is Fulfilment.PARTLY:
        return ngettext(
            "One parcel left on %(day)s; the rest follows.",
            "%(num)d parcels have left, the last on %(day)s; the rest follows.",
            len(parcels),
            day=last,
        )
    arrived = [each.delivered_at for each in parcels if each.delivered_at is not None]
    if fulfilment is Fulfilment.DELIVERED and arrived:
        return gettext("It arrived on %(day)s.", day=day_text(max(arrived)))
    return ngettext(
        "Your parcel left on %(day)s.",
        "Your %(num)d parcels have left, the last on %(day)s.",
        len(parcels),
        day=last,
    )


def _nothing_sent(life: Life) -> str:
    if life.order.fulfilment == Fulfilment.UNFULFILLED:
        return gettext("We are packing it.")
    if life.downloads:
        return gettext("Your files are ready.")
    return "" if life.order.refunded_minor else gettext("Thank you.")


def _given_back(life: Life) -> str:
    """What went back, when and to which card; banks take days to show it."""
    told: dict[str, object] = {"amount": life.order.refunded}
    methods = {each.paid_by for each in life.returned}
    method = method_text(methods.pop() or "") if len(methods) == 1 else ""
    if life.returned:
        told |= {"day": day_text(life.returned[-1].at), "method": method}
    if not life.returned:
        words = gettext("We returned %(amount)s.", **told)
    elif method:
        words = gettext("We returned %(amount)s on %(day)s to %(method)s.", **told)
    else:
        words = gettext("We returned %(amount)s on %(day)s.", **told)
    return _joined(words, gettext("It can take 5 to 10 days to arrive."))


def method_text(paid_by: str) -> str:
    """What a buyer knows a payment by, `Visa ••4242`, from Stripe's words for it."""
    brand, _, digits = paid_by.partition(" ")
    name = _BRANDS.get(brand, brand.replace("_", " ").title())
    return f"{name} ••{digits}" if digits else name


def _part_taken(order: Order) -> str:
    if order.paid_minor >= order.total_minor or order.is_recurring:
        return ""
    return gettext("We took %(amount)s of it.", amount=Money(order.paid_minor, order.currency))


def _authorised(order: Order) -> str:
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


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def steps(life: Life) -> list[Step]:
    """The steps that apply: nothing is shipped of what is digital, or was given back unsent."""
    order, parcels = life.order, life.parcels
    paid = order.payment == PaymentStatus.PAID
    fulfilment = Fulfilment(order.fulfilment)
    taken = [
        (gettext("Ordered"), True, order.created_at),
        (gettext("Paid"), paid, order.paid_at),
    ]
    over = order.payment in (PaymentStatus.FAILED, PaymentStatus.EXPIRED)
    if not life.is_digital and not over and (parcels or not _is_given_back(order)):
        has_left = fulfilment in (Fulfilment.SHIPPED, Fulfilment.DELIVERED)
        arrived = [each.delivered_at for each in parcels if each.delivered_at is not None]
        taken += [
            (gettext("Shipped"), has_left, parcels[-1].shipped_at if parcels else None),
            (
                gettext("Delivered"),
                fulfilment is Fulfilment.DELIVERED,
                max(arrived) if arrived else None,
            ),
        ]
    return _marked(taken)


def _marked(taken: list[tuple[str, bool, datetime | None]]) -> list[Step]:
    last = max(n for n, (_, done, _) in enumerate(taken) if done)
    return [
        Step(label, done, current=n == last, note=_short_day(at) if done and at else "")
        for n, (label, done, at) in enumerate(taken)
    ]


def _short_day(moment: datetime) -> str:
    """Such as 3 Nov: the year stands in the sentence above."""
    pattern = "d. MMM" if spoken().code == "de" else "d MMM"
    return format_date(moment, pattern, locale=spoken().locale)


def _is_given_back(order: Order) -> bool:
    return order.refunded_minor >= order.paid_minor > 0
