"""Every test card of Stripe's page "Testing": its names, its number, what it does."""

import pytest

from stripe_emulator.cards import by_name, by_number, passes_luhn

# "Testing", in the order of its tables; pm_ and tok_ are followed by the same name.
SUCCEED = """
visa 4242424242424242
visa_debit 4000056655665556
mastercard 5555555555554444
mastercard_debit 5200828282828210
mastercard_prepaid 5105105105105100
amex 378282246310005
discover 6011111111111117
diners 3056930009020004
jcb 3566002020360505
unionpay 6200000000000005
visa_cartesBancaires 4000002500001001
mastercard_cartesBancaires 5555552500001001
visa_debit_eftposAuCoBranded 4000050360000001
mastercard_debit_eftposAuCoBranded 5555050360000080
us 4242424242424242
fr 4000002500000003
gb 4000008260000000
jp 4000003920000003
amex_threeDSecureNotSupported 378282246310005
riskLevelHighest 4000000000004954
riskLevelElevated 4000000000009235
highFraudDisputeScore 4000008400000407
highEfwScore 4000008400000159
radarDynamicRiskThreshold 4000008400001017
adaptive3dsChallenge 4000008405600003
cvcCheckFail 4000000000000101
avsZipFail 4000000000000036
avsLine1Fail 4000000000000028
avsFail 4000000000000010
avsUnchecked 4000000000000044
createDispute 4000000000000259
createDisputeProductNotReceived 4000000000002685
createDisputeInquiry 4000000000001976
createIssuerFraudRecord 4000000000005423
createMultipleDisputes 4000000404000079
createCe3EligibleDispute 4000000404000038
createComplianceDispute 4000008400000779
createMastercardComplianceDispute 5105008400000002
createAutoRepresentmentEligibleDispute 4000000001000043
createRapidDisputeResolutionDispute 4000000404004816
createCe3BlockDispute 4000000404005649
createEthocaAlert 5105000300000018
pendingRefund 4000000000007726
refundFail 4000000000005126
bypassPending 4000000000000077
bypassPendingInternational 4000003720000278
"""
FAIL = """
visa_chargeDeclined 4000000000000002 card_declined generic_decline
chargeDeclined 4000000000000002 card_declined generic_decline
visa_chargeDeclinedInsufficientFunds 4000000000009995 card_declined insufficient_funds
visa_chargeDeclinedLostCard 4000000000009987 card_declined lost_card
visa_chargeDeclinedStolenCard 4000000000009979 card_declined stolen_card
chargeDeclinedExpiredCard 4000000000000069 expired_card -
visa_chargeDeclinedExpiredCard 4000000000000069 expired_card -
chargeDeclinedIncorrectCvc 4000000000000127 incorrect_cvc -
chargeDeclinedProcessingError 4000000000000119 processing_error -
visa_chargeDeclinedVelocityLimitExceeded 4000000000006975 card_declined card_velocity_exceeded
chargeCustomerFail 4000000000000341 card_declined generic_decline
visa_chargeDeclinedFraudulent 4100000000000019 card_declined fraudulent
radarBlock 4100000000000019 card_declined fraudulent
threeDSecureRequiredChargeDeclined 4000008400001629 card_declined generic_decline
threeDSecureRequiredProcessingError 4000008400001280 card_declined generic_decline
"""
ASK_THE_HOLDER = """
authenticationRequiredOnSetup 4000002500003155
authenticationRequired 4000002760003184
authenticationRequiredSetupForOffSession 4000003800000446
authenticationRequiredChargeDeclinedInsufficientFunds 4000008260003178
threeDSecure2Required 4000000000003220
threeDSecureRequiredChargeDeclined 4000008400001629
"""
# Typed on the page only.
NAMELESS = """
2223003122003222 371449635398431 6011000990139424 6011981111111113 36227206271667
6555900000604105 6200000000000047 6205500000000000004 5062210000000009 5200007840000022
4000058260000005 5555558265554449 3530111333300000 4000006820000007 4000057640000008
4000008400000027 4000000032200000 4000000000001208 4000000000003725 4000058400307872
4000058400306072
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.splitlines() if line]


@pytest.mark.parametrize("prefix", ["pm_card_", "tok_"])
@pytest.mark.parametrize(("name", "number"), rows(SUCCEED))
def test_a_card_that_pays(prefix, name, number):
    card = by_name(prefix + name)
    assert card is not None
    assert (card.number, card.decline) == (number, None)
    assert not card.asks_its_holder
    assert by_number(number) == card


@pytest.mark.parametrize(("name", "number", "code", "decline_code"), rows(FAIL))
def test_a_card_that_is_declined(name, number, code, decline_code):
    card = by_name(f"pm_card_{name}")
    assert card is not None
    assert card.number == number
    assert card.decline is not None
    assert (card.decline.code, card.decline.decline_code or "-") == (code, decline_code)


@pytest.mark.parametrize(("name", "number"), rows(ASK_THE_HOLDER))
def test_a_card_that_asks_its_holder(name, number):
    card = by_name(f"pm_card_{name}")
    assert card is not None
    assert (card.number, card.asks_its_holder) == (number, True)


@pytest.mark.parametrize("number", NAMELESS.split())
def test_a_card_that_is_only_typed(number):
    card = by_number(number)
    assert card is not None
    assert card.decline is None


@pytest.mark.parametrize("number", [*NAMELESS.split(), *(row[1] for row in rows(SUCCEED + FAIL))])
def test_test_cards_have_a_right_check_digit(number):
    assert passes_luhn(number)


@pytest.mark.parametrize(
    "name", ["pm_card_nonsense", "pm_card_", "pm_", "tok_", "card_visa", "pm_mastercard_2_series"]
)
def test_a_name_that_is_none_leads_to_no_card(name):
    assert by_name(name) is None


def test_a_mistyped_digit_shows():
    assert not passes_luhn("4242424242424241")
