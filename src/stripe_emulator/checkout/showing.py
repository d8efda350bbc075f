"""What a checkout page shows: everything, so that the page need look at nothing else."""

from dataclasses import dataclass
from typing import Any

Thing = dict[str, Any]


@dataclass(frozen=True)
class Adjustable:
    """A quantity the buyer may change, within these bounds."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class PageLine:
    """One line of the order summary; amounts in the minor unit of the page's currency.

    unit_amount is None where the price has tiers. `amounts` says what may be typed if the buyer
    says what they pay. recurring: Stripe's `{interval, interval_count, …}`.
    """

    name: str
    description: str | None
    quantity: int
    unit_amount: int | None
    amount_total: int
    image: str | None
    id: str = ""
    price: str = ""
    amount_subtotal: int = 0
    amount_discount: int = 0
    amount_tax: int = 0
    adjustable: Adjustable | None = None
    recurring: Thing | None = None
    is_optional: bool = False
    pays_what_they_want: bool = False
    least_amount: int | None = None
    most_amount: int | None = None


@dataclass(frozen=True)
class PageOption:
    """An optional item the buyer has not taken; `Choice.optional` takes it by its price."""

    price: str
    name: str
    description: str | None
    image: str | None
    quantity: int
    unit_amount: int | None
    recurring: Thing | None
    adjustable: Adjustable | None


@dataclass(frozen=True)
class PageShipping:
    """One way to deliver; minimum and maximum are Stripe's `{unit, value}`."""

    shipping_rate: str
    name: str
    amount: int
    minimum: Thing | None
    maximum: Thing | None
    is_chosen: bool


@dataclass(frozen=True)
class PageDiscount:
    """What a coupon takes off. `code` is set if a promotion code brought it."""

    name: str
    code: str | None
    amount: int
    percent_off: float | None
    can_be_removed: bool


@dataclass(frozen=True)
class PageTax:
    """The sum of one tax rate over all lines and shipping."""

    name: str
    percentage: float
    inclusive: bool
    amount: int


@dataclass(frozen=True)
class SavedMethod:
    """A way to pay the customer has used before; brand, last4 and expiry are a card's."""

    id: str
    kind: str
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True)
class Asked:
    """Which fields the page has. The names are those of `Entry`.

    billing: `auto` (country and postal code) or `required` (a whole address).
    shipping_countries: None if no shipping address is wanted.
    tax_id: "" (not asked), "optional" or "required"; so are the names.
    terms, promotions: whether there is a box to tick. custom_fields: as on the session.
    """

    email: bool = True
    phone: bool = False
    billing: str = "auto"
    shipping_countries: tuple[str, ...] | None = None
    tax_id: str = ""
    business_name: str = ""
    individual_name: str = ""
    terms: bool = False
    promotions: bool = False
    saves_method: bool = False
    custom_fields: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class CheckoutPage:
    """What the hosted page shows. `session` is as the API answers it.

    email: an address the shop has given; the buyer cannot change it.
    entered: what is known of the buyer so far (`shipping`, `shipping_name`, `billing`).
    kinds: ways to pay; none if nothing is to be paid and none is to be saved (`needs_method`).
    trial_days: of a subscription that begins with a trial. later_amount: what each following
    period costs, in minor units; None where nothing recurs.
    waits_for_address: taxes are not known before there is one.
    shows: what a buyer has to be shown after paying, e.g. a voucher (`next_action`).
    recovery_url: where an expired session can be taken up again.
    confirmation: what the shop says on this page once all is done (payment links).
    """

    session: dict[str, Any]
    lines: list[PageLine]
    amount_total: int
    currency: str
    status: str
    business_name: str
    success_url: str | None
    mode: str = "payment"
    amount_subtotal: int = 0
    amount_discount: int = 0
    amount_shipping: int = 0
    amount_tax: int = 0
    options: tuple[PageOption, ...] = ()
    shipping_options: tuple[PageShipping, ...] = ()
    discounts: tuple[PageDiscount, ...] = ()
    taxes: tuple[PageTax, ...] = ()
    takes_codes: bool = False
    waits_for_address: bool = False
    kinds: tuple[str, ...] = ("card",)
    saved_methods: tuple[SavedMethod, ...] = ()
    needs_method: bool = True
    asked: Asked = Asked()
    email: str | None = None
    entered: Thing | None = None
    trial_days: int | None = None
    later_amount: int | None = None
    later_every: Thing | None = None
    shows: Thing | None = None
    recovery_url: str | None = None
    confirmation: str | None = None
