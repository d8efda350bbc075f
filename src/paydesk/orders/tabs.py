"""The tabs of the desk's order list: which of them an order is in. Pure."""

from enum import StrEnum
from typing import TYPE_CHECKING

from paydesk.orders.problems import problems_of

if TYPE_CHECKING:
    from paydesk.orders.order import Order

# One more whenever `tabs_of` says something else: the counts are then built anew at the next
# `paydesk db migrate` or start.
VERSION = 4
_TO_SHIP = frozenset({"unfulfilled", "partly"})


class Tab(StrEnum):
    """One saved filter of the order list; also counted: each payment status by its own word."""

    ALL = "all"
    TO_SHIP = "to_ship"
    PENDING = "pending"
    PROBLEMS = "problems"
    REFUNDED = "refunded"
    ARCHIVED = "archived"


def tabs_of(order: "Order") -> frozenset[str]:
    """Everything an order is counted as: tabs, `payment:` and its status, `problem:` and each one.

    The counts are kept (orders/tallies.py): whoever changes what this says raises `VERSION`.
    """
    payment = order.payment or "awaiting"
    found = {Tab.ALL, f"payment:{payment}"}
    if order.archived_at is not None:
        # Put away: nobody is to do anything about it.
        return frozenset({*found, Tab.ARCHIVED})
    if order.fulfilment in _TO_SHIP:
        found.add(Tab.TO_SHIP)
    if payment == "pending":
        found.add(Tab.PENDING)
    problems = problems_of(order)
    if problems:
        found |= {Tab.PROBLEMS, *(f"problem:{each}" for each in problems)}
    if order.refunded_minor:
        found.add(Tab.REFUNDED)
    return frozenset(found)


def recount(order: "Order") -> tuple[list[str], list[str]]:
    """Note on an order the tabs it is in; those it was in before, and those it is in now."""
    before, after = (order.counted_as or "").split(), sorted(tabs_of(order))
    if before != after:
        order.counted_as = " ".join(after)
    return before, after
