"""The examples: each started as its reader would, and bought from."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.buyer import Buyer
from tests.journeys.ways_of_paying import PaymentElement
from tests.journeys.world import World, until

EXAMPLES = Path(__file__).parents[2] / "examples"
_KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")


@pytest.fixture
def stripe(empty_sqlite: str, tmp_path: Path) -> Iterator[World]:
    """An emulator that tells nobody: where no webhook can arrive, the examples ask for events."""
    world = World(tmp_path, empty_sqlite)
    try:
        world.start_stripe()
        yield world
    finally:
        world.stop()


def variables(world: World) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PORT": str(world.shop_port),
        "PAYDESK_BASE_URL": f"http://127.0.0.1:{world.shop_port}",
        "PAYDESK_EMULATOR_URL": world.stripe_url,
    }


@contextmanager
def started(world: World, *command: str | Path) -> Iterator[str]:
    """An example, or an app under `flask`, as a process of its own; its address."""
    address = f"http://127.0.0.1:{world.shop_port}"
    with (world.folder / "example.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=world.folder,
            env=variables(world),
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: _answers(address), f"{command[-1]} answers")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


def paid_on(world: World, url: str) -> None:
    session = re.search(r"cs_test_\w+", url)
    assert session is not None, url
    assert world.pay(session[0])["outcome"] == "paid"


def test_the_smallest_app_sells(stripe):
    with started(stripe, EXAMPLES / "smallest.py") as address:
        assert "Buy a coffee" in httpx.get(address).text
        paid_on(stripe, httpx.post(f"{address}/buy").headers["location"])
        log = stripe.folder / "example.log"
        until(lambda: "Order 1001 is paid: €3.00" in log.read_text(), "the handler's line")


def test_under_flask_the_commands_prepare_and_serve_the_hosts_app(stripe):
    flask = ("-m", "flask", "--app", str(EXAMPLES / "smallest.py"), "paydesk")
    command = [sys.executable, *flask, "db", "migrate"]
    subprocess.run(command, cwd=stripe.folder, env=variables(stripe), check=True, timeout=60)
    with started(stripe, *flask, "web", "--port", str(stripe.shop_port)) as address:
        assert "Buy a coffee" in httpx.get(address).text
        assert httpx.get(f"{address}/pay/").status_code == 200
        paid_on(stripe, httpx.post(f"{address}/buy").headers["location"])
        log = stripe.folder / "example.log"
        until(lambda: "Order 1001 is paid: €3.00" in log.read_text(), "the handler's line")


def test_a_member_pays_by_the_month_and_is_let_in_until_it_ends(stripe):
    with (
        started(stripe, EXAMPLES / "accounts" / "app.py") as address,
        httpx.Client(base_url=address) as http,
    ):

        def post(path: str, **form: str) -> httpx.Response:
            token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/").text)
            assert token is not None
            return http.post(path, data={"csrf_token": token[1], **form})

        def members_page() -> bool:
            return "For members" in http.get("/members", follow_redirects=True).text

        assert http.post("/join").status_code == 400
        post("/register", email="ada@example.com", password="engine")
        assert not members_page()
        paid_on(stripe, post("/join").headers["location"])
        until(members_page, "the members' page")
        assert post("/join").headers["location"] == f"{address}/"
        post("/sign-out")
        assert not members_page()
        post("/sign-in", email="ada@example.com", password="wrong")
        assert not members_page()
        post("/sign-in", email="ada@example.com", password="engine")
        assert members_page()
        (subscription,) = stripe.get(f"{stripe.stripe_url}/v1/subscriptions")["data"]
        httpx.delete(
            f"{stripe.stripe_url}/v1/subscriptions/{subscription['id']}",
            headers={"Authorization": "Bearer sk_test_journeys"},
        ).raise_for_status()
        until(lambda: not members_page(), "the end of the membership")


@pytest.mark.browser
def test_a_donation_is_made_without_leaving_the_site(stripe, chromium: Browser):
    with started(stripe, EXAMPLES / "donation" / "app.py") as address:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Euros").fill("7")
        page.get_by_role("button", name="Give").click()
        page.wait_for_url(f"{address}/give/o/*/*/pay/element")
        expect(page).to_have_title("Give to The lake")
        expect(page.locator("#pay [data-message]")).to_have_text("", timeout=15000)
        PaymentElement(Buyer(page, stripe)).fills()
        page.locator("#pay").get_by_role("button", name="Pay €7.00").click()
        page.wait_for_url(f"{address}/thanks*", timeout=15000)
        expect(page.get_by_role("heading")).to_have_text("Thank you")
        context.close()
