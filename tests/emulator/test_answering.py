"""The page of a bank, a wallet or a voucher: the holder answers and is sent back to the shop."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.emulator.buying import history, pay_now
from tests.emulator.conftest import Raw, over_the_wire
from tests.emulator.shape_checker import must_be_whole
from tests.emulator.test_kinds_of_methods import WALLETS, paid_with
from tests.emulator.waiting import later

BACK = "http://127.0.0.1:9/back?order=7"


def page_of(emulator, intent_id: str, more: str = "") -> Raw:
    return over_the_wire(emulator.url, "GET", f"/c/authenticate/{intent_id}{more}", key=None)


def token_in(found: Raw) -> str:
    match = re.search(rb'name="token" value="(\w+)"', found.body)
    assert match is not None, found.body
    return match[1].decode()


def answered(emulator, intent_id: str, answer: str, more: str = "") -> Raw:
    form = {"token": token_in(page_of(emulator, intent_id)), "answer": answer}
    where = f"/c/authenticate/{intent_id}{more}"
    return over_the_wire(emulator.url, "POST", where, urlencode(form), key=None)


def said(found: Raw) -> dict[str, str]:
    """What the shop's return address is told."""
    query = parse_qs(urlsplit(found.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_a_holder_authenticates_and_comes_back(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url=BACK)
    assert b"Confirm it is you" in page_of(emulator, intent.id).body
    done = answered(emulator, intent.id, "complete")
    assert done.status == 303
    assert said(done) == {
        "order": "7",
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": "succeeded",
    }
    paid = client.v1.payment_intents.retrieve(intent.id)
    must_be_whole(paid)
    assert paid.status == "succeeded"
    secure = client.v1.charges.retrieve(
        paid.latest_charge
    ).payment_method_details.card.three_d_secure
    assert (secure.result, secure.authentication_flow) == ("authenticated", "challenge")
    assert history(client, "charge.updated") == [
        *("payment_intent.created", "payment_intent.requires_action"),
        *("charge.succeeded", "payment_intent.succeeded"),
    ]


def test_a_holder_does_not_authenticate(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url=BACK)
    assert said(answered(emulator, intent.id, "fail"))["redirect_status"] == "failed"
    failed = client.v1.payment_intents.retrieve(intent.id)
    must_be_whole(failed)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert client.v1.charges.list().data == []


def test_a_bank_may_decline_after_all(client, emulator):
    intent = pay_now(client, method="pm_card_threeDSecureRequiredChargeDeclined", return_url=BACK)
    assert said(answered(emulator, intent.id, "complete"))["redirect_status"] == "failed"
    failed = client.v1.payment_intents.retrieve(intent.id)
    assert failed.last_payment_error.code == "card_declined"


def test_a_declined_card_is_asked_again(client, emulator):
    card = {"number": "4000008260003178", "exp_month": 12, "exp_year": 2034}
    method = client.v1.payment_methods.create({"type": "card", "card": card})
    intent = pay_now(client, method=method.id, return_url=BACK)
    answered(emulator, intent.id, "complete")
    failed = client.v1.payment_intents.retrieve(intent.id)
    assert failed.last_payment_error.decline_code == "insufficient_funds"
    again = client.v1.payment_intents.confirm(intent.id, {"payment_method": method.id})
    assert again.status == "requires_action"


@pytest.mark.parametrize("kind", WALLETS)
def test_a_wallet_approves(client, emulator, kind):
    intent = paid_with(client, kind)
    assert b"Approve" in page_of(emulator, intent.id).body
    assert said(answered(emulator, intent.id, "complete"))["redirect_status"] == "succeeded"
    paid = client.v1.payment_intents.retrieve(intent.id)
    must_be_whole(paid)
    charge = client.v1.charges.retrieve(paid.latest_charge)
    must_be_whole(charge)
    assert (charge.payment_method_details.type, charge.paid) == (kind, True)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("paypal", "payment_method_customer_decline"),
        ("ideal", "payment_intent_authentication_failure"),
    ],
)
def test_a_wallet_declines(client, emulator, kind, code):
    intent = paid_with(client, kind)
    assert said(answered(emulator, intent.id, "fail"))["redirect_status"] == "failed"
    failed = client.v1.payment_intents.retrieve(intent.id)
    assert (failed.status, failed.last_payment_error.code) == ("requires_payment_method", code)


def test_a_wallet_may_hold_an_amount(client, emulator):
    method = client.v1.payment_methods.create({"type": "paypal"})
    intent = pay_now(client, method=method.id, capture_method="manual", return_url=BACK)
    assert said(answered(emulator, intent.id, "complete"))["redirect_status"] == "succeeded"
    held = client.v1.payment_intents.retrieve(intent.id)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
    assert client.v1.payment_intents.capture(intent.id).status == "succeeded"


@pytest.mark.parametrize(("answer", "status"), [("complete", "succeeded"), ("fail", "failed")])
def test_a_voucher_is_paid_or_runs_out_on_its_page(client, emulator, answer, status):
    intent = paid_with(client, "multibanco")
    reference = intent.next_action.multibanco_display_details.reference
    assert reference.encode() in page_of(emulator, intent.id).body
    answered(emulator, intent.id, answer)
    assert client.v1.charges.retrieve(intent.latest_charge).status == status


def test_a_method_is_saved_after_its_holder_was_asked(client, emulator):
    customer = client.v1.customers.create()
    wish = {
        "customer": customer.id,
        "payment_method": "pm_card_authenticationRequiredOnSetup",
        "confirm": True,
        "return_url": BACK,
    }
    failing = client.v1.setup_intents.create(wish)
    assert said(answered(emulator, failing.id, "fail"))["redirect_status"] == "failed"
    failed = client.v1.setup_intents.retrieve(failing.id)
    must_be_whole(failed)
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    asked = client.v1.setup_intents.create(wish)
    back = said(answered(emulator, asked.id, "complete"))
    assert (back["setup_intent"], back["redirect_status"]) == (asked.id, "succeeded")
    kept = client.v1.setup_intents.retrieve(asked.id)
    must_be_whole(kept)
    paid = pay_now(client, method=kept.payment_method, customer=customer.id, off_session=True)
    assert paid.status == "succeeded"


def test_a_shop_that_confirms_by_itself_confirms_once_more(client, emulator):
    intent = pay_now(
        client,
        method="pm_card_authenticationRequired",
        confirmation_method="manual",
        return_url=BACK,
    )
    answered(emulator, intent.id, "complete")
    waiting = client.v1.payment_intents.retrieve(intent.id)
    assert waiting.status == "requires_confirmation"
    assert client.v1.charges.list().data == []
    assert client.v1.payment_intents.confirm(intent.id).status == "succeeded"


def test_in_a_frame_the_page_stays_where_it_is(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url=BACK)
    done = answered(emulator, intent.id, "complete", "?frame=1")
    assert done.headers["location"] == f"/c/authenticate/{intent.id}?frame=1"
    shown = page_of(emulator, intent.id, "?frame=1")
    assert b'data-status="succeeded"' in shown.body
    assert "frame-ancestors http://localhost:*" in shown.headers["content-security-policy"]


def test_stripe_js_is_told_where_to_go(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", use_stripe_sdk=True)
    must_be_whole(intent)
    action = intent.next_action
    assert action is not None
    assert action.type == "use_stripe_sdk"
    assert action.use_stripe_sdk is not None
    assert action.use_stripe_sdk["stripe_js"].endswith(f"/{intent.id}")


def test_only_our_own_form_answers_and_once(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url=BACK)
    token = token_in(page_of(emulator, intent.id))

    def sent(**form: str) -> int:
        where = f"/c/authenticate/{intent.id}"
        return over_the_wire(emulator.url, "POST", where, urlencode(form), key=None).status

    assert sent(answer="complete") == 403
    assert sent(answer="complete", token="0" * 64) == 403
    assert sent(answer="perhaps", token=token) == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    assert sent(answer="complete", token=token) == 303
    assert sent(answer="fail", token=token) == 303
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert page_of(emulator, "pi_none").status == 404
    assert page_of(emulator, "seti_none").status == 404


def test_the_page_sends_its_form_nowhere_but_here_and_back(client, emulator):
    intent = pay_now(client, method="pm_card_authenticationRequired", return_url=BACK)
    policy = page_of(emulator, intent.id).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy


def test_a_buyer_can_look_at_the_receipt_and_the_mandate(client, emulator):
    method = client.v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}}
    )
    intent = pay_now(client, method=method.id, currency="eur", description="Ten <b>kits</b>")
    charge = client.v1.charges.retrieve(intent.latest_charge)

    def seen(url: str) -> Raw:
        return over_the_wire(emulator.url, "GET", urlsplit(url).path, key=None)

    assert seen(charge.receipt_url).status == 404
    later(emulator, 4)
    client.v1.refunds.create({"charge": charge.id, "amount": 250})
    paper = seen(charge.receipt_url)
    assert "\u20ac10.00".encode() in paper.body
    assert "\u20ac2.50".encode() in paper.body
    assert b"Ten &lt;b&gt;kits" in paper.body
    mandate = client.v1.mandates.retrieve(charge.payment_method_details.sepa_debit.mandate)
    details = mandate.payment_method_details.sepa_debit
    assert details.reference.encode() in seen(details.url).body
