"""Withdrawing from a contract: two steps, no sign-in, and the same answer whatever the order."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from paydesk.business.shop import change_facts
from paydesk.fulfilment import shipments, withdrawals
from paydesk.fulfilment.letters import Letter
from paydesk.fulfilment.shipments import Parcel
from paydesk.fulfilment.withdrawals import Withdrawal
from paydesk.orders.order import Order
from paydesk.reports import sums
from paydesk.web.current import mounts
from paydesk.web.letters import LetterWriter
from tests.fake_gateway import event_of
from tests.web.test_buying import bought

ADA = {"name": "Ada Lovelace", "email": "ada@example.com"}


@pytest.fixture
def link(visitor, stripe, gateway) -> str:
    """The page of a paid order."""
    session_id = bought(visitor, gateway)
    link = str(visitor.http.get(f"/success?session_id={session_id}").location)
    thing = gateway.pay("cs_test_0001", email="ada@example.com")
    stripe.sends(event_of(thing, "checkout.session.completed", "evt_paid"))
    return link


def fields(html: str) -> dict[str, str]:
    """The hidden fields and texts of the first form in a page's content."""
    form = re.search(r"<main.*?<form[^>]*>(.*?)</form>", html, re.DOTALL)
    assert form is not None
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form[1])
    return {name: unescape(value) for name, value in found if name != "line"}


def withdraw(visitor, path: str, **changes: str) -> str:
    """Both steps, as a browser takes them; the acknowledgement."""
    first = visitor.http.get(path)
    filled = {**fields(first.text), **changes}
    second = visitor.http.post(path, data=filled)
    assert second.status_code == 200, second.text
    assert "Confirm withdrawal" in second.text
    done = visitor.http.post(f"{path}/confirm", data={**filled, **fields(second.text)})
    assert done.status_code == 303
    page = visitor.http.get(done.location)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    return str(page.text)


def rows(shop) -> list[Withdrawal]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(Withdrawal).order_by(Withdrawal.declared_at)))


def test_from_the_orders_page_everything_is_filled_in_and_two_clicks_do_it(
    visitor, shop, clock, link
):
    with shop.database.transaction() as tx:
        change_facts(tx, clock, {"legal_name": "Lamps Ltd"})
    page = withdraw(visitor, f"{link}/withdraw", name="Ada Lovelace", line="0")
    assert "23 November 2026, 10:00 UTC" in page
    assert "I withdraw from my contract with Lamps Ltd:" in page
    assert "Ada Lovelace" in page
    (row,) = rows(shop)
    assert (row.email, row.lines, row.marks) == ("ada@example.com", [], [])
    assert row.order_id is not None


def test_nothing_is_declared_by_the_first_step(visitor, shop, link):
    filled = fields(visitor.http.get(f"{link}/withdraw").text)
    visitor.http.post(f"{link}/withdraw", data={**filled, **ADA, "line": "0"})
    assert rows(shop) == []


def test_sent_twice_it_is_one_withdrawal_with_one_acknowledgement(visitor, shop, link):
    filled = {**fields(visitor.http.get(f"{link}/withdraw").text), **ADA, "line": "0"}
    both = [visitor.http.post(f"{link}/withdraw/confirm", data=filled).location for _ in range(2)]
    assert both[0] == both[1]
    assert len(rows(shop)) == 1


def test_from_the_footer_known_and_unknown_orders_get_the_same_answer(visitor, shop, link):
    number = link.split("/")[2]
    known = withdraw(visitor, "/withdraw", order_number=number, **ADA)
    unknown = withdraw(visitor, "/withdraw", order_number="9999", **ADA)
    stranger = {"name": "Ada Lovelace", "email": "eve@example.com"}
    foreign = withdraw(visitor, "/withdraw", order_number=number, **stranger)

    def same(page: str) -> str:
        main = page[page.index("<main") : page.index("</main")]
        main = re.sub(r"wdr_\w+", "", main)
        return main.replace(number, "N").replace("9999", "N").replace("eve@", "ada@")

    assert same(known) == same(unknown) == same(foreign)
    assert [row.marks for row in rows(shop)].count(["unknown_order"]) == 2
    assert [row.order_id is None for row in rows(shop)].count(False) == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": " "}, "Enter your name"),
        ({"email": "nobody"}, "Enter an e-mail address"),
        ({"order_number": ""}, "Enter your order"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_on_top(visitor, shop, changes, wrong):
    filled = {**fields(visitor.http.get("/withdraw").text), **ADA, "order_number": "1001"}
    for path in ("/withdraw", "/withdraw/confirm"):
        answer = visitor.http.post(path, data={**filled, **changes})
        assert answer.status_code == 422
        assert answer.text.count(wrong) == 2
        assert "<title>Something is missing: " in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert rows(shop) == []


def test_outside_the_period_it_is_accepted_and_marked(visitor, shop, clock, link):
    with shop.database.transaction() as tx:
        order = tx.scalars(select(Order)).one()
        parcel = shipments.ship(tx, order.id, Parcel(), "command line", clock.now())
        shipments.deliver(tx, parcel.id, clock.now())
        assert withdrawals.period_ends(tx, order) == clock.now() + timedelta(days=14)
    clock.travel(timedelta(days=14))
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    clock.travel(timedelta(seconds=1))
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    assert [row.marks for row in rows(shop)] == [[], ["outside_period", "repeated"]]


def test_what_was_refunded_already_is_marked(visitor, shop, stripe, gateway, link):
    refund = gateway.dashboard_refund("pi_cs_test_0001", 3900)
    stripe.sends(event_of(refund, "refund.created", "evt_refund"))
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    assert rows(shop)[0].marks == ["already_refunded"]


def test_a_foreign_link_opens_neither_form_nor_acknowledgement(visitor, stranger, shop, link):
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    (row,) = rows(shop)
    wrong = re.sub(r"[^/]+$", "x" * 26, link)
    assert stranger.http.get(f"{wrong}/withdraw").status_code == 404
    assert stranger.http.get(f"/withdrawal/{row.id}/{'x' * 26}").status_code == 404
    assert stranger.http.get(f"/withdrawal/wdr_x/{row.secret}").status_code == 404


def test_it_needs_our_own_form_and_can_be_sent_ten_times_a_minute(visitor, shop):
    filled = {**fields(visitor.http.get("/withdraw").text), **ADA, "order_number": "1"}
    forged = {**filled, "csrf_token": "x"}
    assert visitor.http.post("/withdraw/confirm", data=forged).status_code == 403
    codes = []
    for number in range(10):
        again = {**filled, "attempt": f"attempt{number:010}"}
        codes.append(visitor.http.post("/withdraw/confirm", data=again).status_code)
    assert codes == [303] * 9 + [429]
    assert len(rows(shop)) == 9


def test_what_somebody_wrote_is_shown_as_text(visitor, link):
    page = withdraw(visitor, f"{link}/withdraw", line="0", **{**ADA, "note": "<script>x</script>"})
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_operator_sees_what_is_unhandled_until_it_is_handled(visitor, shop, clock, link):
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    # A second one, so that the order is a problem until both are dealt with.
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    for problem in ("withdrawn", ""):
        with shop.database.transaction() as tx:
            assert sums.counts(tx)["problems"] == 1
            row, *_ = withdrawals.unhandled(tx)
            withdrawals.handle(tx, row.id, "command line", clock.now())
        with shop.database.transaction() as tx:
            assert tx.scalars(select(Order.problem)).one() == problem
    with shop.database.transaction() as tx:
        assert withdrawals.unhandled(tx) == []
        assert sums.counts(tx).get("problems", 0) == 0


def test_buyer_and_merchant_are_written_to_and_nobody_else(visitor, shop, clock, link):
    with shop.database.transaction() as tx:
        change_facts(tx, clock, {"email": "shop@example.com"})
    withdraw(visitor, f"{link}/withdraw", line="0", **{**ADA, "email": "other@example.com"})
    withdraw(visitor, "/withdraw", order_number="9999", **ADA)
    with shop.database.transaction() as tx:
        query = select(Letter).where(Letter.kind.in_(["withdrawal", "withdrawn"]))
        letters = tx.scalars(query.order_by(Letter.kind, Letter.order_id)).all()
        buyers = [each for each in letters if each.kind == "withdrawal"]
        assert [(each.order_id is None, "to" in each.data) for each in buyers] == [(False, False)]
        assert len(letters) == 3
    mount = next(iter(mounts(visitor.http.application).values()))
    recipients = []
    for letter in letters:
        with shop.database.transaction() as tx:
            written = LetterWriter(mount).gather(tx, letter)()
        recipients.append(written.recipient)
        assert "Ada Lovelace" in written.text
        assert "23 November 2026, 10:00" in written.text
    assert sorted(recipients) == ["ada@example.com", "shop@example.com", "shop@example.com"]


def test_at_the_desk_each_waits_until_somebody_says_that_it_was_dealt_with(
    owner, visitor, shop, link
):
    withdraw(visitor, f"{link}/withdraw", line="0", **ADA)
    withdraw(visitor, "/withdraw", order_number="9999", **ADA)
    assert "buyers have withdrawn" in owner.page("/admin/")
    page = owner.page("/admin/withdrawals")
    assert "no order has this number and address" in page
    for row in rows(shop):
        assert owner.sends(f"/admin/withdrawals/{row.id}").status_code == 303
    assert "each withdrawal was dealt with" in owner.page("/admin/withdrawals")
    assert all(row.handled_by for row in rows(shop))
