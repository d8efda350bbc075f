"""axe-core: what stands in the way of people with other eyes, hands or devices."""

from playwright.sync_api import Page

from tests.npm import module

_RUN = """
axe.run(document, { iframes: false, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`))
"""
_IS_TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


def complaints(page: Page) -> list[str]:
    """What axe-core finds wrong, and whether the page is wider than its window."""
    page.evaluate((module("axe-core") / "axe.min.js").read_text())
    found = [str(each)[:500] for each in page.evaluate(_RUN)]
    return [*found, *(["wider than its window"] if page.evaluate(_IS_TOO_WIDE) else [])]
