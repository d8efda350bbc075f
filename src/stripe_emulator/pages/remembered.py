"""What a buyer typed (never the card) and was told, kept over the trip to 3-D Secure."""

from dataclasses import asdict, dataclass, field

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from stripe_emulator.pages import guard

COOKIE = "stripe_emulator_typed"
# An abandoned form is forgotten within the hour.
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Remembered:
    """`typed` by name of the input; `notice` is what the page has to say about the last try."""

    typed: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    notice_field: str = ""


def recall(session_id: str) -> Remembered:
    """What this browser has kept for the session; nothing if it was tampered with."""
    try:
        return Remembered(**_serializer(session_id).loads(request.cookies.get(COOKIE, "")))
    except (BadSignature, TypeError):
        return Remembered()


def keep(response: Response, session_id: str, remembered: Remembered) -> Response:
    """Kept in the browser and for the pages of this one session."""
    response.set_cookie(
        COOKIE,
        str(_serializer(session_id).dumps(asdict(remembered))),
        max_age=KEPT_SECONDS,
        path=f"/c/pay/{session_id}",
        httponly=True,
        samesite="Lax",
    )
    return response


def _serializer(session_id: str) -> URLSafeSerializer:
    return URLSafeSerializer(guard.key(), salt=f"typed {session_id}")
