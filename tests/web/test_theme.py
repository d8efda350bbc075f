"""The merchant's own colour: read in both themes, and served as a file."""

import re

import pytest

from paydesk.business import colour
from paydesk.business.shop import change_facts
from paydesk.web.shop_facts import css_of


def variables(css: str) -> list[str]:
    return re.findall(r"--(?:on-)?accent(?:-strong)?: (#\w{6})", css)


@pytest.mark.parametrize("accent", ["#0b6e4f", "#8a8a8a", "#000000", "#7a1fa2", "#d14900"])
def test_an_accent_can_be_read_in_both_themes_and_written_on(accent):
    light, strong, on_light, dark, dark_strong, on_dark, *again = variables(css_of(accent))
    assert again == [dark, dark_strong, on_dark]
    for text, grounds in (
        (light, (colour.PAPER, colour.GROUND)),
        (strong, (colour.PAPER, colour.GROUND)),
        (dark, (colour.NIGHT, "#171614")),
        (dark_strong, (colour.NIGHT, "#171614")),
        (on_light, (light,)),
        (on_dark, (dark,)),
    ):
        for ground in grounds:
            assert colour.contrast(text, ground) >= 4.5


def test_pages_link_the_colour_once_there_is_one(visitor, owner, shop):
    assert "paydesk-theme.css" not in visitor.http.get("/").get_data(as_text=True)
    with shop.database.transaction() as tx:
        change_facts(tx, shop.clock, {"accent": "#0b6e4f", "name": "Kabelsalat"})
    for page in (visitor.http.get("/").get_data(as_text=True), owner.page()):
        assert "/paydesk-theme.css?0b6e4f" in page
        assert "Kabelsalat" in page
    answer = visitor.http.get("/paydesk-theme.css?0b6e4f")
    assert answer.mimetype == "text/css"
    assert "#0b6e4f" in answer.get_data(as_text=True)
    assert "max-age" in answer.headers["Cache-Control"]
