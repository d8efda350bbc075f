"""Addresses within the desk, and which address somebody may be sent on to."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for

from paydesk.web.current import DESK_SUFFIX, current_mount


def desk_url(endpoint: str, **values: Any) -> str:
    """The path of a page of the desk of this shop."""
    return url_for(f"{current_mount().name}{DESK_SUFFIX}.{endpoint}", **values)


def desk_has(endpoint: str) -> bool:
    """Whether there is such a page."""
    return f"{current_mount().name}{DESK_SUFFIX}.{endpoint}" in current_app.view_functions


def safe_next(address: str | None) -> str:
    """The address if it is a page of this desk, else the desk's first page.

    Nobody is sent to another site, nor to where another part of a host's app would act.
    """
    home = desk_url("home")
    # Browsers take a backslash for a slash and overlook tabs: //evil.example would hide in them.
    plain = all(" " < letter < "\x7f" and letter != "\\" for letter in address or "")
    if not address or not plain or address.startswith("//"):
        return home
    try:
        parts = urlsplit(address)
    except ValueError:
        return home
    if parts.scheme or parts.netloc or not parts.path.startswith(home) or "/../" in parts.path:
        return home
    return address
