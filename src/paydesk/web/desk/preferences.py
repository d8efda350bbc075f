"""How somebody likes the desk in this browser: dense or not, with shortcuts or without."""

from dataclasses import dataclass

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from paydesk.staff.member import Role
from paydesk.web.current import current_mount, current_shop
from paydesk.web.desk.access import needs
from paydesk.web.desk.addresses import safe_next

_YEAR = 365 * 86_400


@dataclass(frozen=True)
class Preferences:
    compact: bool = False
    shortcuts: bool = True


def add_preferences(desk: Blueprint) -> None:
    desk.add_url_rule("/preferences", "change_preferences", change_preferences, methods=["POST"])


def preferences() -> Preferences:
    words = request.cookies.get(_cookie(), "").split(".")
    return Preferences(compact="compact" in words, shortcuts="nokeys" not in words)


# Of the browser, not of the shop: everybody may.
@needs(Role.READ)
def change_preferences() -> ResponseReturnValue:
    now, form = preferences(), request.form
    compact = form["density"] == "compact" if "density" in form else now.compact
    shortcuts = form["shortcuts"] == "on" if "shortcuts" in form else now.shortcuts
    words = [*(["compact"] if compact else []), *([] if shortcuts else ["nokeys"])]
    response = redirect(safe_next(form.get("next")), code=303)
    response.set_cookie(
        _cookie(),
        ".".join(words),
        max_age=_YEAR,
        path="/",
        secure=current_shop().settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def _cookie() -> str:
    mount = current_mount()
    prefix = "__Host-" if mount.shop.settings.is_https else ""
    return f"{prefix}{mount.name}-desk-look"
