"""Disputes: banks take payments back, shops answer, and the books follow."""

import pytest
import stripe

from tests.emulator.buying import event, history, pay_now
from tests.emulator.conftest import Ask
from tests.emulator.shape_checker import list_problems, must_be_whole
from tests.emulator.waiting import DAY, later

SOON = 4.0


def disputed(client, emulator, method="pm_card_createDispute", amount=1000):
    """The dispute of a payment with a card that is known for it."""
    intent = pay_now(client, amount, method)
    later(emulator, SOON)
    (found,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    return found


def answered(client, dispute, text):
    return client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}})


def booked(client, dispute):
    page = client.v1.balance_transactions.list({"source": dispute.id})
    return [(each.type, each.amount, each.fee, each.net) for each in page.data]


def since_dispute(client):
    types = history(client)
    return types[types.index("charge.dispute.created") :]


def test_a_bank_takes_a_payment_back(client, emulator):
    dispute = disputed(client, emulator)
    must_be_whole(dispute)
    assert (dispute.status, dispute.reason, dispute.amount) == (
        *("needs_response", "fraudulent"),
        1000,
    )
    assert not dispute.is_charge_refundable
    assert client.v1.charges.retrieve(dispute.charge).disputed
    assert booked(client, dispute) == [("adjustment", -1000, 1500, -2500)]
    assert [each.net for each in dispute.balance_transactions] == [-2500]
    assert since_dispute(client) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": dispute.charge})
    assert caught.value.code == "refund_disputed_payment"


def test_good_evidence_brings_it_back(client, emulator):
    dispute = disputed(client, emulator)
    sent = answered(client, dispute, "winning_evidence")
    must_be_whole(sent)
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError):
        answered(client, dispute, "more")
    later(emulator, SOON)
    won = client.v1.disputes.retrieve(dispute.id)
    must_be_whole(won)
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert booked(client, dispute)[0] == ("adjustment", 1000, 0, 1000)
    assert since_dispute(client)[2:] == [
        *("charge.dispute.updated", "charge.dispute.funds_reinstated"),
        "charge.dispute.closed",
    ]
    assert client.v1.refunds.create({"charge": dispute.charge}).status == "succeeded"


def test_bad_evidence_loses(client, emulator):
    dispute = disputed(client, emulator, "pm_card_createDisputeProductNotReceived")
    assert dispute.reason == "product_not_received"
    answered(client, dispute, "losing_evidence")
    later(emulator, SOON)
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"
    assert since_dispute(client)[-1] == "charge.dispute.closed"
    assert len(booked(client, dispute)) == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.close(dispute.id)


def test_evidence_may_be_collected_before_it_is_sent(client, emulator):
    dispute = disputed(client, emulator)
    staged = client.v1.disputes.update(
        dispute.id,
        {"evidence": {"customer_name": "Ada"}, "submit": False, "metadata": {"a": "b"}},
    )
    must_be_whole(staged)
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.evidence_details.submission_count == 0
    before = event(client, "charge.dispute.updated").data.previous_attributes
    assert before is not None
    assert set(before.to_dict()) == {"evidence", "metadata"}
    sent = client.v1.disputes.update(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence.customer_name) == ("under_review", "Ada")


def test_who_does_not_answer_loses(client, emulator):
    dispute = disputed(client, emulator)
    later(emulator, 11 * DAY)
    lost = client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_a_dispute_may_be_given_up(client, emulator):
    dispute = disputed(client, emulator)
    closed = client.v1.disputes.close(dispute.id)
    must_be_whole(closed)
    assert closed.status == "lost"


def test_a_bank_asks_first(client, emulator):
    inquiry = disputed(client, emulator, "pm_card_createDisputeInquiry")
    must_be_whole(inquiry)
    assert (inquiry.status, booked(client, inquiry)) == ("warning_needs_response", [])
    answered(client, inquiry, "losing_evidence")
    later(emulator, SOON)
    assert client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"
    # It comes at once, before the charge has its balance transaction.
    assert since_dispute(client) == [
        *("charge.dispute.created", "charge.updated"),
        *("charge.dispute.updated", "charge.dispute.closed"),
    ]


def test_an_inquiry_becomes_a_chargeback(client, emulator):
    inquiry = disputed(client, emulator, "pm_card_createDisputeInquiry")
    answered(client, inquiry, "escalate_inquiry_evidence")
    later(emulator, SOON)
    now = client.v1.disputes.retrieve(inquiry.id)
    must_be_whole(now)
    assert (now.status, now.payment_method_details.card.case_type) == (
        *("needs_response",),
        "chargeback",
    )
    assert booked(client, now) == [("adjustment", -1000, 1500, -2500)]
    later(emulator, 11 * DAY)
    assert client.v1.disputes.retrieve(inquiry.id).status == "lost"


def test_a_chargeback_has_days_of_its_own(client, emulator):
    inquiry = disputed(client, emulator, "pm_card_createDisputeInquiry")
    later(emulator, 5 * DAY)
    answered(client, inquiry, "escalate_inquiry_evidence")
    later(emulator, SOON)
    later(emulator, 6 * DAY)
    assert client.v1.disputes.retrieve(inquiry.id).status == "needs_response"


def test_evidence_has_its_length(client, emulator):
    dispute = disputed(client, emulator)
    evidence = {"uncategorized_text": "x" * 75_000, "product_description": "y" * 75_001}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert caught.value.param == "evidence"
    evidence["product_description"] = "y" * 75_000
    kept = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    assert len(kept.evidence.uncategorized_text) == 75_000


def test_a_refund_settles_an_inquiry(client, emulator):
    inquiry = disputed(client, emulator, "pm_card_createDisputeInquiry")
    client.v1.refunds.create({"charge": inquiry.charge})
    assert client.v1.disputes.retrieve(inquiry.id).status == "warning_closed"


def test_one_payment_may_be_disputed_twice(client, emulator):
    intent = pay_now(client, 1001, "pm_card_createMultipleDisputes")
    later(emulator, SOON)
    disputes = client.v1.disputes.list({"charge": intent.latest_charge})
    assert list_problems(disputes) == []
    assert [each.amount for each in disputes.data] == [500, 500]


def test_an_issuer_warns_of_fraud(client, emulator):
    intent = pay_now(client, method="pm_card_createIssuerFraudRecord")
    later(emulator, SOON)
    warnings = client.v1.radar.early_fraud_warnings
    (warning,) = warnings.list({"charge": intent.latest_charge}).data
    must_be_whole(warning)
    assert (warning.actionable, warning.payment_intent) == (True, intent.id)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert not warnings.retrieve(warning.id).actionable
    assert [each for each in history(client) if each.startswith("radar")] == [
        "radar.early_fraud_warning.created",
        "radar.early_fraud_warning.updated",
    ]


def test_a_disputed_bank_debit_is_lost_at_once(client, emulator):
    pay_now(client, method="pm_usBankAccount_dispute")
    later(emulator, 4)
    later(emulator, 4)
    (dispute,) = client.v1.disputes.list().data
    must_be_whole(dispute)
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("evidence[receipt]=file_none", "evidence[receipt]"),
        ("evidence[poem]=x", "evidence[poem]"),
        ("evidence=x", "evidence"),
        ("submit=perhaps", "submit"),
    ],
)
def test_evidence_that_is_none_is_refused(client, emulator, ask: Ask, body, param):
    dispute = disputed(client, emulator)
    answer = ask("POST", f"/v1/disputes/{dispute.id}", body)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert client.v1.disputes.retrieve(dispute.id).status == "needs_response"


@pytest.mark.parametrize("path", ["disputes/du_none", "radar/early_fraud_warnings/issfr_none"])
def test_there_is_no_such_thing(ask: Ask, path):
    assert ask("GET", f"/v1/{path}").status == 404


def test_a_network_has_evidence_of_its_own(client, emulator):
    dispute = disputed(client, emulator, "pm_card_createCe3EligibleDispute")
    must_be_whole(dispute)
    assert dispute.enhanced_eligibility_types == ["visa_compelling_evidence_3"]
    lacks = dispute.evidence_details.enhanced_eligibility.visa_compelling_evidence_3
    assert (lacks.status, len(lacks.required_actions)) == ("requires_action", 5)
    prior = {"charge": dispute.charge, "product_description": "Kit"}
    compelling = {
        "disputed_transaction": {
            "customer_purchase_ip": "127.0.0.1",
            "customer_email_address": "ada@example.com",
            "merchandise_or_services": "merchandise",
            "product_description": "Kit",
        },
        "prior_undisputed_transactions": [prior],
    }

    def handed_in():
        evidence = {"enhanced_evidence": {"visa_compelling_evidence_3": compelling}}
        found = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
        must_be_whole(found)
        return found.evidence_details.enhanced_eligibility.visa_compelling_evidence_3

    assert handed_in().required_actions == ["missing_prior_undisputed_transactions"]
    compelling["prior_undisputed_transactions"] = [prior, prior]
    assert handed_in().status == "qualified"


def test_a_compliance_disputes_fee_is_acknowledged(client, emulator):
    dispute = disputed(client, emulator, "pm_card_createComplianceDispute")
    must_be_whole(dispute)
    eligible = dispute.evidence_details.enhanced_eligibility.visa_compliance
    assert eligible.status == "requires_fee_acknowledgement"
    evidence = {"enhanced_evidence": {"visa_compliance": {"fee_acknowledged": True}}}
    now = client.v1.disputes.update(dispute.id, {"evidence": evidence, "submit": False})
    must_be_whole(now)
    assert now.evidence_details.enhanced_eligibility.visa_compliance.status == "fee_acknowledged"
