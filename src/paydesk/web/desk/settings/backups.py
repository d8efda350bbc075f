"""Settings: copies of the database, made while the shop runs."""

from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from paydesk.foundation import backup
from paydesk.foundation.backup import BackupRefused
from paydesk.foundation.database import normal_url, sqlite_file
from paydesk.staff import audit
from paydesk.staff.member import Role
from paydesk.web.current import current_shop
from paydesk.web.desk.access import current_staff, needs
from paydesk.web.desk.addresses import desk_url
from paydesk.web.desk.saying import say

_FOLDER = "backups"


def add_backups(desk: Blueprint) -> None:
    desk.add_url_rule("/settings/backups", "settings_backups", backups_page)
    desk.add_url_rule("/settings/backups", "make_backup", make_backup, methods=["POST"])


@needs(Role.READ)
def backups_page() -> ResponseReturnValue:
    folder = _folder()
    return render_template(
        "paydesk/desk/settings/backups.html",
        rows=backup.listed(folder),
        folder=folder,
        is_sqlite=_source() is not None,
    )


@needs(Role.OWNER)
def make_backup() -> ResponseReturnValue:
    shop, source, folder = current_shop(), _source(), _folder()
    if source is None:
        raise BackupRefused("PostgreSQL has its own tools for this: see docs/backup.md.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = shop.clock.now()
    file = folder / f"paydesk-{now:%Y%m%dT%H%M%S}.sqlite3"
    manifest = backup.back_up(
        source,
        file,
        made_at=now.isoformat(timespec="seconds"),
        version=version("paydesk"),
        progress=lambda _done, _all: None,
        prefix=shop.settings.table_prefix,
    )
    with shop.database.transaction() as tx:
        after = {"file": file.name, "bytes": manifest.bytes, "sha256": manifest.sha256}
        audit.note(tx, shop.clock, current_staff().email, "backup.made", "backup", None, after)
    say(f"{file.name}: {manifest.bytes:,} bytes. Keep a copy on another machine.")
    return redirect(desk_url("settings_backups"), code=303)


def _source() -> Path | None:
    return sqlite_file(normal_url(current_shop().settings.database_url))


def _folder() -> Path:
    return current_shop().settings.data_dir / _FOLDER
