"""The address of a payment link: on to a session's page, or a word why there is none."""

from flask import Response, abort, request

from stripe_emulator import paying
from stripe_emulator.pages.checkout import emulator, go_to
from stripe_emulator.pages.rendering import page

_CLOSED = "This link is not active any more. Ask the shop for another one."


def show(code: str) -> Response:
    """GET: opens a session for this visitor and goes on to it.

    It changes something on GET, as Stripe's own links do: they are meant to be typed and scanned.
    A preview that follows it leaves an open session behind, which expires by itself.
    """
    found = paying.visit(emulator(), code, request.args)
    if found is None:
        abort(404)
    if found.url is not None:
        return go_to(found.url)
    advice = found.message or _CLOSED
    return page("refusal.html", 410, heading="This link is closed", advice=advice)
