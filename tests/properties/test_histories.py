"""Four doors: whatever comes through which, in any order and however often, one state follows."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from paydesk.catalogue.demonstration import load_products
from paydesk.catalogue.product import Variant
from paydesk.catalogue.stock import Hold
from paydesk.foundation.clock import StillClock
from paydesk.fulfilment.jobs import OwedEffect, key_of
from paydesk.fulfilment.letters import Letter
from paydesk.fulfilment.writing import Written
from paydesk.migrations import schema
from paydesk.orders.ledger import LedgerRow
from paydesk.orders.order import Order
from paydesk.payments.event import Door, parse
from paydesk.payments.known import KnownFact
from paydesk.payments.ways import ALL
from paydesk.reports import sums
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from tests.fake_gateway import FakeGateway, event_of
from tests.paydesk.test_placing import wish
from tests.properties.histories import TOTAL, History, Story, stories
from tests.properties.lone_histories import LoneHistory, LoneStory, lone_stories

_numbers = itertools.count(1)


@dataclass
class Place:
    """A shop whose Stripe stands wherever the test puts it."""

    shop: Shop
    gateway: FakeGateway
    # Order, kind and what it is about, of each letter that was handed to a mail server.
    sent: list[tuple[str | None, str, str]]

    def post(self) -> None:
        """Everything that is owed is sent."""
        while self.shop.post.run():
            pass

    def open_order(self, way: str = "hosted") -> tuple[str, dict[str, Any]]:
        placed = self.shop.placing.place(wish(self.shop))
        opened = self.shop.checkouts.start(placed.id, way)
        if way == "charge":
            # Its charge carries the trip's mark, and its id is told by Stripe alone.
            mark = {"paydesk_checkout": opened.checkout_id}
            return placed.id, {"id": f"ch_{placed.id}", "metadata": mark}
        things = self.gateway.intents if way == "element" else self.gateway.sessions
        return placed.id, things[str(opened.stripe_id)]

    def stands_at(self, history: History | LoneHistory, moment: int) -> None:
        """Stripe's sessions and intents, asked now, answer as they stood then."""
        if moment:
            stood = history.moments[moment - 1].sessions
            things = self.gateway.intents if isinstance(history, LoneHistory) else None
            (self.gateway.sessions if things is None else things).update(stood)

    def webhook(self, told: tuple[str, dict[str, Any]], created: int = 1) -> None:
        kind, thing = told
        body = json.dumps(event_of(thing, kind, f"evt_{next(_numbers)}", created)).encode()
        self.shop.inbox.receive(parse(body), Door.WEBHOOK)

    def pull(self, told: list[tuple[str, dict[str, Any]]]) -> None:
        now = self.shop.clock.timestamp()
        # All of one second: only the stages can tell which came first.
        self.gateway.events = [
            event_of(thing, kind, f"evt_{next(_numbers)}", now) for kind, thing in told
        ]
        assert self.shop.pulling.run().failed == 0
        self.gateway.events = []

    def state(self, order_id: str) -> dict[str, Any]:
        """Everything that follows from the facts; ids differ between two orders."""
        with self.shop.database.transaction() as tx:
            order = tx.get_one(Order, order_id)
            holds = tx.scalars(select(Hold).where(Hold.order_id == order_id))
            owed = tx.scalars(select(OwedEffect).where(OwedEffect.order_id == order_id))
            facts = tx.scalars(select(KnownFact).where(KnownFact.order_id == order_id))
            known = facts.all()
            ledger = (
                select(LedgerRow.movement, func.sum(LedgerRow.amount_minor))
                .where(LedgerRow.order_id == order_id)
                .group_by(LedgerRow.movement)
            )
            certain = [each for each in owed if _is_for_good(each, known)]
            keys = [key_of(each) for each in certain]
            written = tx.scalars(select(Letter).where(Letter.order_id == order_id))
            letters = [each for each in written if _is_told_for_good(each, known)]
            sql = "SELECT workflow_uuid FROM {} WHERE workflow_uuid LIKE :like"
            table = "workflow_status" if self.shop.database.is_sqlite else "dbos.workflow_status"
            jobs = tx.scalars(text(sql.format(table)), {"like": f"%{order_id}%"}).all()
            return {
                "payment": order.payment,
                "paid": order.paid_minor,
                "refunded": order.refunded_minor,
                "disputed": order.disputed_minor,
                "owed": order.owed_minor,
                "flags": sorted(order.flags),
                "email": order.email,
                "holds": [(hold.quantity, hold.state) for hold in holds],
                "effects": sorted(each.effect for each in certain),
                "letters": sorted(each.kind for each in letters),
                "sent": sorted(
                    kind
                    for of, kind, about in self.sent
                    if of == order_id and (kind, about) in {(x.kind, x.about) for x in letters}
                ),
                "jobs": sorted(key.partition(":")[0] for key in jobs if key in keys),
                # What was undone is written, too, and how often depends on what was heard of.
                "ledger": {movement: int(n) for movement, n in tx.execute(ledger) if n},
                "counted": order.counted_as,
                "facts": sorted((fact.kind, fact.stage, fact.amount_minor) for fact in known),
            }

    def sums_add_up(self) -> bool:
        """The kept sums are what ledger and orders add up to, and the ledger what orders say."""
        with self.shop.database.transaction() as tx:
            columns = (Order.paid_minor, Order.refunded_minor, Order.disputed_minor)
            orders = tx.execute(select(*(func.coalesce(func.sum(each), 0) for each in columns)))
            ledger = select(LedgerRow.movement, func.sum(LedgerRow.amount_minor))
            found = {name: int(n) for name, n in tx.execute(ledger.group_by(LedgerRow.movement))}
            written = tuple(found.get(name, 0) for name in ("payment", "refund", "dispute"))
            return sums.wrong(tx) == [] and tuple(map(int, orders.one())) == written

    def stock_adds_up(self) -> bool:
        with self.shop.database.transaction() as tx:
            for variant in tx.scalars(select(Variant)):
                held = tx.scalars(
                    select(Hold.quantity).where(Hold.variant_id == variant.id, Hold.state == "held")
                )
                if sum(held) != variant.held:
                    return False
        return True


def _is_told_for_good(letter: Letter, facts: Sequence[KnownFact]) -> bool:
    """As below: that a payment is on its way, or came back, is true for a while."""
    if letter.kind == "refunded":
        return any(fact.stripe_id == letter.about and fact.stage == "succeeded" for fact in facts)
    return letter.kind not in ("pending", "failed")


def _is_for_good(owed: OwedEffect, facts: Sequence[KnownFact]) -> bool:
    """Whether it follows from the facts alone, not from the order they came in.

    That a trip has ended unpaid, or a refund succeeded that failed later, is true for a while:
    whoever hears of it late hears no more than what came of it.
    """
    if owed.effect == "refunded":
        return any(fact.stripe_id == owed.about and fact.stage == "succeeded" for fact in facts)
    return owed.effect not in ("expired", "payment_failed")


# Facts are merged in Python; what PostgreSQL adds is shown by `make test-slow`, and in each room.
@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])]
)
def place(request, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    if request.param == "postgres":
        url = request.getfixturevalue("empty_postgres")
    chosen = Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_of_the_shop",
        secret_key="sk_test_of_the_shop",
        webhook_secrets=("whsec_x",),
        base_url="http://localhost:5000",
        database_url=url,
        app_secret="-",
        data_dir=tmp_path,
        ways=tuple(ALL),
    )
    clock = StillClock(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    gateway = FakeGateway(chosen, clock)
    shop = open_shop(chosen, clock=clock, gateway=gateway)
    schema.migrate(shop.database)
    with shop.database.transaction() as tx:
        load_products(tx, clock)
        for variant in tx.scalars(select(Variant)):
            # However many examples are run.
            variant.on_hand = 10**6
    sent: list[tuple[str | None, str, str]] = []
    shop.post.write = lambda _tx, letter: (
        lambda: Written("ada@example.com", "en", letter.about, "", "")
    )
    shop.post.send = lambda letter: sent.append(
        (letter.order_id, letter.kind, letter.written.subject)
    )
    yield Place(shop, gateway, sent)
    shop.close()


def told_of(history: History | LoneHistory) -> list[tuple[str, dict[str, Any]]]:
    return [each for moment in history.moments for each in moment.told]


_PATIENT = settings(
    deadline=None,
    # Making a failing history smaller takes longer than a test may.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(story=stories(), data=st.data())
@settings(_PATIENT, max_examples=12)
def test_any_way_through_the_four_doors_ends_in_the_same_state(place, story, data):
    event(story.how)
    _is_the_same_anyhow(place, story, data)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@given(story=stories(), data=st.data())
@settings(_PATIENT, max_examples=1500)
def test_any_of_many_ways_ends_in_the_same_state(place, story, data):
    _is_the_same_anyhow(place, story, data)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", ["element", "charge"])
@given(story=lone_stories(), data=st.data())
@settings(_PATIENT, max_examples=500)
def test_so_do_many_payments_no_session_speaks_for(place, way, story, data):
    _is_the_same_anyhow(place, story, data, way)


@pytest.mark.parametrize("way", ["element", "charge"])
@given(story=lone_stories(), data=st.data())
@settings(_PATIENT, max_examples=15)
def test_so_does_a_payment_no_session_speaks_for(place, way, story, data):
    event(story.how)
    _is_the_same_anyhow(place, story, data, way)


@given(story=lone_stories())
@settings(_PATIENT, max_examples=15)
@pytest.mark.parametrize("way", ["element", "charge"])
def test_what_becomes_of_such_a_payment(place, way, story):
    order_id, thing = place.open_order(way)
    for told in told_of(story.happens_to(thing)):
        place.webhook(told)
    state = place.state(order_id)
    agreed = story.amount == TOTAL
    ends = {
        "bounced": "failed",
        "let go": "failed",
        "cancelled": "expired" if way == "element" else "awaiting",
    }
    assert state["payment"] == ends.get(story.how, "paid" if agreed else "review")
    if state["payment"] == "paid":
        part = story.amount // 2 if story.how == "captured in part" else story.amount
        assert state["paid"] == part
        assert state["refunded"] == story.refund
    elif state["payment"] != "review":
        assert (state["paid"], state["refunded"]) == (0, 0)


def _is_the_same_anyhow(
    place: Place, story: Story | LoneStory, data: st.DataObject, way: str = "hosted"
) -> None:
    # Told of as it happened, each event once, by webhook.
    straight_id, session = place.open_order(way)
    for told in told_of(story.happens_to(session)):
        place.webhook(told)
    place.post()
    straight = place.state(straight_id)
    assert straight["sent"] == straight["letters"], "each is sent, and once"

    # Told of anyhow.
    order_id, session = place.open_order(way)
    history = story.happens_to(session)
    events = told_of(history)
    again = data.draw(st.lists(st.sampled_from(range(len(events))), max_size=6), label="again")
    order = data.draw(st.permutations([*range(len(events)), *again]), label="order")
    at = 0
    while at < len(order):
        door = data.draw(st.sampled_from(["webhook", "webhook", "pull", "page", "sweeper", "post"]))
        if door == "webhook":
            place.webhook(events[order[at]], created=data.draw(st.integers(1, 3)))
            at += 1
        elif door == "pull":
            some = data.draw(st.integers(1, len(order) - at), label="pulled")
            place.pull([events[n] for n in order[at : at + some]])
            at += some
        elif door == "post":
            place.post()
        else:
            place.stands_at(history, data.draw(st.integers(0, len(history.moments))))
            if door == "page":
                place.shop.checkouts.ask(order_id)
            else:
                place.shop.sweeping.look(order_id)
    place.post()
    assert place.state(order_id) == straight
    assert place.stock_adds_up()
    assert place.sums_add_up()
