"""Processes that do one thing at the same moment: forked from one that has imported everything."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

# The last of them is forked and ready by then.
_HEAD_START_SECONDS = 0.02


def at_once(count: int, ready: Callable[[int], Callable[[], Any]]) -> list[Any]:
    """`ready(n)` in `count` processes, then what each returned, all at once; what they say."""
    children = []
    # A clock all processes of a machine share.
    start = time.monotonic() + 0.5 + count * _HEAD_START_SECONDS
    for number in range(count):
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(out)
            _run(number, ready, start, into)
        os.close(into)
        children.append((child, out))
    told = []
    for child, out in children:
        with os.fdopen(out) as pipe:
            text = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status == 0, f"a racer ended with {status}: {text}"
        told.append(json.loads(text))
    return told


def _run(number: int, ready: Callable[[int], Callable[[], Any]], start: float, into: int) -> None:
    try:
        deed = ready(number)
        time.sleep(max(0.0, start - time.monotonic()))
        answer = json.dumps(deed())
    except BaseException as error:  # noqa: BLE001 - a child must not go on as its parent
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os.write(into, answer.encode())
    os._exit(0)
