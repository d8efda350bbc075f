"""The pages before buying: the product list, a product, and the publishable key."""

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from paydesk.catalogue import product as products
from paydesk.web.answering import picture_url
from paydesk.web.current import buyer, current_shop
from paydesk.web.showing import product_view


def add_storefront(pages: Blueprint) -> None:
    pages.add_url_rule("/", "home", home)
    pages.add_url_rule("/p/<slug>", "product", product)
    pages.add_url_rule("/config", "config", config)


def home() -> ResponseReturnValue:
    # A browser has its id before it can click twice.
    buyer()
    with current_shop().database.transaction() as tx:
        views = [product_view(each, picture_url, currency_asked()) for each in products.on_sale(tx)]
    return render_template("paydesk/home.html", products=views)


def product(slug: str) -> ResponseReturnValue:
    buyer()
    with current_shop().database.transaction() as tx:
        view = product_view(products.by_slug(tx, slug), picture_url, currency_asked())
    return render_template("paydesk/product.html", product=view)


def currency_asked() -> str | None:
    """The currency the buyer wants to see prices in; what is not offered changes nothing."""
    return request.args.get("currency", "").lower()[:3] or None


def config() -> ResponseReturnValue:
    return jsonify({"publicKey": current_shop().settings.publishable_key})
