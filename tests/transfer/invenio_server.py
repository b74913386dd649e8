"""A stand-in for the files of an InvenioRDM draft, with the traps of the real one: 200 that means failure, an entry
that a broken line deletes, a complete file that a PUT destroys, commits that do not look, an MD5 that comes later."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from http_faults import Answer, Asked, StrictServer

_BASE = "/api/records/abc/draft/files"
_ONE = re.compile(_BASE + r"/(.+?)(?:/(content|commit)(?:/(\d+))?)?")
_FAILED = {"errors": "File upload transfer failed."}


@dataclass
class Kept:
    key: str
    size: int
    kind: str
    part_size: int = 0
    parts: dict[int, bytes] = field(default_factory=dict)
    data: bytes = b""
    count: int = 0
    status: str = "pending"
    slow: int = 0

    def reported(self) -> bytes:
        """What was never sent is zeros."""
        if not self.count:
            return self.data
        whole = bytearray(self.size)
        for number, part in self.parts.items():
            start = (number - 1) * self.part_size
            whole[start : start + len(part)] = part
        return bytes(whole)


class InvenioServer(StrictServer):
    """``multipart`` False: parts are refused as at Zenodo; ``most``: bytes of a body. Part addresses carry
    a ticket that :meth:`expire` makes worthless."""

    def __init__(self, *, multipart: bool = True, announces: bool = True, most: int = 100 << 20, slow: int = 0) -> None:
        super().__init__()
        self.multipart, self.announces, self.most, self.slow = multipart, announces, most, slow
        self.kept: dict[str, Kept] = {}
        self.ticket = 1

    @property
    def base(self) -> str:
        return self.url + _BASE

    def names(self) -> list[str]:
        return sorted(k.key for k in self.kept.values() if k.status == "completed")

    def content(self, name: str) -> bytes | None:
        kept = self.kept.get(name)
        return kept.reported() if kept and kept.status == "completed" else None

    def expire(self) -> None:
        self.ticket += 1

    def broken(self, asked: Asked) -> None:
        found = _ONE.fullmatch(asked.path)
        if found and found[2] == "content" and not found[3]:
            self.kept.pop(found[1], None)  # as the real one does

    def answer(self, asked: Asked) -> Answer:  # noqa: PLR0911 - a reason to refuse each
        if asked.headers.get("Authorization") != "Bearer secret":
            return Answer(403, {"status": 403, "message": "Permission denied."})
        if asked.path == _BASE:
            return self._start(asked.json) if asked.method == "POST" else Answer(405)
        found = _ONE.fullmatch(asked.path)
        kept = self.kept.get(found[1]) if found else None
        if found is None or kept is None:
            return Answer(404, {"status": 404, "message": "not found"})
        if asked.method == "DELETE":
            del self.kept[kept.key]
            return Answer(204)
        if found[2] == "commit":
            return self._commit(kept)
        if found[2] == "content":
            return self._put(asked, kept, int(found[3]) if found[3] else None)
        kept.slow -= kept.slow > 0
        return Answer(200, self._shown(kept))

    def _start(self, given: Any) -> Answer:
        for item in given:
            transfer = item.get("transfer", {"type": "L"})
            if "checksum" in item:
                return Answer(400, {"message": "this stand-in wants no checksum"})
            if item["key"] in self.kept:
                return Answer(400, {"message": f"File with key {item['key']} already exists."})
            if transfer["type"] == "M" and not self.announces:
                return Answer(400, {"message": "Transfer type M is not known."})
            size = item["size"]
            parts = transfer.get("parts", 0)
            if parts and parts != -(-size // transfer["part_size"]):
                return Answer(400, {"message": "parts do not add up"})
            self.kept[item["key"]] = Kept(
                item["key"], size, transfer["type"], transfer.get("part_size", 0), count=parts
            )
        return Answer(201, {"entries": [self._shown(k) for k in self.kept.values()]})

    def _put(self, asked: Asked, kept: Kept, number: int | None) -> Answer:  # noqa: PLR0911
        if asked.headers.get("Content-Type") != "application/octet-stream":
            return Answer(415)
        if len(asked.body) > self.most:
            return Answer(413)
        if number is None:
            return self._whole(asked, kept)
        if not self.multipart or asked.query.get("t") != str(self.ticket):
            return Answer(403, {"message": "Permission denied."})
        if not number:
            return Answer(500)
        last = kept.size - (kept.count - 1) * kept.part_size
        if number > kept.count or len(asked.body) != (last if number == kept.count else kept.part_size):
            return Answer(200, _FAILED)
        kept.parts[number] = asked.body
        return Answer(200, self._shown(kept))

    def _whole(self, asked: Asked, kept: Kept) -> Answer:
        if kept.status == "completed" or kept.kind == "M":
            del self.kept[kept.key]
            return Answer(200, _FAILED)
        kept.data = asked.body
        return Answer(200, self._shown(kept))

    def _commit(self, kept: Kept) -> Answer:
        if kept.status != "completed":
            kept.status, kept.kind, kept.slow = "completed", "L", self.slow
        return Answer(200, self._shown(kept))

    def _shown(self, kept: Kept) -> dict[str, Any]:
        own = f"{self.base}/{quote(kept.key)}"
        shown: dict[str, Any] = {"key": kept.key, "status": kept.status, "transfer": {"type": kept.kind}}
        if kept.kind == "M":
            shown["links"] = {
                "commit": f"{own}/commit",
                "parts": [{"part": n, "url": f"{own}/content/{n}?t={self.ticket}"} for n in range(1, kept.count + 1)],
            }
        else:
            shown["links"] = {"content": f"{own}/content", "commit": f"{own}/commit"}
        if kept.status == "completed":
            data = kept.reported()
            shown |= {"size": len(data), "checksum": None if kept.slow else f"md5:{hashlib.md5(data).hexdigest()}"}
        return shown
