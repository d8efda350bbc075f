"""Where pictures are: drawings of ours, files the shop was given, and files of the host app's."""

from flask import Blueprint, Response, send_from_directory

from paydesk.foundation.errors import NotFound
from paydesk.web.current import current_shop, shop_url

# Below the data directory; a file's name there is made from its content, and never used again.
MEDIA = "media"
_TYPES = frozenset({"avif", "gif", "jpeg", "jpg", "png", "svg", "webp"})
_FOREVER = "public, max-age=31536000, immutable"
# A drawing is a document, too: opened by itself, it must not run anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def add_pictures(pages: Blueprint) -> None:
    pages.add_url_rule(f"/{MEDIA}/<name>", "media", media)


def media(name: str) -> Response:
    """A picture the shop was given."""
    if name.rpartition(".")[2].lower() not in _TYPES:
        raise NotFound("There is no such picture in this shop.")
    folder = (current_shop().settings.data_dir / MEDIA).resolve()
    response = send_from_directory(folder, name)
    response.headers["Cache-Control"] = _FOREVER
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
