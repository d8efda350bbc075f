"""`paydesk check`: whether our own books agree with themselves."""

from typing import TYPE_CHECKING, Any

import click

from paydesk.cli.asking import as_json, in_words, opened_shop, print_json, say

if TYPE_CHECKING:
    from paydesk.payments.checking_case import Finding


@click.command()
@as_json
def check(*, as_json: bool) -> None:
    """Check every promise the database keeps, without asking Stripe. Changes nothing.

    Exit code 0: nothing found. 1: something was found; each finding says what to do.
    """
    from paydesk.cli.progress import progress_bar
    from paydesk.reports.checking import check as findings_of

    with opened_shop() as shop, progress_bar("Checking orders") as progress:
        found = list(findings_of(shop.database, shop.clock, progress))
    if as_json:
        print_json({"clean": not found, "findings": [plain(each) for each in found]})
    else:
        print_findings(found)
        click.echo(f"{len(found)} findings." if found else "Everything agrees.")
    if found:
        raise SystemExit(1)


def print_findings(found: "list[Finding]") -> None:
    """One finding in two lines: what is wrong, and what to do."""
    for each in found:
        click.echo(f"{each.severity:7}  {each.code}: {each.text}")
        say(f"{'':9}→ {each.advice}")


def plain(finding: "Finding") -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "text": finding.text,
        "advice": in_words(finding.advice),
        "ids": list(finding.ids),
    }
