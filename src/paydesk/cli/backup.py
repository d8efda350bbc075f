"""`paydesk backup` and `paydesk restore`: a copy of everything, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import Misconfigured, as_json, fail, print_json, read_settings

if TYPE_CHECKING:
    from paydesk.settings import Settings

_POSTGRES = """\
This shop's database is PostgreSQL, whose own tools do this better:

  pg_dump --format=custom --file={file} "$PAYDESK_DATABASE_URL"
  pg_restore --clean --if-exists --single-transaction --dbname="$PAYDESK_DATABASE_URL" {file}

Both take the job engine's tables along (schema dbos): they belong together. See docs/backup.md."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def backup(file: Path, *, as_json: bool) -> None:
    """Copy the database to FILE while the shop runs, with a manifest beside it (FILE.json).

    For SQLite. With PostgreSQL it says which commands do it, with exit code 2.
    """
    from dataclasses import asdict
    from importlib.metadata import version

    from paydesk.cli.progress import progress_bar
    from paydesk.foundation import backup as copying
    from paydesk.foundation.clock import Clock

    settings = read_settings()
    source = _sqlite_file(settings, file)
    at = Clock().now().isoformat(timespec="seconds")
    try:
        with progress_bar("Copying") as progress:
            manifest = copying.back_up(
                source,
                file,
                made_at=at,
                version=version("paydesk"),
                progress=progress,
                prefix=settings.table_prefix,
            )
    except copying.BackupRefused as error:
        fail(error.message)
    if as_json:
        print_json({"file": str(file), **asdict(manifest)})
        return
    counts = ", ".join(f"{count} {name}" for name, count in manifest.counts.items())
    click.echo(f"{file}: {manifest.bytes} bytes; {counts}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put a database that holds orders aside.")
@as_json
def restore(file: Path, *, replace: bool, as_json: bool) -> None:
    """Put the backup FILE in the place of the configured database, once it is proved whole.

    The shop and its workers must be stopped. A database that was there is kept beside it.
    """
    from paydesk.foundation import backup as copying
    from paydesk.foundation.clock import Clock

    settings = read_settings()
    target = _sqlite_file(settings, file)
    suffix = f"before-{Clock().now():%Y%m%dT%H%M%S}"
    try:
        manifest = copying.verified(file)
        kept = copying.restore(
            file, target, replace=replace, suffix=suffix, prefix=settings.table_prefix
        )
    except copying.BackupRefused as error:
        fail(error.message)
    if as_json:
        print_json({"database": str(target), "kept": str(kept) if kept else None})
        return
    click.echo(f"{target} is as it was at {manifest.made_at}.")
    if kept is not None:
        click.echo(f"What was there is kept: {kept}")
    click.echo(
        "Next: paydesk db migrate, then paydesk events pull, paydesk reconcile --apply and "
        "paydesk check: they bring in what happened since."
    )


def _sqlite_file(settings: "Settings", file: Path) -> Path:
    from paydesk.foundation.database import normal_url, sqlite_file

    found = sqlite_file(normal_url(settings.database_url))
    if found is not None:
        return found
    if settings.database_url.startswith("sqlite"):
        raise Misconfigured("A database in memory cannot be copied.")
    raise Misconfigured(_POSTGRES.format(file=file))
