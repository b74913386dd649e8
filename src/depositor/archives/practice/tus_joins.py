"""The extension concatenation of tus 1.0.0: uploads that are parts of one file, and the file that is made of them.

Joining the same parts again gives the same file: whoever never heard the answer may ask once more.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from depositor.archives.practice.catalogue import Catalogue, Upload
from depositor.archives.practice.replies import Rejected, Reply
from depositor.archives.practice.shelves import Shelves
from depositor.archives.practice.tus_metadata import parse_metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depositor.archives.practice.conversation import Conversation

_UPLOAD = re.compile(r"/uploads/([0-9a-f]{32})")
_LOCK_WAIT_S = 2.0
_MOST_PARTS = 10_000


class Joins:
    """Parts and what is made of them."""

    def __init__(self, catalogue: Catalogue, shelves: Shelves, lifetime_s: float, most: int) -> None:
        self._catalogue, self._shelves, self._lifetime, self._most = catalogue, shelves, lifetime_s, most

    def made(self, upload: Upload) -> bool:
        """Whether an upload was made of parts."""
        return bool(self._catalogue.joined(upload.id))

    def told(self, upload: Upload) -> dict[str, str]:
        """``Upload-Concat`` for HEAD."""
        if upload.partial:
            return {"Upload-Concat": "partial"}
        parts = self._catalogue.joined(upload.id)
        return {"Upload-Concat": "final;" + " ".join(f"/uploads/{key}" for key in parts)} if parts else {}

    def final(self, talk: Conversation, deposition: str | None, places: Sequence[str]) -> Reply:
        """Make one upload of whole parts."""
        if "Upload-Length" in talk.headers or int(talk.headers.get("Content-Length") or 0):
            raise Rejected(400, "A joined upload has no Upload-Length and no bytes of its own.")
        parts = [self._part(place, deposition) for place in places[: _MOST_PARTS + 1]]
        if not 0 < len(parts) <= _MOST_PARTS or len({p.id for p in parts}) != len(parts):
            raise Rejected(400, "A joined upload is made of some parts, each once.")
        before = {p.joined_to for p in parts}
        if before != {None}:
            return self._again(talk, before, [p.id for p in parts])
        return self._made(talk, deposition, parts)

    def _made(self, talk: Conversation, deposition: str | None, parts: Sequence[Upload]) -> Reply:
        metadata = talk.headers.get("Upload-Metadata", "")
        pairs, key = parse_metadata(metadata), secrets.token_hex(16)
        name = pairs.get("relativePath") or pairs.get("filename") or key
        length = sum(p.length for p in parts)
        if deposition is not None:
            talk.archive.check_name(name)
        if length > self._most:
            raise Rejected(413, f"The largest file is {self._most} bytes.")
        self._shelves.make(key)
        expires = time.time() + self._lifetime
        new = Upload(key, deposition, name if deposition else key, length, metadata, expires, None)
        with self._shelves.locked(key, _LOCK_WAIT_S):
            replaced = self._catalogue.add_upload(new, talk.archive.now())
            if replaced:
                self._shelves.remove(replaced)
            self._shelves.join(key, [p.id for p in parts])
            self._catalogue.complete(key, self._shelves.finish(key))
            self._catalogue.mark_joined(key, [p.id for p in parts])
        for part in parts:
            self._shelves.remove(part.id)
        talk.archive.touched(deposition)
        return self._shown(talk, key)

    def _again(self, talk: Conversation, before: set[str | None], parts: list[str]) -> Reply:
        key = next(iter(before))
        if len(before) != 1 or key is None or self._catalogue.joined(key) != parts:
            raise Rejected(400, "Some of these parts were joined otherwise.")
        if self._catalogue.upload(key) is None:
            raise Rejected(404, "What was made of these parts is gone.")
        return self._shown(talk, key)

    def _part(self, place: str, deposition: str | None) -> Upload:
        found = _UPLOAD.fullmatch(urlsplit(place).path)
        part = self._catalogue.upload(found[1]) if found else None
        if part is None or not part.partial:
            raise Rejected(404, "One of the parts is not here.")
        if part.joined_to:
            return part
        if part.name != f"partial:{deposition or ''}":
            raise Rejected(400, "One of the parts was made for another study.")
        if part.sha256 is None or self._shelves.size(part.id) != part.length:
            raise Rejected(400, "One of the parts is not whole.")
        return part

    def _shown(self, talk: Conversation, key: str) -> Reply:
        upload = self._catalogue.upload(key)
        digest = talk.digest_of(upload) if upload else {}
        return Reply(201, headers={"Location": f"{talk.base}/uploads/{key}", **digest})
