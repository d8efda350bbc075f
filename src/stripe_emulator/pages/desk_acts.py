"""What an operator may do to an object, through the same API calls a program would make."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_emulator.api import ROUTES
from stripe_emulator.store import Thing

_PLACE = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Act:
    """A button: the call it makes, and for which objects it is there.

    `params` may have ${id} in a value, which stands for the object's own; or they are made of it.
    """

    name: str
    word: str
    method: str
    path: str
    fits: Callable[[Thing], bool] = lambda _thing: True
    params: dict[str, Any] | Callable[[Thing], dict[str, Any]] = field(default_factory=dict)
    is_grave: bool = False

    def call(self, thing: Thing) -> tuple[str, str, dict[str, Any]]:
        """Method, path and parameters for this object."""
        given = self.params(thing) if callable(self.params) else self.params
        params = {
            name: value.replace("${id}", thing["id"]) if isinstance(value, str) else value
            for name, value in given.items()
        }
        return self.method, self.path.replace("{id}", thing["id"]), params

    @property
    def exists(self) -> bool:
        """The emulator's own calls always do."""
        return self.path.startswith("/_emulator/") or any(
            (each.method, _PLACE.sub("{id}", each.path)) == (self.method, self.path)
            for each in ROUTES
        )


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


def _on_its_way(intent: Thing) -> bool:
    action = str((intent.get("next_action") or {}).get("type"))
    return intent.get("status") == "processing" or action.endswith("_display_details")


def _a_month_on(clock: Thing) -> dict[str, Any]:
    return {"frozen_time": clock["frozen_time"] + 31 * 24 * 3600}


_UNDECIDED = ("needs_response", "warning_needs_response", "under_review", "warning_under_review")
_SETTLE = "/_emulator/payment_intents/{id}/settle"
_DECIDE = "/_emulator/disputes/{id}/decide"
_CLOCK = "/v1/test_helpers/test_clocks/{id}"
_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_RUNNING = ("active", "trialing", "past_due", "unpaid", "incomplete", "paused")
_SUBSCRIPTION = "/v1/subscriptions/{id}"
_ENDPOINT = "/v1/webhook_endpoints/{id}"

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
        Act("settle", "Settle", "POST", _SETTLE, _on_its_way, {"succeed": True}),
        Act("fail", "Let it fail", "POST", _SETTLE, _on_its_way, {"succeed": False}, is_grave=True),
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
        Act(
            "dispute",
            "Dispute",
            "POST",
            "/_emulator/charges/{id}/dispute",
            lambda each: _refundable(each) and not each.get("disputed"),
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
        Act("win", "Win it", "POST", _DECIDE, _has("status", *_UNDECIDED), {"won": True}),
        Act(
            "lose",
            "Lose it",
            "POST",
            _DECIDE,
            _has("status", *_UNDECIDED),
            {"won": False},
            is_grave=True,
        ),
        Act(
            "close",
            "Accept it",
            "POST",
            "/v1/disputes/{id}/close",
            _has("status", "needs_response", "warning_needs_response"),
            is_grave=True,
        ),
    ),
    "test_helpers.test_clock": (
        Act(
            "advance",
            "Advance 31 days",
            "POST",
            f"{_CLOCK}/advance",
            _has("status", "ready"),
            _a_month_on,
        ),
        Act("delete", "Delete", "DELETE", _CLOCK, is_grave=True),
    ),
    "payment_method": (
        Act(
            "detach",
            "Detach",
            "POST",
            "/v1/payment_methods/{id}/detach",
            lambda each: bool(each.get("customer")),
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
