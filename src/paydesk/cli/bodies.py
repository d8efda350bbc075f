"""How large a body may be on its way: small, but for what the desk's pages upload."""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

# The app has its own, smaller limits; what is beyond these is not even kept.
MAX_BODY_BYTES = 512 * 1024
# A picture or a sheet of products, with the form around it.
MAX_UPLOAD_BYTES = 9 * 1024 * 1024
_UPLOADS = "/admin/products"


class _Wider:
    """The server's settings with room for an upload."""

    max_request_body_size = MAX_UPLOAD_BYTES

    def __init__(self, settings: Any) -> None:
        self._settings = settings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings, name)


class _Request(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        # Who has no cookie of the desk is refused there anyway: nothing of theirs is kept.
        if _UPLOADS in self.path and "-desk=" in self.headers.get("COOKIE", ""):
            self.adj = _Wider(self.adj)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests have these limits."""

    parser_class = _Request
