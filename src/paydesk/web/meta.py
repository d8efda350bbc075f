"""What search engines, and those who share a link, are told of a page of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from paydesk.catalogue.goods import Goods, Image, Shelf
from paydesk.catalogue.stock import Availability
from paydesk.foundation.language import gettext
from paydesk.foundation.money import Money, decimals
from paydesk.web.current import current_mount, current_shop
from paydesk.web.pictures import picture_url
from paydesk.web.product_view import OfferView, ProductView

_SCHEMA = "https://schema.org"
_AVAILABILITY = {
    Availability.AVAILABLE: f"{_SCHEMA}/InStock",
    # Somebody is at Stripe's page with the last one.
    Availability.RESERVED: f"{_SCHEMA}/OutOfStock",
    Availability.SOLD_OUT: f"{_SCHEMA}/OutOfStock",
}
# Codes of UN/CEFACT, which is what schema.org asks for.
_UNITS = {"day": "DAY", "week": "WEE", "month": "MON", "year": "ANN"}
# What changes something, or belongs to one buyer.
_NOT_FOR_ROBOTS = ("cart", "checkout", "create-checkout-session", "success", "cancelled", "admin")


@dataclass(frozen=True)
class Meta:
    """`url` is the page's one address, whatever else leads to it; `data` are JSON-LD objects."""

    title: str
    url: str
    description: str = ""
    image: str | None = None
    kind: str = "website"
    is_indexed: bool = True
    data: Sequence[dict[str, Any]] = field(default=())


def add_meta(pages: Blueprint) -> None:
    pages.add_url_rule("/sitemap.xml", "sitemap", sitemap)
    pages.add_url_rule("/robots.txt", "robots", robots)


def of_home(shop_name: str, description: str, images: Sequence[Image]) -> Meta:
    mount = current_mount()
    url = mount.address("home")
    target = f"{mount.address('search')}?q={{search_term_string}}"
    site = {
        **_kind("WebSite"),
        "name": shop_name,
        "url": url,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": target},
            "query-input": "required name=search_term_string",
        },
    }
    return Meta(shop_name, url, description, _first(images), data=(site,))


def of_list(shelf: Shelf | None, goods: Sequence[Goods], number: int, *, is_indexed: bool) -> Meta:
    """Of a category, or (without one) of everything on sale."""
    mount = current_mount()
    page = {"page": number} if number > 1 else {}
    image = _first([each for one in goods[:1] for each in one.images])
    if shelf is None:
        url = mount.address("search", **page)
        return Meta(gettext("All products"), url, image=image, is_indexed=is_indexed)
    url = mount.address("category", slug=shelf.slug, **page)
    trail = _trail((gettext("Home"), mount.address("home")), (shelf.name, url))
    return Meta(shelf.name, url, shelf.summary, image, is_indexed=is_indexed, data=(trail,))


def of_product(product: ProductView) -> Meta:
    mount = current_mount()
    url = mount.address("product", slug=product.slug)
    steps = [(gettext("Home"), mount.address("home"))]
    if product.shelf is not None:
        steps.append((product.shelf.name, mount.address("category", slug=product.shelf.slug)))
    offers = [_offer(each, url) for each in product.offers]
    told = {
        **_kind("Product"),
        "name": product.name,
        "description": product.summary or product.name,
        "url": url,
        "image": [_absolute(each.url) for each in product.pictures],
        "category": product.shelf.name if product.shelf else None,
        "offers": offers[0] if len(offers) == 1 else offers,
    }
    return Meta(
        title=product.name,
        url=url,
        description=product.summary,
        image=_absolute(product.image) if product.image else None,
        kind="product",
        is_indexed=not product.is_preview,
        data=(
            {name: value for name, value in told.items() if value},
            _trail(*steps, (product.name, url)),
        ),
    )


def _offer(offer: OfferView, url: str) -> dict[str, Any]:
    price = _plain(Money(offer.unit_minor, offer.currency))
    told: dict[str, Any] = {
        "@type": "Offer",
        "url": url,
        "price": price,
        "priceCurrency": offer.currency.upper(),
        "availability": _AVAILABILITY[Availability(offer.availability)],
        "itemCondition": f"{_SCHEMA}/NewCondition",
    }
    if offer.label:
        told["name"] = offer.label
    if offer.rhythm is not None:
        told["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "price": price,
            "priceCurrency": offer.currency.upper(),
            "billingDuration": offer.rhythm.count,
            "unitCode": _UNITS[offer.rhythm.unit],
        }
    return told


def _plain(money: Money) -> str:
    """`39.00`, as programs read it."""
    return str(Decimal(money.minor).scaleb(-decimals(money.currency)))


def _trail(*steps: tuple[str, str]) -> dict[str, Any]:
    return {
        **_kind("BreadcrumbList"),
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": url}
            for number, (name, url) in enumerate(steps, 1)
        ],
    }


def _kind(name: str) -> dict[str, Any]:
    return {"@context": _SCHEMA, "@type": name}


def _first(images: Sequence[Image]) -> str | None:
    return _absolute(picture_url(images[0].file)) if images else None


def _absolute(path: str) -> str:
    return current_shop().settings.base_url + path


def sitemap() -> Response:
    """Every page that is to be found by searching."""
    shop, mount = current_shop(), current_mount()
    with shop.database.reading() as tx:
        window = shop.window.look(tx)
    urls = [mount.address("home")]
    urls += [mount.address("category", slug=each.slug) for each in window.shelves]
    urls += [mount.address("product", slug=each.slug) for each in window.goods]
    response = make_response(render_template("paydesk/sitemap.xml", urls=urls))
    response.mimetype = "application/xml"
    return response


def robots() -> Response:
    """Where robots need not look. A shop that takes no real money is none of their business."""
    shop, mount = current_shop(), current_mount()
    prefix = shop.settings.url_prefix
    closed = [f"{prefix}/{each}" for each in _NOT_FOR_ROBOTS] if shop.settings.livemode else ["/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    response = make_response("\n".join((*lines, f"Sitemap: {mount.address('sitemap')}", "")))
    response.mimetype = "text/plain"
    return response
