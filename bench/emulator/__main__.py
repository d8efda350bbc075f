"""`python -m bench.emulator`: calls per second, start and memory, and what 100,000 objects cost."""

import argparse
import contextlib
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from bench import reporting
from bench.emulator.standing import StandIn, emulator, rival, rivals_python

_ROUNDS, _CALLS, _STARTS = 7, 200, 5
_FEW, _MANY = 1_000, 100_000
CUSTOMER = ("/v1/customers", "email=aNUMBER@example.com&name=Number+NUMBER&metadata[order]=NUMBER")
SESSION = (
    "/v1/checkout/sessions",
    "mode=payment&success_url=https://shop.example/done&line_items[0][quantity]=2"
    "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1500"
    "&line_items[0][price_data][product_data][name]=Tea",
)
Start = Callable[[], AbstractContextManager[StandIn]]


@dataclass
class Figures:
    """Of one stand-in; rates are calls per second on one connection that stays open."""

    name: str
    customers: list[float] = field(default_factory=list)
    sessions: list[float] = field(default_factory=list)
    start_ms: float = 0.0
    stop_ms: float = 0.0
    megabytes: float = 0.0

    def row(self) -> str:
        sessions = f"{statistics.median(self.sessions):,.0f}" if self.sessions else "–"
        return (
            f"| {self.name} | {statistics.median(self.customers):,.0f} | {sessions} "
            f"| {self.start_ms:.0f} | {self.stop_ms:.0f} | {self.megabytes:.0f} |"
        )


def main() -> None:
    given = _arguments()
    parts = [reporting.machine() + ".", _how(given)]
    print("\n\n".join(parts), flush=True)
    for measure in (_beside, _growing):
        part = measure(given)
        print("\n" + part, flush=True)
        parts.append(part)
    if given.write:
        reporting.write("emulator", "\n\n".join(parts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.emulator", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--calls", type=int, default=_CALLS, help="in each round")
    parser.add_argument("--many", type=int, default=_MANY, help="customers in the large store")
    parser.add_argument("--alone", action="store_true", help="without the rival")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    return parser.parse_args()


def _how(given: argparse.Namespace) -> str:
    return (
        f"One connection that stays open, one call after the other. Medians of {given.rounds} "
        f"alternated rounds of {given.calls} calls; start and stop: medians of {_STARTS}. Start is "
        "until the first answer, memory is RSS after it."
    )


def _beside(given: argparse.Namespace) -> str:
    with contextlib.ExitStack() as stack:
        starts: list[tuple[Start, tuple[str, ...]]] = [(emulator, ("customers", "sessions"))]
        if not given.alone:
            python = stack.enter_context(rivals_python())
            starts.append((lambda: rival(python), ("customers",)))
        found = [_started(start) for start, _ in starts]
        running = [stack.enter_context(start()) for start, _ in starts]
        for number in range(given.rounds + 1):
            for stand_in, figures, (_, calls) in zip(running, found, starts, strict=True):
                _round(stand_in, figures, calls, given.calls, warm=number == 0)
    head = (
        "| | customers/s | sessions/s | start ms | stop ms | memory MB |\n|---|--:|--:|--:|--:|--:|"
    )
    return "\n".join([head, *(each.row() for each in found)])


def _started(start: Start) -> Figures:
    begun, ended, megabytes = [], [], 0.0
    name = ""
    for _ in range(_STARTS):
        with start() as stand_in:
            name, megabytes = stand_in.name, stand_in.megabytes()
            begun.append(stand_in.start_seconds * 1000)
            ended.append(stand_in.stop() * 1000)
    return Figures(
        name,
        start_ms=statistics.median(begun),
        stop_ms=statistics.median(ended),
        megabytes=megabytes,
    )


def _round(
    stand_in: StandIn, figures: Figures, calls: tuple[str, ...], count: int, *, warm: bool
) -> None:
    for kind in calls:
        path, body = CUSTOMER if kind == "customers" else SESSION
        rate = stand_in.rate(path, body, count)
        if not warm:
            getattr(figures, kind).append(rate)


def _growing(given: argparse.Namespace) -> str:
    lines = [
        "| stripe-emulator with | customers/s | sessions/s | memory MB |",
        "|---|--:|--:|--:|",
    ]
    rates = []
    with emulator() as stand_in:
        stored = 0
        for stored_then in (_FEW, given.many):
            stand_in.rate(*CUSTOMER, stored_then - stored)
            stored = stored_then
            customers = statistics.median(
                stand_in.rate(*CUSTOMER, given.calls) for _ in range(given.rounds)
            )
            sessions = statistics.median(
                stand_in.rate(*SESSION, given.calls) for _ in range(given.rounds)
            )
            rates.append(customers)
            lines.append(
                f"| {stored_then:,} customers, an event each | {customers:,.0f} | {sessions:,.0f} "
                f"| {stand_in.megabytes():.0f} |"
            )
    flat = "met" if rates[1] >= 0.8 * rates[0] else "**missed**"
    verdict = f"- {flat}: at least 0.8 × the rate with {given.many:,} customers"
    return "\n".join(lines) + f"\n\n{verdict}"


if __name__ == "__main__":
    main()
