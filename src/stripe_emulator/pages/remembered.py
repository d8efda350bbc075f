"""What a buyer typed (never the card) and was told, kept over the trip to 3-D Secure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from stripe_emulator.pages import guard
from stripe_emulator.pages.embedding import PARENT

TYPED, TOLD = "stripe_emulator_typed", "stripe_emulator_told"
# An abandoned form is forgotten within the hour.
KEPT_SECONDS = 3600
# Browsers drop a cookie above four thousand characters without a word.
_LARGEST_COOKIE = 3800


@dataclass(frozen=True)
class Remembered:
    """`typed` by name of the input; `notice` is what the page has to say about the last try."""

    typed: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    notice_field: str = ""


def recall(session_id: str) -> Remembered:
    """What this browser has kept for the session; nothing if it was tampered with."""
    told = _load(TOLD, session_id)
    return Remembered(
        _load(TYPED, session_id), told.get("notice", ""), told.get("notice_field", "")
    )


def keep(response: Response, session_id: str, typed: Mapping[str, str]) -> Response:
    """Kept in the browser and for the pages of this one session."""
    return _store(response, TYPED, session_id, typed)


def tell(response: Response, session_id: str, notice: str, notice_field: str) -> Response:
    """Have the session's page say this when it is opened next; it says it once."""
    told = {"notice": notice, "notice_field": notice_field}
    return _store(response, TOLD, session_id, told)


def forget_told(response: Response, session_id: str) -> Response:
    response.delete_cookie(TOLD, path=_path(session_id), httponly=True, **_reach())
    return response


def _load(name: str, session_id: str) -> dict[str, str]:
    try:
        found = _serializer(name, session_id).loads(request.cookies.get(name, ""))
    except BadSignature:
        return {}
    return dict(found)


def _store(response: Response, name: str, session_id: str, values: Mapping[str, str]) -> Response:
    text = str(_serializer(name, session_id).dumps(dict(values)))
    if len(text) <= _LARGEST_COOKIE:
        response.set_cookie(
            name,
            text,
            max_age=KEPT_SECONDS,
            path=_path(session_id),
            httponly=True,
            **_reach(),
        )
    return response


def _reach() -> Any:
    """Which requests of a browser bring it along.

    Inside a page of another site a browser sends none but these; to it, a shop at `localhost` is
    another site than an emulator at `127.0.0.1`. Both count as secure without https.
    """
    if PARENT in request.args:
        return {"samesite": "None", "secure": True, "partitioned": True}
    return {"samesite": "Lax"}


def _path(session_id: str) -> str:
    return f"/c/pay/{session_id}"


def _serializer(name: str, session_id: str) -> URLSafeSerializer:
    return URLSafeSerializer(guard.key(), salt=f"{name} {session_id}")
