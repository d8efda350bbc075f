"""`paydesk backup` and `paydesk restore`: a copy of the shop, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydesk.cli.asking import Misconfigured, as_json, fail, print_json, read_settings, say

if TYPE_CHECKING:
    from paydesk.foundation.backup import Belongings
    from paydesk.settings import Settings

_POSTGRES = """\
This shop's database is PostgreSQL, whose own tools do this better:

  pg_dump --format=custom --file={file} "$PAYDESK_DATABASE_URL"
  pg_restore --clean --if-exists --single-transaction --dbname="$PAYDESK_DATABASE_URL" {file}

Both take the job engine's tables along (schema dbos): they belong together. The shop's files and
pictures lie beside the database; after it, copy them:

  tar --create --file={file}.files.tar --directory={data_dir} {folders}

See docs/backup.md."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--without-files", is_flag=True, help="The database alone.")
@as_json
def backup(file: Path, *, without_files: bool, as_json: bool) -> None:
    """Copy the shop while it runs: its database to FILE, files and pictures to FILE.files.tar.

    A manifest with the sum of each is beside them (FILE.json). For SQLite; with PostgreSQL it says
    which commands do it, with exit code 2.
    """
    from dataclasses import asdict, replace
    from importlib.metadata import version

    from paydesk.cli.progress import progress_bar
    from paydesk.foundation import backup as copying
    from paydesk.foundation.clock import Clock

    settings = read_settings()
    of = _belongings(settings, file)
    if without_files:
        of = replace(of, folders=())
    at = Clock().now().isoformat(timespec="seconds")
    try:
        with progress_bar("Copying") as progress:
            manifest = copying.back_up(
                of, file, made_at=at, version=version("paydesk"), progress=progress
            )
    except copying.BackupRefused as error:
        fail(error.message)
    if as_json:
        print_json({"file": str(file), **asdict(manifest)})
        return
    counts = ", ".join(f"{count} {name}" for name, count in manifest.counts.items())
    click.echo(f"{file}: {manifest.bytes} bytes; {counts}.")
    if manifest.files:
        packed, count = copying.files_file(file), len(manifest.files)
        click.echo(f"{packed}: {manifest.files_bytes} bytes; {count} files and pictures.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put aside what is in the way.")
@as_json
def restore(file: Path, *, replace: bool, as_json: bool) -> None:
    """Put the backup FILE in the place of the configured shop, once it is proved whole.

    The shop and its workers must be stopped. A database that was there is kept beside it, and so is
    each file that differs; a database with orders, or such a file, only gives way to --replace.
    """
    from paydesk.foundation import backup as copying
    from paydesk.foundation.clock import Clock

    settings = read_settings()
    to = _belongings(settings, file)
    suffix = f"before-{Clock().now():%Y%m%dT%H%M%S}"
    try:
        manifest = copying.verified(file)
        done = copying.restore(file, manifest, to, replace=replace, suffix=suffix)
    except copying.BackupRefused as error:
        fail(error.message)
    if as_json:
        kept = str(done.kept) if done.kept else None
        print_json({"database": str(to.database), "kept": kept, "files": done.files})
        return
    click.echo(f"{to.database} is as it was at {manifest.made_at}.")
    if done.kept is not None:
        click.echo(f"What was there is kept: {done.kept}")
    if manifest.files is None:
        folders = " and ".join(str(to.data_dir / each) for each in to.folders)
        click.echo(f"This backup has no files and pictures: bring back {folders} yourself.")
    elif manifest.files:
        click.echo(f"{done.files} of {len(manifest.files)} files and pictures were put back.")
    say(
        "Next: paydesk db migrate, then paydesk events pull, paydesk reconcile --apply and "
        "paydesk check: they bring in what happened since."
    )


def _belongings(settings: "Settings", file: Path) -> "Belongings":
    from paydesk.catalogue.files import KEPT_FOLDERS
    from paydesk.foundation.backup import Belongings
    from paydesk.foundation.database import normal_url, sqlite_file

    found = sqlite_file(normal_url(settings.database_url))
    if found is not None:
        return Belongings(found, settings.data_dir, KEPT_FOLDERS, settings.table_prefix)
    if settings.database_url.startswith("sqlite"):
        raise Misconfigured("A database in memory cannot be copied.")
    folders = " ".join(KEPT_FOLDERS)
    raise Misconfigured(_POSTGRES.format(file=file, data_dir=settings.data_dir, folders=folders))
