"""Serves stripe.js under each of its names, and the pages that it shows inside the shop's page."""

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from flask import Blueprint, Response, abort, request

from stripe_emulator.pages.rendering import page
from stripe_emulator.pages.territories import WITHOUT_POSTAL_CODE, countries

stripejs_blueprint = Blueprint("stripejs", "stripe_emulator", template_folder="templates")

# "Versioning and support policy": each name is a release that breaks something; v3 is before all.
TRAINS = ("v3", "acacia", "basil", "clover", "dahlia", "endive")
NEWEST = TRAINS[-1]

# The page of each frame: title, module, whether it is a form of labelled fields.
_FRAMES = {
    "controller": ("Controller", "controller", ""),
    "elements-inner-card": ("Card", "inner_card", "card"),
    "elements-inner-payment": ("Payment", "inner_payment", "form"),
    "elements-inner-form": ("Form", "inner_form", "form"),
}


def script(train: str = NEWEST) -> Response:
    """GET: all of stripe.js, as the release `train` behaves."""
    if train not in TRAINS:
        abort(404)
    head = "\n".join(
        (
            '"use strict";',
            "// Stand-in for Stripe.js, from the Stripe emulator on your own machine.",
            "{",
            f"const TRAINS = {json.dumps(TRAINS)};",
            f"const TRAIN = {json.dumps(train)};",
            f"const SERVED_FROM = {json.dumps(request.host_url)};",
        )
    )
    response = Response(f"{head}\n{_body()}}}\n", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A page may load it with `crossorigin`; there is nothing in it that is not public.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def frame(name: str) -> Response:
    """GET: one of the pages inside the shop's page."""
    if name not in _FRAMES:
        abort(404)
    title, module, look = _FRAMES[name]
    return page(
        "elements_frame.html",
        framed=True,
        title=title,
        module=module,
        look=look,
        plain=name == "elements-inner-form",
        countries=countries(),
        without_postal_code=sorted(WITHOUT_POSTAL_CODE),
    )


@cache
def _body() -> str:
    """The script's parts, in the order of their names."""
    folder = files("stripe_emulator") / "static" / "stripejs" / "page"
    parts = sorted(folder.iterdir(), key=_name)
    return "\n".join(part.read_text("utf-8") for part in parts if part.name.endswith(".js"))


def _name(part: Traversable) -> str:
    return part.name


# Pages load the oldest with and without a slash; Flask would answer one of them with a redirect.
for _endpoint, _address in (("v3", "/v3"), ("v3_slash", "/v3/")):
    stripejs_blueprint.add_url_rule(_address, _endpoint, script, defaults={"train": "v3"})
stripejs_blueprint.add_url_rule("/stripe.js", "newest", script)
stripejs_blueprint.add_url_rule("/<train>/stripe.js", "script", script)
stripejs_blueprint.add_url_rule("/v3/<name>.html", "frame", frame)
