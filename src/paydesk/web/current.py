"""Which shop a request belongs to, and which browser it comes from."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, has_request_context, request, session, url_for

from paydesk.foundation.ids import new_secret
from paydesk.orders.order import Order
from paydesk.wiring import Shop

_MOUNTS = "paydesk_mounts"
# What the name of the desk's blueprint ends with; before it stands the shop's.
DESK_SUFFIX = "_desk"
# Below the host's own static folder.
_HOSTS_FOLDER = "paydesk"
_BUYER = "paydesk_buyer"
_MAX_THANKED = 20
_STATIC = Path(__file__).parent.resolve() / "static"


@dataclass(frozen=True)
class Mount:
    """One shop as it is mounted in one app. `name` is that of its blueprint."""

    app: Flask
    name: str
    shop: Shop

    def address(self, endpoint: str, **values: Any) -> str:
        """The full address of a page, as a buyer types it; also outside of a request.

        Built on PAYDESK_BASE_URL: what a request says of its host may come from anybody.
        """
        paths = self.app.url_map.bind("paydesk.invalid")
        return self.shop.settings.base_url + paths.build(f"{self.name}.{endpoint}", values)


def mounts(app: Flask) -> dict[str, Mount]:
    """The shops of an app by the names of their blueprints, the first first."""
    found: dict[str, Mount] = app.extensions.setdefault(_MOUNTS, {})
    return found


def current_mount() -> Mount:
    """The shop whose page is asked for; on any other page of the app, its first one."""
    there = mounts(current_app)
    name = request.blueprint or ""
    found = there.get(name) or there.get(name.removesuffix(DESK_SUFFIX))
    return found or next(iter(there.values()))


def is_ours() -> bool:
    """Whether a page of ours is being answered, and not one of the host's, or nothing at all."""
    if not has_request_context() or request.blueprint is None:
        return False
    return request.blueprint.removesuffix(DESK_SUFFIX) in mounts(current_app)


def current_shop() -> Shop:
    """The shop that answers this request."""
    return current_mount().shop


def shop_url(endpoint: str, **values: Any) -> str:
    """The path of a page of the shop that answers this request.

    Of a static file, too: the host's `static/paydesk/<file>` takes the place of ours.
    """
    if endpoint == "static" and _is_of_the_host(current_app, values["filename"]):
        return url_for("static", filename=f"{_HOSTS_FOLDER}/{values['filename']}")
    if endpoint == "static":
        # Another content is another address, so a browser may keep it for good.
        values["v"] = version_of(values["filename"])
    return url_for(f"{current_mount().name}.{endpoint}", **values)


@lru_cache(maxsize=1000)
def version_of(filename: str) -> str | None:
    """A static file of ours by its content; None if there is none of that name."""
    file = _STATIC / filename
    if not file.resolve().is_relative_to(_STATIC) or not file.is_file():
        return None
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()


def _is_of_the_host(app: Flask, filename: str) -> bool:
    folder = app.static_folder
    return folder is not None and (Path(folder) / _HOSTS_FOLDER / filename).is_file()


def buyer() -> str:
    """The browser's random id, made at its first page and kept in its signed cookie."""
    if not isinstance(session.get(_BUYER), str):
        session[_BUYER] = new_secret()
    return str(session[_BUYER])


def known_buyer() -> str | None:
    """The browser's id if it has been here before; makes none."""
    value = session.get(_BUYER)
    return value if isinstance(value, str) else None


def note_return(order: Order) -> None:
    """Remember that Stripe sent this browser back as having paid: nothing is left to pay."""
    session[_key("returned")] = order.number


def has_returned(order: Order) -> bool:
    return bool(session.get(_key("returned")) == order.number)


def is_first_look(order: Order) -> bool:
    """Whether this browser sees this order paid for the first time."""
    thanked = session.get(_key("thanked"), [])
    if order.number in thanked:
        return False
    session[_key("thanked")] = [*thanked, order.number][-_MAX_THANKED:]
    return True


def _key(what: str) -> str:
    # Each shop counts its orders by itself.
    return f"{current_mount().name}_{what}"
