"""What the rules do to one attempt at a delivery: pretend an answer, or break the line."""

import http.client
from urllib.parse import urlsplit
from urllib.request import Request

from stripe_emulator.faults import rules
from stripe_emulator.faults.rule import Rule
from stripe_emulator.store import Store

_TIMEOUT_SECONDS = 10.0
_FAULTS = ("delivery.fail", "delivery.disconnect")


def take_for_attempt(store: Store, event_id: str) -> Rule | None:
    """The rule that concerns the attempt about to be made, used up by one time."""
    with store.reading() as tx:
        if not rules.applying(tx, lambda each: each.fault in _FAULTS):
            return None
    with store.transaction() as tx:
        kind = str((tx.get("event", event_id) or {}).get("type", ""))
        first = next(
            iter(rules.applying(tx, lambda r: r.fault in _FAULTS and r.concerns_event(kind))), None
        )
        if first is not None:
            rules.take(tx, lambda each: each.id == first.id)
    return first


def sent_badly(request: Request, rule: Rule) -> tuple[int | None, str, str | None]:
    """Status, answer and error of an attempt that goes as the rule wants."""
    if rule.fault == "delivery.fail":
        return rule.status, "(pretended by a fault of the emulator: nothing was sent)", None
    try:
        _break_off(request, whole=rule.whole)
    except (OSError, http.client.HTTPException) as error:
        return None, "", f"{type(error).__name__}: {error}"[:200]
    when = "after the whole request" if rule.whole else "in the middle of the request"
    return None, "", f"the connection broke {when} (a fault of the emulator)"


def _break_off(request: Request, *, whole: bool) -> None:
    body = request.data
    assert isinstance(body, bytes)
    parts = urlsplit(request.full_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        line.putrequest("POST", request.selector)
        for name, value in request.header_items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body if whole else body[: len(body) // 2])
    finally:
        line.close()
