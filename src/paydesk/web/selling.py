"""What a host app sells, asks after and gives back, in its own code."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from flask import has_request_context

from paydesk.foundation.errors import NotFound
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Membership
from paydesk.orders import order as orders
from paydesk.orders.order import Order, PaymentStatus
from paydesk.orders.selling import HostSession, Line, Offer, OtherLines
from paydesk.payments import refund, subscription, ways
from paydesk.payments.checkout import NothingToPay
from paydesk.payments.refund import Refund
from paydesk.web.current import Mount, buyer, is_ours

_UNPAID = (PaymentStatus.AWAITING, PaymentStatus.EXPIRED, PaymentStatus.FAILED)


class Terms(TypedDict, total=False):
    """What can be said of a sale beside its lines and currency; see `Seller.place`."""

    reference: str | None
    email: str | None
    success_url: str | None
    cancel_url: str | None
    customer_id: str | None
    trial_days: int
    language: str | None


class Seller:
    """The verbs of `Paydesk` that work without the catalogue."""

    @property
    def mount(self) -> Mount:
        raise NotImplementedError

    def sell(
        self,
        lines: Sequence[Line],
        *,
        currency: str,
        session: HostSession | None = None,
        way: str | None = None,
        **more: Unpack[Terms],
    ) -> str:
        """Place an order for `lines` and begin its payment; the address to send the buyer to.

        Takes what `place` takes. The same `reference` sold again is the same order while it is
        open; sold with other lines, the open order is cancelled and a new one begun. One that is
        paid is not sold twice: the address is then where a buyer who has paid goes.

        `session`: yours, such as `db.session`. The order is written in its transaction, which is
        then committed: your rows and the order are kept together, or neither is. `way`: one of
        PAYDESK_WAYS; the first if None.

        Raises Invalid, and StripeUnreachable or StripeRefused: then nothing was charged, the
        order stays, and selling the same reference again goes on with it.
        """
        try:
            order = self.place(lines, currency=currency, session=session, **more)
        except OtherLines as error:
            if session is not None:
                raise
            self.cancel(error.order)
            order = self.place(lines, currency=currency, **more)
        if session is not None:
            # Stripe is asked once the order is certain, and never while a transaction is open.
            session.commit()
        return self.pay(order, way=way)

    def place(
        self,
        lines: Sequence[Line],
        *,
        currency: str,
        session: HostSession | None = None,
        **more: Unpack[Terms],
    ) -> Order:
        """Place an order for `lines`, to be paid later with `pay`.

        `currency`: three small letters; amounts are in its minor unit. With `session` the order
        is a part of that session's transaction: it exists once you commit, and not at all if you
        roll back. Further:

        `reference`: your own word for it, such as "invoice-17"; `email`: what Stripe's page is
        filled in with; `success_url`, `cancel_url`: where the buyer goes afterwards (else to
        pages of ours); `customer_id`: Stripe's id of a customer who has signed in; `trial_days`
        of a subscription; `language`: what the buyer is written to in, such as "de".

        Raises Invalid, or OtherLines if an order of that reference is open for something else.
        """
        if not is_ours():
            # No page of ours was asked for: nobody has chosen a language.
            more.setdefault("language", self.mount.shop.settings.languages[0])
        offer = Offer(
            lines=tuple(lines),
            currency=currency,
            buyer=buyer() if has_request_context() else None,
            **more,
        )
        return self.mount.shop.selling.place(offer, session)

    def pay(self, order: Order | str | int, *, way: str | None = None) -> str:
        """Where to send a buyer to pay an order: Stripe's page, or ours with Stripe's form.

        Where a buyer who has paid goes, if nothing is left to pay. Call it outside of your
        transactions: it waits for Stripe. Raises StripeUnreachable or StripeRefused.
        """
        found, shop = self._found(order), self.mount.shop
        if found.payment not in _UNPAID:
            return found.success_url or self.link(found)
        chosen = ways.chosen(way, shop.settings.ways, is_recurring=found.is_recurring)
        if chosen.stays_here:
            return self._page("pay", found, way=chosen.name)
        try:
            url = shop.checkouts.start(found.id, chosen.name).url
        except NothingToPay:
            return found.success_url or self.link(found)
        assert url is not None, "a way that leaves our pages has an address"
        return url

    def order(self, reference: str | int) -> Order | None:
        """The newest order of your reference, or the one of a number; None if there is none."""
        with self.mount.shop.database.transaction() as tx:
            if isinstance(reference, int):
                return orders.by_number(tx, reference)
            return orders.by_reference(tx, reference)

    def link(self, order: Order | str | int) -> str:
        """The address of an order's own page, for its buyer's eyes alone."""
        return self._page("order_page", self._found(order))

    def cancel(self, order: Order | str | int) -> None:
        """Let nobody pay an order any more, unless it is paid already.

        Raises StripeUnreachable; the order then ends by itself, within the hour.
        """
        self.mount.shop.checkouts.cancel(self._found(order).id)

    def refund(
        self,
        order: Order | str | int,
        amount: int | Money | None = None,
        *,
        reason: str | None = None,
        note: str = "",
        attempt: str | None = None,
    ) -> list[Refund]:
        """Give money back: `amount` in the minor unit, or all that is left.

        The refunds as they stand; one that is `requested` is made once Stripe can be reached.
        `attempt`: with the same word it is made once, however often it is called. `reason` is
        Stripe's word: requested_by_customer, duplicate or fraudulent. Raises Invalid, Refused,
        TooMuch or NotFound, and then nothing is written; or RefundRefused.
        """
        found = self._found(order)
        money = Money(amount, found.currency) if isinstance(amount, int) else amount
        wish = refund.Wish(amount=money, reason=reason, note=note, attempt=attempt)
        return self.mount.shop.refunds.request(found.id, wish)

    def membership(self, order: Order | str | int) -> Membership | None:
        """How the subscription that an order began stands; None while it has begun none."""
        found = self._found(order)
        with self.mount.shop.database.transaction() as tx:
            rows = subscription.of_order(tx, found.id)
        if not rows:
            return None
        row = rows[-1]
        return Membership(row.id, row.status, row.entitles, row.paid_until, row.cost)

    def _found(self, order: Order | str | int) -> Order:
        """The order as it is now."""
        if isinstance(order, Order):
            with self.mount.shop.database.transaction() as tx:
                found = tx.get(Order, order.id)
        else:
            found = self.order(order)
        if found is None:
            raise NotFound(f"There is no order {order if isinstance(order, str | int) else ''}.")
        return found

    def _page(self, endpoint: str, order: Order, **more: str) -> str:
        return self.mount.address(endpoint, number=order.number, secret=order.secret, **more)
