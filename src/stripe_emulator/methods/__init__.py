"""The kinds of payment methods, one small file each, and which of them can pay an amount."""

from collections.abc import Collection
from typing import Any

from stripe_emulator.methods.boleto import BOLETO
from stripe_emulator.methods.card import CARD, check_cvc
from stripe_emulator.methods.kind import Flow, Kind
from stripe_emulator.methods.konbini import KONBINI
from stripe_emulator.methods.multibanco import MULTIBANCO
from stripe_emulator.methods.oxxo import OXXO
from stripe_emulator.methods.sepa_debit import SEPA_DEBIT
from stripe_emulator.methods.us_bank_account import US_BANK_ACCOUNT
from stripe_emulator.methods.wallets import (
    ALIPAY,
    AMAZON_PAY,
    CASHAPP,
    IDEAL,
    KLARNA,
    LINK,
    PAYPAL,
)
from stripe_emulator.store import Thing

__all__ = [
    "ALL",
    "CARD",
    "US_BANK_ACCOUNT",
    "Flow",
    "Kind",
    "check_cvc",
    "eligible",
    "kind_of",
    "named",
    "of_intent",
    "of_setup",
]

# In the order in which a page offers them.
ALL = (
    *(CARD, LINK, CASHAPP, KLARNA, AMAZON_PAY, PAYPAL, ALIPAY, IDEAL, SEPA_DEBIT),
    *(US_BANK_ACCOUNT, BOLETO, OXXO, KONBINI, MULTIBANCO),
)
_BY_NAME = {each.name: each for each in ALL}


def named(name: str) -> Kind | None:
    """The kind called so at Stripe; None for one that is not here."""
    return _BY_NAME.get(name)


def kind_of(method: Thing) -> Kind:
    """The kind of a payment method."""
    return _BY_NAME[method["type"]]


def eligible(  # noqa: PLR0913 - so many things decide
    amount: int,
    currency: str,
    *,
    allowed: Collection[str] | None = None,
    excluded: Collection[str] | None = None,
    redirects: bool = True,
    held: bool = False,
    saved: bool = False,
) -> list[str]:
    """The names of the kinds that can pay this, in the order in which a page offers them.

    `held`: the amount is captured later. `saved`: the method is kept for later payments.
    Everything is switched on: which kinds an account takes is for the caller to restrict.
    """
    return [
        each.name
        for each in ALL
        if each.takes(amount, currency)
        and (not allowed or each.name in allowed)
        and each.name not in (excluded or ())
        and (redirects or each.flow is not Flow.REDIRECT)
        and (not held or each.can_hold)
        and (not saved or each.can_be_saved)
    ]


def of_intent(intent: Thing) -> list[str]:
    """What `payment_method_types` of a payment intent shows."""
    automatic: dict[str, Any] = intent.get("automatic_payment_methods") or {}
    return eligible(
        intent["amount"],
        intent["currency"],
        allowed=intent.get("allowed_payment_method_types"),
        excluded=intent.get("excluded_payment_method_types"),
        redirects=automatic.get("allow_redirects", "always") == "always",
        held=intent.get("capture_method") == "manual",
        saved=bool(intent.get("setup_future_usage")),
    )


def of_setup(setup: Thing) -> list[str]:
    """What `payment_method_types` of a setup intent shows: whatever can be saved."""
    automatic: dict[str, Any] = setup.get("automatic_payment_methods") or {}
    redirects = automatic.get("allow_redirects", "always") == "always"
    return [
        each.name
        for each in ALL
        if each.can_be_saved
        and (
            not setup["allowed_payment_method_types"]
            or each.name in setup["allowed_payment_method_types"]
        )
        and each.name not in (setup["excluded_payment_method_types"] or ())
        and (redirects or each.flow is not Flow.REDIRECT)
    ]
