"""Test clocks ("Test clocks"): customers whose time runs when it is told to."""

from stripe_emulator import schedule
from stripe_emulator.billing.periods import DAY, Cycle
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.schedule import task
from stripe_emulator.store import Thing

KEPT_SECONDS = 30 * DAY
# "Advance at most two intervals of the shortest subscription"; two years without one.
_INTERVALS, _WITHOUT_SUBSCRIPTION = 2, Cycle(0, "year")


def advance(call: Call, clock: Thing, to: int) -> None:
    """Begin to advance; it is ready when everything up to then has happened."""
    if clock["status"] != "ready":
        raise invalid(
            "The test clock is advancing; wait until its status is `ready`.",
            code="test_clock_not_ready",
        )
    if to <= clock["frozen_time"]:
        raise invalid("A test clock cannot go back in time.", param="frozen_time")
    if to > farthest(call, clock):
        raise invalid(
            "A test clock advances at most two intervals of the shortest subscription on it, or "
            "two years if there is none.",
            param="frozen_time",
        )
    clock.update(status="advancing", status_details={"advancing": {"target_frozen_time": to}})
    call.tx.put(clock)
    call.emit("test_helpers.test_clock.advancing", clock)
    call.later(0, "advance_test_clock", clock_id=clock["id"])


def farthest(call: Call, clock: Thing) -> int:
    """The latest time it may be advanced to in one go."""
    now = clock["frozen_time"]
    running = call.tx.find(
        "subscription",
        test_clock=clock["id"],
        where="json_extract(body, '$.ended_at') IS NULL",
    )
    every = [
        Cycle(now, each["price"]["recurring"]["interval"],
              each["price"]["recurring"]["interval_count"])
        for subscription in running
        for each in subscription["items"]["data"]
    ]  # fmt: skip
    ends = [cycle.boundary(_INTERVALS) for cycle in every]
    without = Cycle(now, _WITHOUT_SUBSCRIPTION.interval).boundary(_INTERVALS)
    return min(ends, default=without)


@task("advance_test_clock")
def _advance(call: Call, clock_id: str) -> None:
    clock = call.tx.get("test_helpers.test_clock", clock_id)
    if clock is None or clock.get("deleted") or clock["status"] != "advancing":
        return
    schedule.run_test_clock(call, clock, clock["status_details"]["advancing"]["target_frozen_time"])
    clock.update(status="ready", status_details={})
    call.tx.put(clock)
    call.emit("test_helpers.test_clock.ready", clock)


def delete(call: Call, clock: Thing) -> Thing:
    """The clock is gone, and so are the customers who lived by it."""
    from stripe_emulator.resources.customer import remove

    for each in call.tx.find("customer", test_clock=clock["id"]):
        if not each.get("deleted"):
            call.on_clock_of(each)
            remove(call, each)
    call.tx.sql.execute("DELETE FROM tasks WHERE clock = ?", (clock["id"],))
    stub = {"id": clock["id"], "object": "test_helpers.test_clock", "deleted": True}
    call.tx.put(stub)
    call.emit("test_helpers.test_clock.deleted", clock)
    return stub


@task("delete_test_clock")
def _delete_in_time(call: Call, clock_id: str) -> None:
    clock = call.tx.get("test_helpers.test_clock", clock_id)
    if clock is not None and not clock.get("deleted"):
        delete(call, clock)
