"""Sends files that were bought to whoever holds a signed link, whole or in part."""

import io
import unicodedata
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from paydesk.catalogue import files
from paydesk.catalogue.files import File
from paydesk.foundation.errors import NotFound
from paydesk.fulfilment import downloads
from paydesk.web.current import current_shop
from paydesk.web.finding import private


def add_downloads(pages: Blueprint) -> None:
    pages.add_url_rule("/download/<token>", "download", download)


def download(token: str) -> ResponseReturnValue:
    """The file; 206 for a part of it ("RFC 9110", section 14)."""
    shop = current_shop()
    ticket = shop.tickets.read(token, shop.clock.now())
    begin = request.range.ranges[0][0] if request.range is not None else 0
    with shop.database.transaction() as tx:
        if request.method == "HEAD":
            file = downloads.look(tx, ticket)
        else:
            # A negative one is a tail, with which nobody goes on.
            file = downloads.fetch(tx, ticket, resumes=begin > 0)
    path = files.path_of(shop.settings.data_dir, file.id)
    if not path.is_file():
        raise NotFound("This file is not there any more. Write to us.")
    return private(_sent(file, path))


def _sent(file: File, path: Path) -> Response:
    size = path.stat().st_size
    start, stop = _wanted(file, size)
    part = _Part(path, start, stop)
    # waitress sends what it is handed like this by itself, so no thread waits for a slow reader.
    body = wrap_file(request.environ, part)
    response = Response(body, mimetype=file.media_type, direct_passthrough=True)
    response.call_on_close(part.close)
    response.content_length = stop - start
    response.accept_ranges = "bytes"
    response.set_etag(file.sha256)
    response.headers.set("Content-Disposition", "attachment", **_called(file.name))
    if (start, stop) != (0, size):
        response.status_code = 206
        response.content_range.set(start, stop, size)
    return response


def _called(name: str) -> dict[str, str]:
    """The name for programs that know all letters, and for those that do not ("RFC 6266")."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def _wanted(file: File, size: int) -> tuple[int, int]:
    """From where to where; of several parts none, as nothing says that they must be served."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, size
    same = request.if_range
    if same.date is not None or (same.etag is not None and same.etag != file.sha256):
        return 0, size
    part = wanted.range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(length=size)
    return part


class _Part(io.FileIO):
    """A file that begins and ends where a part of it does."""

    def __init__(self, path: Path, start: int, stop: int) -> None:
        super().__init__(path)
        self._stop = stop
        self.seek(start)

    def read(self, size: int | None = -1, /) -> bytes | None:  # type: ignore[override]
        left = max(0, self._stop - self.tell())
        wanted = left if size is None or size < 0 else min(size, left)
        return super().read(wanted)
