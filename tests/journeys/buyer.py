"""A buyer in a real browser."""

from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Page, expect

from tests.journeys.world import World

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
ASKS = "4000002760003184"


@dataclass(frozen=True)
class Buyer:
    """What a person does, step by step."""

    page: Page
    world: World

    def opens_the_shop(self) -> None:
        self.page.goto(self.world.shop_url)

    def opens(self, name: str = "Arduino Board") -> None:
        """From the shop's front to the page of a product."""
        self.opens_the_shop()
        self.page.get_by_role("link", name=name).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def purchases(self, name: str = "Arduino Board") -> None:
        """On the page of the product, or on one that offers it anew."""
        self.page.get_by_role("button", name=f"Purchase {name}").click()
        self.page.wait_for_url(f"{self.world.stripe_url}/c/pay/**")

    def pays(self, card: str = GOOD) -> None:
        """Fill in what is still empty and press Pay."""
        fill_in(self.page, card)
        self.page.get_by_role("button", name="Pay", exact=False).click()

    def buys(self, card: str = GOOD) -> None:
        self.opens()
        self.purchases()
        self.pays(card)
        self.page.wait_for_url(f"{self.world.shop_url}/o/**")

    def sees(self, text: str, seconds: float = 15) -> None:
        expect(self.page.locator("main")).to_contain_text(text, timeout=seconds * 1000)

    def sees_paid(self, seconds: float = 15) -> None:
        self.sees("Paid on", seconds)

    def does_not_see(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)


def fill_in(form: Page | FrameLocator, card: str) -> None:
    """Every field of Stripe's page for a card, wherever the page is shown."""
    email = form.locator("[name=email]")
    # Of the review page, which has asked already.
    if email.is_editable():
        email.fill("ada@example.com")
    for field, text in (("cardNumber", card), ("cardExpiry", "12 / 34"), ("cardCvc", "123")):
        form.locator(f"[name={field}]").fill(text)
    if form.locator("[name=shippingName]").count():
        # The bill goes there, too.
        fill_in_address(form)
        return
    for field, text in (("billingName", "Ada Lovelace"), ("billingPostalCode", "10001")):
        form.locator(f"[name={field}]").fill(text)


def fill_in_address(form: Page | FrameLocator) -> None:
    """Where a parcel goes, on Stripe's page."""
    for field, text in (
        ("shippingName", "Ada Lovelace"),
        ("shippingAddressLine1", "Ring 1"),
        ("shippingLocality", "Berlin"),
        ("shippingPostalCode", "10115"),
    ):
        form.locator(f"[name={field}]").fill(text)


def reviews(page: Page) -> None:
    """Order on the review page, where *Purchase* led there and not to Stripe."""
    page.wait_for_url(lambda url: "/p/" not in url)
    if "/checkout?" not in page.url:
        return
    for field, text in (
        ("email", "ada@example.com"),
        ("name", "Ada Lovelace"),
        ("line1", "Ring 1"),
        ("postcode", "10115"),
        ("city", "Berlin"),
    ):
        if page.locator(f"input[name={field}]").count():
            page.locator(f"input[name={field}]").fill(text)
    page.get_by_role("button", name="Order and pay").first.click()
