"""An order as its own page shows it: plain values, ready to print."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from babel.numbers import format_decimal

from paydesk.business import legal
from paydesk.foundation.language import day_text, gettext, spoken
from paydesk.foundation.money import Money
from paydesk.foundation.postal import shown_address
from paydesk.fulfilment import receipts
from paydesk.fulfilment.downloads import Right
from paydesk.fulfilment.receipt_paper import Sum, sums
from paydesk.fulfilment.shipments import Shipment
from paydesk.orders.order import Order, OrderLine, PaymentStatus
from paydesk.payments.subscription import Subscription
from paydesk.web.legal_pages import legal_title
from paydesk.web.order_words import UNSETTLED, Life, Step, sentence, state_of, steps
from paydesk.web.rhythm import rhythm_text


@dataclass(frozen=True)
class LineView:
    """One line of the order."""

    name: str
    variant: str
    quantity: int
    unit_text: str
    total_text: str
    # Such as " a month"; empty for what is paid once.
    rhythm_text: str = ""


@dataclass(frozen=True)
class ParcelView:
    """One parcel on its way, or arrived."""

    title: str
    left_text: str
    arrived_text: str
    # By when it should arrive; empty once it has, or where nobody knows.
    expected_text: str
    carrier: str
    tracking: str
    tracking_url: str | None
    items: list[str]


@dataclass(frozen=True)
class DownloadView:
    """A file to be fetched. An empty `token`: it was fetched as often as it can be."""

    name: str
    of: str
    size_text: str
    left: int
    token: str


@dataclass(frozen=True)
class AgreedView:
    """A text that was agreed to, and which version of it."""

    title: str
    kind: str
    version: int
    language: str


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
    sums: list[Sum]
    subscriptions: list[SubscriptionView]
    parcels: list[ParcelView]
    downloads: list[DownloadView]
    total_text: str
    email: str | None
    phone: str | None
    address: list[str]
    receipt: str | None
    # The texts that were agreed to, as they were then.
    agreed: list[AgreedView]
    withdrawn: list[str]
    steps: list[Step]
    can_continue: bool
    can_try_again: bool
    can_put_back: bool
    can_withdraw: bool
    again_slug: str


def version_of(order: Order) -> str:
    """What an open page compares: another one, and it has something new to show."""
    return f"{order.version}-{state_of(order)}"


def order_view(
    life: Life, *, has_returned: bool = False, sign: Callable[[Right], str] | None = None
) -> OrderView:
    """`has_returned`: Stripe sent the buyer back as having paid, so paying is not offered.

    `sign` makes the tokens of links to files.
    """
    order, state = life.order, state_of(life.order)
    return OrderView(
        number=order.number,
        state=state,
        sentence=sentence(life, state),
        settled=state not in UNSETTLED,
        version=version_of(order),
        lines=[_line(order, line) for line in order.lines],
        sums=list(_sums(life)),
        subscriptions=[_subscription(each) for each in life.subscriptions],
        parcels=_parcels(life),
        downloads=[_download(life.order, each, sign) for each in life.downloads if sign],
        total_text=order.total.text(),
        email=order.email,
        phone=order.phone,
        address=shown_address(order.ship_to) if order.ship_to else [],
        receipt=life.receipt.number if life.receipt is not None else None,
        agreed=list(_agreed(order)),
        withdrawn=[day_text(each.declared_at) for each in life.withdrawals],
        steps=steps(life),
        can_continue=state == "confirming" and not has_returned,
        can_try_again=state in ("failed", "expired", "cancelled"),
        can_put_back=state in ("failed", "expired", "cancelled")
        and not order.is_recurring
        and any(line.variant_id for line in order.lines),
        can_withdraw=order.payment in (PaymentStatus.PAID, PaymentStatus.PENDING)
        and state != "refunded",
        again_slug=order.lines[0].product_slug,
    )


def _line(order: Order, line: OrderLine) -> LineView:
    return LineView(
        name=line.name,
        variant=line.variant_name,
        quantity=line.quantity,
        unit_text=Money(line.unit_minor, order.currency).text(),
        total_text=Money(line.unit_minor * line.quantity, order.currency).text(),
        rhythm_text=rhythm_text(line.interval_unit, line.interval_count),
    )


def _sums(life: Life) -> list[Sum]:
    given_back = [each.credit for each in life.returned]
    order = life.order
    if life.receipt is not None:
        return list(sums(receipts.document(life.receipt, given_back)))
    document = receipts.preview(order, given_back)
    if order.payment != PaymentStatus.PAID:
        # Nothing was charged yet, so only what is due is told.
        return [each for each in sums(document) if each.label != gettext("Charged")]
    return list(sums(document))


def _agreed(order: Order) -> Iterator[AgreedView]:
    for each in order.consents:
        kind = next((kind for kind in legal.PAGES if kind.value == each.get("kind")), None)
        if kind is not None and each.get("version"):
            language = str(each.get("language") or order.language)
            yield AgreedView(legal_title(kind), kind.value, int(each["version"]), language)


def _parcels(life: Life) -> list[ParcelView]:
    names = {line.position: line for line in life.order.lines}
    return [_parcel(each, number, life, names) for number, each in enumerate(life.parcels, start=1)]


def _parcel(shipment: Shipment, number: int, life: Life, lines: dict[int, OrderLine]) -> ParcelView:
    title, count = gettext("Parcel"), len(life.parcels)
    if count > 1:
        title = gettext("Parcel %(number)s of %(count)s", number=number, count=count)
    arrived = ""
    if shipment.delivered_at is not None:
        arrived = gettext("Arrived on %(day)s", day=day_text(shipment.delivered_at))
    by = life.expected.get(shipment.id)
    return ParcelView(
        title=title,
        left_text=gettext("Left on %(day)s", day=day_text(shipment.shipped_at)),
        arrived_text=arrived,
        expected_text=gettext("Expected by %(day)s", day=day_text(by)) if by else "",
        carrier=shipment.carrier_name,
        tracking=shipment.tracking,
        tracking_url=shipment.tracking_url,
        items=[
            f"{each.quantity} × {_full_name(lines[each.position])}"
            for each in shipment.lines
            if each.position in lines
        ],
    )


def _download(order: Order, right: Right, sign: Callable[[Right], str]) -> DownloadView:
    line = next(each for each in order.lines if each.position == right.position)
    return DownloadView(
        name=right.file.name,
        of=_full_name(line),
        size_text=_size_text(right.file.size_bytes),
        left=right.left,
        token=sign(right) if right.left else "",
    )


def _size_text(size_bytes: int) -> str:
    """In the units people know; exact to a tenth."""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    # Number and unit stay on one line.
    return f"{format_decimal(round(size, 1), locale=spoken().locale)}\N{NO-BREAK SPACE}{unit}"


def _full_name(line: OrderLine) -> str:
    return f"{line.name}, {line.variant_name}" if line.variant_name else line.name


def _subscription(row: Subscription) -> SubscriptionView:
    if row.cancels_at and row.entitles:
        words = gettext(
            "Your subscription ends on %(day)s and does not renew.", day=day_text(row.cancels_at)
        )
    else:
        words = _subscription_sentence(row)
    return SubscriptionView(words, can_be_managed=row.customer_id is not None)


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
