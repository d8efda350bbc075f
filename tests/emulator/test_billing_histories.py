"""Random lives of subscriptions over two years: the books are right and no period is lost."""

import itertools
from datetime import UTC, datetime

import pytest
import stripe
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stripe_emulator import schedule
from tests.emulator.subscribing import DAY, payer, plan, use_card

_FEW, _MANY = 4, 150
# So long each of them is watched; weeks make many invoices.
_HORIZON = {"week": 150 * DAY, "month": 2 * 365 * DAY, "year": 2 * 365 * DAY}
_START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
_GOOD, _BAD = "pm_card_visa", "pm_card_chargeCustomerFail"

_DEEDS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 50)),
    st.tuples(st.just("wait"), st.sampled_from([27, 28, 29, 30, 31, 32])),
    st.tuples(st.just("card"), st.sampled_from([_GOOD, _BAD])),
    st.tuples(st.just("pay"), st.just(0)),
    st.tuples(st.just("refund"), st.sampled_from([1, 100, 500])),
    st.tuples(st.just("quantity"), st.integers(0, 4)),
    st.tuples(st.just("price"), st.sampled_from([700, 1500, 4999])),
    st.tuples(st.just("cancel"), st.booleans()),
    st.tuples(st.just("item"), st.integers(100, 3000)),
)
_PRORATIONS = st.sampled_from(["create_prorations", "always_invoice", "none"])


class _Life:
    """One subscription on a test clock of its own, and what is done to it."""

    def __init__(self, client, emulator, interval):
        self.client, self.emulator, self.interval = client, emulator, interval
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": _START})
        self.clock, self.now = clock.id, _START
        self.customer = payer(client, test_clock=clock.id)
        self.product = client.v1.products.create({"name": "Gold"}).id
        self.prices = {}
        items = [{"price": self.price(1500), "quantity": 1}]
        self.subscription = client.v1.subscriptions.create(
            {"customer": self.customer.id, "items": items}
        ).id

    def price(self, amount):
        if amount not in self.prices:
            made = plan(self.client, amount, self.interval, product=self.product)
            self.prices[amount] = made.id
        return self.prices[amount]

    def current(self):
        return self.client.v1.subscriptions.retrieve(self.subscription)

    def wait(self, days):
        self.now += days * DAY
        self.client.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": self.now})
        schedule.run_due(self.emulator.emulator)
        ready = self.client.v1.test_helpers.test_clocks.retrieve(self.clock)
        assert (ready.status, ready.frozen_time) == ("ready", self.now)

    def card(self, name):
        use_card(self.client, self.customer, name)

    def pay(self, _):
        for invoice in self.invoices():
            if invoice.status == "open":
                try:
                    self.client.v1.invoices.pay(invoice.id)
                except stripe.CardError:
                    return

    def refund(self, amount):
        for charge in self.charges():
            if charge.paid and charge.amount - charge.amount_refunded >= amount:
                self.client.v1.refunds.create({"charge": charge.id, "amount": amount})
                return

    def quantity(self, number, proration="create_prorations"):
        self._change({"quantity": number}, proration)

    def price_to(self, amount, proration):
        self._change({"price": self.price(amount)}, proration)

    def _change(self, wish, proration):
        subscription = self.current()
        if subscription.status in ("canceled", "incomplete_expired"):
            return
        (item,) = subscription["items"].data
        self.client.v1.subscriptions.update(
            self.subscription,
            {"items": [{"id": item.id, **wish}], "proration_behavior": proration},
        )

    def cancel(self, at_period_end):
        if self.current().status == "canceled":
            return
        wish = {"cancel_at_period_end": at_period_end}
        self.client.v1.subscriptions.update(self.subscription, wish)

    def item(self, amount):
        self.client.v1.invoice_items.create(
            {"customer": self.customer.id, "amount": amount, "currency": "usd"}
        )

    def invoices(self):
        page = self.client.v1.invoices.list({"customer": self.customer.id, "limit": 100})
        return list(page.auto_paging_iter())[::-1]

    def charges(self):
        page = self.client.v1.charges.list({"customer": self.customer.id, "limit": 100})
        return list(page.auto_paging_iter())


def test_any_life_of_a_subscription_keeps_the_books(emulator, client):
    _live_many(emulator, client, _FEW)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_lives_of_subscriptions_keep_the_books(emulator, client):
    _live_many(emulator, client, _MANY)


def _live_many(emulator, client, lives):
    @settings(
        max_examples=lives,
        derandomize=lives == _FEW,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        interval=st.sampled_from(["month", "month", "week", "year"]),
        deeds=st.lists(st.tuples(_DEEDS, _PRORATIONS), min_size=4, max_size=14),
    )
    def live(interval, deeds):
        emulator.emulator.forget()
        _live(_Life(client, emulator, interval), deeds)

    live()


def _live(life, deeds):
    for (deed, what), proration in deeds:
        _do(life, deed, what, proration)
    while life.now < _START + _HORIZON[life.interval] and life.current().status != "canceled":
        life.wait(13 if life.interval == "week" else 59)
    _books_balance(life)
    _each_period_is_invoiced_once(life)
    _events_are_in_order(life.client)


def _do(life, deed, what, proration):
    if deed == "wait":
        for _ in range(-(-what // 13) if life.interval == "week" else 1):
            life.wait(min(what, 13) if life.interval == "week" else what)
    elif deed == "quantity":
        life.quantity(what, proration)
    elif deed == "price":
        life.price_to(what, proration)
    else:
        getattr(life, deed)(what)


def _books_balance(life):
    invoices, charges = life.invoices(), life.charges()
    paid = sum(each.amount_paid for each in invoices)
    taken = sum(each.amount_captured for each in charges if each.paid)
    assert paid == taken
    refunds = life.client.v1.refunds.list({"limit": 100}).data
    assert sum(each.amount for each in refunds) == sum(each.amount_refunded for each in charges)
    for each in invoices:
        assert each.total == sum(line.amount for line in each.lines.data)
        assert (each.status == "paid") == (each.amount_remaining == 0 and each.number is not None)
    # What credit there is was never paid out, and what was too small is still owed.
    charged = sum(each.total for each in invoices if each.number is not None)
    due = sum(each.amount_due for each in invoices if each.number is not None)
    assert life.client.v1.customers.retrieve(life.customer.id).balance == charged - due


def _each_period_is_invoiced_once(life):
    subscription = life.current()
    periods = [
        (line.period.start, line.period.end)
        for invoice in life.invoices()
        for line in invoice.lines.data
        if line.parent.subscription_item_details
        and not line.parent.subscription_item_details.proration
    ]
    assert periods[0][0] == _START
    for before, after in itertools.pairwise(periods):
        assert before[1] == after[0]
    (item,) = subscription["items"].data
    assert periods[-1] == (item.current_period_start, item.current_period_end)
    if subscription.ended_at is None:
        assert item.current_period_start <= life.now < item.current_period_end
    numbers = [each.number for each in life.invoices() if each.number]
    assert len(set(numbers)) == len(numbers)


def _events_are_in_order(client):
    events = list(client.v1.events.list({"limit": 100}).auto_paging_iter())[::-1]
    seen: dict[str, list[str]] = {}
    for each in events:
        thing = each.data.object
        if each.type.startswith("invoice.") and each.type != "invoice.upcoming":
            seen.setdefault(thing["id"], []).append(each.type)
        if each.type == "customer.subscription.deleted":
            ended = thing["id"]
            later = [e.type for e in events[events.index(each) + 1 :]
                     if e.data.object["id"] == ended]  # fmt: skip
            assert later == []
    for told in seen.values():
        assert told[0] == "invoice.created"
        if "invoice.paid" in told:
            assert told.index("invoice.finalized") < told.index("invoice.paid")
            assert told.count("invoice.paid") == 1
        assert told.count("invoice.finalized") <= 1
