"""How a person pays each way, seen from outside: what is clicked, filled in and read."""

from dataclasses import dataclass
from typing import ClassVar

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.journeys.buyer import GOOD, Buyer, fill_in
from tests.journeys.world import World


@dataclass(frozen=True)
class Way:
    """One way to pay, used by one person."""

    buyer: Buyer
    name: ClassVar[str]
    button: ClassVar[str]
    # Whether a bank can ask its card's holder.
    can_be_asked: ClassVar[bool] = True

    @property
    def page(self) -> Page:
        return self.buyer.page

    @property
    def world(self) -> World:
        return self.buyer.world

    def chooses(self, slug: str = "arduino-board") -> None:
        self.page.goto(f"{self.world.shop_url}/p/{slug}")
        self.page.get_by_role("button", name=self.button).click()
        self.arrives()

    def arrives(self) -> None:
        self.page.wait_for_url(f"{self.world.shop_url}/o/*/*/pay/{self.name}")
        expect(self.page.locator("#pay [data-message]")).to_have_text("", timeout=15000)

    def fills(self, card: str = GOOD) -> None:
        raise NotImplementedError

    def gives_an_address(self) -> None:
        """In our own field for it, which asks once."""
        if self.page.locator("#email").count():
            self.page.locator("#email").fill("ada@example.com")

    def pay_button(self) -> Locator:
        return self.page.locator("#pay").get_by_role("button", name="Pay $")

    def pays(self, card: str = GOOD) -> None:
        self.fills(card)
        # Not by the mouse: a frame of Stripe's that grows just then moves the button away.
        self.pay_button().press("Enter")

    def tells_the_bank(self, word: str) -> None:
        """On the bank's page, which Stripe.js shows in a dialog over ours."""
        asked = self.page.frame_locator("dialog iframe[name^=__privateStripeFrame]")
        asked.get_by_role("button", name=word).click()

    def complaint(self) -> Locator:
        return self.page.locator("#pay [data-message].refused")


class HostedPage(Way):
    """Checkout on Stripe's own page."""

    name = "hosted"
    button = "Purchase"

    @property
    def form(self) -> Page | FrameLocator:
        return self.page

    def arrives(self) -> None:
        self.page.wait_for_url(f"{self.world.stripe_url}/c/pay/**")

    def fills(self, card: str = GOOD) -> None:
        fill_in(self.form, card)

    def pay_button(self) -> Locator:
        return self.form.get_by_role("button", name="Pay", exact=False).last

    def tells_the_bank(self, word: str) -> None:
        self.form.get_by_role("button", name=word).click()

    def complaint(self) -> Locator:
        return self.form.locator("#card-notice")


class EmbeddedPage(HostedPage):
    """The same page within ours."""

    name = "embedded"
    button = "Pay on this page"

    def arrives(self) -> None:
        Way.arrives(self)

    @property
    def form(self) -> FrameLocator:
        return self.page.frame_locator("#pay [data-place] iframe").first


class PaymentElement(Way):
    """Payment Intents on our own page."""

    name = "element"
    button = "Pay by card and more"

    def fills(self, card: str = GOOD) -> None:
        self.gives_an_address()
        frame = self.page.frame_locator("iframe[title='Secure payment input frame']")
        for field, text in (("number", card), ("expiry", "1234"), ("cvc", "123")):
            frame.locator(f"[name={field}]").fill(text)
        frame.locator("[name=postalCode]").fill("10001")


class CardToken(Way):
    """The Charges API."""

    name = "charge"
    button = "Pay by card (legacy)"
    can_be_asked = False

    def fills(self, card: str = GOOD) -> None:
        self.gives_an_address()
        frame = self.page.frame_locator("iframe[title='Secure card payment input frame']")
        for field, text in (
            ("cardnumber", card),
            ("exp-date", "1234"),
            ("cvc", "123"),
            ("postal", "10001"),
        ):
            frame.locator(f"[name={field}]").fill(text)


BY_NAME: dict[str, type[Way]] = {
    each.name: each for each in (HostedPage, EmbeddedPage, PaymentElement, CardToken)
}
