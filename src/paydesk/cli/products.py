"""`paydesk products`: what is sold, and how it is kept the same as at Stripe."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, opened_shop, print_json, say
from paydesk.cli.product_files import attach, detach, list_files
from paydesk.cli.product_sheets import (
    export_products,
    import_products,
    list_products,
    show_product,
)

if TYPE_CHECKING:
    from paydesk.payments.deciding import Step
    from paydesk.payments.syncing import Synced

_WORDS = {
    "create": "new",
    "change": "change",
    "link": "same",
    "waiting": "waits",
    "conflict": "CONFLICT",
    "unfit": "left",
}


@click.group()
def products() -> None:
    """Products and prices, here and at Stripe, and files that are sold."""


for _command in (list_products, show_product, export_products, import_products):
    products.add_command(_command)
for _command in (attach, list_files, detach):
    products.add_command(_command)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option("--plan", is_flag=True, help="Only show it (the default)."),
            click.option("--apply", is_flag=True, help="Do it."),
            click.option(
                "--prefer",
                type=click.Choice(["ours", "theirs"]),
                help="Who wins where both have changed. Default: nobody; it is left alone.",
            ),
            as_json,
        )
    ):
        command = option(command)
    return command


@products.command()
@_options
def push(prefer: str | None, *, plan: bool, apply: bool, as_json: bool) -> None:
    """Let Stripe's products follow this shop's.

    Prices are never edited: a new one takes the lookup key over, the old one is archived. Nothing
    is deleted. Exit code 1: something was changed on both sides and is left alone.
    """
    _sync("push", prefer, plan=plan, apply=apply, as_json=as_json)


@products.command()
@_options
def pull(prefer: str | None, *, plan: bool, apply: bool, as_json: bool) -> None:
    """Let this shop's products follow Stripe's, with what was made there as new products.

    At Stripe nothing but marks in the metadata is written. Exit code 1: something was changed on
    both sides and is left alone.
    """
    _sync("pull", prefer, plan=plan, apply=apply, as_json=as_json)


def _sync(way: str, prefer: str | None, *, plan: bool, apply: bool, as_json: bool) -> None:
    from paydesk.payments.deciding import Side, Way

    if plan and apply:
        raise click.UsageError("Choose one: --plan shows, --apply does.")
    with opened_shop() as shop:
        found = shop.syncing.plan(Way(way), prefer=Side(prefer) if prefer else None)
        if not as_json:
            _print(found)
        if apply:
            found = shop.syncing.apply(found)
    if as_json:
        print_json(_plain(found, applied=apply))
    else:
        say(_verdict(found, applied=apply))
    if found.conflicts:
        raise SystemExit(1)


def _print(found: "Synced") -> None:
    width = max((len(step.name) for step in found.steps), default=0)
    for step in found.steps:
        told = _lines(step, found.way.value) or [step.note or "the marks at Stripe"]
        for number, line in enumerate(told):
            head = (
                f"{_WORDS[step.verdict.value]:9} {step.name:{width}}"
                if number == 0
                else " " * (10 + width)
            )
            click.echo(f"{head}  {line}".rstrip())


def _lines(step: "Step", way: str) -> list[str]:
    if step.verdict.value == "unfit":
        return [step.note]
    lines = []
    for each in step.differences:
        if step.verdict.value == "create":
            # On one side there is nothing yet; its name stands before the line.
            if each.what not in ("name", "sold"):
                lines.append(f"{each.what}: {each.ours or each.theirs}")
        elif step.verdict.value == "change":
            before, after = (each.theirs, each.ours) if way == "push" else (each.ours, each.theirs)
            lines.append(f"{each.what}: {before or '–'} → {after or '–'}")
        else:
            lines.append(
                f"{each.what}: {each.ours or '–'} (here), {each.theirs or '–'} (at Stripe)"
            )
    if step.verdict.value in ("waiting", "conflict"):
        lines.insert(0, step.note)
    return lines


def _verdict(found: "Synced", *, applied: bool) -> str:
    count = len(found.done) if applied else len(found.changes)
    said = []
    if applied:
        said.append(f"{count} of {len(found.changes)} done." if found.changes else "Nothing to do.")
        if count < len(found.changes):
            said.append("The rest was changed here meanwhile: run it again.")
    elif count:
        said.append(f"{count} to do. Do it with: paydesk products {found.way.value} --apply")
    else:
        said.append("Nothing to do.")
    if found.conflicts:
        said.append(
            f"{len(found.conflicts)} changed on both sides and left alone. Say who wins: "
            "--prefer ours, or --prefer theirs"
        )
    return "\n".join(said)


def _plain(found: "Synced", *, applied: bool) -> dict[str, Any]:
    return {
        "way": found.way.value,
        "applied": applied,
        "done": len(found.done),
        "steps": [
            {
                "do": step.verdict.value,
                "name": step.name,
                "product": step.ours.id if step.ours else None,
                "stripe_product": step.theirs.id if step.theirs else None,
                "note": step.note,
                "differences": [
                    {"what": each.what, "ours": each.ours, "stripe": each.theirs}
                    for each in step.differences
                ],
            }
            for step in found.steps
        ],
    }
