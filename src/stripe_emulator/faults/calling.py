"""What the rules do to one API call: fail it, leave it without an answer, or answer late."""

import errno
import time
from collections.abc import Iterator
from dataclasses import dataclass

from stripe_emulator.errors import StripeFault
from stripe_emulator.faults import rules
from stripe_emulator.faults.rule import Rule
from stripe_emulator.store import Store


@dataclass(frozen=True)
class CallFaults:
    """The rules that concern one call."""

    taken: tuple[Rule, ...] = ()

    @property
    def failure(self) -> Rule | None:
        return self._first("api.fail")

    @property
    def silence(self) -> Rule | None:
        return self._first("api.timeout")

    @property
    def delay_seconds(self) -> float:
        return sum(each.seconds for each in self.taken if each.fault == "api.delay")

    @property
    def lets_work(self) -> bool:
        """Whether the call is carried out, whatever is answered."""
        return all(each.work for each in (self.failure, self.silence) if each is not None)

    def _first(self, fault: str) -> Rule | None:
        return next((each for each in self.taken if each.fault == fault), None)


def take_for_call(store: Store, method: str, path: str) -> CallFaults:
    """The rules that concern a call, each used up by one time."""

    def concerns(rule: Rule) -> bool:
        return rule.fault.startswith("api.") and rule.concerns_call(method, path)

    with store.reading() as tx:
        found = rules.applying(tx, concerns)
    if any(each.times is not None for each in found):
        with store.transaction() as tx:
            found = rules.take(tx, concerns)
    return CallFaults(tuple(found))


def failure_of(rule: Rule) -> StripeFault:
    """Stripe's own words where it has some ("Rate limits")."""
    if rule.status == 429:
        return StripeFault(
            "Request rate limit exceeded. Learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            status=429,
            code="rate_limit",
        )
    return StripeFault(
        "This error was asked for by a fault of the emulator.", status=rule.status, kind="api_error"
    )


class HangUp:
    """A body that never comes: the server closes the connection without an answer."""

    def __init__(self, after_seconds: float) -> None:
        self._after_seconds = after_seconds

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        time.sleep(self._after_seconds)
        # What a client that has gone looks like to a server: none tries to answer it.
        raise ConnectionResetError(errno.ECONNRESET, "hung up on purpose")
