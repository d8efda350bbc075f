"""How a process of ours ends."""

import os
import sys
from typing import NoReturn


def end_process() -> NoReturn:
    """End at once, with exit code 0, once all that must be put away has been.

    Threads that wait for Stripe or for somebody's handler would hold an ordinary exit up.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
