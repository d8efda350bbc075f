"""Forty want the last five: `python -m tests.proof.rush DATABASE FOLDER guarded|naive`."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from paydesk.catalogue import stock
from paydesk.catalogue.product import Variant
from paydesk.catalogue.stock import Hold, HoldState
from paydesk.foundation.logs import configure_logs
from paydesk.settings import Mode, Settings
from paydesk.wiring import Shop, open_shop
from tests.paydesk.test_placing import variant, wish
from tests.proof.racing import at_once

BUYERS = 40
SLUG = "soldering-iron"


def settings(database_url: str, folder: str) -> Settings:
    return Settings(
        mode=Mode.TEST,
        publishable_key="pk_test_x",
        secret_key="sk_test_x",
        webhook_secrets=(),
        base_url="http://localhost:5000",
        database_url=database_url,
        app_secret="-",
        data_dir=Path(folder),
    )


def ready(number: int, *, naive: bool) -> Callable[[], bool]:
    shop = open_shop(settings(*sys.argv[1:3]))
    wanted = wish(shop, SLUG, attempt=f"racer-{number:09}")

    def buy() -> bool:
        if naive:
            look_then_take(shop)
        try:
            shop.placing.place(wanted)
        except stock.SoldOut:
            return False
        return True

    return buy


def look_then_take(shop: Shop) -> None:
    """As many shops do it: look whether there is enough, and take it a moment later."""
    left = stock.left(variant(shop, SLUG))
    # SQLite lets them look one after the other.
    time.sleep(0.5)

    def hold(tx: Session, order_id: str, wanted: Variant, quantity: int) -> None:
        if left is not None and left < quantity:
            raise stock.SoldOut("sold out")
        taken = update(Variant).where(Variant.id == wanted.id)
        tx.execute(taken.values(held=Variant.held + quantity))
        held = HoldState.HELD
        tx.add(Hold(order_id=order_id, variant_id=wanted.id, quantity=quantity, state=held))

    stock.hold = hold  # type: ignore[assignment]


def main() -> None:
    configure_logs()
    naive = sys.argv[3] == "naive"
    sold = at_once(BUYERS, lambda number: ready(number, naive=naive))
    shop = open_shop(settings(*sys.argv[1:3]))
    with shop.database.transaction() as tx:
        held = sum(tx.scalars(select(Hold.quantity).where(Hold.state == HoldState.HELD)))
    print(json.dumps({"sold": sum(sold), "refused": BUYERS - sum(sold), "held": held}))
    shop.close()


if __name__ == "__main__":
    main()
