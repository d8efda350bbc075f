"""The desk's home: its numbers are those of the report and of the books; what needs attention."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from paydesk.cli import commands
from paydesk.foundation.money import Money
from paydesk.orders.ledger import LedgerRow
from paydesk.orders.order import Order
from paydesk.payments.refund import Wish
from paydesk.reports.sales import Period, Step, sales
from paydesk.settings import Settings
from paydesk.web.desk.chart import chart
from paydesk.web.desk.home import period_of
from tests.fake_gateway import event_of
from tests.paydesk.test_inbox import parsed
from tests.paydesk.test_placing import wish
from tests.web.conftest import Operator


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a secret the doctor has nothing to say about."""
    return replace(settings, app_secret="uT3kQ9zXv7LmB2nR8sWc5yHd1GfJ4pA6")


def buy(shop, gateway, slug: str = "arduino-board", quantity: int = 1) -> str:
    placed = shop.placing.place(wish(shop, slug, quantity=quantity))
    opened = shop.checkouts.start(placed.id)
    thing = gateway.pay(opened.stripe_id)
    shop.inbox.receive(parsed(thing, "checkout.session.completed", f"evt_{opened.stripe_id}"))
    return str(placed.id)


@pytest.fixture
def history(shop, gateway, clock) -> list[str]:
    """Three weeks: six orders, two refunds, one dispute."""
    made = []
    clock.travel(timedelta(days=-21))
    for n in range(6):
        made.append(buy(shop, gateway, quantity=n % 3 + 1))
        clock.travel(timedelta(days=3))
    shop.refunds.request(made[0], Wish(Money(1000, "usd")))
    shop.refunds.request(made[1], Wish())
    lost = {"id": "dp_1", "object": "dispute", "amount": 3900, "currency": "usd"}
    lost |= {"status": "needs_response", "evidence_details": {"due_by": clock.timestamp() + 9**6}}
    lost["payment_intent"] = f"pi_{[*gateway.sessions][3]}"
    shop.inbox.receive(parsed(lost, "charge.dispute.created", "evt_dp"))
    clock.travel(timedelta(days=3))
    return made


def figures(page: str) -> dict[str, str]:
    """The tiles of the page, by their names."""
    pairs = re.findall(r'<dt>([^<]+)</dt>\s*<dd><span class="figure">([^<]+)</span>', page)
    return dict(pairs)


def test_home_report_and_the_books_say_the_same(owner: Operator, shop, history, settings):
    page = owner.page("/admin/?period=30d")
    with shop.database.transaction() as tx:
        ledger = select(LedgerRow.movement, func.sum(LedgerRow.amount_minor))
        books = {name: int(n) for name, n in tx.execute(ledger.group_by(LedgerRow.movement))}
        orders = tx.scalar(select(func.count()).where(Order.paid_at.is_not(None)))
        columns = (Order.paid_minor, Order.refunded_minor, Order.disputed_minor)
        of_orders = tx.execute(select(*(func.sum(each) for each in columns))).one()
    assert [int(each) for each in of_orders] == [
        books[name] for name in ("payment", "refund", "dispute")
    ]
    net = books["payment"] - books["refund"] - books["dispute"]
    shown = figures(page)
    assert shown["Gross"] == Money(books["payment"], "usd").text()
    assert shown["Refunds"] == Money(books["refund"], "usd").text()
    assert shown["Net"] == Money(net, "usd").text()
    assert shown["Orders"] == str(orders)
    told = report(shop, settings)
    assert told["total"]["gross_minor"] == books["payment"]
    assert told["total"]["net_minor"] == net
    assert sum(row["refunds_minor"] for row in told["rows"]) == books["refund"]
    # The table beside the chart has the same days as the report.
    for row in told["rows"]:
        if row["gross_minor"]:
            day = date.fromisoformat(row["from"])
            assert f"{day:%a} {day.day} {day:%b %Y}</th>" in page


def report(shop, settings, *arguments: str):
    today = shop.clock.now().date()
    first, last = today - timedelta(days=29), today
    environment = {
        "PAYDESK_DATABASE_URL": settings.database_url,
        "PAYDESK_DATA_DIR": str(settings.data_dir),
    }
    options = ["report", "--json", "--from", str(first), "--to", str(last), *arguments]
    result = CliRunner().invoke(commands, options, env=environment)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_weeks_and_months_come_to_what_their_days_come_to(shop, history):
    today = shop.clock.now().date()
    period = Period(today - timedelta(days=89), today)
    with shop.database.transaction() as tx:
        reports = [sales(tx, period, "usd", step) for step in Step]
    assert len({each.total for each in reports}) == 1
    for each in reports:
        assert each.rows[0].first == period.first
        assert each.rows[-1].last == period.last
        gaps = zip(each.rows, each.rows[1:], strict=False)
        assert all(one.last + timedelta(days=1) == other.first for one, other in gaps)


def test_twelve_months_begin_on_the_first_of_a_month():
    assert period_of("12m", date(2026, 11, 23)).first == date(2025, 12, 1)
    assert period_of("12m", date(2026, 12, 1)).first == date(2026, 1, 1)
    assert period_of("7d", date(2026, 11, 23)).first == date(2026, 11, 17)


def test_all_done_in_a_shop_with_nothing_to_do(owner, shop):
    with shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_products SET visibility = 'draft'"))
    page = owner.page()
    assert "Nobody runs the jobs" in page
    live(shop)
    page = owner.page()
    assert "All done." in page
    assert "Your first five steps" in page


def live(shop) -> None:
    """As if a worker went its rounds."""
    with shop.database.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO paydesk_rounds (name, due_at, ended_at, failures) "
                "VALUES ('beat', :at, :at, 0)"
            ),
            {"at": shop.clock.now()},
        )


def test_what_needs_attention_is_counted_and_named(owner, shop, gateway, clock, history):
    with shop.database.transaction() as tx:
        tx.execute(text("UPDATE paydesk_variants SET on_hand = 1 WHERE held = 0"))
        tx.execute(text("UPDATE paydesk_effects SET state = 'failed', error = 'x'"))
        tx.execute(text("UPDATE paydesk_events SET state = 'failed' WHERE id = 'evt_dp'"))
        tx.execute(text("UPDATE paydesk_letters SET state = 'failed' WHERE kind = 'refunded'"))
    shown = attention(owner.page())
    assert any("5 orders are paid and wait" in each and "the oldest" in each for each in shown)
    assert any("1 dispute waits" in each and "due by" in each for each in shown)
    assert any("1 event of Stripe’s could not be applied" in each for each in shown)
    assert any("handlers were given up" in each for each in shown)
    assert any("low in stock" in each and "Arduino Board" in each for each in shown)
    # The doctor says so as well; here it is said once, and with a link to where it is mended.
    assert not any("paydesk events list" in each for each in shown)
    assert not any("paydesk mail list" in each for each in shown)
    assert any("2 letters could not be sent" in each for each in shown)
    # What presses most comes first.
    assert "dispute" in shown[0]


def attention(page: str) -> list[str]:
    found = re.search(r'<ul class="attention">(.*?)</ul>', page, re.DOTALL)
    assert found is not None
    rows = re.findall(r"<li.*?</li>", found[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_paid_orders_without_events_are_said(owner, shop, gateway, clock):
    """The webhook is lost and nobody pulls: the return page alone knows of the payment."""
    placed = shop.placing.place(wish(shop))
    opened = shop.checkouts.start(placed.id)
    gateway.pay(opened.stripe_id)
    shop.checkouts.ask(placed.id)
    clock.travel(timedelta(minutes=50))
    assert any("no event came since" in each for each in attention(owner.page()))


@pytest.mark.parametrize("period", ["7d", "30d", "90d", "12m", "nonsense"])
def test_the_chart_is_a_picture_with_words_and_without_styles(owner, history, period):
    page = owner.page(f"/admin/?period={period}&currency=xxx")
    assert '<svg viewBox="0 0 720 260" role="img" aria-labelledby="chart-title chart-desc">' in page
    assert "<title" in page
    assert "<desc" in page
    assert "style=" not in page


def test_every_bar_stands_within_the_drawing(shop, history):
    today = shop.clock.now().date()
    with shop.database.transaction() as tx:
        drawn = chart(sales(tx, Period(today - timedelta(days=29), today), "usd"))
        empty = chart(sales(tx, Period(today, today), "eur"))
    for each in drawn.columns:
        assert 0 <= each.gross_y <= drawn.zero_y
        assert each.gross_y + each.gross_height <= drawn.zero_y + 0.2
        assert drawn.zero_y + each.back_height <= drawn.height
        assert 0 <= each.net_y <= drawn.height
    assert len(empty.columns) == 1


def test_two_currencies_are_shown_one_at_a_time(owner, shop, history):
    with shop.database.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO paydesk_sums (measure, day, currency, subject, amount) "
                "VALUES ('orders', '2026-11-20', 'eur', '', 1), "
                "('gross', '2026-11-20', 'eur', '', 500)"
            )
        )
    assert figures(owner.page("/admin/?currency=eur"))["Gross"] == "€5.00"
    assert "€" not in figures(owner.page("/admin/?currency=usd"))["Gross"]


def test_a_dispute_made_at_stripe_is_read_with_its_day(shop):
    from paydesk.payments.reading import facts_of_event

    thing = {"id": "dp_1", "object": "dispute", "amount": 1, "currency": "usd"}
    thing |= {"status": "needs_response", "evidence_details": {"due_by": 1_800_000_000}}
    (fact,) = facts_of_event(event_of(thing, "charge.dispute.created", "evt_1"))
    assert fact.until == 1_800_000_000
