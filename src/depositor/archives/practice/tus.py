"""The practice archive's side of tus 1.0.0 (https://tus.io/protocols/resumable-upload, ``protocol.md``), strictly.

Extensions: creation, creation-with-upload, termination, expiration, checksum (sha1, sha256), concatenation. A whole
upload's digest is given as ``Repr-Digest`` (RFC 9530). Deferred lengths and joining unfinished parts are not offered.
"""

from __future__ import annotations

import base64
import binascii
import email.utils
import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from depositor.archives.practice.catalogue import Catalogue, Upload
from depositor.archives.practice.replies import Rejected, Reply
from depositor.archives.practice.shelves import Shelves
from depositor.archives.practice.tus_joins import Joins
from depositor.archives.practice.tus_metadata import parse_metadata

if TYPE_CHECKING:
    from depositor.archives.practice.conversation import Conversation

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum,concatenation"
ALGORITHMS = ("sha1", "sha256")
MOST_BYTES = 5 << 40
_BYTES = "application/offset+octet-stream"
_LOCK_WAIT_S = 2.0


class Tus:
    """The uploads of one archive. ``lifetime_s``: how long an unfinished upload is kept after it last grew."""

    def __init__(
        self, catalogue: Catalogue, shelves: Shelves, lifetime_s: float = 30 * 86400.0, most: int = MOST_BYTES
    ) -> None:
        self._catalogue, self._shelves, self._lifetime, self._most = catalogue, shelves, lifetime_s, most
        self._joins = Joins(catalogue, shelves, lifetime_s, most)

    def answer(self, talk: Conversation, deposition: str | None, key: str | None) -> Reply:
        """Answer one request for the endpoint (``id`` None) or for an upload."""
        method = talk.headers.get("X-HTTP-Method-Override", "").upper() or talk.command
        if method == "OPTIONS":
            return Reply(204, headers=self._abilities())
        if talk.headers.get("Tus-Resumable") != VERSION:
            raise Rejected(412, "This server speaks tus 1.0.0.", {"Tus-Version": VERSION})
        if key is None:
            if method != "POST":
                raise Rejected(405, "Make an upload with POST.", {"Allow": "OPTIONS, POST"})
            return self._create(talk, deposition)
        calls = {"HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete}
        if method not in calls:
            raise Rejected(405, "An upload knows HEAD, PATCH and DELETE.", {"Allow": "HEAD, PATCH, DELETE, OPTIONS"})
        with self._shelves.locked(key, _LOCK_WAIT_S) as got:
            if not got:
                raise Rejected(423, "Another request holds this upload.", {"Retry-After": "1"})
            return calls[method](talk, self._known(key))

    def sweep(self, now: float) -> int:
        """Drop unfinished uploads whose time is over; how many."""
        gone = self._catalogue.expired(now)
        for key in gone:
            self._forget(key)
        return len(gone)

    # --- methods -----------------------------------------------------------------------------------------------------

    def _create(self, talk: Conversation, deposition: str | None) -> Reply:
        concat = talk.headers.get("Upload-Concat", "")
        if concat.startswith("final;"):
            return self._joins.final(talk, deposition, concat.removeprefix("final;").split())
        if concat not in ("", "partial"):
            raise Rejected(400, "Upload-Concat is partial or final.")
        length = self._length(talk)
        metadata = talk.headers.get("Upload-Metadata", "")
        pairs = parse_metadata(metadata)
        key = secrets.token_hex(16)
        name = pairs.get("relativePath") or pairs.get("filename") or key
        if deposition is not None and not concat:
            talk.archive.check_name(name)
        sends = int(talk.headers.get("Content-Length") or 0)
        if sends and talk.headers.get("Content-Type") != _BYTES:
            raise Rejected(415, f"The bytes of an upload come as {_BYTES}.")
        if sends > length:
            raise Rejected(413, "More bytes than Upload-Length announced.")
        self._shelves.make(key)
        expires = time.time() + self._lifetime
        if concat:
            new = Upload(key, None, f"partial:{deposition or ''}", length, metadata, expires, None)
        else:
            new = Upload(key, deposition, name if deposition else key, length, metadata, expires, None)
        replaced = self._catalogue.add_upload(new, talk.archive.now())
        talk.archive.touched(deposition)
        if replaced:
            self._shelves.remove(replaced)
        with self._shelves.locked(key, _LOCK_WAIT_S):
            headers = self._grown(talk, new, 0, sends)
        place = f"{talk.base}/uploads/{key}"
        shown = headers if sends or not length else {k: v for k, v in headers.items() if k != "Upload-Offset"}
        return Reply(201, headers={**shown, "Location": place})

    def _head(self, talk: Conversation, upload: Upload) -> Reply:
        offset = self._offset(upload) + talk.lie
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Reply(200, headers=headers | self._joins.told(upload) | self._time_left(upload) | talk.digest_of(upload))

    def _patch(self, talk: Conversation, upload: Upload) -> Reply:
        if talk.headers.get("Content-Type") != _BYTES:
            raise Rejected(415, f"The bytes of an upload come as {_BYTES}.")
        self._must_be_open(talk, upload)
        if upload.joined_to or self._joins.made(upload):
            raise Rejected(403, "What was joined takes no more bytes.")
        claimed, sends = _whole(talk.headers.get("Upload-Offset")), int(talk.headers.get("Content-Length") or 0)
        if claimed is None:
            raise Rejected(400, "Upload-Offset is missing or no whole number.")
        offset = self._offset(upload)
        if claimed != offset:
            raise Rejected(409, "The upload stands at another offset.", {"Upload-Offset": str(offset)})
        if offset + sends > upload.length:
            raise Rejected(413, "More bytes than Upload-Length announced.")
        return Reply(204, headers=self._grown(talk, upload, offset, sends))

    def _delete(self, talk: Conversation, upload: Upload) -> Reply:
        self._must_be_open(talk, upload)
        self._forget(upload.id)
        talk.archive.touched(upload.deposition)
        return Reply(204)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _grown(self, talk: Conversation, upload: Upload, offset: int, sends: int) -> dict[str, str]:
        """Take the body, and say where the upload stands then."""
        check, wanted = _checksum(talk.headers.get("Upload-Checksum"))
        came = self._shelves.append(upload.id, offset, talk.read, sends, check) if sends else 0
        if came < sends:
            talk.broken_off()
        if came == sends and check is not None and (check.digest() != wanted or talk.mismatch):
            self._shelves.cut(upload.id, offset)
            raise Rejected(460, "The checksum does not fit these bytes.", reason="Checksum Mismatch")
        at = offset + came
        if came:
            self._catalogue.prolong(upload.id, time.time() + self._lifetime)
        if at == upload.length:
            self._catalogue.complete(upload.id, self._shelves.finish(upload.id))
            talk.archive.touched(upload.deposition)
        current = self._catalogue.upload(upload.id) or upload
        headers = {"Upload-Offset": str(at + talk.lie)} | self._time_left(current)
        return headers | talk.digest_of(current)

    def _known(self, key: str) -> Upload:
        upload = self._catalogue.upload(key)
        if upload is None or (self._shelves.size(key) is None and not upload.joined_to):
            raise Rejected(404, "There is no such upload.")
        if upload.expires < time.time() and upload.sha256 is None:
            self._forget(key)
            raise Rejected(410, "The time of this upload is over.")
        return upload

    def _offset(self, upload: Upload) -> int:
        return upload.length if upload.joined_to else self._shelves.size(upload.id) or 0

    def _length(self, talk: Conversation) -> int:
        if "Upload-Defer-Length" in talk.headers:
            raise Rejected(400, "This server wants to know Upload-Length at once.")
        length = _whole(talk.headers.get("Upload-Length"))
        if length is None:
            raise Rejected(400, "Upload-Length is missing or no whole number.")
        if length > self._most:
            raise Rejected(413, f"The largest file is {self._most} bytes.")
        return length

    def _must_be_open(self, talk: Conversation, upload: Upload) -> None:
        place = upload.name.removeprefix("partial:") if upload.partial and not upload.joined_to else upload.deposition
        if place:
            talk.archive.open_draft(place)

    def _time_left(self, upload: Upload) -> dict[str, str]:
        if upload.sha256 is not None:
            return {}
        return {"Upload-Expires": email.utils.formatdate(upload.expires, usegmt=True)}

    def _forget(self, key: str) -> None:
        self._catalogue.forget_upload(key)
        self._shelves.remove(key)

    def _abilities(self) -> dict[str, str]:
        return {
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(self._most),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }


def _checksum(value: str | None) -> tuple[Any, bytes]:
    if not value:
        return None, b""
    name, _, coded = value.partition(" ")
    if name not in ALGORITHMS:
        raise Rejected(400, "The checksum algorithm is not one of " + ", ".join(ALGORITHMS) + ".")
    try:
        return hashlib.new(name, usedforsecurity=False), base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected(400, "The checksum is no base64.") from None


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 20 else None
