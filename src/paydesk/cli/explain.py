"""`paydesk explain`: the plain story of an order."""

from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json, say
from paydesk.cli.finding import found_order, stamp

if TYPE_CHECKING:
    from paydesk.payments.story import Entry, Story


@click.command()
@click.argument("order")
@as_json
def explain(order: str, *, as_json: bool) -> None:
    """Tell how ORDER came to be as it is, with the ids that prove it.

    ORDER is its number, or any id: ord_…, cs_…, pi_…, ch_…, re_…, evt_….
    """
    from paydesk.payments.story import tell

    with opened_shop() as shop, found_order(shop, order) as (tx, found):
        story = tell(tx, found)
    if as_json:
        print_json(_plain(story))
    else:
        say(text_of(story))


def text_of(story: "Story") -> str:
    """The story as it is printed; times are UTC."""
    lines = [*story.sentences, ""]
    for entry in story.entries:
        text = entry.text.replace("\n", f"\n{'':21}")
        ids = "  ".join((entry.who, *entry.evidence))
        lines += [f"{stamp(entry.at)}  {text}", f"{'':21}{ids}"]
    if story.facts:
        lines += ["", "What Stripe last said:"]
        lines += [f"  {entry.text:42} {'  '.join(entry.evidence)}" for entry in story.facts]
    return "\n".join(lines)


def _plain(story: "Story") -> dict[str, Any]:
    return {
        "order": story.number,
        "summary": list(story.sentences),
        "entries": [_entry(each) for each in story.entries],
        "facts": [_entry(each) for each in story.facts],
    }


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "who": entry.who,
        "text": entry.text,
        "evidence": list(entry.evidence),
    }
