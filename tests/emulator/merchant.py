"""A shop's own site, on another origin than the emulator, with the policy Stripe asks shops for."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import FrameLocator, Page, expect

# "Integration security guide": what Stripe.js needs of a page's policy, pointed at the emulator.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "script-src 'nonce-shop' {emulator}; frame-src {emulator}"
)
KEY = "pk_test_of_the_shop"
GOOD = "4242424242424242"


@dataclass
class Merchant:
    """`html` is what the next page shows, below it the scripts."""

    url: str = ""
    emulator: str = ""
    script: str = "/endive/stripe.js"
    html: str = ""
    own: str = ""

    def page(self) -> bytes:
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title>"
            "<meta name=viewport content='width=device-width'><link rel=icon href=data:,>"
            f"<link rel=stylesheet href=/shop.css><body>{self.html}"
            f"<script src='{self.emulator}{self.script}'></script>"
            f"<script nonce=shop>{self.own}</script>"
        ).encode()

    def open(self, page: Page, own: str, html: str = "<div id=element></div>") -> None:
        """Show the page in a browser; `own` is the shop's script, with `stripe` and `pay()`."""
        self.html = html
        self.own = f"{_SAY}\nconst stripe = Stripe('{KEY}');\n{own}"
        page.goto(f"{self.url}/pay")


@contextmanager
def merchant(emulator: str) -> Iterator[Merchant]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            css = self.path == "/shop.css"
            body = _STYLE if css else b"back" if self.path.startswith("/back") else shop.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if css else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", _POLICY.format(emulator=emulator))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    # For a browser another site than 127.0.0.1, as the shop is for Stripe.
    shop = Merchant(f"http://localhost:{server.server_port}", _origin(emulator))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(page: Page, name: str, count: int = 1) -> Any:
    """What the shop's page has said last, once it has said so much."""
    said = page.locator(f"pre.{name}")
    expect(said).to_have_count(count, timeout=15_000)
    return json.loads(said.last.text_content() or "")


def fill_payment(frame: FrameLocator, number: str = GOOD) -> None:
    for name, value in (("number", number), ("expiry", "12 / 34"), ("cvc", "123")):
        frame.locator(f"[name={name}]").fill(value)
    frame.locator("[name=postalCode]").fill("12345")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# The page's policy forbids what Playwright would wait for by itself: it waits for these instead.
_SAY = """
const say = (name, value) => {
  const told = document.createElement("pre");
  told.className = name;
  told.hidden = true;
  told.textContent = JSON.stringify(value);
  document.body.append(told);
};
const listen = (element) => {
  for (const name of ["ready", "change", "focus", "blur", "escape", "loaderror"]) {
    element.on(name, (event) => say(name, event));
  }
};
const run = async (make) => {
  try {
    say("result", await make());
  } catch (error) {
    say("thrown", String(error));
  }
};
"""
_STYLE = b"""
body { margin: 16px; font: 16px/1.4 system-ui, sans-serif; }
.StripeElement { padding: 10px 12px; border: 1px solid #888; border-radius: 5px; }
.StripeElement--focus { border-color: #0b57b7; }
.StripeElement--invalid { border-color: #b3261e; }
"""
