"""What the shop says of itself, for the pages of this request; and its colour as a stylesheet."""

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from paydesk.business import colour, shop
from paydesk.business.shop import ShopFacts
from paydesk.web.current import current_shop

# The address has the colour in it, so another colour is another address.
_KEPT_SECONDS = 86_400
_CSS = """\
/* The merchant's own colour; what is written on it, and what it is in the dark, is reckoned. */
:root {{
  --accent: {light};
  --accent-strong: {strong};
  --on-accent: {on_light};
}}
@media (prefers-color-scheme: dark) {{
  :root:not([data-theme="light"]) {{
    --accent: {dark};
    --accent-strong: {dark_strong};
    --on-accent: {on_dark};
  }}
}}
:root[data-theme="dark"] {{
  --accent: {dark};
  --accent-strong: {dark_strong};
  --on-accent: {on_dark};
}}
"""


def add_theme(pages: Blueprint) -> None:
    pages.add_url_rule("/paydesk-theme.css", "theme_css", theme_css)


def current_facts() -> ShopFacts:
    """The shop's facts, read once a request; those of the settings while the database is away."""
    if "paydesk_facts" not in g:
        settings = current_shop().settings
        try:
            with current_shop().database.reading() as tx:
                g.paydesk_facts = shop.facts(tx, settings)
        except SQLAlchemyError:
            return ShopFacts(name=settings.shop_name)
    facts: ShopFacts = g.paydesk_facts
    return facts


def forget_facts() -> None:
    """They were changed in this request."""
    g.pop("paydesk_facts", None)


def theme_css() -> ResponseReturnValue:
    """A file of its own, as the policy of our pages allows no style within them."""
    response = Response(css_of(current_facts().accent), mimetype="text/css")
    is_versioned = bool(request.query_string)
    response.headers["Cache-Control"] = (
        f"public, max-age={_KEPT_SECONDS}" if is_versioned else "no-cache"
    )
    return response


def css_of(accent: str) -> str:
    """The variables of an accent; nothing for none."""
    if not accent:
        return ""
    light, dark = colour.for_light(accent), colour.for_dark(accent)
    return _CSS.format(
        light=light,
        strong=colour.mixed(light, colour.BLACK, 25),
        on_light=colour.ink_on(light),
        dark=dark,
        dark_strong=colour.mixed(dark, colour.WHITE, 35),
        on_dark=colour.ink_on(dark),
    )
