"""What Stripe's Dashboard sets for all subscriptions."""

from flask import Response, jsonify, request

from stripe_emulator.api import running
from stripe_emulator.billing import collecting
from stripe_emulator.control.asking import Bad, body, only


def settings() -> Response:
    """What becomes of a subscription whose last retry has failed: `after_last_retry`."""
    given = body() if request.method == "POST" else {}
    only(given, "after_last_retry")
    with running().call() as call:
        if "after_last_retry" in given:
            try:
                collecting.set_after_last_retry(call.tx, given["after_last_retry"])
            except ValueError as error:
                raise Bad(str(error)) from None
        return jsonify(
            {
                "after_last_retry": collecting.after_last_retry(call.tx),
                "choices": collecting.AFTER_LAST_RETRY,
                "retry_days": collecting.RETRY_DAYS,
            }
        )
