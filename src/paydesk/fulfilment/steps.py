"""Steps of jobs: tried again with back-off, and let go when their process is to end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dbos import DBOS

# 1 s, 2 s, 4 s …: eleven waits are 34 minutes, after which a job is given up and stays visible.
_ATTEMPTS = 12
_FIRST_WAIT_SECONDS = 1.0


class LetGo(BaseException):
    """Ends a job on this process and leaves it to be run again, as the process's death would.

    No Exception: DBOS writes those down as how the job ended.
    """


def attempt() -> int:
    """How often the step that runs now was tried before."""
    status = DBOS.step_status
    return (status.current_attempt or 0) if status is not None else 0


class Steps:
    """The steps of one start of the worker.

    DBOS would wait between two attempts with `time.sleep`, on threads that Python joins before
    it ends: one handler that raises would keep its process from ending for half an hour.
    """

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._free = threading.Condition()
        self._running = 0
        # Before Python joins threads, which is before `atexit`. Not public, but the only place.
        register = getattr(threading, "_register_atexit", None)
        if register is not None:
            register(self._ending.set)

    def step(self, name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """`run` as a step, tried until it does not raise or the attempts are used up."""

        # DBOS wraps plain functions; a bound method has no name of its own to change.
        def step(*arguments: Any) -> Any:
            tried = attempt()
            wait = _FIRST_WAIT_SECONDS * 2 ** (tried - 1) if tried else 0.0
            if self._ending.wait(wait):
                raise LetGo
            return run(*arguments)

        retried: Callable[..., Any] = DBOS.step(
            name=name, retries_allowed=True, max_attempts=_ATTEMPTS, interval_seconds=0.0
        )(step)
        return retried

    @contextmanager
    def job(self) -> Iterator[None]:
        """Around a job: what `let_go` waits for."""
        with self._free:
            self._running += 1
        try:
            yield
        finally:
            with self._free:
                self._running -= 1
                self._free.notify_all()

    def let_go(self, grace_seconds: float) -> None:
        """Begin nothing more; wait at most so long for what is running."""
        self._ending.set()
        with self._free:
            self._free.wait_for(lambda: not self._running, grace_seconds)
