"""Stripe's test cards ("Testing"): number, names, and how each behaves.

Where a card's speciality is not imitated (disputes, warnings of fraud, captchas, Radar's finer
scores), it pays like any other.
"""

from dataclasses import dataclass
from enum import StrEnum


class ThreeDSecure(StrEnum):
    """When a card asks its holder to authenticate."""

    # Not even when the shop asks for it: the attempt is acknowledged.
    NEVER = "never"
    # When the shop asks for it.
    OPTIONAL = "optional"
    REQUIRED = "required"
    # Off-session payments need nobody, once the card was set up for them.
    UNLESS_SET_UP = "unless_set_up"
    # The same, as if it had been set up before.
    ALREADY_SET_UP = "already_set_up"
    # The bank is content without asking.
    FRICTIONLESS = "frictionless"
    # Trying to authenticate ends in an error.
    BROKEN = "broken"


class RefundOutcome(StrEnum):
    """What becomes of a refund to this card."""

    SUCCEEDS = "succeeds"
    PENDS = "pends"
    FAILS = "fails"


@dataclass(frozen=True)
class Decline:
    """How a charge is refused; `field` names the input on the page it is about."""

    code: str
    decline_code: str | None
    message: str
    field: str | None = None


_ASKING = (ThreeDSecure.REQUIRED, ThreeDSecure.UNLESS_SET_UP, ThreeDSecure.ALREADY_SET_UP)


@dataclass(frozen=True)
class Card:
    """One test card."""

    number: str
    brand: str
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    three_d_secure: ThreeDSecure = ThreeDSecure.NEVER
    refund: RefundOutcome = RefundOutcome.SUCCEEDS
    cvc_check: str = "pass"
    postal_code_check: str = "pass"
    line1_check: str = "pass"
    risk_level: str = "normal"
    # Funds are available at once instead of days later.
    bypasses_pending: bool = False
    # It can be kept for a customer, though every charge is declined.
    attaches_all_the_same: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def asks_its_holder(self) -> bool:
        """Whether a payment with its holder present asks for authentication, unprompted."""
        return self.three_d_secure in _ASKING


_TRY_ANOTHER = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _TRY_ANOTHER)
_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
_EXPIRED = Decline("expired_card", None, "Your card has expired.", "cardExpiry")
_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.", "cardCvc")
PROCESSING = Decline(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "testmode_decline",
    "Your card was declined. This is test mode, and that is no test card.",
    "cardNumber",
)


def _declined(code: str) -> Decline:
    return Decline("card_declined", code, _TRY_ANOTHER)


_OPTIONAL, _REQUIRED = ThreeDSecure.OPTIONAL, ThreeDSecure.REQUIRED
_VISA, _MASTERCARD = "visa", "mastercard"

# The name after pm_ or tok_ → card. Without card_ it is ours, for cards that are only typed.
_BY_NAME: dict[str, Card] = {
    "card_visa": Card("4242424242424242", _VISA),
    "card_visa_debit": Card("4000056655665556", _VISA, "debit"),
    "card_mastercard": Card("5555555555554444", _MASTERCARD),
    "mastercard_2_series": Card("2223003122003222", _MASTERCARD),
    "card_mastercard_debit": Card("5200828282828210", _MASTERCARD, "debit"),
    "card_mastercard_prepaid": Card("5105105105105100", _MASTERCARD, "prepaid"),
    "card_amex": Card("378282246310005", "amex"),
    "amex_2": Card("371449635398431", "amex"),
    "card_discover": Card("6011111111111117", "discover"),
    "discover_2": Card("6011000990139424", "discover"),
    "discover_debit": Card("6011981111111113", "discover", "debit"),
    "card_diners": Card("3056930009020004", "diners"),
    "diners_14_digits": Card("36227206271667", "diners"),
    "bccard": Card("6555900000604105", "discover"),
    "card_jcb": Card("3566002020360505", "jcb", country="JP"),
    "jcb_japan": Card("3530111333300000", "jcb", country="JP"),
    "card_unionpay": Card("6200000000000005", "unionpay", country="CN"),
    "unionpay_debit": Card("6200000000000047", "unionpay", "debit", "CN"),
    "unionpay_19_digits": Card("6205500000000000004", "unionpay", country="CN"),
    "card_visa_cartesBancaires": Card("4000002500001001", _VISA, country="FR"),
    "card_mastercard_cartesBancaires": Card("5555552500001001", _MASTERCARD, country="FR"),
    "card_visa_debit_eftposAuCoBranded": Card("4000050360000001", _VISA, "debit", "AU"),
    "card_mastercard_debit_eftposAuCoBranded": Card("5555050360000080", _MASTERCARD, "debit", "AU"),
    "mastercard_ae": Card("5200007840000022", _MASTERCARD, country="AE"),
    "mastercard_gb": Card("5555558265554449", _MASTERCARD, country="GB"),
    "carnet_mx": Card("5062210000000009", "unknown", country="MX"),
    "card_visa_chargeDeclined": Card("4000000000000002", _VISA, decline=GENERIC),
    "card_visa_chargeDeclinedInsufficientFunds": Card("4000000000009995", _VISA, decline=_FUNDS),
    "card_visa_chargeDeclinedLostCard": Card(
        "4000000000009987", _VISA, decline=_declined("lost_card")
    ),
    "card_visa_chargeDeclinedStolenCard": Card(
        "4000000000009979", _VISA, decline=_declined("stolen_card")
    ),
    "card_chargeDeclinedExpiredCard": Card("4000000000000069", _VISA, decline=_EXPIRED),
    "card_chargeDeclinedIncorrectCvc": Card("4000000000000127", _VISA, decline=_CVC),
    "card_chargeDeclinedProcessingError": Card("4000000000000119", _VISA, decline=PROCESSING),
    "card_visa_chargeDeclinedVelocityLimitExceeded": Card(
        "4000000000006975", _VISA, decline=_declined("card_velocity_exceeded")
    ),
    "card_chargeCustomerFail": Card(
        "4000000000000341", _VISA, decline=GENERIC, attaches_all_the_same=True
    ),
    "card_authenticationRequiredOnSetup": Card(
        "4000002500003155", _VISA, country="FR", three_d_secure=ThreeDSecure.UNLESS_SET_UP
    ),
    "card_authenticationRequired": Card(
        "4000002760003184", _VISA, country="DE", three_d_secure=_REQUIRED
    ),
    "card_authenticationRequiredSetupForOffSession": Card(
        "4000003800000446", _VISA, country="IT", three_d_secure=ThreeDSecure.ALREADY_SET_UP
    ),
    "card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", _VISA, country="GB", decline=_FUNDS,
        three_d_secure=ThreeDSecure.UNLESS_SET_UP,
    ),
    "card_threeDSecure2Required": Card(
        "4000000000003220", _VISA, country="IE", three_d_secure=_REQUIRED
    ),
    "three_d_secure_us": Card("4000008400000027", _VISA, three_d_secure=_REQUIRED),
    "card_threeDSecureRequiredChargeDeclined": Card(
        "4000008400001629", _VISA, decline=GENERIC, three_d_secure=_REQUIRED
    ),
    "card_threeDSecureRequiredProcessingError": Card("4000008400001280", _VISA, decline=GENERIC),
    "card_threeDSecureOptional": Card("4000000000003055", _VISA, three_d_secure=_OPTIONAL),
    "card_threeDSecureOptionalProcessingError": Card(
        "4000000000003097", _VISA, three_d_secure=ThreeDSecure.BROKEN
    ),
    "three_d_secure_frictionless": Card(
        "4000000032200000", _VISA, three_d_secure=ThreeDSecure.FRICTIONLESS
    ),
    "captcha": Card("4000000000001208", _VISA),
    "captcha_2": Card("4000000000003725", _VISA),
    "card_radarBlock": Card("4100000000000019", _VISA, decline=_declined("fraudulent")),
    "card_riskLevelHighest": Card("4000000000004954", _VISA, risk_level="highest"),
    "card_riskLevelElevated": Card("4000000000009235", _VISA, risk_level="elevated"),
    "card_highFraudDisputeScore": Card("4000008400000407", _VISA),
    "card_highEfwScore": Card("4000008400000159", _VISA),
    "card_radarDynamicRiskThreshold": Card("4000008400001017", _VISA),
    "card_adaptive3dsChallenge": Card("4000008405600003", _VISA, three_d_secure=_OPTIONAL),
    "cvc_check_fail_elevated": Card(
        "4000058400307872", _VISA, cvc_check="fail", risk_level="elevated"
    ),
    "zip_check_fail_elevated": Card(
        "4000058400306072", _VISA, postal_code_check="fail", risk_level="elevated"
    ),
    "card_cvcCheckFail": Card("4000000000000101", _VISA, cvc_check="fail"),
    "card_avsZipFail": Card("4000000000000036", _VISA, postal_code_check="fail"),
    "card_avsLine1Fail": Card("4000000000000028", _VISA, line1_check="fail"),
    "card_avsFail": Card(
        "4000000000000010", _VISA, postal_code_check="fail", line1_check="fail"
    ),
    "card_avsUnchecked": Card(
        "4000000000000044", _VISA, postal_code_check="unavailable", line1_check="unavailable"
    ),
    "card_createDispute": Card("4000000000000259", _VISA),
    "card_createDisputeProductNotReceived": Card("4000000000002685", _VISA),
    "card_createDisputeInquiry": Card("4000000000001976", _VISA),
    "card_createIssuerFraudRecord": Card("4000000000005423", _VISA),
    "card_createMultipleDisputes": Card("4000000404000079", _VISA),
    "card_createCe3EligibleDispute": Card("4000000404000038", _VISA),
    "card_createComplianceDispute": Card("4000008400000779", _VISA),
    "card_createMastercardComplianceDispute": Card("5105008400000002", _MASTERCARD),
    "card_createAutoRepresentmentEligibleDispute": Card("4000000001000043", _VISA),
    "card_createRapidDisputeResolutionDispute": Card("4000000404004816", _VISA),
    "card_createCe3BlockDispute": Card("4000000404005649", _VISA),
    "card_createEthocaAlert": Card("5105000300000018", _MASTERCARD),
    "card_pendingRefund": Card("4000000000007726", _VISA, refund=RefundOutcome.PENDS),
    "card_refundFail": Card("4000000000005126", _VISA, refund=RefundOutcome.FAILS),
    "card_bypassPending": Card("4000000000000077", _VISA, bypasses_pending=True),
    "card_bypassPendingInternational": Card(
        "4000003720000278", _VISA, country="IE", bypasses_pending=True
    ),
}  # fmt: skip
_COUNTRIES = {
    "us": "4242424242424242", "ar": "4000000320000021", "br": "4000000760000002",
    "ca": "4000001240000000", "cl": "4000001520000001", "co": "4000001700000003",
    "cr": "4000001880000005", "ec": "4000002180000000", "mx": "4000004840008001",
    "pa": "4000005910000000", "py": "4000006000000066", "pe": "4000006040000068",
    "uy": "4000008580000003", "ae": "4000007840000001", "at": "4000000400000008",
    "be": "4000000560000004", "bg": "4000001000000000", "by": "4000001120000005",
    "hr": "4000001910000009", "cy": "4000001960000008", "cz": "4000002030000002",
    "dk": "4000002080000001", "ee": "4000002330000009", "fi": "4000002460000001",
    "fr": "4000002500000003", "de": "4000002760000016", "gi": "4000002920000005",
    "gr": "4000003000000030", "hu": "4000003480000005", "ie": "4000003720000005",
    "it": "4000003800000008", "lv": "4000004280000005", "li": "4000004380000004",
    "lt": "4000004400000000", "lu": "4000004420000006", "mt": "4000004700000007",
    "nl": "4000005280000002", "no": "4000005780000007", "pl": "4000006160000005",
    "pt": "4000006200000007", "ro": "4000006420000001", "sa": "4000006820000007",
    "si": "4000007050000006", "sk": "4000007030000001", "es": "4000007240000007",
    "se": "4000007520000008", "ch": "4000007560000009", "gb": "4000008260000000",
    "gb_debit": "4000058260000005", "au": "4000000360000006", "cn": "4000001560000002",
    "hk": "4000003440000004", "in": "4000003560000008", "jp": "4000003920000003",
    "my": "4000004580000002", "nz": "4000005540000008", "sg": "4000007020000003",
    "tw": "4000001580000008", "th": "4000007640000003", "th_debit": "4000057640000008",
}  # fmt: skip
_BY_NUMBER = {
    **{
        number: Card(number, _VISA, "debit" if "debit" in name else "credit", name[:2].upper())
        for name, number in _COUNTRIES.items()
    },
    **{card.number: card for card in _BY_NAME.values()},
}
# Other names of the same cards: older ones, and what tokens alone are called.
_ALIASES = {
    "card_amex_threeDSecureNotSupported": "card_amex",
    "card_chargeDeclined": "card_visa_chargeDeclined",
    "card_chargeDeclinedInsufficientFunds": "card_visa_chargeDeclinedInsufficientFunds",
    "card_chargeDeclinedLostCard": "card_visa_chargeDeclinedLostCard",
    "card_chargeDeclinedStolenCard": "card_visa_chargeDeclinedStolenCard",
    "card_chargeDeclinedVelocityLimitExceeded": "card_visa_chargeDeclinedVelocityLimitExceeded",
    "card_visa_chargeCustomerFail": "card_chargeCustomerFail",
    "card_visa_chargeDeclinedExpiredCard": "card_chargeDeclinedExpiredCard",
    "card_visa_chargeDeclinedFraudulent": "card_radarBlock",
    "card_visa_chargeDeclinedIncorrectCvc": "card_chargeDeclinedIncorrectCvc",
    "card_visa_chargeDeclinedProcessingError": "card_chargeDeclinedProcessingError",
    "card_visa_debit_chargeDeclinedInsufficientFunds": "card_visa_chargeDeclinedInsufficientFunds",
}


def by_number(number: str) -> Card | None:
    """The test card with this number; None for any other card."""
    return _BY_NUMBER.get(number)


def by_name(name: str) -> Card | None:
    """The card behind `pm_card_visa`, `tok_visa`, `pm_card_fr` and their kin."""
    kind, _, rest = name.partition("_")
    if kind not in ("pm", "tok"):
        return None
    rest = f"card_{rest.removeprefix('card_')}"
    known = _BY_NAME.get(_ALIASES.get(rest, rest))
    if known is not None:
        return known
    number = _COUNTRIES.get(rest.removeprefix("card_"))
    return _BY_NUMBER.get(number) if number is not None else None


def passes_luhn(number: str) -> bool:
    """Whether the check digit is right."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
