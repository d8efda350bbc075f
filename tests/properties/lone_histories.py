"""Histories of a payment no session speaks for: an intent of our own page, a lone charge.

Also of what is captured later. As in `histories.py`: what happened, and what was told of it.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.properties.histories import TOTAL, Moment, Thing


@dataclass
class LoneHistory:
    """One order's payment at Stripe; `thing` is the intent our trip opened, or a lone charge."""

    thing: Thing
    amount: int = TOTAL
    now: dict[str, Thing] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = str(self.thing["id"])
        self.is_intent = self.id.startswith("pi_")
        self.tries = 0
        self.now[self.id] = {**self.thing, "amount": self.amount}

    def happens(self, *told: tuple[str, str], **changes: Thing) -> None:
        for thing_id, change in changes.items():
            known = self.now.get(thing_id, {"id": thing_id, "metadata": self.thing["metadata"]})
            self.now[thing_id] = {**known, **change}
        events = [(kind, copy.deepcopy(self._as_told(thing_id))) for kind, thing_id in told]
        self.moments.append(Moment(events, copy.deepcopy({self.id: self.now[self.id]})))

    def _as_told(self, thing_id: str) -> Thing:
        thing = dict(self.now[thing_id])
        if isinstance(thing.get("latest_charge"), dict):
            thing["latest_charge"] = thing["latest_charge"]["id"]
        return thing

    def tries_card(self, status: str, intent: str, kind: str = "card", **more: Any) -> None:
        """One try to pay: a charge of its own, and how the intent stands after it."""
        charge_id = f"ch_{self.id}_{self.tries}" if self.is_intent else self.id
        self.tries += 1
        self._charge(charge_id, status, intent, kind, **more)

    def again(self, status: str, intent: str, kind: str = "card", **more: Any) -> None:
        """The last try, as it stands later."""
        charge_id = f"ch_{self.id}_{self.tries - 1}" if self.is_intent else self.id
        self._charge(charge_id, status, intent, kind, **more)

    def _charge(self, charge_id: str, status: str, intent: str, kind: str, **more: Any) -> None:
        captured = more.pop("captured", self.amount if status == "succeeded" else 0)
        charge = {
            "object": "charge",
            "status": status,
            "captured": captured > 0,
            "amount": self.amount,
            "amount_captured": captured,
            "currency": "usd",
            "payment_intent": self.id if self.is_intent else None,
            "payment_method_details": {"type": kind, "card": {"capture_before": 1_795_999_000}},
            **more,
        }
        told = [(f"charge.{'captured' if captured else status}", charge_id)]
        changes: dict[str, Thing] = {charge_id: charge}
        if self.is_intent:
            known = {"id": charge_id, "metadata": self.thing["metadata"], **charge}
            received = captured if intent == "succeeded" else 0
            changes[self.id] = {
                "status": intent,
                "amount_received": received,
                "latest_charge": known,
            }
            told.append((_EVENTS[intent], self.id))
        self.happens(*told, **changes)

    def refunds(self, refund_id: str, amount: int, stage: str) -> None:
        refund = {"object": "refund", "amount": amount, "currency": "usd", "status": stage}
        of = {"payment_intent": self.id} if self.is_intent else {"charge": self.id}
        # Made in Stripe's Dashboard: it carries no mark of ours.
        told = {**refund, **of, "metadata": {}}
        self.happens(("refund.created", refund_id), **{refund_id: told})


_EVENTS = {
    "requires_payment_method": "payment_intent.payment_failed",
    "processing": "payment_intent.processing",
    "requires_capture": "payment_intent.amount_capturable_updated",
    "canceled": "payment_intent.canceled",
    "succeeded": "payment_intent.succeeded",
}
_ENDS = (
    *("card", "declined, card", "delayed", "bounced", "cancelled"),
    *("captured", "captured in part", "let go"),
)


@dataclass(frozen=True)
class LoneStory:
    """How it goes, before it is known to which object."""

    how: str
    amount: int
    refund: int

    def happens_to(self, thing: Thing) -> LoneHistory:
        history = LoneHistory(copy.deepcopy(thing), self.amount)
        getattr(self, f"_{self.how.replace(',', '').replace(' ', '_')}")(history)
        if self.refund and self.how not in ("bounced", "cancelled", "let go"):
            history.refunds(f"re_{history.id}", self.refund, "succeeded")
        return history

    def _card(self, history: LoneHistory) -> None:
        history.tries_card("succeeded", "succeeded")

    def _declined_card(self, history: LoneHistory) -> None:
        if history.is_intent:
            history.tries_card("failed", "requires_payment_method")
        history.tries_card("succeeded", "succeeded")

    def _delayed(self, history: LoneHistory) -> None:
        history.tries_card("pending", "processing", "us_bank_account")
        history.again("succeeded", "succeeded", "us_bank_account")

    def _bounced(self, history: LoneHistory) -> None:
        history.tries_card("pending", "processing", "us_bank_account")
        history.again("failed", "requires_payment_method", "us_bank_account")

    def _cancelled(self, history: LoneHistory) -> None:
        if history.is_intent:
            told = ("payment_intent.canceled", history.id)
            history.happens(told, **{history.id: {"status": "canceled"}})
        else:
            history.tries_card("failed", "")

    def _captured(self, history: LoneHistory) -> None:
        history.tries_card("succeeded", "requires_capture", captured=0)
        history.again("succeeded", "succeeded")

    def _captured_in_part(self, history: LoneHistory) -> None:
        history.tries_card("succeeded", "requires_capture", captured=0)
        history.again("succeeded", "succeeded", captured=self.amount // 2)

    def _let_go(self, history: LoneHistory) -> None:
        history.tries_card("succeeded", "requires_capture", captured=0)
        history.again("succeeded", "canceled", captured=0, refunded=True)
        # Stripe books the release of a lone charge as a refund.
        history.refunds(f"re_{history.id}", self.amount, "succeeded")


@st.composite
def lone_stories(draw: st.DrawFn) -> LoneStory:
    return LoneStory(
        how=draw(st.sampled_from(_ENDS)),
        amount=draw(st.sampled_from([TOTAL, TOTAL, TOTAL, TOTAL - 1, TOTAL + 1])),
        refund=draw(st.sampled_from([0, 0, 1, TOTAL // 2])),
    )
