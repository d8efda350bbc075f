"""Starts the system's Chromium for the tests that need a real browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

# No sandbox inside containers, and nothing that speaks to the internet on its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The Chromium that PAYDESK_CHROMIUM names, or the installed one, if there is one."""
    # The first has no windows and takes a third of the processor time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("PAYDESK_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium; the caller closes it."""
    return playwright.chromium.launch(executable_path=find(), args=FLAGS)


@contextmanager
def tab(chromium: Browser, **options: Any) -> Iterator[Page]:
    """A page in a fresh profile; what the browser complains about on its console fails the test."""
    context = chromium.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    try:
        yield page
    finally:
        context.close()
    # Chromium logs every refused form as a failed resource; that is no complaint.
    heard = [said for said in complaints if "Failed to load resource" not in said]
    assert heard == [], heard
