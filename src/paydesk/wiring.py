"""The only place where the rooms are plugged together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from paydesk.catalogue.window import ShopWindow
from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment import notices
from paydesk.fulfilment.downloads import Tickets
from paydesk.fulfilment.hooks import Hooks
from paydesk.fulfilment.jobs import Jobs, Task
from paydesk.fulfilment.order_desk import OrderDesk
from paydesk.fulfilment.post import Post
from paydesk.fulfilment.rounds import Round
from paydesk.orders import cart
from paydesk.orders.ordering import Ordering
from paydesk.orders.placing import Placing
from paydesk.orders.selling import Selling
from paydesk.orders.watching import Watching
from paydesk.payments import refund_lines, subscription
from paydesk.payments.bookings import BOOKINGS_SECONDS, Bookings
from paydesk.payments.capturing import Capturing
from paydesk.payments.checkout import Checkouts
from paydesk.payments.endpoints import Endpoints
from paydesk.payments.errands import Changes
from paydesk.payments.from_carts import FromCarts
from paydesk.payments.gateway import Gateway
from paydesk.payments.gateway.administration import Administration
from paydesk.payments.handing_over import HandingOver
from paydesk.payments.inbox import Inbox
from paydesk.payments.pull import Pulling
from paydesk.payments.reconcile import Reconciling
from paydesk.payments.refunds import Refunds
from paydesk.payments.settle import Settling
from paydesk.payments.sweeping import Sweeping
from paydesk.payments.syncing import Syncing
from paydesk.payments.telling import sale_about
from paydesk.payments.vitals import BEAT, BEAT_SECONDS
from paydesk.reports.sums import Sums
from paydesk.settings import Settings

if TYPE_CHECKING:
    from paydesk.fulfilment.worker import Worker
from paydesk.staff.accounts import Accounts

SWEEP_SECONDS = 60.0
SUMS_SECONDS = 30.0
FORGET_CARTS_SECONDS = 3600.0


@dataclass(frozen=True)
class Shop:
    """Everything a page or a command needs, made once per process."""

    settings: Settings
    clock: Clock
    database: Database
    gateway: Gateway
    hooks: Hooks
    jobs: Jobs
    post: Post
    placing: Placing
    settling: Settling
    checkouts: Checkouts
    handing_over: HandingOver
    inbox: Inbox
    refunds: Refunds
    capturing: Capturing
    pulling: Pulling
    sweeping: Sweeping

    @cached_property
    def worker(self) -> "Worker":
        from paydesk.fulfilment.worker import Worker

        return Worker(
            database=self.database,
            clock=self.clock,
            hooks=self.hooks,
            deeds={Task.EVENT: self.inbox.retry, Task.REFUND: self.refunds.make},
            rounds=(
                Round("pull", self.settings.pull_seconds, self.pulling.run),
                Round("sweep", SWEEP_SECONDS, self.sweeping.run),
                Round("sums", SUMS_SECONDS, self.sums.compact),
                Round("bookings", BOOKINGS_SECONDS, self.bookings.run),
                Round("carts", FORGET_CARTS_SECONDS, self._forget_carts),
                Round("notices", notices.EVERY_SECONDS, self._tell_of_stock),
                # Does nothing but show that somebody goes the rounds.
                Round(BEAT, BEAT_SECONDS, lambda: None),
            ),
            folder=self.settings.data_dir,
            hear_out=self.checkouts.hear_out,
            tell=sale_about,
            post=self.post,
        )

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.database, self.clock)

    @cached_property
    def order_desk(self) -> OrderDesk:
        return OrderDesk(self.database, self.clock, after_undo=refund_lines.keep_back)

    @cached_property
    def bookings(self) -> Bookings:
        return Bookings(self.database, self.clock, self.gateway)

    @cached_property
    def sums(self) -> Sums:
        return Sums(self.database)

    @cached_property
    def window(self) -> ShopWindow:
        return ShopWindow(self.clock)

    @cached_property
    def selling(self) -> Selling:
        return Selling(
            self.database, self.clock, subscription.runs, livemode=self.settings.livemode
        )

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self.settings.app_secret)

    @cached_property
    def watching(self) -> Watching:
        return Watching(self.database)

    @cached_property
    def reconciling(self) -> Reconciling:
        return Reconciling(self.database, self.clock, self.gateway, self.settling, self.pulling)

    @cached_property
    def from_carts(self) -> FromCarts:
        ordering = Ordering(self.database, self.clock, self.settings)
        return FromCarts(ordering, self.checkouts)

    def _forget_carts(self) -> None:
        with self.database.transaction() as tx:
            cart.forget(tx, self.clock.now())

    def _tell_of_stock(self) -> None:
        with self.database.transaction() as tx:
            notices.tell(tx, self.clock.now())

    @cached_property
    def administration(self) -> Administration:
        return Administration(self.settings)

    @cached_property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.administration, self.settings)

    @cached_property
    def syncing(self) -> Syncing:
        return Syncing(self.database, self.clock, self.administration)

    def close(self) -> None:
        self.jobs.close()
        self.database.close()


def open_shop(
    settings: Settings,
    *,
    clock: Clock | None = None,
    gateway: Gateway | None = None,
    hooks: Hooks | None = None,
    changes: Changes | None = None,
    engine: Engine | None = None,
) -> Shop:
    """Plug the rooms together. Nothing is connected yet: that happens at first use.

    `engine`: of whoever shares their PostgreSQL with us; SQLite is always opened anew.
    """
    clock = clock or Clock()
    database = Database(settings.database_url, prefix=settings.table_prefix, shared=engine)
    gateway = gateway or Gateway(settings, clock)
    jobs = Jobs(database, clock)
    settling = Settling(clock, jobs)
    checkouts = Checkouts(database, clock, gateway, settling, settings, changes)
    inbox = Inbox(database, clock, settling, jobs, livemode=settings.livemode)
    refunds = Refunds(database, clock, gateway, settling, jobs)
    pulling = Pulling(database, clock, gateway, inbox)
    return Shop(
        settings=settings,
        clock=clock,
        database=database,
        gateway=gateway,
        hooks=hooks or Hooks(),
        jobs=jobs,
        post=Post(database, clock, settings),
        settling=settling,
        placing=Placing(database, clock, settings.checkout, livemode=settings.livemode),
        checkouts=checkouts,
        handing_over=HandingOver(database, clock, gateway, settling, settings),
        inbox=inbox,
        refunds=refunds,
        capturing=Capturing(database, gateway, settling),
        pulling=pulling,
        sweeping=Sweeping(database, clock, checkouts, settling, refunds),
    )
