"""What all kinds of payment methods have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from stripe_emulator.cards import Decline
from stripe_emulator.store import Thing

if TYPE_CHECKING:
    from stripe_emulator.call import Call

# "Supported currencies": but for cards, eight digits.
MOST = 99_999_999


class Flow(StrEnum):
    """How a payment goes on after it has been confirmed."""

    AT_ONCE = "at_once"
    # A bank debit: `processing` until the bank has answered.
    LATER = "later"
    # A slip that the buyer pays in a shop or at a bank.
    VOUCHER = "voucher"
    # A page of somebody else's, where the buyer approves.
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Fee:
    """What Stripe takes: tenths of a percent, a fixed amount and a most, in minor units."""

    tenths: int = 29
    fixed: int = 30
    most: int | None = None

    def of(self, amount: int) -> int:
        taken = (amount * self.tenths + 500) // 1000 + self.fixed
        return taken if self.most is None else min(taken, self.most)


@dataclass(frozen=True)
class Settlement:
    """What becomes of a payment that takes its time: when, in seconds, and how.

    `seconds` None: it stays as it is until somebody settles it, or a voucher runs out.
    """

    seconds: float | None
    refusal: Decline | None = None
    disputed: bool = False


NOT_PAID_IN_TIME = Decline(
    "payment_intent_payment_attempt_expired",
    None,
    "The latest payment attempt of this PaymentIntent has expired.",
)
FAILED = Decline(
    "payment_intent_payment_attempt_failed",
    None,
    "The latest payment attempt of this PaymentIntent has failed or been canceled, and the "
    "attached payment method has been removed. You can try confirming again with a new payment "
    "method.",
)
DECLINED_BY_CUSTOMER = Decline(
    "payment_method_customer_decline",
    None,
    "The customer declined the payment.",
)
NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)


def _nothing(_call: "Call", _given: Thing) -> tuple[Thing, Thing]:
    return {}, {}


def _no_details(_method: Thing, _intent: Thing) -> Thing:
    return {}


def _soon(_method: Thing) -> Settlement:
    return Settlement(3.0)


@dataclass(frozen=True)
class Kind:
    """One kind of payment method."""

    name: str
    label: str
    flow: Flow
    # None: any.
    currencies: frozenset[str] | None = None
    most: int = MOST
    fee: Fee = Fee()
    # Whether an amount can be held now and captured later, and for how long.
    can_hold: bool = False
    hold_seconds: int = 7 * 24 * 3600
    # Whether it may be kept for later payments.
    can_be_saved: bool = False
    # Whether keeping it needs a mandate.
    has_mandate: bool = False
    can_be_refunded: bool = True
    refused: Decline = DECLINED_BY_CUSTOMER
    # From the parameters to what the object shows and to what it keeps for itself.
    # Raises a StripeFault for what makes no sense.
    read: Callable[["Call", Thing], tuple[Thing, Thing]] = _nothing
    # What a charge says in `payment_method_details`.
    charged: Callable[[Thing, Thing], Thing] = _no_details
    settlement: Callable[[Thing], Settlement] = _soon
    # Of vouchers: what stands in `next_action`, given the address of the voucher's page, and
    # when the voucher runs out.
    voucher: Callable[["Call", Thing, str], tuple[Thing, int]] | None = None

    def takes(self, amount: int, currency: str) -> bool:
        """Whether it can pay this at all."""
        right_currency = self.currencies is None or currency in self.currencies
        return right_currency and amount <= self.most
