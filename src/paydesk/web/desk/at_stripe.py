"""Where one of Stripe's objects is looked at: in its Dashboard, or in the emulator's."""

from urllib.parse import quote

from paydesk.settings import Mode, Settings

_DASHBOARD = "https://dashboard.stripe.com"
# The Dashboard's own pages; everything else its search finds.
_PAGES = {
    "pi": "payments",
    "ch": "payments",
    "py": "payments",
    "cus": "customers",
    "sub": "subscriptions",
    "in": "invoices",
}
_SEARCHED = frozenset({"cs", "re", "pyr", "dp", "du", "evt", "ii", "seti", "po", "prod", "price"})


def stripe_url(settings: Settings, stripe_id: str) -> str | None:
    """The page of an object; None for what is no id of Stripe's."""
    prefix = stripe_id.partition("_")[0]
    if prefix not in _PAGES and prefix not in _SEARCHED:
        return None
    wanted = quote(stripe_id, safe="")
    if settings.mode is Mode.EMULATOR:
        return f"{settings.stripe_api_base}/dashboard/find?id={wanted}"
    place = _DASHBOARD if settings.mode is Mode.LIVE else f"{_DASHBOARD}/test"
    page = _PAGES.get(prefix)
    return f"{place}/{page}/{wanted}" if page else f"{place}/search?query={wanted}"
