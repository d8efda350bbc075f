"""The control API's holders and banks: what they say, they say when told to."""

import pytest

from tests.emulator.buying import pay_now
from tests.emulator.waiting import control


@pytest.mark.parametrize(("approve", "status"), [(True, "succeeded"), (False, None)])
def test_a_holder_answers_on_demand(client, emulator, approve, status):
    intent = pay_now(client, method="pm_card_authenticationRequired")
    answer = control(emulator, f"payment_intents/{intent.id}/answer", approve=approve)
    assert answer.json["status"] == status or "requires_payment_method"
    found = client.v1.payment_intents.retrieve(intent.id)
    assert found.status == (status or "requires_payment_method")
    assert control(emulator, f"payment_intents/{intent.id}/answer").status == 400


def test_an_issuer_warns_on_demand(client, emulator):
    charge = pay_now(client).latest_charge
    warning = control(emulator, f"charges/{charge}/warn").json
    assert (warning["charge"], warning["actionable"]) == (charge, True)


def test_a_payout_ends_on_demand(client, emulator):
    pay_now(client, 100_000, "pm_card_bypassPending", capture_method="automatic")
    payout = client.v1.payouts.create({"amount": 500, "currency": "usd"})
    ended = control(emulator, f"payouts/{payout.id}/end", succeed=False, code="no_account")
    assert (ended.json["status"], ended.json["failure_code"]) == ("failed", "no_account")
    assert control(emulator, f"payouts/{payout.id}/end").status == 400


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("payment_intents/{intent}/answer", {}),
        ("payment_intents/{intent}/answer", {"poem": 1}),
        ("charges/{charge}/warn", {"a": 1}),
        ("payouts/bank_account", {"account_number": "x"}),
    ],
)
def test_what_makes_no_sense_is_refused(client, emulator, path, given):
    intent = pay_now(client)
    where = path.format(intent=intent.id, charge=intent.latest_charge)
    assert control(emulator, where, **given).status == 400
    assert client.v1.disputes.list().data == []


@pytest.mark.parametrize(
    "path",
    [
        *("payment_intents/pi_none/answer", "setup_intents/seti_none/answer"),
        *("charges/ch_none/warn", "payouts/po_none/end"),
    ],
)
def test_there_is_no_such_thing(emulator, path):
    assert control(emulator, path).status == 404
