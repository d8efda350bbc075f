"""What orders keep for the desk: what is wrong with them, words to be found by, notes."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from paydesk.foundation.errors import Invalid
from paydesk.fulfilment.hooks import Effect
from paydesk.fulfilment.jobs import EffectState, OwedEffect, note_failures
from paydesk.orders import notes
from paydesk.orders import order as orders
from paydesk.orders.order import Order
from paydesk.orders.problems import SOLD_OUT_MEANWHILE, Problem, problems_of
from paydesk.orders.terms import OrderTerm, words_of
from paydesk.payments.facts import Fact, Kind
from paydesk.payments.finding import find_order
from tests.paydesk.test_inbox import now_of
from tests.paydesk.test_placing import wish
from tests.paydesk.test_shipments import paid_order, ship


def terms(shop, order: Order) -> set[str]:
    with shop.database.reading() as tx:
        return {*tx.scalars(select(OrderTerm.term).where(OrderTerm.number == order.number))}


@pytest.mark.parametrize(
    ("how", "problems"),
    [
        ({}, ()),
        ({"flags": ["paid_after_expiry"]}, ()),
        ({"payment": "review", "paid_minor": 0}, (Problem.DIFFERS,)),
        ({"payment": "review", "refunded_minor": 3900}, ()),
        ({"flags": ["paid_twice"], "paid_minor": 7800}, (Problem.PAID_TWICE,)),
        ({"flags": ["paid_twice"], "paid_minor": 7800, "refunded_minor": 3900}, ()),
        ({"flags": [SOLD_OUT_MEANWHILE]}, (Problem.SOLD_OUT,)),
        ({"flags": [SOLD_OUT_MEANWHILE], "refunded_minor": 3900}, ()),
        (
            {"owed_minor": 1, "effect_failed": True, "dispute_open": True},
            (Problem.DISPUTED, Problem.REFUND_FAILED, Problem.EFFECT_FAILED),
        ),
    ],
)
def test_a_problem_is_one_until_it_is_mended(how: dict[str, Any], problems: tuple[Problem, ...]):
    usual = {"payment": "paid", "total_minor": 3900, "paid_minor": 3900, "refunded_minor": 0}
    assert problems_of(Order(**(usual | how))) == problems


def test_a_dispute_is_a_problem_until_it_is_over(shop, gateway):
    order = paid_order(shop, gateway)
    for stage, problem in (("open", "disputed"), ("under_review", ""), ("won", "")):
        with shop.database.transaction() as tx:
            dispute = Fact(Kind.DISPUTE, "dp_1", stage, 3900, "usd", intent_id="pi_cs_test_0001")
            shop.settling.settle(tx, order.id, [dispute])
        assert now_of(shop, order).problem == problem


def test_a_handler_that_was_given_up_is_a_problem_until_it_is_run_again(shop, gateway):
    order = paid_order(shop, gateway)
    with shop.database.transaction() as tx:
        orders.locked(tx, order.id)
        tx.get_one(OwedEffect, (order.id, "paid", "")).state = EffectState.FAILED
        tx.flush()
        note_failures(tx, order.id)
    assert now_of(shop, order).problem == "effect_failed"
    with shop.database.transaction() as tx:
        assert shop.jobs.repeat(tx, Effect.PAID, order.id)
    assert now_of(shop, order).problem == ""


def test_an_order_is_found_by_its_buyer_and_what_was_bought(shop):
    order = shop.placing.place(wish(shop, email="Zoë.Müller@Example.com"))
    known = {"zoe.muller@example.com", "example.com", "zoe", "muller", "arduino", "board"}
    assert known - {"zoe.muller@example.com"} <= terms(shop, order)
    assert "product:arduino-board" in terms(shop, order)
    # An address is kept as it is written, but for small letters.
    assert "zoë.müller@example.com" in terms(shop, order)


def test_an_address_that_becomes_known_later_is_found_too(shop):
    order = shop.placing.place(wish(shop))
    with shop.database.transaction() as tx:
        orders.locked(tx, order.id).email = "anna@shop.example"
    assert {"anna@shop.example", "anna"} <= terms(shop, order)


def test_words_are_small_plain_and_longer_than_a_letter():
    assert words_of("Éclair_au  CHOCOLAT – à 2,50 €") == ["eclair", "au", "chocolat", "50"]


def test_an_order_is_found_by_any_id(shop, gateway):
    order = paid_order(shop, gateway)
    with shop.database.transaction() as tx:
        orders.locked(tx, order.id).customer_id = "cus_1"
    parcel = ship(shop, order)
    with shop.database.reading() as tx:
        for each in (order.id, "cs_test_0001", "pi_cs_test_0001", "cus_1", parcel.id, "#1001"):
            assert find_order(tx, each).number == 1001


def test_notes_a_day_to_look_again_and_the_archive(shop, gateway, clock):
    order = paid_order(shop, gateway)
    with shop.database.transaction() as tx:
        notes.write(tx, order.id, " Rang, she moves.\r\nNew address. ", "anna", clock.now())
        notes.follow_up(tx, order.id, date(2026, 12, 1))
        notes.archive(tx, order.id, clock.now())
        assert [each.text for each in notes.of_order(tx, order.id)] == [
            "Rang, she moves.\nNew address."
        ]
        for text in (" \n", "x" * 4001):
            with pytest.raises(Invalid):
                notes.write(tx, order.id, text, "anna", clock.now())
    found = now_of(shop, order)
    assert (found.follow_up_on, found.archived_at) == (date(2026, 12, 1), clock.now())
    with shop.database.transaction() as tx:
        notes.unarchive(tx, order.id)
    assert now_of(shop, order).archived_at is None


def test_who_only_reads_keeps_nobody_from_writing(shop):
    placed = shop.placing.place(wish(shop))
    with shop.database.reading() as reader:
        assert reader.get_one(Order, placed.id).archived_at is None
        with shop.database.transaction() as tx:
            notes.archive(tx, placed.id, shop.clock.now())
    assert now_of(shop, placed).archived_at is not None
