"""Histories of one payment at Stripe, as Hypothesis strategies: what happened, and what was told.

A history is a list of moments. At each, some of Stripe's objects have changed, and events carry
them as they were then.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Thing = dict[str, Any]
TOTAL = 3900


@dataclass
class Moment:
    """What Stripe told at one moment, and how its sessions stood after it."""

    told: list[tuple[str, Thing]]
    sessions: dict[str, Thing]


@dataclass
class History:
    """One order's payment at Stripe. `session` is the one our checkout opened."""

    session: Thing
    amount: int = TOTAL
    now: dict[str, Thing] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cs = str(self.session["id"])
        self.pi, self.ch = f"pi_{self.cs}", f"ch_{self.cs}"
        self.now[self.cs] = {**self.session, "amount_total": self.amount}

    def happens(self, *told: tuple[str, str], **changes: Thing) -> None:
        """Objects (by id) change and events (type, id) tell of them."""
        for thing_id, change in changes.items():
            self.now[thing_id] = {**self.now.get(thing_id, {"id": thing_id}), **change}
        for each in self.now.values():
            if each["object"] == "checkout.session" and each["payment_intent"]:
                # As it stands when asked for expanded.
                intent = self.now[_id_of(each["payment_intent"])]
                each["payment_intent"] = copy.deepcopy(intent)
        sessions = {k: v for k, v in self.now.items() if v["object"] == "checkout.session"}
        events = [(kind, _as_told(self.now[thing_id])) for kind, thing_id in told]
        self.moments.append(Moment(events, copy.deepcopy(sessions)))

    def intent(self, status: str) -> Thing:
        received = self.amount if status == "succeeded" else 0
        metadata = self.session["metadata"]
        amounts = {"amount": self.amount, "amount_received": received, "currency": "usd"}
        return {"object": "payment_intent", "status": status, "metadata": metadata, **amounts}

    def charge(self, status: str) -> Thing:
        return {
            "object": "charge",
            "status": status,
            "captured": status == "succeeded",
            "amount": self.amount,
            "amount_captured": self.amount if status == "succeeded" else 0,
            "currency": "usd",
            "payment_intent": self.pi,
            "metadata": self.session["metadata"],
        }

    def completed(self, paid: str) -> Thing:
        return {
            "status": "complete",
            "payment_status": paid,
            "payment_intent": self.pi,
            "url": None,
            "customer_details": {"email": "ada@example.com"},
        }

    def begins(self, status: str = "requires_payment_method") -> None:
        self.happens(("payment_intent.created", self.pi), **{self.pi: self.intent(status)})

    def declines(self) -> None:
        failed = f"{self.ch}_declined"
        self.happens(
            ("charge.failed", failed),
            ("payment_intent.payment_failed", self.pi),
            **{failed: self.charge("failed"), self.pi: self.intent("requires_payment_method")},
        )

    def succeeds(self) -> None:
        self.happens(
            ("charge.succeeded", self.ch),
            ("payment_intent.succeeded", self.pi),
            ("checkout.session.completed", self.cs),
            ("charge.updated", self.ch),
            **{
                self.pi: self.intent("succeeded"),
                self.ch: self.charge("succeeded"),
                self.cs: self.completed("paid"),
            },
        )

    def processes(self) -> None:
        self.happens(
            ("charge.pending", self.ch),
            ("payment_intent.processing", self.pi),
            ("checkout.session.completed", self.cs),
            **{
                self.pi: self.intent("processing"),
                self.ch: self.charge("pending"),
                self.cs: self.completed("unpaid"),
            },
        )

    def arrives(self) -> None:
        self.happens(
            ("charge.succeeded", self.ch),
            ("payment_intent.succeeded", self.pi),
            ("checkout.session.async_payment_succeeded", self.cs),
            **{
                self.pi: self.intent("succeeded"),
                self.ch: self.charge("succeeded"),
                self.cs: self.completed("paid"),
            },
        )

    def bounces(self) -> None:
        self.happens(
            ("charge.failed", self.ch),
            ("payment_intent.payment_failed", self.pi),
            ("checkout.session.async_payment_failed", self.cs),
            **{self.pi: self.intent("requires_payment_method"), self.ch: self.charge("failed")},
        )

    def expires(self) -> None:
        self.happens(
            ("checkout.session.expired", self.cs), **{self.cs: {"status": "expired", "url": None}}
        )

    def recovers(self) -> None:
        """The buyer follows Stripe's link for the expired session and pays after all."""
        self.cs, self.pi, self.ch = f"{self.cs}_r", f"{self.pi}_r", f"{self.ch}_r"
        again = {**self.session, "amount_total": self.amount, **self.completed("paid")}
        self.happens(
            ("charge.succeeded", self.ch),
            ("payment_intent.succeeded", self.pi),
            ("checkout.session.completed", self.cs),
            **{
                self.pi: self.intent("succeeded"),
                self.ch: self.charge("succeeded"),
                self.cs: {**again, "id": self.cs},
            },
        )

    def refunds(self, refund_id: str, amount: int, *stages: str) -> None:
        refund = {
            "object": "refund",
            "amount": amount,
            "currency": "usd",
            "payment_intent": self.pi,
            "metadata": {},
        }
        for n, stage in enumerate(stages):
            kind = "refund.failed" if stage == "failed" else "refund.updated"
            self.happens(
                ("refund.created" if n == 0 else kind, refund_id),
                ("charge.refunded" if n == 0 else "charge.refund.updated", refund_id),
                **{refund_id: {**refund, "status": stage}},
            )

    def disputes(self, *stages: str) -> None:
        dispute = {"object": "dispute", "amount": self.amount, "currency": "usd"}
        for n, stage in enumerate(stages):
            over = stage in ("won", "lost", "warning_closed")
            kind = "created" if n == 0 else "closed" if over else "updated"
            self.happens(
                (f"charge.dispute.{kind}", f"dp_{self.cs}"),
                **{f"dp_{self.cs}": {**dispute, "status": stage, "payment_intent": self.pi}},
            )


def _as_told(thing: Thing) -> Thing:
    told = copy.deepcopy(thing)
    if isinstance(told.get("payment_intent"), dict):
        told["payment_intent"] = told["payment_intent"]["id"]
    return told


def _id_of(reference: Any) -> str:
    return str(reference["id"] if isinstance(reference, dict) else reference)


_ENDS = ["card", "declined, card", "3ds", "delayed", "bounced", "expired", "recovered"]
_REFUNDS = [
    ("pending", "succeeded"),
    ("succeeded",),
    ("succeeded", "failed"),
    ("pending", "failed"),
    ("pending", "canceled"),
]
_DISPUTES = [
    ("needs_response", "under_review", "won"),
    ("needs_response", "under_review", "lost"),
    ("warning_needs_response", "warning_closed"),
    ("needs_response",),
]


@st.composite
def stories(draw: st.DrawFn) -> "Story":
    """What happens, before it is known to which session."""
    paid = draw(st.sampled_from(_ENDS))
    after = paid not in ("bounced", "expired")
    return Story(
        how=paid,
        amount=draw(st.sampled_from([TOTAL, TOTAL, TOTAL, TOTAL - 1, TOTAL + 1])),
        refunds=draw(
            st.lists(
                st.tuples(
                    st.sampled_from([1, TOTAL // 2, TOTAL - 1, TOTAL]), st.sampled_from(_REFUNDS)
                ),
                max_size=2,
            )
            if after
            else st.just([])
        ),
        dispute=draw(st.sampled_from([(), *_DISPUTES])) if after else (),
    )


@dataclass(frozen=True)
class Story:
    """How a payment goes, and what becomes of its money."""

    how: str
    amount: int
    refunds: list[tuple[int, tuple[str, ...]]]
    dispute: tuple[str, ...]

    def happens_to(self, session: Thing) -> History:
        history = History(copy.deepcopy(session), self.amount)
        history.begins()
        self._is_paid(history)
        for n, (amount, stages) in enumerate(self.refunds):
            history.refunds(f"re_{history.cs}_{n}", amount, *stages)
        history.disputes(*self.dispute)
        return history

    def _is_paid(self, history: History) -> None:
        if self.how == "declined, card":
            history.declines()
        if self.how == "3ds":
            history.happens(
                ("payment_intent.requires_action", history.pi),
                **{history.pi: history.intent("requires_action")},
            )
        if self.how in ("delayed", "bounced"):
            history.processes()
            history.arrives() if self.how == "delayed" else history.bounces()
        elif self.how in ("expired", "recovered"):
            history.expires()
            if self.how == "recovered":
                history.recovers()
        else:
            history.succeeds()
