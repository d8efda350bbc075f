"""Stripe's async client under the plain interface, so that every test can be run with it.

`pytest tests/emulator --async-client` makes every call of every test through the `…_async` methods.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import stripe

from tests.emulator.shape_checker import answer_must_be_whole


class _Checked(stripe.HTTPXClient):
    async def request_async(self, *arguments: Any, **more: Any) -> Any:
        answer = await super().request_async(*arguments, **more)
        answer_must_be_whole(answer[0])
        return answer


class AsyncClient:
    """A StripeClient whose calls are awaited on a loop in a thread of its own."""

    def __init__(self, key: str, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        # Paging through lists happens in plain loops.
        self._http = _Checked(allow_sync_methods=True)
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": url, "files": url},
            http_client=self._http,
            max_network_retries=0,
        )

    def __getattr__(self, name: str) -> Any:
        return _wrapped(getattr(self._client, name), self._wait)

    def _wait(self, awaited: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(awaited, self._loop).result(30)

    def close(self) -> None:
        self._wait(self._http.close_async())
        self._http.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Service:
    """A part of the client's tree: other parts below it, and calls."""

    def __init__(self, service: Any, wait: Callable[[Any], Any]) -> None:
        self._service, self._wait = service, wait

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, f"{name}_async", None)
        if found is not None:
            return lambda *arguments, **more: self._wait(found(*arguments, **more))
        return _wrapped(getattr(self._service, name), self._wait)


def _wrapped(found: Any, wait: Callable[[Any], Any]) -> Any:
    return found if callable(found) else _Service(found, wait)
