"""Stand-ins for a DANDI archive and the store behind it: digests first, signed addresses with an end, exact lengths, a
200 that holds an error, blobs that are there already. The store refuses whoever brings the archive's sign-in."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from http_faults import Answer, Asked, StrictServer

from depositor.draft.submission import SubmissionFile
from depositor.transfer.repositories import dandi_api

_UPLOAD = re.compile(r"/api/uploads/(u\d+)/(complete|validate)/")


@dataclass
class Begun:
    size: int
    etag: str
    parts: dict[int, bytes] = field(default_factory=dict)
    joined: bytes | None = None


def etag_of(data: bytes) -> str:
    length = dandi_api.part_length(len(data))
    sums = [hashlib.md5(data[at : at + length]).digest() for at in range(0, len(data), length)]
    return f"{hashlib.md5(b''.join(sums)).hexdigest()}-{len(sums)}"


class Store(StrictServer):
    """The S3 of the archive."""

    def __init__(self, archive: DandiServer) -> None:
        super().__init__()
        self.archive = archive
        self.ticket = 1

    def answer(self, asked: Asked) -> Answer:
        begun = self.archive.begun.get(asked.path.strip("/"))
        if "Authorization" in asked.headers:
            return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
        if asked.query.get("t") != str(self.ticket):
            return Answer(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
        if begun is None:
            return Answer(404, b"<Error><Code>NoSuchUpload</Code></Error>")
        if asked.method == "POST":
            return self._join(begun)
        number = int(asked.query["part"])
        if len(asked.body) != self.archive.lengths(begun.size)[number]:
            return Answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        begun.parts[number] = asked.body
        return Answer(200, b"", {"ETag": f'"{hashlib.md5(asked.body).hexdigest()}"'})

    def _join(self, begun: Begun) -> Answer:
        if begun.joined is not None:
            return Answer(404, b"<Error><Code>NoSuchUpload</Code></Error>")
        begun.joined = b"".join(begun.parts[n] for n in sorted(begun.parts))
        etag = f"<ETag>&quot;{etag_of(begun.joined)}&quot;</ETag>"
        return Answer(200, f"<CompleteMultipartUploadResult>{etag}</CompleteMultipartUploadResult>".encode())


class DandiServer(StrictServer):
    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, Begun] = {}
        self.blobs: dict[str, bytes] = {}
        self.assets: dict[str, str] = {}
        self.sha256 = True
        self.made = 0
        self.store = Store(self)

    def __enter__(self) -> Any:
        self.store.__enter__()
        return super().__enter__()

    def __exit__(self, *why: object) -> None:
        super().__exit__(*why)
        self.store.__exit__(*why)

    def lengths(self, size: int) -> dict[int, int]:
        length = dandi_api.part_length(size)
        return {n + 1: min(length, size - at) for n, at in enumerate(range(0, size, length))}

    def names(self) -> list[str]:
        return sorted(self.assets)

    def content(self, name: str) -> bytes | None:
        return self.blobs.get(self.assets.get(name, ""))

    # --- what an adapter does, in small ------------------------------------------------------------------------------

    def register(self, file: SubmissionFile, blob: str) -> None:
        assert blob in self.blobs
        self.assets[file.name] = blob

    # --- the API -----------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != "token secret":
            return Answer(401, {"detail": "Invalid token."})
        if asked.path == "/api/uploads/initialize/":
            return self._initialize(asked.json)
        if asked.path == "/api/blobs/digest/":
            key = self._held(asked.json["value"])
            return Answer(200, self._shown(key)) if key else Answer(404)
        found = _UPLOAD.fullmatch(asked.path)
        begun = self.begun.get(found[1]) if found else None
        if found is None or begun is None:
            return Answer(404, {"detail": "Not found."})
        return (
            self._complete(found[1], begun, asked.json) if found[2] == "complete" else self._validate(found[1], begun)
        )

    def _held(self, etag: str) -> str | None:
        return next((key for key, data in self.blobs.items() if etag_of(data) == etag), None)

    def _shown(self, key: str) -> dict[str, Any]:
        data = self.blobs[key]
        sha256 = hashlib.sha256(data).hexdigest() if self.sha256 else None
        return {"blob_id": key, "etag": etag_of(data), "sha256": sha256, "size": len(data)}

    def _initialize(self, given: Any) -> Answer:
        size, digest = given["contentSize"], given["digest"]
        if size < 1 or digest["algorithm"] != "dandi:dandi-etag" or given["dandiset"] != "000123":
            return Answer(400)
        held = self._held(digest["value"])
        if held:
            return Answer(409, {}, {"Location": held})
        self.made += 1
        key = f"u{self.made}"
        self.begun[key] = Begun(size, digest["value"])
        at = f"{self.store.url}/{key}?t={self.store.ticket}"
        parts = [
            {"part_number": n, "size": length, "upload_url": f"{at}&part={n}"}
            for n, length in self.lengths(size).items()
        ]
        return Answer(200, {"upload_id": key, "parts": parts})

    def _complete(self, key: str, begun: Begun, given: Any) -> Answer:
        told = {p["part_number"]: (p["size"], p["etag"]) for p in given["parts"]}
        true = {n: (len(d), hashlib.md5(d).hexdigest()) for n, d in begun.parts.items()}
        if told != true or set(told) != set(self.lengths(begun.size)):
            return Answer(400)
        return Answer(200, {"complete_url": f"{self.store.url}/{key}?t={self.store.ticket}", "body": "<Complete/>"})

    def _validate(self, key: str, begun: Begun) -> Answer:
        if begun.joined is None:
            return Answer(400, ["Object does not exist."])
        if len(begun.joined) != begun.size or etag_of(begun.joined) != begun.etag:
            return Answer(400, ["ETag mismatch."])
        del self.begun[key]
        if self._held(begun.etag):
            return Answer(409)
        blob = f"blob-{key}"
        self.blobs[blob] = begun.joined
        return Answer(200, self._shown(blob))
