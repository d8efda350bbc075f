"""What browsers may keep of the pages of the catalogue, and how they ask whether it still holds."""

import hashlib

from flask import Response, g, make_response, request, session

_ONCE = "paydesk_written_once"


def once(word: str) -> str:
    """`word`, which is another each time a page is made without making it another page."""
    g.setdefault(_ONCE, set()).add(word.encode())
    return word


def keep(page: str) -> Response:
    """The page, for this browser alone to keep: it asks each time whether it is still the same.

    Nobody between shop and browser keeps it: it depends on cookies and language, and may say how
    many are left. Asked with the tag of the page it has, a browser is sent nothing but "the same".
    """
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(_tag(response), weak=True)
    response.make_conditional(request)
    return response


def _tag(response: Response) -> str:
    body = response.get_data()
    for word in g.get(_ONCE, ()):
        body = body.replace(word, b"")
    # A form is good as long as the cookie it was made for; without that one a fresh page is needed.
    bound = str(session.get("csrf_token", "")) + str(session.get("paydesk_buyer", ""))
    return hashlib.blake2b(body + bound.encode(), digest_size=16).hexdigest()
