"""How often one address may ask for a checkout session, or write to us."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from flask import request
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from paydesk.foundation.errors import ShopError
from paydesk.foundation.language import later

# Thirty colleagues behind one router may all buy at once; somebody who tries cards may not go on.
_LIMITS = (RateLimitItemPerSecond(40, 10), RateLimitItemPerSecond(120, 60))
_SESSION_MAKERS = frozenset(
    {
        *("create_checkout_session", "continue_payment", "order_cart"),
        *("begin_trip", "hand_over", "open_portal"),
    }
)
# Nobody withdraws from ten contracts a minute, but a script may try order numbers.
_LETTER_LIMITS = (RateLimitItemPerSecond(10, 60), RateLimitItemPerSecond(40, 3600))
_LETTERS = frozenset(
    {"confirm_withdrawal", "confirm_withdrawal_of_order", "send_links", "ask_for_notice"}
)
# The library keeps a list for every address it has seen; beyond this all are forgotten.
_MOST_ADDRESSES = 10_000
# One household has that much of IPv6 to itself.
_IPV6_SHIFT = 64


class TooManyRequests(ShopError):
    """An address asked too often; it may again after `retry_after_seconds`."""

    status = 429
    code = "too_many_requests"
    template_text = later(
        "You have tried to pay very often in a short time. Nothing was charged. "
        "Please wait %(seconds)s seconds, then try again."
    )

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(self.template_text, seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class TooManyLetters(TooManyRequests):
    """An address wrote to us too often; nothing of it was kept."""

    template_text = later(
        "This form was sent very often in a short time, so it was not kept. "
        "Please wait %(seconds)s seconds, then try again."
    )


class Throttle:
    """Counts in this process's memory: a restart forgives."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def check(self) -> None:
        """Raises TooManyRequests for a request that is one too many."""
        if makes_a_session():
            self._count(_LIMITS, TooManyRequests)
        elif request.method == "POST" and _page() in _LETTERS:
            self._count(_LETTER_LIMITS, TooManyLetters, "letters")

    def _count(
        self, limits: Iterable[RateLimitItem], refusal: type[TooManyRequests], *what: str
    ) -> None:
        if len(self._storage.events) > _MOST_ADDRESSES:
            self._storage.reset()
        who = household(request.remote_addr)
        for limit in limits:
            if not self._limiter.hit(limit, who, *what):
                raise refusal(limit.get_expiry())


def makes_a_session() -> bool:
    """Whether this request makes or continues a checkout session."""
    return request.method == "POST" and _page() in _SESSION_MAKERS


def _page() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def household(address: str | None) -> str:
    """Whom an address is counted for: itself, or its network of IPv6."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        # A server on a Unix socket tells none, a careless proxy anything.
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"{int(parsed) >> _IPV6_SHIFT:x}"
    return str(parsed)
