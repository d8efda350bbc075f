"""How often one address may ask for a checkout session."""

from ipaddress import IPv6Address, ip_address

from flask import request
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from paydesk.foundation.errors import ShopError

# Thirty colleagues behind one router may all buy at once; somebody who tries cards may not go on.
_LIMITS = (RateLimitItemPerSecond(40, 10), RateLimitItemPerSecond(120, 60))
_SESSION_MAKERS = frozenset(
    {
        *("create_checkout_session", "continue_payment"),
        *("begin_trip", "hand_over", "open_portal"),
    }
)
# The library keeps a list for every address it has seen; beyond this all are forgotten.
_MOST_ADDRESSES = 10_000
# One household has that much of IPv6 to itself.
_IPV6_SHIFT = 64


class TooManyRequests(ShopError):
    """An address asked too often; it may again after `retry_after_seconds`."""

    status = 429
    code = "too_many_requests"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "You have tried to pay very often in a short time. Nothing was charged. "
            "Please wait %(seconds)s seconds, then try again.",
            seconds=retry_after_seconds,
        )
        self.retry_after_seconds = retry_after_seconds


class Throttle:
    """Counts in this process's memory: a restart forgives."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)

    def check(self) -> None:
        """Raises TooManyRequests for a request that is one too many."""
        if not makes_a_session():
            return
        if len(self._storage.events) > _MOST_ADDRESSES:
            self._storage.reset()
        who = household(request.remote_addr)
        for limit in _LIMITS:
            if not self._limiter.hit(limit, who):
                raise TooManyRequests(limit.get_expiry())


def makes_a_session() -> bool:
    """Whether this request makes or continues a checkout session."""
    page = (request.endpoint or "").rpartition(".")[2]
    return request.method == "POST" and page in _SESSION_MAKERS


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
