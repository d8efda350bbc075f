"""Forty carts of three want the last five: `python -m tests.proof.cart_rush DATABASE FOLDER`.

Each cart has the same three in another order. Before they keep one, buyers order and let go again,
so that holding and releasing meet.
"""

import json
import sys
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from paydesk.catalogue import stock
from paydesk.catalogue.stock import Hold, HoldState
from paydesk.foundation.logs import configure_logs
from paydesk.orders.ordering import CartChanged, CartWish, OthersOpen
from paydesk.wiring import Shop, open_shop
from tests.paydesk.test_cart import cart_wish, filled
from tests.proof.racing import at_once
from tests.proof.rush import settings

BUYERS = 40
GOODS = ("soldering-iron", "sensor-kit", "arduino-board")
# SQLite has one writer at a time, so there is nothing to lock each other out of.
_ROUNDS = 1 if sys.argv[1].startswith("sqlite") else 4


def wishes() -> list[CartWish]:
    """What each buyer wants, from carts that were filled before."""
    shop = open_shop(settings(*sys.argv[1:3]))
    found = []
    for number in range(BUYERS):
        turned = number % len(GOODS)
        wanted = (*GOODS[turned:], *GOODS[:turned])
        cart_id = filled(shop, *((slug, 1) for slug in wanted))
        found.append(cart_wish(shop, cart_id, attempt=f"racer-{number:012}"))
    shop.close()
    return found


def ready(wish: CartWish) -> Callable[[], str]:
    shop = open_shop(settings(*sys.argv[1:3]))

    def buy() -> str:
        while True:
            try:
                return _buy(shop, wish)
            except OperationalError as error:
                if "deadlock" in str(error):
                    return "deadlock"
                # A busy machine: the shop says "please try again", and so does the buyer.
                if "locked" not in str(error):
                    raise

    return buy


def _buy(shop: Shop, wish: CartWish) -> str:
    for n in range(_ROUNDS):
        try:
            order = shop.from_carts.place(wish)
        except (stock.SoldOut, CartChanged, OthersOpen):
            continue
        if n == _ROUNDS - 1:
            return "sold"
        shop.checkouts.cancel(order.id)
    return "refused"


def main() -> None:
    configure_logs()
    wanted = wishes()
    told = at_once(BUYERS, lambda number: ready(wanted[number]))
    shop = open_shop(settings(*sys.argv[1:3]))
    with shop.database.transaction() as tx:
        rows = tx.scalars(select(Hold).where(Hold.state == HoldState.HELD)).all()
        by_order: dict[str, int] = {}
        for row in rows:
            by_order[row.order_id] = by_order.get(row.order_id, 0) + row.quantity
    answer = {word: told.count(word) for word in ("sold", "deadlock")}
    # Each order that holds anything holds all three.
    print(json.dumps({**answer, "held": len(by_order), "whole": set(by_order.values()) <= {3}}))
    shop.close()


if __name__ == "__main__":
    main()
