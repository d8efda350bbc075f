"""Settings: copies of the shop, made while it runs."""

from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from paydesk.catalogue.files import KEPT_FOLDERS
from paydesk.foundation import backup, bundle
from paydesk.foundation.backup import BackupRefused, Belongings
from paydesk.foundation.database import normal_url, sqlite_file
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

_FOLDER = "backups"
# A page that copies more is given up by browsers and servers before it is done.
_MOST_FILES_BYTES = 500_000_000


def add_backups(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/backups", "settings_backups", backups_page)
    desk.add_url_rule("/settings/backups", "make_backup", make_backup, methods=["POST"])


@needs(Role.READ)
def backups_page() -> ResponseReturnValue:
    folder, of = _folder(), _belongings()
    return render_template(
        "paydesk/desk/settings/backups.html",
        rows=[
            (file, manifest, datetime.fromisoformat(manifest.made_at))
            for file, manifest in backup.listed(folder)
        ],
        folder=folder,
        is_sqlite=of is not None,
        has_files=of is not None and bool(of.folders),
        data_dir=current_shop().settings.data_dir,
        folders=KEPT_FOLDERS,
    )


@needs(Role.OWNER)
def make_backup() -> ResponseReturnValue:
    shop, of, folder = current_shop(), _belongings(), _folder()
    if of is None:
        raise BackupRefused("PostgreSQL has its own tools for this: see docs/backup.md.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = shop.clock.now()
    file = folder / f"paydesk-{now:%Y%m%dT%H%M%S}.sqlite3"
    manifest = backup.back_up(
        of,
        file,
        made_at=now.isoformat(timespec="seconds"),
        version=version("paydesk"),
        progress=lambda _done, _all: None,
    )
    files = len(manifest.files or ())
    with shop.database.transaction() as tx:
        after = {"file": file.name, "bytes": manifest.bytes, "sha256": manifest.sha256}
        after |= {"files": files, "files_bytes": manifest.files_bytes}
        audit.note(tx, shop.clock, current_staff().email, "backup.made", "backup", None, after)
    beside = f" and {files} file{'' if files == 1 else 's'} beside it" if files else ""
    size = manifest.bytes + manifest.files_bytes
    say(f"{file.name}{beside}: {size:,} bytes. Keep a copy on another machine.")
    return redirect(desk_url("settings_backups"), code=303)


def _belongings() -> Belongings | None:
    """What there is to copy here; the database alone where the files are too many for a page."""
    settings = current_shop().settings
    database = sqlite_file(normal_url(settings.database_url))
    if database is None:
        return None
    of = Belongings(database, settings.data_dir, KEPT_FOLDERS, settings.table_prefix)
    if bundle.size(of.files()) > _MOST_FILES_BYTES:
        return replace(of, folders=())
    return of


def _folder() -> Path:
    return current_shop().settings.data_dir / _FOLDER
