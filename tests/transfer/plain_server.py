"""A plain web server in memory that keeps what is PUT: with the digests, conditions and ranges that servers differ in;
and upload sessions as Google Cloud Storage has them."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import re
import time
from typing import Any

from http_faults import Answer, Asked, StrictServer

_SPAN = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_READ = re.compile(r"bytes=(\d+)-(\d+)")
_UNIT = 256 << 10


def b64(digest: Any) -> str:
    return base64.b64encode(digest.digest()).decode()


class PlainServer(StrictServer):
    """``ranges``: what ``Content-Range`` does: ``append``, ``ignore`` (the fragment replaces all), ``refuse``.
    ``tells``: which digests it gives. ``age``: seconds since everything here was changed."""

    def __init__(self, *, ranges: str = "ignore", tells: str = "", age: float = 0) -> None:
        super().__init__()
        self.ranges, self.tells, self.age = ranges, tells, age
        self.files: dict[str, bytes] = {}

    def names(self) -> list[str]:
        return sorted(self.files)

    def content(self, name: str) -> bytes | None:
        return self.files.get(name)

    def broken(self, asked: Asked) -> None:
        """What came of a piece in the middle stays, as with Apache; of a whole file nothing does."""
        span = _SPAN.fullmatch(asked.headers.get("Content-Range", ""))
        if span and self.ranges == "append":
            self._patch(asked.path[1:], int(span[1]), asked.body)

    def answer(self, asked: Asked) -> Answer:
        name = asked.path[1:]
        if asked.method == "PUT":
            return self._put(asked, name)
        if name not in self.files:
            return Answer(404)
        if asked.method == "DELETE":
            del self.files[name]
            return Answer(204)
        data = self.files[name]
        found = _READ.fullmatch(asked.headers.get("Range", ""))
        if found and asked.method == "GET":
            return Answer(206, data[int(found[1]) : int(found[2]) + 1])
        return Answer(200, data, {"Content-Length": str(len(data)), **self._about(data)})

    def _put(self, asked: Asked, name: str) -> Answer:
        if asked.headers.get("If-None-Match") == "*" and name in self.files:
            return Answer(412)
        wrong = (
            ("Content-MD5", b64(hashlib.md5(asked.body))),
            ("Content-Digest", f"sha-256=:{b64(hashlib.sha256(asked.body))}:"),
        )
        if any(asked.headers.get(header, true) != true for header, true in wrong):
            return Answer(400)
        span = _SPAN.fullmatch(asked.headers.get("Content-Range", ""))
        if span and self.ranges == "refuse":
            return Answer(400)
        if span and self.ranges == "append":
            start, end, total = (int(n) for n in span.groups())
            if end - start + 1 != len(asked.body) or end >= total or start > len(self.files.get(name, b"")):
                return Answer(416)
            self._patch(name, start, asked.body)
            return Answer(204)
        self.files[name] = asked.body
        return Answer(201)

    def _patch(self, name: str, start: int, data: bytes) -> None:
        old = self.files.get(name, b"")
        self.files[name] = old[:start] + data + old[start + len(data) :]

    def _about(self, data: bytes) -> dict[str, str]:
        about = {"Last-Modified": email.utils.formatdate(time.time() - self.age, usegmt=True)}
        if "etag" in self.tells:
            about["ETag"] = f'"{hashlib.md5(data).hexdigest()}"'
        if "repr" in self.tells:
            about["Repr-Digest"] = f"sha-256=:{b64(hashlib.sha256(data))}:"
        return about


class SessionServer(StrictServer):
    """Upload sessions; ``keeps``: at most so many bytes of a piece are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, tuple[str, int, bytes]] = {}
        self.files: dict[str, bytes] = {}
        self.keeps: int | None = None

    def names(self) -> list[str]:
        return sorted(self.files)

    def content(self, name: str) -> bytes | None:
        return self.files.get(name)

    def broken(self, asked: Asked) -> None:
        key = asked.path.rsplit("/", 1)[-1]
        name, total, held = self.sessions[key]
        self.sessions[key] = name, total, held + asked.body[: len(asked.body) // _UNIT * _UNIT]

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            key = hashlib.md5(asked.query["name"].encode()).hexdigest() + str(len(self.log))
            self.sessions[key] = asked.query["name"], int(asked.headers["X-Upload-Content-Length"]), b""
            return Answer(200, b"", {"Location": f"/session/{key}"})
        key = asked.path.rsplit("/", 1)[-1]
        if key not in self.sessions:
            return Answer(404)
        name, total, held = self.sessions[key]
        span = asked.headers["Content-Range"]
        if span == f"bytes */{total}":
            return self._state(key)
        found = _SPAN.fullmatch(span)
        if not found or int(found[1]) != len(held) or int(found[3]) != total:
            return Answer(400)
        last = int(found[2]) + 1 == total
        if int(found[2]) + 1 - int(found[1]) != len(asked.body) or (not last and len(asked.body) % _UNIT):
            return Answer(400)
        kept = asked.body if self.keeps is None else asked.body[: self.keeps]
        self.keeps = None
        self.sessions[key] = name, total, held + kept
        return self._state(key)

    def _state(self, key: str) -> Answer:
        name, total, held = self.sessions[key]
        if len(held) == total:
            self.files[name] = held
            return Answer(200, {"size": total}, {"Repr-Digest": f"sha-256=:{b64(hashlib.sha256(held))}:"})
        return Answer(308, None, {"Range": f"bytes=0-{len(held) - 1}"} if held else {})
