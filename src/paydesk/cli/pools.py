"""Which threads answer a request: what never waits for Stripe never queues behind what does."""

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher

# More than may wait for Stripe at a time (payments/in_flight.py), so that one is always free to
# answer "try again in a moment".
_WAITING_THREADS = 40
_QUICK_THREADS = 6
# Stripe sends many at once, and each is one short transaction.
_WEBHOOK_THREADS = 4
# Open order pages that are told by the server hold a thread each, and mostly sleep, which is
# cheaper than their asking. Two more say that no place is free.
STREAMS = 64
_STREAM_THREADS = STREAMS + 2

_WEBHOOK = "/webhook"
_ORDERS, _STREAM = "/o/", "/live"
# Only what is sure to ask nothing of Stripe; a page nobody thought of here may wait.
_QUICK = frozenset(
    {"/", "/search", "/config", "/healthz", "/readyz", "/robots.txt", "/sitemap.xml"}
)
_QUICK_BEGINNINGS = ("/p/", "/c/", "/media/", "/paydesk-static/")


class Pools:
    """Waitress's dispatcher, four times: a request comes here once it has been read whole."""

    def __init__(self, url_prefix: str = "") -> None:
        # Of what else a host's app answers nothing is known: it may wait.
        self._prefix = url_prefix
        self._webhooks = _pool(_WEBHOOK_THREADS)
        self._quick = _pool(_QUICK_THREADS)
        self._waiting = _pool(_WAITING_THREADS)
        self._streams = _pool(_STREAM_THREADS)

    def add_task(self, task: HTTPChannel) -> None:
        self._pool_of(task).add_task(task)

    def _pool_of(self, channel: HTTPChannel) -> ThreadedTaskDispatcher:
        path: str = channel.requests[0].path
        if not path.startswith(self._prefix):
            return self._waiting
        path = path.removeprefix(self._prefix)
        if path == _WEBHOOK:
            return self._webhooks
        if path in _QUICK or path.startswith(_QUICK_BEGINNINGS):
            return self._quick
        is_stream = path.startswith(_ORDERS) and path.endswith(_STREAM)
        return self._streams if is_stream else self._waiting


def _pool(threads: int) -> ThreadedTaskDispatcher:
    pool = ThreadedTaskDispatcher()
    pool.set_thread_count(threads)
    return pool
