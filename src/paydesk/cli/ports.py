"""Which ports are free."""

import socket
from contextlib import closing

_MOST_TRIES = 50


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        # As servers do: a port that only waits for late packets of a stopped one is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def first_free(host: str, port: int) -> int | None:
    """`port` or the next free one above it; None if there is none nearby."""
    ports = range(port, min(port + _MOST_TRIES, 65536))
    return next((each for each in ports if is_free(host, each)), None)
