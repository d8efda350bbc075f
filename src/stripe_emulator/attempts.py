"""What came of sending an event: the headers it went with, and the answer, as they are kept."""

import hashlib
import hmac
from dataclasses import dataclass

from stripe_emulator.store import Store

KEPT_ANSWER = 2048


@dataclass(frozen=True)
class Attempt:
    """One try; status None if nobody answered."""

    at: float
    status: int | None
    duration_ms: int
    request: str
    answer: str
    error: str | None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def headers_for(secret: str, body: bytes, at: int) -> dict[str, str]:
    """What Stripe sends with an event."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*; q=0.5, application/xml",
        "Cache-Control": "no-cache",
        "Stripe-Signature": signature(secret, body, at),
    }


def signature(secret: str, body: bytes, at: int) -> str:
    """The `Stripe-Signature` header ("Receive Stripe events in your webhook endpoint")."""
    signed = str(at).encode() + b"." + body
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def as_written(url: str, headers: dict[str, str]) -> str:
    """The request as the delivery log shows it."""
    return "\n".join([f"POST {url}", *(f"{name}: {value}" for name, value in headers.items())])


def write(
    store: Store,
    delivery: tuple[int, int],
    attempts: list[Attempt],
    state: str,
    due: float | None = None,
) -> None:
    """Keep the attempts; the delivery is in `state` now, and to be tried again at `due`.

    `delivery` is its number and the store's generation when it was read.
    """
    number, generation = delivery
    with store.transaction() as tx:
        if generation != store.generation:
            # A snapshot was restored meanwhile: there this number is another delivery's.
            return
        for each in attempts:
            tx.sql.execute(
                "INSERT INTO attempts (delivery, at, status, duration_ms, request, answer, "
                "error) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, each.at, each.status, each.duration_ms, each.request, each.answer,
                 each.error),
            )  # fmt: skip
        tx.sql.execute(
            "UPDATE deliveries SET state = ?, due = ?, tries = tries + 1 WHERE id = ?",
            (state, due, number),
        )
