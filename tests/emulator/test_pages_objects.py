"""A real browser on the dashboard's objects, clock, snapshots and requests."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from stripe_emulator import spans
from stripe_emulator.pages import desk_acts
from stripe_emulator.pages.desk_objects import spoken
from tests.browser import tab
from tests.emulator.test_pages_desk import listen, pay_for, soon, start_checkout

# The dashboard is for people who look, not for their money: `make test-slow` walks through it.
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with tab(chromium) as opened:
        yield opened


def test_from_the_kinds_to_an_object_and_along_its_ids(page, emulator, client, ask):
    session = start_checkout(client)
    pay_for(ask, session)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    page.goto(f"{emulator.url}/dashboard/objects")
    page.get_by_role("link", name="Checkout sessions 1").click()
    page.get_by_role("link", name=session.id).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("grace@example.com")
    expect(page.locator(".facts")).to_contain_text("Complete")
    expect(page.locator(".facts")).to_contain_text("$39.00")
    expect(page.get_by_role("link", name="checkout.session.completed")).to_be_visible()
    page.get_by_label("Object as JSON").get_by_role("link", name=intent).click()
    belonging = page.get_by_role("table", name="Objects that name this one")
    expect(belonging.get_by_role("link", name=session.id)).to_be_visible()
    assert page.url == f"{emulator.url}/dashboard/objects/payment_intent/{intent}"
    expect(page.get_by_label("Object as JSON")).to_contain_text('"amount": 3900')
    page.get_by_role("link", name="payment_intent.succeeded").click()
    page.get_by_role("link", name=intent).first.click()
    assert page.url.endswith(intent)


def test_an_id_is_found_or_said_to_be_nowhere(page, emulator, client):
    customer = client.v1.customers.create({"name": "Ada"})
    page.goto(f"{emulator.url}/dashboard")
    page.get_by_label("Find an object by its id").fill(f" {customer.id} ")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
    page.get_by_label("Find an object by its id").fill("cus_<b>nobody</b>")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("No object here has the id cus_<b>nobody</b>")


def test_older_objects_are_one_link_away(page, emulator, client):
    first = client.v1.customers.create()
    for _ in range(50):
        client.v1.customers.create()
    page.goto(f"{emulator.url}/dashboard/objects/customer")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older customers").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(first.id)


@pytest.mark.parametrize("of", ["deliveries", "requests"])
def test_older_rows_are_one_link_away(page, emulator, client, shop, of):
    listen(client, shop)
    for number in range(60):
        client.v1.customers.create({"name": str(number)})
    page.goto(f"{emulator.url}/dashboard/{of}")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name=f"Older {of}").click()
    # The endpoint was made by a call as well.
    expect(page.locator("tbody tr")).to_have_count(10 if of == "deliveries" else 11)


def test_a_session_is_expired_as_by_the_api(page, emulator, client, shop):
    listen(client, shop)
    session = start_checkout(client)
    page.goto(f"{emulator.url}/dashboard/objects/checkout.session/{session.id}")
    expect(page.get_by_role("link", name="Open the page")).to_have_attribute("href", session.url)
    page.get_by_role("button", name="Expire").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    expect(page.get_by_role("button", name="Expire")).to_have_count(0)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    soon(lambda: "checkout.session.expired" in shop.types())


def test_a_payment_is_refunded_whatever_faults_the_api_has(page, emulator, client, ask):
    session = start_checkout(client)
    pay_for(ask, session)
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    with emulator.emulator.store.transaction() as tx:
        tx.remember("faults", [{"id": "fault_x", "fault": "api.fail", "times": 1}])
    page.goto(f"{emulator.url}/dashboard/objects/payment_intent/{intent}")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("alert")).to_contain_text("has already been refunded")
    expect(page.locator("main")).to_contain_text("the API answers 500, once more")


def test_a_customer_is_deleted(page, emulator, client):
    customer = client.v1.customers.create({"name": "Ada"})
    page.goto(f"{emulator.url}/dashboard/objects/customer/{customer.id}")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert client.v1.customers.retrieve(customer.id).deleted is True


def test_a_charge_is_disputed_and_the_dispute_is_won(page, emulator, client, ask):
    session = start_checkout(client)
    pay_for(ask, session)
    (charge,) = client.v1.charges.list().data
    page.goto(f"{emulator.url}/dashboard/objects/charge/{charge.id}")
    page.get_by_role("button", name="Dispute").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    (dispute,) = client.v1.disputes.list().data
    page.goto(f"{emulator.url}/dashboard/objects/dispute/{dispute.id}")
    page.get_by_role("button", name="Win it").click()
    expect(page.locator(".facts")).to_contain_text("Won")
    assert client.v1.disputes.retrieve(dispute.id).status == "won"


def test_a_request_is_shown_with_its_parameters_and_answer(page, emulator, client):
    customer = client.v1.customers.create({"name": "Ada <b>", "metadata": {"k": "v"}})
    page.goto(f"{emulator.url}/dashboard/requests")
    page.get_by_role("link", name="POST /v1/customers").click()
    expect(page.get_by_label("Parameters as JSON")).to_contain_text('"name": "Ada <b>"')
    page.get_by_label("Answer as JSON").get_by_role("link", name=customer.id).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada <b>")


def test_an_event_is_sent_to_one_endpoint_alone(page, emulator, client, shop):
    client.v1.customers.create()
    listen(client, shop)
    client.v1.webhook_endpoints.create({"url": f"{shop.url}/other", "enabled_events": ["*"]})
    page.goto(f"{emulator.url}/dashboard/events")
    page.get_by_role("link", name="customer.created").click()
    page.get_by_label("Resend to").select_option(label=f"{shop.url}/other")
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("status")).to_contain_text("on its way again")
    soon(lambda: [each.path for each in shop.heard] == ["/webhook/other"])


# The clock


def test_time_runs_by_a_button_and_by_a_date(page, emulator, client):
    session = start_checkout(client)
    page.goto(f"{emulator.url}/dashboard/clock")
    row = page.locator("tbody tr").filter(has_text=session.id)
    expect(row).to_contain_text(re.compile("in (1 day|23 hours 59 minutes)"))
    page.get_by_role("button", name="+31 days").click()
    expect(page.get_by_role("status")).to_contain_text("Time has passed")
    expect(page.locator("main")).to_contain_text("31 days ahead of this machine")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    page.get_by_label("Other span, or a date").fill("2031-05-06")
    page.get_by_role("button", name="Let time run").click()
    expect(page.locator(".time")).to_contain_text("6 May 2031, 00:00")
    page.goto(f"{emulator.url}/dashboard")
    expect(page.locator("main")).to_contain_text("It is 6 May 2031")


@pytest.mark.parametrize(
    ("typed", "said"), [("soon", "Write a span such as +31d"), ("1999-01-01", "Time runs forwards")]
)
def test_a_time_that_makes_no_sense_is_named(page, emulator, typed, said):
    page.goto(f"{emulator.url}/dashboard/clock")
    page.get_by_label("Other span, or a date").fill(typed)
    page.get_by_role("button", name="Let time run").click()
    expect(page.locator("#travel-problem")).to_contain_text(said)
    expect(page.get_by_label("Other span, or a date")).to_have_value(typed)
    assert emulator.emulator.clock.ahead_seconds == 0


def test_a_snapshot_is_kept_restored_and_deleted(page, emulator, client):
    client.v1.customers.create({"name": "kept"})
    page.goto(f"{emulator.url}/dashboard/clock")
    page.get_by_label("Name", exact=True).fill("../x")
    page.get_by_role("button", name="Keep a snapshot").click()
    expect(page.locator("#name-problem")).to_contain_text("letters, digits")
    page.get_by_label("Name", exact=True).fill("desk")
    page.get_by_role("button", name="Keep a snapshot").click()
    expect(page.get_by_role("status")).to_contain_text("The snapshot is kept")
    page.get_by_role("button", name="Forget everything").click()
    expect(page.get_by_role("status")).to_contain_text("forgotten")
    assert client.v1.customers.list().data == []
    page.get_by_role("button", name="Restore desk").click()
    expect(page.get_by_role("status")).to_contain_text("as it was in the snapshot")
    assert len(client.v1.customers.list().data) == 1
    page.get_by_role("button", name="Delete desk").click()
    expect(page.get_by_role("button", name="Restore desk")).to_have_count(0)


# Without a browser


def test_no_form_of_a_stranger_changes_anything(ask, client):
    customer = client.v1.customers.create()
    address = f"/dashboard/objects/customer/{customer.id}"
    for path, form in ((address, {"do": "delete"}), ("/dashboard/clock", {"do": "reset"})):
        assert ask("POST", path, urlencode(form), key=None).status == 403
    assert client.v1.customers.retrieve(customer.id).id == customer.id


@pytest.mark.parametrize("path", ["customer/cus_none", "product/{id}", "nonsense/x"])
def test_an_object_that_is_not_there_is_not_shown(ask, client, path):
    customer = client.v1.customers.create()
    assert ask("GET", f"/dashboard/objects/{path.format(id=customer.id)}").status == 404


def test_an_act_is_offered_only_where_the_api_can_do_it():
    for status, acts in (("open", ["expire"]), ("complete", [])):
        session = {"object": "checkout.session", "id": "cs_1", "status": status}
        assert [each.name for each in desk_acts.of(session)] == acts
    refund = {"object": "charge", "id": "ch_1", "status": "succeeded", "captured": True}
    assert desk_acts.of(refund)[0].call(refund) == ("POST", "/v1/refunds", {"charge": "ch_1"})
    assert desk_acts.of({"object": "nothing_of_the_kind", "id": "x"}) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "no time"), (1, "1 second"), (86399.9999, "1 day"), (90061, "1 day 1 hour")],
)
def test_a_span_is_spoken(seconds, words):
    assert spans.spoken(seconds) == words


def test_kinds_are_spoken_in_the_plural():
    assert [spoken(each) for each in ("checkout.session", "tax_id", "balance")] == [
        "Checkout sessions",
        "Tax ids",
        "Balances",
    ]
