"""Every way to pay, bought by a person in Chromium: the same journeys for all."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.journeys.buyer import GOOD, Buyer
from tests.journeys.world import World, until

pytestmark = pytest.mark.browser

WAYS = {
    "PAYDESK_WAYS": "hosted,embedded,element",
    "PAYDESK_LEGACY_CHARGES": "true",
}
# A shop as it is usually run, beside all its ways: SQLite. The rooms below run on both.
UNAUTHENTICATED = "authenticate"


@dataclass(frozen=True)
class Way:
    """How a person pays one way, seen from outside."""

    buyer: Buyer
    name: ClassVar[str]
    button: ClassVar[str]
    three_d_secure: ClassVar[bool] = True

    @property
    def page(self) -> Page:
        return self.buyer.page

    def chooses(self) -> None:
        self.page.goto(f"{self.buyer.world.shop_url}/p/arduino-board")
        self.page.get_by_role("button", name=self.button).click()
        self.arrives()

    def arrives(self) -> None:
        self.page.wait_for_url(f"{self.buyer.world.shop_url}/o/*/*/pay/{self.name}")
        expect(self.page.locator("#pay [data-message]")).to_have_text("", timeout=15000)

    def pays(self, card: str = GOOD) -> None:
        raise NotImplementedError

    def answers(self, word: str) -> None:
        """On the card holder's bank's page, which Stripe.js shows within ours."""
        for frame in until(lambda: self._challenge(word), "the bank's question"):
            frame.get_by_role("button", name=word).click()

    def _challenge(self, word: str) -> list:
        return [
            frame
            for frame in self.page.frames
            if frame.get_by_role("button", name=word).count() and "challenge" in frame.url
        ][:1]

    def complains(self) -> str:
        place = self.page.locator("#pay [data-message].refused")
        expect(place).not_to_be_empty(timeout=15000)
        return place.inner_text()


class HostedPage(Way):
    name = "hosted"
    button = "Purchase"

    def arrives(self) -> None:
        self.page.wait_for_url(f"{self.buyer.world.stripe_url}/c/pay/**")

    def pays(self, card: str = GOOD) -> None:
        self.buyer.pays(card)

    def answers(self, word: str) -> None:
        self.page.get_by_role("button", name=word).click()

    def complains(self) -> str:
        place = self.page.locator("#card-notice")
        expect(place).not_to_be_empty(timeout=15000)
        return place.inner_text()


class PaymentElement(Way):
    name = "element"
    button = "Pay here by card and more"

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("#pay [data-place] iframe").first

    def pays(self, card: str = GOOD) -> None:
        for name, text in (("number", card), ("expiry", "1234"), ("cvc", "123")):
            self.frame.locator(f"[name={name}]").fill(text)
        postal = self.frame.locator("[name=postalCode]")
        if postal.count():
            postal.fill("10001")
        self.page.locator("#pay").get_by_role("button", name="Pay $").click()


class CardToken(PaymentElement):
    name = "charge"
    button = "Pay by card (legacy)"
    three_d_secure = False


BY_NAME = {each.name: each for each in (HostedPage, PaymentElement, CardToken)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", settings=dict(WAYS))
    try:
        world.start()
        yield world
    finally:
        world.stop()


@pytest.fixture(params=list(BY_NAME))
def way(request: pytest.FixtureRequest, chromium: Browser, world: World) -> Iterator[Way]:
    context = chromium.new_context()
    yield BY_NAME[request.param](Buyer(context.new_page(), world))
    context.close()


def test_a_purchase_is_paid_and_handled_once(way, world):
    way.chooses()
    way.pays()
    way.buyer.sees_paid()
    until(lambda: world.handler_runs() == 1, "the handler's run")
    world.told("refunds", "create", "1001")
    way.page.reload()
    way.buyer.sees("We returned $39.00")
    assert world.told("check")["clean"] is True
    assert world.told("reconcile")["same"] is True
