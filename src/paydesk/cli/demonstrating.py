"""Sixty days of a shop that never was: real orders, paid at the emulator, in every state.

Nothing is written behind the shop's back. The emulator forgets everything and begins sixty days
ago, the shop's clock goes with it, and each order is placed, paid, told of by events, shipped and
refunded by the code that does it for everybody. So the objects are at the emulator, too, and the
desk can work on with them.
"""

import heapq
import itertools
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from paydesk.catalogue.demonstration import MARK
from paydesk.cli.demonstration_script import BUYERS, PLACES, SCRIPT, Scene
from paydesk.foundation.clock import Clock, StillClock

if TYPE_CHECKING:
    from paydesk.catalogue.product import Price
    from paydesk.orders.ordering import CartWish
    from paydesk.settings import Settings
    from paydesk.wiring import Shop

DAYS = 60
_TIMEOUT_SECONDS = 30
_AN_HOUR = 3600
_CARRIERS = (("dhl", "00340434161094042557"), ("ups", "1Z999AA10123456784"))

Progress = Callable[[int, int], None]
Deed = Callable[[], None]


def demonstrate(
    settings: "Settings",
    progress: Progress = lambda _done, _all: None,
    script: Sequence[Scene] = SCRIPT,
) -> int:
    """Fill an empty shop and its emulator, which forgets everything; how many orders there are."""
    from sqlalchemy import event

    from paydesk.foundation.logs import kept_quiet
    from paydesk.wiring import open_shop

    clock = StillClock(Clock().now() - timedelta(days=DAYS, hours=1))
    # One of the orders is paid after all, through the link that an expired session has then.
    options = replace(settings.checkout, recovery=True)
    shop = open_shop(replace(settings, checkout=options), clock=clock)
    if shop.database.is_sqlite:
        # Nothing is lost with a demonstration, and the disk would be half of the time.
        event.listen(shop.database.engine, "connect", _trust_the_disk)
    try:
        with kept_quiet():
            stage = Stage(shop, clock)
            stage.begin(script)
            stage.play(progress)
            return len(script)
    finally:
        shop.close()


def _trust_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@dataclass
class Stage:
    """One shop and its emulator on their way from then to now."""

    shop: "Shop"
    clock: StillClock
    _agenda: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _places: "itertools.count[int]" = field(default_factory=itertools.count)
    _heard_until: int = 0
    _heard: set[str] = field(default_factory=set)

    def begin(self, script: Sequence[Scene]) -> None:
        self._ask("/_emulator/reset", {"at": self.clock.now().timestamp()})
        self._heard_until = self.clock.timestamp()
        now = Clock().now()
        for scene in script:
            self._at(now - timedelta(days=scene.days_ago), self._placing(scene))

    def play(self, progress: Progress) -> None:
        done = 0
        while self._agenda:
            moment, _, deed = heapq.heappop(self._agenda)
            self._travel(moment)
            deed()
            done += 1
            progress(done, done + len(self._agenda))
        self._travel(Clock().now())
        self._hear()
        self._note_pull()

    def _placing(self, scene: Scene) -> Deed:
        def place() -> None:
            price = self._price(scene)
            if price is None:
                # Somebody has made the shelf their own: what is not there is not bought.
                return
            order = self.shop.from_carts.place(self._wish(scene, price))
            session = str(self.shop.checkouts.start(order.id).stripe_id)
            self._act(scene, order.id, session)

        return place

    def _wish(self, scene: Scene, price: "Price") -> "CartWish":
        """What the review page would send."""
        from paydesk.orders import purchase
        from paydesk.orders.looking import look
        from paydesk.orders.ordering import CartWish, Shown

        attempt = f"{MARK}-{scene.days_ago}"
        wish = purchase.Purchase(price.id, scene.quantity, scene.currency)
        cart_id = purchase.id_of(MARK, attempt)
        with self.shop.database.reading() as tx:
            cart = purchase.cart_of(tx, self.clock, wish, cart_id)
            looked = look(tx, cart, self.shop.settings, country=_place(scene.buyer)["country"])
        return CartWish(
            cart_id=cart_id,
            attempt=attempt,
            email=_email(scene.buyer),
            shown={each.variant_id: Shown(each.unit.minor, each.quantity) for each in looked.lines},
            total_minor=looked.total.minor,
            country=looked.country,
            buyer=MARK,
            waives=True,
            alone=wish,
        )

    def _act(self, scene: Scene, order_id: str, session: str) -> None:
        if scene.pays is not None:
            form = _form(self.shop, order_id, scene.buyer) | scene.pays
            self._ask(f"/_emulator/checkout/{session}/pay", form)
        if scene.cancels:
            self.shop.checkouts.cancel(order_id)
        self._hear()
        for days, what in scene.then:
            deed: Callable[[str, str], None] = getattr(self, f"_{what}")
            self._later(days, partial(deed, order_id, session))

    def _ship_one(self, order_id: str, session: str) -> None:
        self._ship(order_id, session, {0: 1})

    def _ship(self, order_id: str, _session: str, items: Mapping[int, int] | None = None) -> None:
        from paydesk.fulfilment import shipments
        from paydesk.fulfilment.shipments import Parcel
        from paydesk.orders.order import Order

        carrier, tracking = _CARRIERS[next(self._places) % len(_CARRIERS)]
        with self.shop.database.transaction() as tx:
            # Nothing is to be sent of what is read on a screen.
            if shipments.left_to_ship(tx, tx.get_one(Order, order_id)):
                parcel = Parcel(items, carrier=carrier, tracking=tracking)
                shipments.ship(tx, order_id, parcel, MARK, self.clock.now())

    def _deliver(self, order_id: str, _session: str) -> None:
        from paydesk.fulfilment import shipments

        with self.shop.database.transaction() as tx:
            for each in shipments.of_order(tx, order_id):
                shipments.deliver(tx, each.id, self.clock.now())

    def _withdraw(self, order_id: str, _session: str) -> None:
        from paydesk.fulfilment import withdrawals
        from paydesk.orders.order import Order

        with self.shop.database.transaction() as tx:
            order = tx.get_one(Order, order_id)
            wish = withdrawals.Declaration(
                order_number=str(order.number),
                name=str((order.ship_to or {}).get("name", "")),
                email=order.email or "",
                attempt=f"{MARK}-{order.number}",
                note="It is smaller than I thought.",
                language=order.language,
            )
            withdrawals.declare(tx, wish, self.clock.now(), order_id=order_id)

    def _refund_one(self, order_id: str, _session: str) -> None:
        from paydesk.payments.refund import LineWish

        self._refund(order_id, lines=(LineWish(0, 1, restock=True),))

    def _refund_all(self, order_id: str, _session: str) -> None:
        self._refund(order_id, reason="requested_by_customer")

    def _refund(self, order_id: str, **wish: Any) -> None:
        from paydesk.payments.refund import Wish

        self.shop.refunds.request(order_id, Wish(who=MARK, note="A demonstration.", **wish))
        self._hear()

    def _bounce(self, _order_id: str, session: str) -> None:
        path = f"/_emulator/payment_intents/{self._intent(session)}/settle"
        self._ask(path, {"succeed": False})
        self._hear()

    def _dispute(self, _order_id: str, session: str) -> None:
        charge = self.shop.gateway.retrieve_intent(self._intent(session))["latest_charge"]
        path = f"/_emulator/charges/{_id_of(charge)}/dispute"
        self._ask(path, {"reason": "product_not_received"})
        self._hear()

    def _intent(self, session: str) -> str:
        return _id_of(self.shop.gateway.retrieve_session(session)["payment_intent"])

    def _win(self, order_id: str, _session: str) -> None:
        from sqlalchemy import select

        from paydesk.payments.facts import Kind
        from paydesk.payments.known import KnownFact

        query = select(KnownFact.stripe_id).where(KnownFact.order_id == order_id)
        with self.shop.database.transaction() as tx:
            dispute = tx.scalars(query.where(KnownFact.kind == Kind.DISPUTE)).one()
        self._ask(f"/_emulator/disputes/{dispute}/decide", {"won": True})
        self._hear()

    def _pay_late(self, order_id: str, _session: str) -> None:
        """Through the link that takes an expired session up again."""
        from sqlalchemy import select

        from paydesk.payments.known import KnownFact

        self._hear()
        query = select(KnownFact.url).where(
            KnownFact.order_id == order_id, KnownFact.url.is_not(None)
        )
        with self.shop.database.transaction() as tx:
            link = tx.scalars(query).one()
        with urllib.request.urlopen(str(link), timeout=_TIMEOUT_SECONDS) as page:  # noqa: S310 - an emulator of ours
            token = re.findall(r'name="token" value="([^"]+)"', page.read().decode())[0]
        form = urllib.parse.urlencode({"token": token}).encode()
        with urllib.request.urlopen(str(link), form, timeout=_TIMEOUT_SECONDS) as page:  # noqa: S310 - an emulator of ours
            session = urllib.parse.urlsplit(page.url).path.rpartition("/")[2]
        self._ask(f"/_emulator/checkout/{session}/pay", _form(self.shop, order_id, 0))
        self._hear()

    def _price(self, scene: Scene) -> "Price | None":
        from sqlalchemy import select

        from paydesk.catalogue import stock
        from paydesk.catalogue.product import Product, Variant

        query = select(Variant).join(Product).where(Product.slug == scene.slug)
        with self.shop.database.transaction() as tx:
            variants = list(tx.scalars(query.order_by(Variant.position)))
            wanted = scene.variant % max(1, len(variants))
            left = [(stock.left(each), each) for each in variants[wanted:] + variants[:wanted]]
            # The next one where the wanted one has run out, as somebody who wants one would.
            enough = (each for count, each in left if count is None or count >= scene.quantity)
            prices = (each.current_price for each in enough)
            price = next((each for each in prices if each is not None), None)
            # Loaded while the transaction is open.
            assert price is None or price.variant.product.name
            return price

    def _hear(self) -> None:
        """Take in what Stripe tells, as the pull does."""
        from paydesk.payments.event import Door, event_of

        # The emulator's clock runs on while this one stands.
        until = self.clock.timestamp() + _AN_HOUR
        events = [*self.shop.gateway.list_events(self._heard_until, until)]
        for answer in reversed(events):
            if answer["id"] not in self._heard:
                self._heard.add(answer["id"])
                self.shop.inbox.receive(event_of(answer, json.dumps(answer)), Door.PULL)
        self._heard_until = self.clock.timestamp()

    def _note_pull(self) -> None:
        """The pull goes on from here: everything until now was asked for."""
        from paydesk.foundation.database import insert_once
        from paydesk.payments.pull import EVENTS, PullCursor

        with self.shop.database.transaction() as tx:
            insert_once(tx, PullCursor, name=EVENTS, completed_from=self.clock.timestamp())

    def _travel(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self._ask("/_emulator/travel", {"to": moment.timestamp()})
            self.clock.travel(moment - self.clock.now())

    def _later(self, days: float, deed: Deed) -> None:
        self._at(self.clock.now() + timedelta(days=days), deed)

    def _at(self, moment: datetime, deed: Deed) -> None:
        if moment < Clock().now():
            heapq.heappush(self._agenda, (moment, next(self._places), deed))

    def _ask(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the emulator on this machine
            f"{self.shop.settings.stripe_api_base}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - an emulator of ours
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"the emulator refused {path}: {error.read()[:500]!r}") from None


def _email(buyer: int) -> str:
    return BUYERS[buyer % len(BUYERS)]


def _place(buyer: int) -> dict[str, str]:
    return PLACES[buyer % len(PLACES)]


def _form(shop: "Shop", order_id: str, buyer: int) -> dict[str, Any]:
    """What somebody fills in at Stripe's page, which asks where to only for what is shipped."""
    from paydesk.orders.order import Order

    email = _email(buyer)
    with shop.database.reading() as tx:
        is_shipped = bool(tx.get_one(Order, order_id).shipping_name)
    if not is_shipped:
        return {"email": email}
    name = email.partition("@")[0].replace(".", " ").title()
    return {"email": email, "shipping_name": name, "shipping": _place(buyer)}


def _id_of(reference: Any) -> str:
    return str(reference if isinstance(reference, str) else reference["id"])
