"""Whether events that are sent to the shop's address arrive at the shop."""

import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from paydesk.doctor.diagnosis import Diagnosis, failure, ok, warning
from paydesk.doctor.of_settings import is_public
from paydesk.settings import Settings

_PATIENCE_SECONDS = 5.0


def knock(url: str) -> int | None:
    """The status of a webhook that nobody signed, without following anybody; None: no answer."""
    request = urllib.request.Request(url, data=b"{}", method="POST")  # noqa: S310 - our address
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.build_opener(_Stays).open(request, timeout=_PATIENCE_SECONDS) as told:
            return int(told.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def reached(settings: Settings, url: str, knock: Callable[[str], int | None]) -> Diagnosis:
    """A shop refuses what nobody signed: 400 is the right answer."""
    check = "reached"
    status = knock(url)
    if status == HTTPStatus.BAD_REQUEST:
        return ok(check, f"The shop answers at {url}.")
    if status is None:
        where = "its proxy, its certificate and the DNS" if is_public(settings) else "--port"
        return warning(
            check,
            f"From this machine nobody answers at {url}.",
            f"If the shop runs, look at {where}; else start it: paydesk web",
        )
    if 300 <= status < 400:
        return failure(
            check,
            f"{url} redirects ({status}), and Stripe follows no redirect.",
            "Set PAYDESK_BASE_URL to the address it leads to, and run: paydesk webhooks register",
        )
    return failure(
        check,
        f"{url} answers {status}, not 400: something else is there, or in between.",
        "Let the proxy hand /webhook on to the shop as it comes, without a login.",
    )


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **_more: Any) -> None:
        return None
