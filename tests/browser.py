"""Starts the system's Chromium for the tests that need a real browser."""

import shutil

from playwright.sync_api import Browser, Playwright

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
    """The installed Chromium or Chrome, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium; the caller closes it."""
    return playwright.chromium.launch(executable_path=find(), args=FLAGS)
