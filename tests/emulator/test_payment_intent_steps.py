"""Payment intents step by step: with and without their holder, held, raised, taken in parts."""

import pytest
import stripe

from tests.emulator.buying import history, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.waiting import later

UNLESS_SET_UP = "pm_card_authenticationRequiredOnSetup"


def refusal(act) -> stripe.CardError | stripe.InvalidRequestError:
    with pytest.raises(stripe.StripeError) as caught:
        act()
    # Of all the SDK's errors these two say which parameter was meant.
    assert isinstance(caught.value, stripe.CardError | stripe.InvalidRequestError)
    return caught.value


def test_a_method_may_be_described_on_the_spot(client):
    done = pay_now(
        client,
        method="",
        payment_method_data={
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"name": "Ada"},
        },
    )
    must_be_whole(done)
    charge = client.v1.charges.retrieve(done.latest_charge)
    assert (done.status, charge.billing_details.name) == ("succeeded", "Ada")


def test_a_customers_method_pays_without_its_holder_once_it_is_set_up(client):
    customer = client.v1.customers.create()
    asked = pay_now(
        client,
        method=UNLESS_SET_UP,
        customer=customer.id,
        setup_future_usage="off_session",
        return_url="http://127.0.0.1:9/",
    )
    assert asked.status == "requires_action"
    kept = client.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_visa", "confirm": True}
    )
    assert kept.status == "succeeded"
    paid = pay_now(client, method=kept.payment_method, customer=customer.id, off_session=True)
    assert paid.status == "succeeded"
    new = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    third = client.v1.payment_methods.attach(UNLESS_SET_UP, {"customer": customer.id})
    wrong = refusal(
        lambda: pay_now(client, method=third.id, customer=customer.id, off_session=True)
    )
    assert wrong.code == "authentication_required"
    assert pay_now(client, method=new.id, customer=customer.id).status == "succeeded"


def test_with_setup_future_usage_the_method_is_kept(client):
    customer = client.v1.customers.create()
    done = pay_now(client, customer=customer.id, setup_future_usage="off_session")
    method = client.v1.payment_methods.retrieve(done.payment_method)
    assert method.customer == customer.id
    again = pay_now(client, method=method.id, customer=customer.id, off_session=True)
    assert again.status == "succeeded"
    assert "payment_method.attached" in history(client)


def test_a_method_of_nobody_pays_once(client):
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    pay_now(client, method=method.id)
    assert "may not be used again" in str(refusal(lambda: pay_now(client, method=method.id)))
    customer = client.v1.customers.create()
    wish = {"customer": customer.id}
    assert "may not be used again" in str(
        refusal(lambda: client.v1.payment_methods.attach(method.id, wish))
    )


def test_anothers_method_is_refused(client):
    first, second = client.v1.customers.create(), client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": first.id})
    for more in ({}, {"customer": second.id}):
        wrong = refusal(lambda more=more: pay_now(client, method=method.id, **more))
        assert (wrong.http_status, wrong.param) == (400, "payment_method")
    assert client.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("card", "off_session", "status"),
    [
        ("pm_card_authenticationRequired", False, "requires_action"),
        ("pm_card_authenticationRequired", True, "authentication_required"),
        ("pm_card_authenticationRequiredSetupForOffSession", False, "requires_action"),
        ("pm_card_authenticationRequiredSetupForOffSession", True, "succeeded"),
        (UNLESS_SET_UP, True, "authentication_required"),
        ("pm_card_threeDSecureOptional", False, "succeeded"),
    ],
)
def test_who_is_asked_to_authenticate(client, card, off_session, status):
    def act():
        return pay_now(client, method=card, off_session=off_session)

    if status == "authentication_required":
        assert refusal(act).code == status
    else:
        assert act().status == status


@pytest.mark.parametrize(
    ("card", "result", "flow"),
    [
        ("pm_card_visa", "attempt_acknowledged", "frictionless"),
        ("pm_card_amex", None, None),
    ],
)
def test_a_shop_may_ask_for_3d_secure(client, card, result, flow):
    options = {"card": {"request_three_d_secure": "any"}}
    done = pay_now(client, method=card, payment_method_options=options)
    secure = client.v1.charges.retrieve(
        done.latest_charge
    ).payment_method_details.card.three_d_secure
    if result is None:
        assert secure is None
    else:
        assert (secure.result, secure.authentication_flow) == (result, flow)
    asked = pay_now(client, method="pm_card_threeDSecureOptional", payment_method_options=options)
    assert asked.status == "requires_action"
    wrong = refusal(
        lambda: pay_now(
            client,
            method="pm_card_threeDSecureOptionalProcessingError",
            payment_method_options=options,
        )
    )
    assert wrong.code == "processing_error"


def test_a_frictionless_card_is_authenticated_in_silence(client):
    method = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "4000000032200000", "exp_month": 12, "exp_year": 2034},
        }
    )
    done = pay_now(client, method=method.id)
    charge = client.v1.charges.retrieve(done.latest_charge)
    secure = charge.payment_method_details.card.three_d_secure
    assert (secure.authentication_flow, secure.result) == ("frictionless", "authenticated")


def test_an_error_may_be_wanted_where_the_holder_would_be_asked(client):
    wrong = refusal(
        lambda: pay_now(
            client, method="pm_card_authenticationRequired", error_on_requires_action=True
        )
    )
    assert wrong.code == "authentication_required"


def test_only_the_kinds_that_can_pay_are_shown(client):
    def kinds(currency="eur", amount=1000, **more):
        wish = {"amount": amount, "currency": currency, **more}
        return client.v1.payment_intents.create(wish).payment_method_types

    assert {"card", "ideal", "sepa_debit"} <= set(kinds())
    assert "us_bank_account" not in kinds()
    assert kinds(allowed_payment_method_types=["card", "boleto"]) == ["card"]
    assert "card" not in kinds(excluded_payment_method_types=["card"])
    no_redirects = {"enabled": True, "allow_redirects": "never"}
    assert "ideal" not in kinds(automatic_payment_methods=no_redirects)
    assert "sepa_debit" not in kinds(capture_method="manual")
    assert "oxxo" in kinds("mxn", 1_000_000)
    assert "oxxo" not in kinds("mxn", 1_000_001)


def test_a_kind_that_is_not_taken_is_refused(client):
    wrong = refusal(lambda: pay_now(client, 1000, allowed_payment_method_types=["us_bank_account"]))
    assert wrong.code == "payment_intent_incompatible_payment_method"
    none = refusal(
        lambda: client.v1.payment_intents.create(
            {"amount": 1000, "currency": "usd", "allowed_payment_method_types": ["oxxo"]}
        )
    )
    assert none.param == "allowed_payment_method_types"


def test_an_amount_may_be_captured_in_parts_where_that_was_asked_for(client, emulator):
    plain = pay_now(client, capture_method="manual")
    wish = {"amount_to_capture": 100, "final_capture": False}
    assert (
        refusal(lambda: client.v1.payment_intents.capture(plain.id, wish)).param == "final_capture"
    )
    held = pay_now(
        client,
        capture_method="manual",
        payment_method_options={"card": {"request_multicapture": "if_available"}},
    )
    first = client.v1.payment_intents.capture(held.id, wish)
    must_be_whole(first)
    assert (first.status, first.amount_received, first.amount_capturable) == (
        *("requires_capture", 100),
        900,
    )
    last = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 300})
    must_be_whole(last)
    assert (last.status, last.amount_received, last.amount_capturable) == ("succeeded", 400, 0)
    charge = client.v1.charges.retrieve(held.latest_charge)
    assert (charge.amount_captured, charge.amount_refunded) == (400, 600)
    booked = client.v1.balance_transactions.list({"source": charge.id}).data
    assert [each.amount for each in booked] == [300, 100]


def test_a_hold_may_be_raised_where_that_was_asked_for(client):
    plain = pay_now(client, capture_method="manual")
    refused = refusal(
        lambda: client.v1.payment_intents.increment_authorization(plain.id, {"amount": 2000})
    )
    assert refused.http_status == 400
    held = pay_now(
        client,
        capture_method="manual",
        payment_method_options={"card": {"request_incremental_authorization": "if_available"}},
    )
    for wrong in (1000, 999):
        act = client.v1.payment_intents.increment_authorization
        assert refusal(lambda act=act, n=wrong: act(held.id, {"amount": n})).param == "amount"
    raised = client.v1.payment_intents.increment_authorization(held.id, {"amount": 2500})
    must_be_whole(raised)
    assert (raised.amount, raised.amount_capturable) == (2500, 2500)
    assert client.v1.payment_intents.capture(held.id).amount_received == 2500


def test_visa_holds_less_long_what_a_shop_starts_by_itself(client, emulator):
    def hours(method, **more):
        held = pay_now(client, method=method, capture_method="manual", **more)
        charge = client.v1.charges.retrieve(held.latest_charge)
        return (charge.payment_method_details.card.capture_before - charge.created) // 3600

    assert hours("pm_card_visa") == 168
    assert hours("pm_card_mastercard", off_session=True) == 168
    assert hours("pm_card_visa", off_session=True) == 114
    later(emulator, 115 * 3600)
    statuses = [each.status for each in client.v1.payment_intents.list().data]
    assert statuses == ["canceled", "requires_capture", "requires_capture"]


def test_one_kind_alone_may_be_held(client):
    options = {"card": {"capture_method": "manual"}}
    assert pay_now(client, payment_method_options=options).status == "requires_capture"


def test_what_was_begun_can_be_changed_until_it_is_paid(client):
    made = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    customer = client.v1.customers.create()
    changed = client.v1.payment_intents.update(
        made.id, {"currency": "eur", "amount": 900, "customer": customer.id}
    )
    must_be_whole(changed)
    assert (changed.currency, changed.amount, changed.customer) == ("eur", 900, customer.id)
    assert "ideal" in changed.payment_method_types
    other = client.v1.customers.create()
    wish = {"customer": other.id}
    assert refusal(lambda: client.v1.payment_intents.update(made.id, wish)).param == "customer"


def test_a_pending_payment_can_be_cancelled(client, emulator):
    intent = client.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "usd",
            "payment_method": "pm_usBankAccount_processing",
            "confirm": True,
        }
    )
    assert intent.status == "processing"
    later(emulator, 10_000)
    gone = client.v1.payment_intents.cancel(intent.id)
    must_be_whole(gone)
    assert gone.status == "canceled"
    assert client.v1.charges.retrieve(intent.latest_charge).status == "failed"


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ("off_session=true", "off_session"),
        ("return_url=http://127.0.0.1:9/", "return_url"),
        ("confirm=true&payment_method=pm_card_visa&return_url=nowhere", "return_url"),
        ("confirm=true&payment_method=pm_card_visa&return_url=javascript://x", "return_url"),
        ("payment_method_data[type]=card", "card[number]"),
        ("payment_method_data[card][token]=tok_visa", "payment_method_data[type]"),
        ("payment_method_data[type]=sepa_debit", "sepa_debit[iban]"),
        ("confirmation_token=ctoken_none", "confirmation_token"),
        ("statement_descriptor=" + "x" * 23, "statement_descriptor"),
        ("confirm=true&payment_method=pm_card_visa&mandate=mandate_none", "mandate"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(client, ask: Ask, more, param):
    answer = ask("POST", "/v1/payment_intents", f"amount=1000&currency=usd&{more}")
    assert (answer.status, answer.error.get("param")) == (400, param)
    assert client.v1.payment_intents.list().data == []


def test_a_wallet_needs_to_know_the_way_back(client):
    method = client.v1.payment_methods.create({"type": "paypal"})
    assert refusal(lambda: pay_now(client, method=method.id)).param == "return_url"


def test_a_confirmation_token_is_used_once_and_in_time(client, emulator):
    def token():
        wish = {"payment_method_data": {"type": "link"}, "return_url": "http://127.0.0.1:9/"}
        return client.v1.test_helpers.confirmation_tokens.create(wish).id

    ten = {"amount": 1000, "currency": "usd", "confirm": True}
    first = token()
    asked = client.v1.payment_intents.create({**ten, "confirmation_token": first})
    assert asked.next_action.redirect_to_url.return_url == "http://127.0.0.1:9/"
    again = refusal(lambda: client.v1.payment_intents.create({**ten, "confirmation_token": first}))
    assert again.code == "token_already_used"
    second = token()
    later(emulator, 13 * 3600)
    late = refusal(lambda: client.v1.payment_intents.create({**ten, "confirmation_token": second}))
    assert late.param == "confirmation_token"
