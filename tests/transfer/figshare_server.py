"""A stand-in for figshare's files API and its upload service, as strict as its documents say: parts cut by the server,
inclusive offsets, locks, 409, ABORTED, an MD5 that comes later. And a desk that speaks to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import requests
from http_faults import Answer, Asked, StrictServer

from depositor.draft.problem import Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import errors, problems

_ENTRY = re.compile(r"/v2/account/articles/7/files/(\d+)")
_UPLOAD = re.compile(r"/upload/(\w+)(?:/(\d+))?")


@dataclass
class Entry:
    id: int
    name: str
    size: int
    md5: str
    parts: dict[int, bytes | None]
    state: str = "PENDING"
    locked: set[int] = field(default_factory=set)
    slow: int = 0

    @property
    def data(self) -> bytes:
        return b"".join(p or b"" for p in self.parts.values())


class FigshareServer(StrictServer):
    """``part``: bytes of all parts but the last; ``slow``: so many questions until an MD5 was computed."""

    def __init__(self, part: int = 400_000, slow: int = 1) -> None:
        super().__init__()
        self.part, self.slow = part, slow
        self.entries: dict[int, Entry] = {}

    def names(self) -> list[str]:
        return sorted(e.name for e in self.entries.values() if e.state == "COMPLETED")

    def content(self, name: str) -> bytes | None:
        return next((e.data for e in self.entries.values() if e.name == name and e.state == "COMPLETED"), None)

    def span(self, entry: Entry, number: int) -> tuple[int, int]:
        start = (number - 1) * self.part
        return start, min(start + self.part, entry.size)

    def answer(self, asked: Asked) -> Answer:
        upload, one = _UPLOAD.fullmatch(asked.path), _ENTRY.fullmatch(asked.path)
        if upload:
            return self._upload(asked, upload[1], int(upload[2] or 0))
        if asked.headers.get("Authorization") != "token secret":
            return Answer(403, {"message": "Forbidden"})
        if one:
            return self._entry(asked, self.entries.get(int(one[1])))
        if asked.method == "GET":
            return Answer(200, [self._shown(e) for e in self.entries.values()])
        return self._create(asked.json)

    def _create(self, given: Any) -> Answer:
        if "/" in given["name"] or not isinstance(given["size"], int):
            return Answer(400, {"message": "bad name"})
        key = len(self.entries) + 1 + max(self.entries, default=0)
        count = -(-given["size"] // self.part)
        parts: dict[int, bytes | None] = dict.fromkeys(range(1, count + 1))
        self.entries[key] = Entry(key, given["name"], given["size"], given["md5"], parts)
        return Answer(201, {"location": f"{self.url}/v2/account/articles/7/files/{key}"})

    def _entry(self, asked: Asked, entry: Entry | None) -> Answer:
        if entry is None:
            return Answer(404, {"message": "Entity not found"})
        if asked.method == "DELETE":
            del self.entries[entry.id]
            return Answer(204)
        if asked.method == "POST":
            if entry.state != "PENDING" or None in entry.parts.values():
                return Answer(400, {"message": "File is incomplete or done"})
            entry.state, entry.slow = "COMPLETED", self.slow
            return Answer(202)
        entry.slow -= entry.slow > 0
        return Answer(200, self._shown(entry))

    def _shown(self, entry: Entry) -> dict[str, Any]:
        ready = entry.state == "COMPLETED" and not entry.slow
        return {
            "id": entry.id,
            "name": entry.name,
            "size": entry.size,
            "status": "available" if ready else "created",
            "supplied_md5": entry.md5,
            "computed_md5": hashlib.md5(entry.data).hexdigest() if ready else "",
            "upload_url": f"{self.url}/upload/t{entry.id}",
        }

    def _upload(self, asked: Asked, token: str, number: int) -> Answer:
        entry = self.entries.get(int(token[1:]))
        if entry is None or (number and number not in entry.parts):
            return Answer(404)
        if not number:
            return Answer(
                200,
                {
                    "token": token,
                    "name": entry.name,
                    "size": entry.size,
                    "md5": entry.md5,
                    "status": entry.state,
                    "parts": [self._part(entry, n) for n in entry.parts],
                },
            )
        if entry.state != "PENDING" or (asked.method == "PUT" and number in entry.locked):
            return Answer(409)
        if asked.method == "DELETE":
            entry.locked.discard(number)
            entry.parts[number] = None
            return Answer(200)
        start, end = self.span(entry, number)
        if len(asked.body) != end - start:
            return Answer(500)
        entry.parts[number] = asked.body
        return Answer(200)

    def _part(self, entry: Entry, number: int) -> dict[str, Any]:
        start, end = self.span(entry, number)
        done = entry.parts[number] is not None
        return {
            "partNo": number,
            "startOffset": start,
            "endOffset": end - 1,
            "locked": number in entry.locked,
            "status": "COMPLETE" if done else "PENDING",
        }


class FigshareDesk:
    """What an archive's adapter does, in small."""

    def __init__(self, server: FigshareServer) -> None:
        self._base = f"{server.url}/v2/account/articles/7/files"

    def open(self, file: SubmissionFile, md5: str) -> str:
        name = file.name.replace("/", "__")
        for entry in self._call("GET", self._base).json():
            if (entry["name"], entry["size"], entry["supplied_md5"]) == (name, file.size, md5):
                return str(entry["id"])
        made = self._call("POST", self._base, {"name": name, "size": file.size, "md5": md5}).json()
        return str(made["location"]).rpartition("/")[2]

    def address(self, file: SubmissionFile, entry: str) -> str | None:
        found = self._call("GET", f"{self._base}/{entry}")
        return str(found.json()["upload_url"]) if found.status_code == 200 else None

    def complete(self, file: SubmissionFile, entry: str) -> None:
        answer = self._call("POST", f"{self._base}/{entry}")
        if answer.status_code != 202:
            raise Retryable(problems.odd_answer("figshare"))

    def held(self, file: SubmissionFile, entry: str) -> HeldFile | None:
        found = self._call("GET", f"{self._base}/{entry}")
        told = found.json()
        if found.status_code != 200 or not told["computed_md5"]:
            return None
        return HeldFile(file.name, told["size"], {"md5": told["computed_md5"]})

    def remove(self, file: SubmissionFile, entry: str) -> None:
        self._call("DELETE", f"{self._base}/{entry}")

    def _call(self, method: str, url: str, content: Any = None) -> requests.Response:
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.request(method, url, json=content, headers={"Authorization": "token secret"}, timeout=5)
        except requests.RequestException as error:
            raise errors.of_network(error, "figshare") from error
