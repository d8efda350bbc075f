"""Every page of shop and desk in every state, for everybody: axe-core, both themes, two sizes.

The pages are found as a visitor finds them, by following links from a shop with sixty days of
orders; so a link that leads nowhere is found, too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, product
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import select

from paydesk.business import shop
from paydesk.catalogue.product import Product, Visibility
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.orders.order import Order
from paydesk.staff import member, sessions
from paydesk.staff.member import Role
from tests import axe
from tests.journeys.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Scheme = Literal["light", "dark"]
LARGE: ViewportSize = {"width": 1280, "height": 900}
SMALL: ViewportSize = {"width": 320, "height": 720}
HOWS: tuple[tuple[ViewportSize, Scheme], ...] = ((LARGE, "light"), (SMALL, "dark"))
# Of pages of one kind, so many: they are made by the same template.
MOST_OF_A_KIND = 1
# The order's pages in each of its states are pages of their own.
OF_ORDER = re.compile(r"^/(?:o|admin/orders)/(\d+)(/[^/]+)?$")
# With and without variants, some sold out, of cloth, of bytes, by subscription.
PRODUCTS = ("breadboard", "soldering-iron", "workshop-apron", "first-circuits", "parts-club")
NO_PAGES = re.compile(r"\.(pdf|csv|json|xml|txt|png|webp|svg|css|js)$|/live$|/downloads?/")


@dataclass
class Walk:
    """What somebody finds who follows every link, with what was wrong there."""

    base: str
    # The orders and products whose pages are looked at, each in a state of its own.
    numbers: set[int]
    slugs: tuple[str, ...] = ()
    pages: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def wants(self, url: str) -> bool:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if not url.startswith(self.base + "/") or path in self._seen or NO_PAGES.search(parts.path):
            return False
        self._seen.add(path)
        order = OF_ORDER.match(parts.path)
        if order:
            return int(order[1]) in self.numbers
        if path.removeprefix("/p/") in self.slugs:
            return True
        kind = re.sub(r"\d+|[a-z]{2,4}_[a-z0-9]{10,}|[\w-]{16,}", "*", parts.path)
        kind = re.sub(r"^/(p|c|admin/products)/(?!new|import|categories)[^/]+$", r"/\1/*", kind)
        names = ",".join(sorted(part.partition("=")[0] for part in parts.query.split("&")))
        self._kinds[f"{kind}?{names}"] += 1
        return self._kinds[f"{kind}?{names}"] <= MOST_OF_A_KIND

    def follow(self, page: Page, start: list[str]) -> None:
        ahead = [each for each in (urljoin(self.base, path) for path in start) if self.wants(each)]
        while ahead:
            url = ahead.pop(0)
            answer = page.request.get(url)
            if answer.status >= 400:
                self.dead.append(f"{url} is {answer.status}")
                continue
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            self.pages.append(url)
            links = re.findall(r'<a [^>]*href="([^"#]+)', answer.text())
            found = (urljoin(answer.url, each.replace("&amp;", "&")) for each in links)
            ahead += [each for each in found if self.wants(each)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A shop as `make run` shows it."""
    folder: Path = tmp_path_factory.mktemp("open")
    world = World(folder, f"sqlite:///{folder / 'shop.sqlite3'}")
    ports = ("--port", str(world.shop_port), "--emulator-port", str(world.stripe_port))
    world.settings["PAYDESK_EMULATOR_URL"] = ""
    try:
        world._start("shop", "paydesk", "run", "--demo", *ports)
        world.until_answering(f"http://127.0.0.1:{world.shop_port}/readyz", 120)
        yield world
    finally:
        world.stop()


@pytest.fixture(scope="module")
def links(world: World) -> dict[int, str]:
    """An order of each state there is, by its number: the address its buyer has."""
    database = Database(world.database_url)
    with database.transaction() as tx:
        by_state = {state_of(each): each for each in tx.scalars(select(Order))}
        found = {each.number: f"/o/{each.number}/{each.secret}" for each in by_state.values()}
    database.close()
    return found


def state_of(order: Order) -> tuple[object, ...]:
    returned = (order.refunded_minor > 0) + (order.refunded_minor >= order.paid_minor > 0)
    ended = (order.cancelled_at is not None, order.disputed_minor > 0, *order.flags)
    return (order.payment, order.fulfilment, order.mode, returned, *ended)


@pytest.fixture(scope="module")
def token(world: World) -> str:
    """What an owner's browser is signed in by."""
    database, clock = Database(world.database_url), Clock()
    with database.transaction() as tx:
        staff = member.hire(tx, clock, "owner@shop.example", "Olive Owner", Role.OWNER)
        staff.password_hash = "of no password"
        token = sessions.open_session(tx, clock, staff, sessions.Browser("Test"))
    database.close()
    return token


def opened(chromium: Browser, world: World, token: str, size: ViewportSize, scheme: Scheme) -> Page:
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    context.add_cookies([{"name": "paydesk-desk", "value": token, "url": world.shop_url}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


@pytest.fixture(scope="module")
def walk(chromium: Browser, world: World, links: dict[int, str], token: str) -> Walk:
    """All pages there are, of the shop and of the desk."""
    page = opened(chromium, world, token, LARGE, "light")
    walk = Walk(world.shop_url, set(links), PRODUCTS)
    seeds = ["/", "/cart", "/checkout", "/search?q=board", "/search?q=xyzzy", "/withdraw"]
    walk.follow(page, [*seeds, *links.values(), "/admin/", "/mailbox"])
    page.context.close()
    return walk


def test_no_link_leads_nowhere(walk):
    assert not walk.dead, "\n".join(walk.dead)
    assert len(walk.pages) > 50
    paths = {urlsplit(each).path for each in walk.pages}
    assert {*(f"/p/{slug}" for slug in PRODUCTS), "/p/breadboard/back"} <= paths


def test_axe_finds_nothing_anywhere(chromium, world, token, walk):
    """Each page once, by turns large and light, small and dark."""
    pages = [opened(chromium, world, token, *how) for how in HOWS]
    found = []
    for page, url in zip(cycle(pages), walk.pages, strict=False):
        page.goto(url)
        found += [f"{url}: {said}" for said in axe.complaints(page)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "scheme"), [*product((LARGE, SMALL), ("light", "dark"))])
def test_axe_finds_nothing_in_any_size_and_theme(chromium, world, token, walk, size, scheme):
    page = opened(chromium, world, token, size, scheme)
    found = []
    for url in walk.pages:
        page.goto(url)
        found += [f"{url}: {said}" for said in axe.complaints(page)]
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "scheme"), HOWS)
def test_nor_in_what_only_a_form_leads_to(chromium, world, links, size, scheme):
    """A cart with things in it, what is wrong with a form, what is gone, a closed shop."""
    page = chromium.new_context(
        base_url=world.shop_url, viewport=size, color_scheme=scheme
    ).new_page()
    page.set_default_timeout(30_000)
    found: list[str] = []

    def look() -> None:
        found.extend(f"{page.url}: {said}" for said in axe.complaints(page))

    def press(button: str) -> None:
        page.locator(f"main {button}").first.click()
        page.wait_for_load_state()
        look()

    for slug in ("first-circuits", "workshop-apron"):
        page.goto(f"/p/{slug}")
        press("button[formaction$='/cart/lines']")
    press(".cart-line button.link")
    press(".notices button.link")
    press("a.button.wide")
    press("button.purchase")
    page.goto("/withdraw")
    press("form .button")
    for link in links.values():
        page.goto(f"{link}/withdraw")
        if page.locator("main form").count():
            press("form .button")
            break
    page.goto("/find-order")
    page.get_by_label("E-mail").fill("ada@example.com")
    press("form .button")
    database = Database(world.database_url)
    try:
        with database.transaction() as tx:
            product = tx.scalars(select(Product).where(Product.slug == "multimeter")).one()
            product.visibility = Visibility.HIDDEN
            shop.change_facts(tx, Clock(), {"closed": "Back on 3 August"})
        for path in ("/p/multimeter", "/p/nothing", "/o/1/nothing", "/", "/cart", "/checkout"):
            page.goto(path)
            look()
        with database.transaction() as tx:
            shop.change_facts(tx, Clock(), {"closed": ""})
    finally:
        database.close()
    page.context.close()
    assert not found, "\n".join(found)
