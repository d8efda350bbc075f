"""How large a body the server takes: small everywhere, but where the desk uploads."""

import pytest
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

from paydesk.cli.bodies import MAX_BODY_BYTES, MAX_UPLOAD_BYTES, Channel

COOKIE = "__Host-paydesk-desk=token"


@pytest.mark.parametrize(
    ("path", "cookie", "most"),
    [
        ("/admin/products/mug/pictures", COOKIE, MAX_UPLOAD_BYTES),
        ("/shop/admin/products/import", f"a=b; {COOKIE}", MAX_UPLOAD_BYTES),
        ("/admin/products/mug/pictures", "paydesk=a", MAX_BODY_BYTES),
        ("/admin/settings/shop", COOKIE, MAX_BODY_BYTES),
        ("/create-checkout-session", COOKIE, MAX_BODY_BYTES),
        ("/webhook", "", MAX_BODY_BYTES),
    ],
)
def test_only_the_desks_uploads_may_be_large(path, cookie, most):
    for length, is_refused in ((most - 1, False), (most + 1, True)):
        parser: HTTPRequestParser = Channel.parser_class(
            Adjustments(max_request_body_size=MAX_BODY_BYTES)
        )
        head = f"POST {path} HTTP/1.1\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n"
        parser.received(head.encode())
        assert (parser.error is not None) is is_refused
