"""Test clocks on the API ("The TestClock object")."""

from stripe_emulator import ids, listing
from stripe_emulator.api import route
from stripe_emulator.billing import clocks
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.resources.editing import only
from stripe_emulator.store import Thing

_KIND = "test_helpers.test_clock"
_PATH = "/v1/test_helpers/test_clocks"
_LONGEST_NAME = 300
# Four-digit years only.
_LATEST = 253_402_300_799


@route("POST", _PATH, "test_helpers.TestClockCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, ("frozen_time", "name"), "test clocks")
    if not 0 < given["frozen_time"] <= _LATEST:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp.", param="frozen_time")
    if len(given.get("name") or "") > _LONGEST_NAME:
        raise invalid(f"A name has at most {_LONGEST_NAME} characters.", param="name")
    clock: Thing = {
        "id": ids.new("clock"),
        "object": _KIND,
        "created": call.now,
        "deletes_after": call.now + clocks.KEPT_SECONDS,
        "frozen_time": given["frozen_time"],
        "livemode": False,
        "name": given.get("name"),
        "status": "ready",
        "status_details": {},
    }
    call.tx.put(clock)
    call.emit(f"{_KIND}.created", clock)
    call.at(clock["deletes_after"], "delete_test_clock", clock_id=clock["id"])
    return clock


@route("GET", f"{_PATH}/{{id}}", "test_helpers.TestClockRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require(_KIND, call.path["id"])


@route("POST", f"{_PATH}/{{id}}/advance", "test_helpers.TestClockAdvanceParams")
def advance(call: Call) -> Thing:
    clock = call.require(_KIND, call.path["id"])
    clocks.advance(call, clock, call.params["frozen_time"])
    return clock


@route("DELETE", f"{_PATH}/{{id}}", "test_helpers.TestClockDeleteParams")
def delete(call: Call) -> Thing:
    return clocks.delete(call, call.require(_KIND, call.path["id"]))


@route("GET", _PATH, "test_helpers.TestClockListParams")
def list_all(call: Call) -> Thing:
    return listing.page(call, _KIND, _PATH)
