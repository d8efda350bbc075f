"""The first payment of a subscription: its session and its invoice are one payment."""

import itertools

import pytest

from paydesk.foundation.money import Money
from paydesk.orders.order import PaymentStatus
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.folding import Agreed, fold

_SESSION = Fact(
    kind=Kind.SESSION,
    stripe_id="cs_1",
    stage="paid",
    amount_minor=900,
    subtotal_minor=900,
    asked_minor=900,
    currency="eur",
    livemode=False,
    intent_id="pi_1",
    checkout_id="chk_1",
    mode="subscription",
    invoice_id="in_1",
    subscription_id="sub_1",
)
_INVOICE = Fact(
    kind=Kind.INVOICE,
    stripe_id="in_1",
    stage="paid",
    amount_minor=900,
    asked_minor=900,
    currency="eur",
    livemode=False,
    checkout_id="chk_1",
    mode="subscription_create",
    invoice_id="in_1",
    subscription_id="sub_1",
)
_CHARGE = Fact(
    kind=Kind.CHARGE,
    stripe_id="ch_1",
    stage="succeeded",
    amount_minor=900,
    asked_minor=900,
    currency="eur",
    livemode=False,
    intent_id="pi_1",
)


@pytest.mark.parametrize(
    "told", [each for n in (1, 2, 3) for each in itertools.combinations((0, 1, 2), n)]
)
def test_it_is_paid_once_before_stripe_says_which_intent_paid_the_invoice(told):
    facts = [(_SESSION, _INVOICE, _CHARGE)[each] for each in told]
    if told == (1, 2):
        # Nothing joins these two yet; a charge of no session is not looked up by itself.
        facts = facts[:1]
    payment = fold(Agreed(Money(900, "eur"), livemode=False, mode="subscription"), facts)
    assert (payment.status, payment.paid_minor) == (PaymentStatus.PAID, 900)
    assert not payment.flags
