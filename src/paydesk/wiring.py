"""The only place where the rooms are plugged together."""

from dataclasses import dataclass
from functools import cached_property

from paydesk.foundation.clock import Clock
from paydesk.foundation.database import Database
from paydesk.fulfilment.hooks import Hooks
from paydesk.fulfilment.jobs import Jobs, Worker
from paydesk.orders.placing import Placing
from paydesk.payments.checkout import Checkouts
from paydesk.payments.gateway import Gateway
from paydesk.payments.inbox import Inbox
from paydesk.payments.settle import Settling
from paydesk.settings import Settings


@dataclass(frozen=True)
class Shop:
    """Everything a page or a command needs, made once per process."""

    settings: Settings
    clock: Clock
    database: Database
    gateway: Gateway
    hooks: Hooks
    jobs: Jobs
    placing: Placing
    checkouts: Checkouts
    inbox: Inbox

    @cached_property
    def worker(self) -> Worker:
        return Worker(self.database, self.clock, self.hooks, self.inbox.retry)

    def close(self) -> None:
        self.jobs.close()
        self.database.close()


def open_shop(
    settings: Settings, *, clock: Clock | None = None, gateway: Gateway | None = None
) -> Shop:
    """Plug the rooms together. Nothing is connected yet: that happens at first use."""
    clock = clock or Clock()
    database = Database(settings.database_url)
    gateway = gateway or Gateway(settings, clock)
    jobs = Jobs(database, clock)
    settling = Settling(clock, jobs)
    return Shop(
        settings=settings,
        clock=clock,
        database=database,
        gateway=gateway,
        hooks=Hooks(),
        jobs=jobs,
        placing=Placing(database, clock, livemode=settings.livemode),
        checkouts=Checkouts(database, clock, gateway, settling, settings.base_url),
        inbox=Inbox(database, clock, settling, jobs, livemode=settings.livemode),
    )
