"""A shop's lives: `python -m tests.proof.lives DATABASE STRIPE FOLDER [SHARE]`.

A purchase with its refund is made once to learn the points it comes by. Then it is made once more
for each point: one life ends there by SIGKILL, the next goes on. Prints one line of JSON a point,
and dies of nothing else. SHARE: only every so many-th point.

Forked from one process that has imported everything, so that a life costs little.
"""

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from paydesk.catalogue.demonstration import load_products
from paydesk.foundation.clock import Clock
from paydesk.foundation.logs import configure_logs
from paydesk.foundation.money import Money
from paydesk.fulfilment.hooks import Effect, Sale
from paydesk.fulfilment.jobs import EffectState, OwedEffect
from paydesk.migrations import schema
from paydesk.orders.order import Order
from paydesk.payments.event import Door, EventState, StoredEvent, parse
from paydesk.payments.refund import Refund, Wish
from paydesk.reports.checking import check
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from tests.paydesk.test_placing import wish
from tests.proof.crashing import Fate, Point, await_fate, points_passed

DATABASE, STRIPE, FOLDER = (*sys.argv[1:4], "", "", "")[:3]
_PATIENCE_SECONDS = 30.0
_REFUND_MINOR = 700


def settings() -> Settings:
    return Settings(
        mode=Mode.EMULATOR,
        publishable_key="pk_test_x",
        secret_key="sk_test_of_the_lives",
        webhook_secrets=(),
        base_url="http://localhost:5000",
        database_url=DATABASE,
        app_secret="-",
        data_dir=Path(FOLDER),
        stripe_api_base=STRIPE,
        pull_seconds=3600,
    )


def life(attempt: str) -> None:
    """Make the purchase, from wherever the life before it came to."""
    shop = open_shop(settings())
    shop.hooks.register(Effect.PAID, deliver)
    shop.worker.start()
    order = shop.placing.place(wish(shop, "workshop-mug", attempt=attempt))
    order_id = order_of_attempt(shop, order.id, attempt)
    buy(shop, order_id)
    until(lambda: effect_is_done(shop, order_id), "the effect")
    shop.refunds.request(order_id, Wish(Money(_REFUND_MINOR, "usd"), attempt=attempt))
    until(lambda: all(row.stripe_id for row in refunds(shop, order_id)), "the refund")
    tell(shop)
    shop.worker.stop()
    shop.close()


def buy(shop: Shop, order_id: str) -> None:
    if order(shop, order_id).payment == "awaiting":
        opened = shop.checkouts.start(order_id)
        post(f"{STRIPE}/_emulator/checkout/{opened.stripe_id}/pay", {})
        # The buyer is back before the webhook.
        shop.checkouts.ask(order_id)
        tell(shop)


def tell(shop: Shop) -> None:
    """Stripe's webhooks, and then the pull."""
    known = stored(shop)
    events = get(f"{STRIPE}/v1/events?limit=20")["data"]
    for event in reversed(events):
        if event["id"] not in known:
            shop.inbox.receive(parse(json.dumps(event).encode()), Door.WEBHOOK)
    shop.pulling.run()


def stored(shop: Shop) -> set[str]:
    with shop.database.transaction() as tx:
        done = StoredEvent.state != EventState.FAILED
        return set(tx.scalars(select(StoredEvent.id).where(done)))


def deliver(sale: Sale) -> None:
    with (Path(FOLDER) / "delivered").open("a") as out:
        out.write(f"{sale.key}\n")


def order_of_attempt(shop: Shop, order_id: str, attempt: str) -> str:
    """The order this purchase is about: once it is paid, the same form would begin a new one."""
    file = Path(FOLDER) / f"order of {attempt}"
    if not file.exists():
        file.write_text(order_id)
    return file.read_text()


def order(shop: Shop, order_id: str) -> Order:
    with shop.database.transaction() as tx:
        return tx.get_one(Order, order_id)


def effect_is_done(shop: Shop, order_id: str) -> bool:
    with shop.database.transaction() as tx:
        row = tx.get(OwedEffect, (order_id, "paid", ""))
        return row is not None and row.state == EffectState.DONE


def refunds(shop: Shop, order_id: str) -> list[Refund]:
    with shop.database.transaction() as tx:
        return list(tx.scalars(select(Refund).where(Refund.order_id == order_id)))


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.02)


def forked(deed: Callable[[], None]) -> int:
    """Do it in a process of its own; its exit status, negative for the signal it died of."""
    child = os.fork()
    if child == 0:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - a child must not go on as its parent
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fated(point: Point | None, log: Path, attempt: str) -> Callable[[], None]:
    def deed() -> None:
        await_fate(Fate(point, log))
        life(attempt)

    return deed


def verdict(attempt: str) -> dict[str, Any]:
    """What is left of a purchase after all its lives."""
    shop = open_shop(settings())
    order_id = (Path(FOLDER) / f"order of {attempt}").read_text()
    found = order(shop, order_id)
    delivered = (Path(FOLDER) / "delivered").read_text().splitlines()
    made = refunds(shop, order_id)
    at_stripe = [each for row in made for each in shop.gateway.list_refunds(row.payment_id)]
    told = {
        "payment": found.payment,
        "paid": found.paid_minor,
        "refunded": found.refunded_minor,
        "refunded_at_stripe": sum(each["amount"] for each in at_stripe),
        "handler_runs": delivered.count(f"paid:{order_id}"),
    }
    shop.close()
    return told


def prepare() -> None:
    shop = open_shop(settings())
    schema.migrate(shop.database)
    with shop.database.transaction() as tx:
        load_products(tx, Clock())
    shop.close()


def books() -> dict[str, Any]:
    shop = open_shop(settings())
    findings = [each.text for each in check(shop.database, shop.clock, lambda *_: None)]
    compared = shop.reconciling.compare(0, lambda *_: None)
    shop.close()
    return {"check": findings, "reconcile": [each.text for each in compared.differences]}


def say(told: Callable[[], dict[str, Any]], **more: Any) -> None:
    """In a child, too: the parent never opens a database, and so can always be forked."""
    assert forked(lambda: print(json.dumps({**more, **told()}), flush=True)) == 0


def get(url: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer sk_test_lives"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def post(url: str, body: Any) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()


def main() -> None:
    configure_logs()
    log = Path(FOLDER) / "points"
    assert forked(prepare) == 0
    assert forked(fated(None, log, "untouched")) == 0
    say(lambda: verdict("untouched"), point="none", deaths=0)
    share = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    for number, point in enumerate(points_passed(log)):
        if number % share:
            continue
        attempt, deaths = f"attempt-{number:012}", 0
        status = forked(fated(point, log, attempt))
        deaths += status < 0
        # Whatever the first life left: the next ones meet no fate.
        for _ in range(3):
            if status == 0:
                break
            status = forked(lambda attempt=attempt: life(attempt))  # type: ignore[misc]
        assert status == 0, f"no life gets through after {point}"
        say(lambda attempt=attempt: verdict(attempt), point=str(point), deaths=deaths)  # type: ignore[misc]
    say(books)


if __name__ == "__main__":
    main()
