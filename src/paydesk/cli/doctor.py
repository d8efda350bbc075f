"""`paydesk doctor`: whether this shop can sell, and what to mend."""

from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import Misconfigured, as_json, opened_shop, print_json

if TYPE_CHECKING:
    from paydesk.doctor.diagnosis import Diagnosis

_SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failure": ("FAILURE", "red")}


@click.command()
@click.option("--strict", is_flag=True, help="Exit code 1 for warnings, too.")
@click.option("--report", is_flag=True, help="Print a report without secrets, to send to somebody.")
@as_json
def doctor(*, strict: bool, report: bool, as_json: bool) -> None:
    """Check keys, Stripe, webhook, clock, database, worker and settings. Changes nothing.

    Exit code 0: the shop can sell. 1: a check failed (with --strict: or warns). 2: a setting is
    wrong, so that nothing else could be checked.
    """
    from paydesk.doctor.examination import examine, worst
    from paydesk.doctor.examination import report as report_of

    try:
        with opened_shop() as shop:
            found = examine(shop)
            written = report_of(found, shop) if report else ""
    except Misconfigured as error:
        _say_misconfigured(error.message, as_json=as_json)
        raise SystemExit(error.exit_code) from None
    grade = worst(found)
    if as_json:
        checks = [_plain(each) for each in found]
        print_json(
            {"grade": grade.value, "checks": checks, **({"report": written} if report else {})}
        )
    elif report:
        click.echo(written)
    else:
        _print(found)
    if grade.value == "failure" or (strict and grade.value == "warning"):
        raise SystemExit(1)


def _print(found: "list[Diagnosis]") -> None:
    for each in found:
        word, colour = _SIGNS[each.grade.value]
        click.echo(f"{click.style(f'{word:8}', fg=colour)} {each.check:12} {each.reason}")
        if each.fix:
            click.echo(f"{'':21} → {each.fix}")
    failed = sum(each.grade.value == "failure" for each in found)
    warned = sum(each.grade.value == "warning" for each in found)
    if failed or warned:
        click.echo(f"\n{failed} failed, {warned} to look at.")
    else:
        click.echo("\nAll is well.")


def _say_misconfigured(message: str, *, as_json: bool) -> None:
    from paydesk.doctor.diagnosis import failure

    found = failure("settings", message, "Set it, then run this again.")
    if as_json:
        print_json({"grade": "failure", "checks": [_plain(found)]})
    else:
        _print([found])


def _plain(each: "Diagnosis") -> dict[str, str]:
    return {
        "check": each.check,
        "grade": each.grade.value,
        "reason": each.reason,
        "fix": each.fix,
    }
