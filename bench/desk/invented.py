"""Invents a shop's orders of three years: growing, busier before Christmas, mostly paid and sent.

A little more goes wrong than in a real shop, and the newest orders are not sent or not paid yet: so
each of the desk's lists fills a page in a small shop, too, and can be compared with a large one's.

The same seed invents the same orders. Nobody in it exists: addresses end in `.example`.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from paydesk.orders.order import Order
from paydesk.orders.tabs import tabs_of
from paydesk.orders.terms import product_term, terms_of_texts

DAYS = 3 * 365
EVENTS_PER_ORDER = 10
_FIRST = (
    *("Anna", "Ben", "Chloé", "David", "Elif", "Fatima", "Georg", "Hana", "Ivan", "Jonas"),
    *("Katharina", "Luca", "Maja", "Noah", "Olga", "Paul", "Rosa", "Søren", "Tomás", "Zoë"),
)
_LAST = (
    *("Andersen", "Bauer", "Costa", "Dvořák", "Eriksson", "Fischer", "García", "Huber", "Ito"),
    *("Jensen", "Kowalski", "Lefèvre", "Müller", "Novak", "O’Brien", "Petrov", "Rossi", "Smith"),
)
_PLACES = (
    *(("DE", "Berlin", "10115"), ("DE", "Köln", "50667"), ("AT", "Wien", "1010")),
    *(("FR", "Lyon", "69001"), ("GB", "Leeds", "LS1 4DY"), ("US", "Portland", "97205")),
    *(("NL", "Utrecht", "3511 AB"), ("PL", "Gdańsk", "80-001")),
)
_CARRIERS = ("dhl", "ups", "dpd", "gls", "usps")
_EVENTS = (
    *("payment_intent.created", "payment_intent.succeeded", "charge.succeeded"),
    *("charge.updated", "checkout.session.completed"),
)
# How orders end, in thousandths; of the newest, a third is on its way and a third not sent yet.
_ENDS = (("paid", 935), ("expired", 55), ("failed", 10))
_NEWEST = 200


@dataclass(frozen=True)
class Thing:
    """What can be ordered."""

    variant_id: str
    price_id: str
    slug: str
    name: str
    variant_name: str
    unit_minor: int
    is_digital: bool = False


Row = dict[str, Any]


@dataclass
class Rows:
    """Rows to be inserted, by the name of their table."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)


@dataclass(frozen=True)
class Invention:
    """How many orders, of what, until when."""

    orders: int
    things: list[Thing]
    now: datetime
    # How many came before them.
    first: int = 0

    def batches(self, size: int = 1000) -> Iterator[Rows]:
        """The rows of `size` orders at a time, oldest first."""
        chance = random.Random(self.first)
        moments = self._moments(chance)
        for first in range(0, self.orders, size):
            rows = Rows()
            for n in range(first, min(first + size, self.orders)):
                _Case(self, chance, rows, self.first + n, moments[n]).invent()
            yield rows

    def _moments(self, chance: random.Random) -> list[datetime]:
        weights = [
            (1 + 2 * day / DAYS)
            * (1.8 if (self.now - timedelta(days=DAYS - day)).month > 10 else 1)
            for day in range(DAYS)
        ]
        if self.first:
            return [self.now + timedelta(seconds=n) for n in range(self.orders)]
        days = chance.choices(range(DAYS), weights, k=self.orders)
        start = self.now - timedelta(days=DAYS)
        return sorted(start + timedelta(days=day, seconds=chance.randrange(86_400)) for day in days)


@dataclass
class _Case:
    """One order, and all that belongs to it."""

    invention: Invention
    chance: random.Random
    rows: Rows
    n: int
    at: datetime

    def invent(self) -> None:
        chance = self.chance
        self.id = f"ord_{self.n:020}"
        self.number = 1001 + self.n
        self.end = chance.choices([end for end, _ in _ENDS], [weight for _, weight in _ENDS])[0]
        newness = self.invention.first + self.invention.orders - self.n
        if newness <= _NEWEST and self.n % 3 < 2:
            self.end = "pending" if self.n % 3 else "paid"
        # Who buys once buys again, some of them.
        who = chance.randrange(max(1, int(self.invention.orders / 1.6)))
        mind = random.Random(who)
        self.first, self.last = mind.choice(_FIRST), mind.choice(_LAST)
        self.country, self.city, self.postcode = mind.choice(_PLACES)
        self.email = f"{self.first}.{self.last}{who}@mail{who % 97}.example".lower().replace(
            "’", ""
        )
        self.lines = chance.sample(self.invention.things, chance.choice((1, 1, 1, 2, 3)))
        self.quantities = [chance.choice((1, 1, 1, 2, 5)) for _ in self.lines]
        self.total = sum(
            thing.unit_minor * n for thing, n in zip(self.lines, self.quantities, strict=True)
        )
        self.currency = "eur" if chance.random() < 0.93 else "usd"
        self.ships = not all(thing.is_digital for thing in self.lines)
        waits = newness <= _NEWEST and self.n % 3 == 0
        self.is_sent = self.end == "paid" and self.ships and not waits
        self.refunded = self._refunded()
        self._order()
        self._lines()
        self._stripe()
        if self.is_sent:
            self._shipment()

    def _refunded(self) -> int:
        if self.end != "paid" or self.chance.random() > 0.06:
            return 0
        return self.total if self.chance.random() < 0.5 else max(1, self.total // 3)

    def _order(self) -> None:
        is_paid = self.end == "paid"
        is_back = self.refunded >= self.total
        paid = self.total if is_paid else 0
        sent_at = self.at + timedelta(hours=20) if self.is_sent else None
        disputed = is_paid and self.n % 16 == 5
        values: Row = {
            "id": self.id,
            "number": self.number,
            "secret": f"{self.n:026}",
            "attempt": self.id,
            "generation": 0,
            "payment": self.end,
            "fulfilment": self._fulfilment(is_paid=is_paid, is_back=is_back),
            "currency": self.currency,
            "total_minor": self.total,
            "subtotal_minor": self.total,
            "paid_minor": paid,
            "refunded_minor": self.refunded,
            "owed_minor": 0,
            "country": self.country,
            "ship_to": {
                "name": f"{self.first} {self.last}",
                "line1": f"High Street {self.n % 90 + 1}",
                "line2": "",
                "postcode": self.postcode,
                "city": self.city,
                "state": "",
                "country": self.country,
            },
            "flags": ["disputed"] if disputed else [],
            "dispute_open": disputed,
            "effect_failed": is_paid and self.n % 200 == 7,
            "withdrawal_open": False,
            "livemode": False,
            "email": self.email,
            "customer_id": f"cus_{self.n // 20:014}" if is_paid else None,
            "created_at": self.at,
            "paid_at": self.at + timedelta(seconds=90) if is_paid else None,
            "shipped_at": sent_at,
            "archived_at": self.at + timedelta(days=30) if self.n % 16 == 9 else None,
            "version": 2,
        }
        values["problem"] = self._problem(values)
        counted = tabs_of(cast(Order, SimpleNamespace(**values)))
        values["counted_as"] = " ".join(sorted(counted))
        self.rows.add("paydesk_orders", **values)
        names = (f"{self.first} {self.last}", self.city, self.postcode)
        words = {*terms_of_texts(self.email, names)}
        for thing in self.lines:
            words |= {product_term(thing.slug), *terms_of_texts(None, (thing.name,))}
        for word in words:
            self.rows.add("paydesk_order_terms", term=word, number=self.number)

    def _fulfilment(self, *, is_paid: bool, is_back: bool) -> str:
        if self.is_sent:
            return "delivered" if self.n % 3 else "shipped"
        return "unfulfilled" if is_paid and self.ships and not is_back else "none"

    @staticmethod
    def _problem(values: Row) -> str:
        if values["dispute_open"]:
            return "disputed"
        return "effect_failed" if values["effect_failed"] else ""

    def _lines(self) -> None:
        for position, (thing, quantity) in enumerate(zip(self.lines, self.quantities, strict=True)):
            self.rows.add(
                "paydesk_order_lines",
                order_id=self.id,
                position=position,
                variant_id=thing.variant_id,
                price_id=thing.price_id,
                product_slug=thing.slug,
                name=thing.name,
                variant_name=thing.variant_name,
                unit_minor=thing.unit_minor,
                quantity=quantity,
                ships=not thing.is_digital,
                returned=0,
            )

    def _stripe(self) -> None:
        tag = f"{self.n:024}"
        session, intent, charge = f"cs_test_{tag}", f"pi_{tag}", f"ch_{tag}"
        self.rows.add(
            "paydesk_checkouts",
            id=f"chk_{self.n:020}",
            order_id=self.id,
            way="hosted",
            stripe_id=session,
            created_at=self.at,
            expires_at=self.at + timedelta(minutes=30),
        )
        if self.end == "paid":
            for kind, stripe_id, stage in (
                ("session", session, "paid"),
                ("intent", intent, "succeeded"),
                ("charge", charge, "succeeded"),
            ):
                self._fact(kind, stripe_id, stage, self.total, intent)
            self._movement("payment", self.total, intent, self.at + timedelta(seconds=90))
            self._effect("paid", "")
        if self.refunded:
            refund, later = f"re_{tag}", self.at + timedelta(days=5)
            self._fact("refund", refund, "succeeded", self.refunded, intent)
            self._movement("refund", self.refunded, refund, later)
        if self.rows.tables["paydesk_orders"][-1]["dispute_open"]:
            self._fact("dispute", f"dp_{tag}", "open", self.total, intent)
        self._events(intent, charge, session)

    def _fact(self, kind: str, stripe_id: str, stage: str, minor: int, intent: str) -> None:
        self.rows.add(
            "paydesk_facts",
            kind=kind,
            stripe_id=stripe_id,
            order_id=self.id,
            stage=stage,
            amount_minor=minor,
            currency=self.currency,
            livemode=False,
            intent_id=intent,
            # By when a dispute is to be answered.
            until=int(self.invention.now.timestamp()) + 86_400 * 7 if kind == "dispute" else 0,
            changed_at=self.at,
        )

    def _movement(self, movement: str, minor: int, about: str, at: datetime) -> None:
        self.rows.add(
            "paydesk_ledger",
            id=f"led_{movement[:3]}{self.n:017}",
            order_id=self.id,
            at=min(at, self.invention.now),
            movement=movement,
            amount_minor=minor,
            currency=self.currency,
            about=about,
        )

    def _effect(self, effect: str, about: str) -> None:
        failed = self.rows.tables["paydesk_orders"][-1]["effect_failed"]
        self.rows.add(
            "paydesk_effects",
            order_id=self.id,
            effect=effect,
            about=about,
            state="failed" if failed else "done",
            repeats=0,
            created_at=self.at,
            ended_at=self.at,
        )

    def _events(self, *objects: str) -> None:
        for n in range(EVENTS_PER_ORDER):
            kind = _EVENTS[n % len(_EVENTS)]
            about = objects[n % len(objects)]
            event_id = f"evt_{self.n:018}{n:02}"
            payload = {
                "id": event_id,
                "object": "event",
                "type": kind,
                "created": int(self.at.timestamp()) + n,
                "livemode": False,
                "data": {"object": {"id": about, "amount": self.total, "currency": self.currency}},
            }
            self.rows.add(
                "paydesk_events",
                id=event_id,
                type=kind,
                livemode=False,
                created=int(self.at.timestamp()) + n,
                received_at=self.at + timedelta(seconds=n),
                payload=json.dumps(payload),
                state="failed" if self.n % 5000 == 4999 and not n else "handled",
                order_id=self.id,
                object_id=about,
                tries=1,
                door="webhook",
            )

    def _shipment(self) -> None:
        shipment = f"shp_{self.n:020}"
        tracking = f"JD{self.n:018}"
        self.rows.add(
            "paydesk_shipments",
            id=shipment,
            order_id=self.id,
            carrier=self.chance.choice(_CARRIERS),
            tracking=tracking,
            tracking_key=tracking,
            shipped_by="anna@shop.example",
            shipped_at=self.at + timedelta(hours=20),
            delivered_at=self.at + timedelta(days=3) if self.n % 3 else None,
        )
        for position, (thing, quantity) in enumerate(zip(self.lines, self.quantities, strict=True)):
            if thing.is_digital:
                continue
            self.rows.add(
                "paydesk_shipment_lines",
                shipment_id=shipment,
                position=position,
                quantity=quantity,
            )
