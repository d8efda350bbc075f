"""Files that are sent to the API, the one call that is no plain form ("File upload guide")."""

import hashlib
from collections.abc import Iterator

from flask import Request, Response, g

from stripe_emulator.errors import StripeFault, invalid, missing
from stripe_emulator.store import Tx

CALLED = "POST /v1/files"
FETCHED = "GET /v1/files/{file}/contents"
# "File upload guide": most purposes have less; nothing here has more.
MOST_BYTES = 16 * 1024 * 1024
_MULTIPART = "multipart/form-data"


def limit(request: Request) -> None:
    """What may come in. Raises a StripeFault for what is no upload."""
    request.max_content_length = MOST_BYTES + 64 * 1024
    request.max_form_memory_size = 64 * 1024
    if request.mimetype != _MULTIPART:
        raise StripeFault(f"Send files as {_MULTIPART}.")


def fields(request: Request) -> Iterator[tuple[str, str]]:
    """The form's fields. The file is its name and a digest: so much is kept of every request."""
    yield from request.form.items(multi=True)
    for name, sent in request.files.items(multi=True):
        if name != "file":
            raise invalid(
                f"Received unknown parameter: {name:.100}",
                code="parameter_unknown",
                param=name[:100],
            )
        g.uploaded = sent.read()
        digest = hashlib.sha256(g.uploaded).hexdigest()
        yield name, f"{digest} {(sent.filename or 'upload')[:200]}"


def uploaded() -> bytes:
    """The bytes of the file that came with the request that is being answered."""
    sent: bytes = g.get("uploaded", b"")
    return sent


def keep(tx: Tx, file_id: str, contents: bytes) -> None:
    tx.sql.execute("INSERT INTO contents (id, bytes) VALUES (?, ?)", (file_id, contents))


def contents(tx: Tx, file_id: str) -> Response:
    """A kept file, to be saved. Raises the StripeFault of one that is none."""
    row = tx.sql.execute("SELECT bytes FROM contents WHERE id = ?", (file_id,)).fetchone()
    if row is None:
        raise missing("file", file_id)
    response = Response(row[0], content_type="application/octet-stream")
    # It may be a page with scripts: nothing of it is to run here.
    response.headers["Content-Disposition"] = "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
