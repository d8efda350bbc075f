"""What an operator may do to an object, through the same API calls a program would make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.api import ROUTES
from stripe_emulator.store import Thing


@dataclass(frozen=True)
class Act:
    """A button: the call it makes, and for which objects it is there.

    `params` may have ${id} in a value, which stands for the object's own.
    """

    name: str
    word: str
    method: str
    path: str
    fits: Callable[[Thing], bool] = lambda _thing: True
    params: dict[str, Any] = field(default_factory=dict)
    is_grave: bool = False

    def call(self, thing: Thing) -> tuple[str, str, dict[str, Any]]:
        params = {
            name: value.replace("${id}", thing["id"]) if isinstance(value, str) else value
            for name, value in self.params.items()
        }
        return self.method, self.path.replace("{id}", thing["id"]), params

    @property
    def exists(self) -> bool:
        return any((each.method, each.path) == (self.method, self.path) for each in ROUTES)


def of(thing: Thing) -> list[Act]:
    """What can be done to the object as it is."""
    return [
        each for each in _ACTS.get(str(thing.get("object")), ()) if each.fits(thing) and each.exists
    ]


def _has(name: str, *values: Any) -> Callable[[Thing], bool]:
    return lambda thing: thing.get(name) in values


def _switch(path: str) -> tuple[Act, ...]:
    return (
        Act("off", "Deactivate", "POST", path, _has("active", True), {"active": False}),
        Act("on", "Activate", "POST", path, _has("active", False), {"active": True}),
    )


def _refundable(charge: Thing) -> bool:
    return (
        charge.get("status") == "succeeded"
        and not charge.get("refunded")
        and bool(charge.get("captured"))
    )


_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_RUNNING = ("active", "trialing", "past_due", "unpaid", "incomplete", "paused")
_SUBSCRIPTION = "/v1/subscriptions/{id}"
_ENDPOINT = "/v1/webhook_endpoints/{id}"
_WINNING, _LOSING = "winning_evidence", "losing_evidence"

_ACTS: dict[str, tuple[Act, ...]] = {
    "checkout.session": (
        Act(
            "expire",
            "Expire",
            "POST",
            "/v1/checkout/sessions/{id}/expire",
            _has("status", "open"),
            is_grave=True,
        ),
    ),
    "payment_intent": (
        Act(
            "capture",
            "Capture",
            "POST",
            "/v1/payment_intents/{id}/capture",
            _has("status", "requires_capture"),
        ),
        Act(
            "cancel",
            "Cancel",
            "POST",
            "/v1/payment_intents/{id}/cancel",
            _has("status", *_CANCELABLE, "requires_capture", "processing"),
            is_grave=True,
        ),
        Act(
            "refund",
            "Refund",
            "POST",
            "/v1/refunds",
            _has("status", "succeeded"),
            {"payment_intent": "${id}"},
            is_grave=True,
        ),
    ),
    "setup_intent": (
        Act(
            "cancel",
            "Cancel",
            "POST",
            "/v1/setup_intents/{id}/cancel",
            _has("status", *_CANCELABLE),
            is_grave=True,
        ),
    ),
    "charge": (
        Act(
            "refund",
            "Refund",
            "POST",
            "/v1/refunds",
            _refundable,
            {"charge": "${id}"},
            is_grave=True,
        ),
    ),
    "refund": (
        Act(
            "cancel",
            "Cancel",
            "POST",
            "/v1/refunds/{id}/cancel",
            _has("status", "requires_action", "pending"),
        ),
    ),
    "dispute": (
        Act(
            "win",
            "Send winning evidence",
            "POST",
            "/v1/disputes/{id}",
            _has("status", "needs_response", "warning_needs_response"),
            {"evidence": {"uncategorized_text": _WINNING}, "submit": True},
        ),
        Act(
            "lose",
            "Send losing evidence",
            "POST",
            "/v1/disputes/{id}",
            _has("status", "needs_response", "warning_needs_response"),
            {"evidence": {"uncategorized_text": _LOSING}, "submit": True},
        ),
        Act(
            "close",
            "Accept the dispute",
            "POST",
            "/v1/disputes/{id}/close",
            _has("status", "needs_response", "warning_needs_response"),
            is_grave=True,
        ),
    ),
    "subscription": (
        Act(
            "at_end",
            "Cancel at the period’s end",
            "POST",
            _SUBSCRIPTION,
            lambda each: each.get("status") in _RUNNING and not each.get("cancel_at_period_end"),
            {"cancel_at_period_end": True},
        ),
        Act(
            "go_on",
            "Do not cancel",
            "POST",
            _SUBSCRIPTION,
            lambda each: each.get("status") in _RUNNING and bool(each.get("cancel_at_period_end")),
            {"cancel_at_period_end": False},
        ),
        Act(
            "cancel",
            "Cancel now",
            "DELETE",
            _SUBSCRIPTION,
            _has("status", *_RUNNING),
            is_grave=True,
        ),
    ),
    "invoice": (
        Act("finalize", "Finalise", "POST", "/v1/invoices/{id}/finalize", _has("status", "draft")),
        Act("pay", "Pay", "POST", "/v1/invoices/{id}/pay", _has("status", "open")),
        Act("send", "Send", "POST", "/v1/invoices/{id}/send", _has("status", "open")),
        Act(
            "uncollectible",
            "Mark uncollectible",
            "POST",
            "/v1/invoices/{id}/mark_uncollectible",
            _has("status", "open"),
            is_grave=True,
        ),
        Act(
            "void",
            "Void",
            "POST",
            "/v1/invoices/{id}/void",
            _has("status", "open", "uncollectible"),
            is_grave=True,
        ),
        Act(
            "delete",
            "Delete",
            "DELETE",
            "/v1/invoices/{id}",
            _has("status", "draft"),
            is_grave=True,
        ),
    ),
    "customer": (Act("delete", "Delete", "DELETE", "/v1/customers/{id}", is_grave=True),),
    "product": _switch("/v1/products/{id}"),
    "price": _switch("/v1/prices/{id}"),
    "promotion_code": _switch("/v1/promotion_codes/{id}"),
    "payment_link": _switch("/v1/payment_links/{id}"),
    "shipping_rate": _switch("/v1/shipping_rates/{id}"),
    "tax_rate": _switch("/v1/tax_rates/{id}"),
    "coupon": (Act("delete", "Delete", "DELETE", "/v1/coupons/{id}", is_grave=True),),
    "webhook_endpoint": (
        Act("off", "Disable", "POST", _ENDPOINT, _has("status", "enabled"), {"disabled": True}),
        Act("on", "Enable", "POST", _ENDPOINT, _has("status", "disabled"), {"disabled": False}),
        Act("delete", "Delete", "DELETE", _ENDPOINT, is_grave=True),
    ),
}
