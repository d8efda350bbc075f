"""Each event delivered six times at one moment, by six processes.

`python -m tests.proof.copies DATABASE FOLDER guarded|naive` finds its orders in the database and
its events in FOLDER/events.json; what handlers do is written into FOLDER/runs.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from paydesk.foundation.logs import configure_logs
from paydesk.fulfilment.hooks import Effect, sale_of
from paydesk.orders.order import Order
from paydesk.payments.event import Event, StoredEvent, parse
from paydesk.wiring import Shop, open_shop
from tests.paydesk import worker_process
from tests.proof.racing import at_once
from tests.proof.rush import settings

COPIES = 6
# All six deliver the next event at the same moment; one takes a few milliseconds.
_EVERY_SECONDS = 0.03


def ready(events: list[Event], deliver: Callable[[Shop, Event], str]) -> Callable[[], list[str]]:
    shop = open_shop(settings(*sys.argv[1:3]))
    with shop.database.transaction():
        pass

    def run() -> list[str]:
        begin, said = time.monotonic(), []
        for number, event in enumerate(events):
            time.sleep(max(0.0, begin + number * _EVERY_SECONDS - time.monotonic()))
            said.append(deliver(shop, event))
        return said

    return run


def guarded(shop: Shop, event: Event) -> str:
    return str(shop.inbox.receive(event))


def naive(shop: Shop, event: Event) -> str:
    """As many do it: look whether the event is known, do what follows from it, note it down."""
    with shop.database.transaction() as tx:
        if tx.get(StoredEvent, event.id) is not None:
            return "known"
    order_id = str(event.content["data"]["object"]["client_reference_id"])
    with shop.database.transaction() as tx:
        sale = sale_of(tx.get_one(Order, order_id), Effect.PAID)
    worker_process.FOLDER = Path(sys.argv[2])
    worker_process.first(sale)
    return str(shop.inbox.receive(event))


def main() -> None:
    configure_logs()
    bodies = json.loads((Path(sys.argv[2]) / "events.json").read_text())
    events = [parse(body.encode()) for body in bodies]
    deliver = naive if sys.argv[3] == "naive" else guarded
    said = at_once(COPIES, lambda _number: ready(events, deliver))
    print(json.dumps({"answers": sorted({each for copy in said for each in copy})}))


if __name__ == "__main__":
    main()
