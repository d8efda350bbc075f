"""Stripe's webhook: raw bytes, signature, then the inbox. Journey (b)."""

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from paydesk.foundation.errors import Invalid, NotFound
from paydesk.foundation.metrics import EVENTS
from paydesk.payments.event import Door, parse
from paydesk.payments.gateway import BadSignature
from paydesk.web.current import current_shop

log = structlog.get_logger("paydesk.webhook")

# Stripe's events are a few kilobytes; the largest invoices some tens.
MAX_BODY_BYTES = 256 * 1024


def add_webhook(pages: Blueprint) -> None:
    pages.add_url_rule("/webhook", "webhook", webhook, methods=["POST"])


def webhook() -> ResponseReturnValue:
    shop = current_shop()
    if not shop.settings.webhook_secrets:
        # Without a secret anybody could say "paid"; so there is no such door.
        raise NotFound("There is no webhook here: STRIPE_WEBHOOK_SECRET is not set.")
    request.max_content_length = MAX_BODY_BYTES + 1
    # The bytes themselves: what was signed is what came, to the letter.
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        # A body sent in chunks names no length, and Werkzeug cuts it off without a word.
        raise RequestEntityTooLarge
    try:
        shop.gateway.verify_signature(body, request.headers.get("Stripe-Signature", ""))
        event = parse(body)
    except BadSignature as error:
        EVENTS.labels(Door.WEBHOOK.value, "refused").inc()
        log.warning("webhook_refused", reason=str(error))
        raise _BadRequest("The signature is not valid.", code="bad_signature") from None
    except Invalid as error:
        EVENTS.labels(Door.WEBHOOK.value, "unreadable").inc()
        raise _BadRequest(error.message, code=error.code) from None
    state = shop.inbox.receive(event)
    log.info("webhook_received", event_id=event.id, type=event.type, state=state.value)
    return jsonify({"received": True})


class _BadRequest(Invalid):
    status = 400
