"""Whether the files that are sold and the pictures that are shown lie where they are looked for."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from paydesk.catalogue import files
from paydesk.catalogue.files import File
from paydesk.catalogue.picture import MEDIA, Picture
from paydesk.doctor.diagnosis import Diagnosis, failure, ok
from paydesk.settings import Settings

_NAMED = 3


def present(tx: Session, settings: Settings) -> Diagnosis:
    """A database that was restored, or moved, without what lies beside it is found here."""
    check, folder = "files", settings.data_dir
    # Those that were taken off as well: who has bought them may fetch them still.
    sold = tx.execute(select(File.id, File.name)).all()
    shown = tx.scalars(select(Picture.file).where(Picture.file.startswith(f"{MEDIA}/"))).all()
    missing = [name for file_id, name in sold if not files.path_of(folder, file_id).is_file()]
    missing += [name for name in sorted(set(shown)) if not (folder / name).is_file()]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        return failure(
            check,
            f"Not in {folder}, and sold or shown: {', '.join(missing[:_NAMED])}{more}.",
            "Bring the folders files and media back from a backup, or set PAYDESK_DATA_DIR.",
        )
    return ok(check, "All that are sold or shown are there.")
