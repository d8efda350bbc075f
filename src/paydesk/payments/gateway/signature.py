"""Whether a webhook is Stripe's and fresh."""

import stripe

from paydesk.foundation.clock import Clock
from paydesk.payments.gateway.errors import BadSignature

# Stripe's libraries call a signature stale after this ("Receive Stripe events").
SIGNATURE_TOLERANCE_SECONDS = 300


def verify(body: bytes, header: str, secrets: tuple[str, ...], clock: Clock) -> None:
    """Raises BadSignature unless one of `secrets` signed `body` within 300 s of now.

    Scheme: "Receive Stripe events in your webhook endpoint". The SDK's own check of the age
    looks back only; a time far ahead would stay valid for as long, so the age is ours.
    """
    if not header.isascii():
        # compare_digest raises TypeError for other text.
        raise BadSignature("the header is not ASCII")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadSignature("the body is not UTF-8") from None
    _must_be_fresh(header, clock)
    if not secrets:
        raise BadSignature("no webhook secret is configured")
    if not any(_is_signed_with(secret, text, header) for secret in secrets):
        raise BadSignature("no configured secret made this signature")


def _must_be_fresh(header: str, clock: Clock) -> None:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name != "t":
            continue
        # isdecimal alone would take other scripts' digits, and a long run of them is no time.
        if not (value.isdecimal() and len(value) <= 12):
            raise BadSignature("the time is not a number")
        if abs(int(value) - clock.timestamp()) > SIGNATURE_TOLERANCE_SECONDS:
            raise BadSignature("the time is too far from ours")


def _is_signed_with(secret: str, text: str, header: str) -> bool:
    try:
        # Without a tolerance the SDK checks no age: `_must_be_fresh` has, both ways.
        stripe.WebhookSignature.verify_header(text, header, secret)
    except (stripe.SignatureVerificationError, ValueError):
        return False
    return True
