"""Files ("The File object"): evidence for disputes and what else a shop hands in."""

from stripe_emulator import ids, listing, uploads
from stripe_emulator.api import route
from stripe_emulator.call import Call
from stripe_emulator.errors import invalid
from stripe_emulator.resources.editing import only
from stripe_emulator.shapes import may_be_missing
from stripe_emulator.store import Thing

may_be_missing("file", "links")

_MOST_EVIDENCE_BYTES = 5 * 1024 * 1024
# What a file begins with, by the type it is: names can say anything.
_TYPES = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
_EVIDENCE_TYPES = ("pdf", "png", "jpg")


@route("POST", "/v1/files", "FileCreateParams")
def create(call: Call) -> Thing:
    given = call.params
    only(call, ("file", "purpose"), "files")
    contents = uploads.uploaded()
    kind = next((name for start, name in _TYPES if contents.startswith(start)), None)
    _check(given["purpose"], contents, kind)
    file_id = ids.new("file")
    name = given["file"].partition(" ")[2]
    file: Thing = {
        "id": file_id,
        "object": "file",
        "created": call.now,
        "expires_at": None,
        "filename": name,
        "links": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/file_links?file={file_id}",
        },
        "purpose": given["purpose"],
        "size": len(contents),
        "title": None,
        "type": kind or (name.rpartition(".")[2].lower()[:20] if "." in name else None),
        "url": f"{call.base_url}/v1/files/{file_id}/contents",
    }
    uploads.keep(call.tx, file_id, contents)
    call.tx.put(file)
    return file


def _check(purpose: str, contents: bytes, kind: str | None) -> None:
    if not contents:
        raise invalid("The file is empty.", param="file")
    if purpose != "dispute_evidence":
        return
    if len(contents) > _MOST_EVIDENCE_BYTES:
        raise invalid("The file is too large: evidence has at most 5 MB.", param="file")
    if kind not in _EVIDENCE_TYPES:
        raise invalid(
            "Invalid file type: evidence must be a PDF, PNG or JPEG file.",
            param="file",
        )


@route("GET", "/v1/files/{id}", "FileRetrieveParams")
def retrieve(call: Call) -> Thing:
    return call.require("file", call.path["id"])


@route("GET", "/v1/files", "FileListParams")
def list_all(call: Call) -> Thing:
    only(call, ("purpose",), "lists of files")
    return listing.page(call, "file", "/v1/files", purpose=call.params.get("purpose"))
