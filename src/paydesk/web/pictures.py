"""Where pictures are: drawings of ours, files the shop was given, and files of the host app's."""

from flask import Blueprint, Response, request, send_from_directory

from paydesk.catalogue.picture import MEDIA
from paydesk.foundation.errors import NotFound
from paydesk.web.current import current_shop, shop_url, version_of

_TYPES = frozenset({"avif", "gif", "jpeg", "jpg", "png", "svg", "webp"})
FOREVER = "public, max-age=31536000, immutable"
# A drawing is a document, too: opened by itself, it must not run anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def add_pictures(pages: Blueprint) -> None:
    pages.add_url_rule(f"/{MEDIA}/<name>", "media", media)
    pages.after_request(keep_static)


def keep_static(response: Response) -> Response:
    """Let browsers keep a file of ours for good where the address names its content."""
    is_static = (request.endpoint or "").rpartition(".")[2] == "static"
    filename = (request.view_args or {}).get("filename")
    if is_static and filename and request.args.get("v") == version_of(filename):
        response.headers["Cache-Control"] = FOREVER
    return response


def media(name: str) -> Response:
    """A picture the shop was given."""
    if name.rpartition(".")[2].lower() not in _TYPES:
        raise NotFound("There is no such picture in this shop.")
    folder = (current_shop().settings.data_dir / MEDIA).resolve()
    response = send_from_directory(folder, name)
    response.headers["Cache-Control"] = FOREVER
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def picture_url(name: str) -> str:
    """The address of a product's picture, named as in catalogue/picture.py.

    Never another site's: no third party learns who looks at what.
    """
    if name.startswith("/") and not name.startswith("//"):
        return name
    folder, _, file = name.rpartition("/")
    if folder == MEDIA:
        return shop_url("media", name=file)
    return shop_url("static", filename=f"pictures/{name}")
