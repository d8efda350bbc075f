"""The webhook: what is not Stripe's is refused, what is Stripe's is stored once and settled."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from paydesk.fulfilment.jobs import OwedEffect
from paydesk.orders.order import Order
from paydesk.payments.event import StoredEvent
from paydesk.payments.settle import Settling
from tests.conftest import WEBHOOK_SECRET
from tests.fake_gateway import event_of
from tests.paydesk.test_jobs import workflows
from tests.web.test_buying import bought


def stored(shop) -> list[StoredEvent]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(StoredEvent)))


def order(shop) -> Order:
    with shop.database.transaction() as tx:
        found: Order = tx.scalars(select(Order)).one()
        return found


def effects(shop) -> int:
    with shop.database.transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(OwedEffect)) or 0)


@pytest.fixture
def paid(visitor, gateway):
    """The event that says that the visitor's session is paid."""
    session = gateway.pay(bought(visitor, gateway))
    return event_of(session, "checkout.session.completed", "evt_1")


def test_a_paid_session_makes_the_order_paid_and_owes_its_effect(shop, stripe, paid):
    assert stripe.sends(paid).status_code == 200
    found = order(shop)
    assert (found.payment, found.paid_minor, found.email) == ("paid", 3900, "ada@example.com")
    assert effects(shop) == 1
    assert [(e.state, e.order_id) for e in stored(shop)] == [("handled", found.id)]


def test_a_second_delivery_changes_nothing(shop, stripe, paid):
    for _ in range(3):
        assert stripe.sends(paid).status_code == 200
    assert len(stored(shop)) == 1
    assert effects(shop) == 1
    assert order(shop).version == 1


def test_two_events_that_say_the_same_are_one_payment(shop, stripe, paid, clock):
    stripe.sends(paid)
    first = order(shop).paid_at
    clock.travel(timedelta(seconds=60))
    stripe.sends({**paid, "id": "evt_2"})
    found = order(shop)
    assert (found.paid_minor, found.flags, found.paid_at) == (3900, [], first)
    assert effects(shop) == 1


@pytest.mark.parametrize("late", [-299, 0, 299])
def test_a_fresh_signature_is_taken(stripe, paid, late):
    assert stripe.sends(paid, late=late).status_code == 200


@pytest.mark.parametrize("late", [-302, 302, 10**9, -(10**9)])
def test_an_old_or_future_signature_is_refused(shop, stripe, paid, late):
    assert stripe.sends(paid, late=late).status_code == 400
    assert stored(shop) == []


def test_several_secrets_hold_at_once(shop, stripe, paid, settings):
    secrets = ("whsec_the_new_one_0000", WEBHOOK_SECRET)
    object.__setattr__(settings, "webhook_secrets", secrets)
    assert stripe.sends(paid, secret=secrets[0]).status_code == 200
    assert stripe.sends(paid, secret=secrets[1]).status_code == 200
    assert stripe.sends(paid, secret="whsec_somebody_elses").status_code == 400


def test_without_a_secret_there_is_no_webhook(shop, stripe, paid, settings):
    object.__setattr__(settings, "webhook_secrets", ())
    assert stripe.sends(paid).status_code == 404
    assert stored(shop) == []


HEADERS = [
    None,
    "",
    "nonsense",
    "t=,v1=",
    "t=1",
    "v1=" + "0" * 64,
    "t=x,v1=" + "0" * 64,
    "t=" + "9" * 400 + ",v1=" + "0" * 64,
    "t=²,v1=x",
    "t=NOW,v1=ä" + "0" * 63,
    "t=NOW,v1=" + "0" * 64 + ",v1=é",
    "t=NOW,v0=" + "0" * 64,
    "t=NOW, v1=" + "0" * 64,
    "t=NOW,t=1,v1=" + "0" * 64,
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_bad_header_is_a_clean_400(shop, stripe, paid, header):
    text = (header or "").replace("NOW", str(stripe.now))
    headers = {} if header is None else {"Stripe-Signature": text}
    answer = stripe.http.post("/webhook", data=json.dumps(paid), headers=headers)
    assert answer.status_code == 400
    assert stored(shop) == []


BODIES = [
    b"",
    b"\xff\xfe",
    b"not json",
    b"[]",
    b"7",
    b"null",
    b'"text"',
    b"{}",
    b'{"object":"event"}',
    b'{"object":"event","id":"evt_1","type":"x","created":1,"data":[]}',
    b'{"object":"event","id":"","type":"x","created":1,"data":{"object":{}}}',
    b'{"object":"event","id":"a\\u0000b","type":"x","created":1,"data":{"object":{}}}',
    b'{"object":"event","id":"\\ud800","type":"x","created":1,"data":{"object":{}}}',
    b'{"object":"event","id":"evt_1","type":"x","created":1e400,"data":{"object":{}}}',
    b'{"object":"event","id":"evt_1","type":"x","created":NaN,"data":{"object":{}}}',
    b'{"object":"event","id":"evt_1","type":"x","created":' + b"9" * 5000 + b',"data":{}}',
    b"[" * 100_000,
    b'{"object":"v2.core.event","id":"evt_1","type":"v1.x","created":"2026-01-01"}',
]


@pytest.mark.parametrize("body", BODIES)
def test_a_signed_body_that_is_no_event_is_a_clean_400(shop, stripe, body):
    assert stripe.sends(body).status_code == 400
    assert stored(shop) == []


def test_a_body_of_256_kb_is_the_limit(shop, stripe):
    event = event_of({"object": "thing", "id": "x", "pad": ""}, "thing.happened", "evt_1")
    room = 256 * 1024 - len(json.dumps(event))
    event["data"]["object"]["pad"] = "x" * room
    assert stripe.sends(event).status_code == 200
    event["data"]["object"]["pad"] += "x"
    assert stripe.sends(event).status_code == 413
    assert len(stored(shop)) == 1


def test_an_unknown_type_is_stored_and_left_alone(shop, stripe):
    event = event_of({"object": "payout", "id": "po_1"}, "payout.paid", "evt_1")
    assert stripe.sends(event).status_code == 200
    assert [e.state for e in stored(shop)] == ["ignored"]


def test_a_payment_link_with_our_reference_pays_nothing(shop, stripe, paid, gateway):
    # Whoever opens a Payment Link chooses its client_reference_id; our mark is in the metadata.
    foreign = {**paid["data"]["object"], "id": "cs_test_foreign", "metadata": {}}
    foreign["payment_intent"] = "pi_foreign"
    foreign["client_reference_id"] = order(shop).id
    assert stripe.sends(event_of(foreign, paid["type"], "evt_2")).status_code == 200
    assert order(shop).payment == "awaiting"
    assert [e.state for e in stored(shop)] == ["ignored"]


def test_the_other_mode_is_kept_and_fulfils_nothing(shop, stripe, paid):
    assert stripe.sends({**paid, "livemode": True}).status_code == 200
    assert order(shop).payment == "awaiting"
    assert [e.state for e in stored(shop)] == ["ignored"]


@pytest.mark.parametrize(
    "change", [{"amount_total": 1}, {"amount_total": 3901}, {"currency": "eur"}]
)
def test_a_payment_that_differs_fulfils_nothing(shop, stripe, paid, change):
    paid["data"]["object"].update(change)
    assert stripe.sends(paid).status_code == 200
    assert order(shop).payment == "review"
    assert order(shop).flags
    assert effects(shop) == 0


def test_complete_is_not_paid(shop, stripe, paid):
    session = paid["data"]["object"]
    session["payment_status"] = "unpaid"
    stripe.sends(paid)
    assert order(shop).payment == "pending"
    assert effects(shop) == 0
    later = {**session, "payment_status": "paid"}
    stripe.sends(event_of(later, "checkout.session.async_payment_succeeded", "evt_2"))
    assert order(shop).payment == "paid"
    # The first event once more, late: nothing goes backwards.
    stripe.sends({**paid, "id": "evt_3"})
    assert order(shop).payment == "paid"
    assert effects(shop) == 1


def test_a_delayed_payment_that_fails_gives_the_stock_back(shop, stripe, paid):
    from tests.paydesk.test_placing import variant

    session = paid["data"]["object"]
    session["payment_status"] = "unpaid"
    stripe.sends(paid)
    assert variant(shop, "arduino-board").held == 1
    stripe.sends(event_of(session, "checkout.session.async_payment_failed", "evt_2"))
    assert order(shop).payment == "failed"
    assert variant(shop, "arduino-board").held == 0


def test_an_event_that_breaks_us_is_kept_and_tried_again(shop, stripe, paid, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("broken \x00 \ud800")

    with monkeypatch.context() as patch:
        patch.setattr(Settling, "settle", broken)
        assert stripe.sends(paid).status_code == 200
    assert [(e.state, e.tries) for e in stored(shop)] == [("failed", 1)]
    assert order(shop).payment == "awaiting"
    with shop.database.transaction() as tx:
        assert workflows(shop, tx) == ["event:evt_1"]
    shop.inbox.retry("evt_1")
    assert [(e.state, e.tries) for e in stored(shop)] == [("handled", 2)]
    assert order(shop).payment == "paid"


def test_when_nothing_can_be_stored_stripe_is_asked_to_come_again(shop, stripe, paid, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def gone(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(type(shop.inbox), "receive", gone)
    answer = stripe.sends(paid)
    assert answer.status_code == 503
    assert "disk" not in answer.get_data(as_text=True)


def test_a_refund_made_elsewhere_arrives(shop, stripe, paid):
    stripe.sends(paid)
    intent = paid["data"]["object"]["payment_intent"]
    refund = {
        "object": "refund",
        "id": "re_1",
        "amount": 900,
        "currency": "usd",
        "status": "succeeded",
        "payment_intent": intent,
        "metadata": {},
    }
    stripe.sends(event_of(refund, "refund.created", "evt_2"))
    stripe.sends(event_of(refund, "refund.updated", "evt_3"))
    assert order(shop).refunded_minor == 900
    stripe.sends(event_of({**refund, "status": "failed"}, "refund.failed", "evt_4"))
    stripe.sends(event_of(refund, "refund.updated", "evt_5"))
    assert order(shop).refunded_minor == 0
