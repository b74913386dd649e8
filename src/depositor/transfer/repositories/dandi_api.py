"""The upload calls of a DANDI archive, and what their answers mean.

Source: dandi-archive ``dandiapi/api/views/upload.py``, ``multipart.py``; dandischema ``digests/dandietag.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from depositor.draft.problem import Damaged, Retryable
from depositor.transfer import problems
from depositor.transfer.http.wire import HttpWire, read_json

_PART = 64 << 20
_MOST_PARTS = 10_000
_ALGORITHM = "dandi:dandi-etag"


def part_length(size: int) -> int:
    """Bytes of all parts but the last; part of the digest, so that it is the same everywhere."""
    return _PART if -(-size // _PART) < _MOST_PARTS else -(-size // _MOST_PARTS)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that the archive holds. ``sha256`` None: not computed yet."""

    id: str
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload: its id, and {number: (bytes, address)} of its parts. The addresses live for seven days, are as good as
    a password, and cannot be asked for again."""

    id: str
    parts: Mapping[int, tuple[int, str]]

    def __repr__(self) -> str:
        return f"Begun({self.id!r}, ...)"


class DandiApi:
    """Calls below ``base`` (``https://HOST/api``) with the sign-in of ``http``."""

    def __init__(self, http: HttpWire, base: str) -> None:
        self._http, self._base = http, base.rstrip("/") + "/"

    def initialize(self, dandiset: str, size: int, etag: str) -> Begun | None:
        """Begin an upload; None where the archive holds exactly these bytes already."""
        content = {"contentSize": size, "digest": {"algorithm": _ALGORITHM, "value": etag}, "dandiset": dandiset}
        answer = self._ask("uploads/initialize/", content)
        if answer.status_code == 409:
            return None
        self._http.must(answer, 200, 201)
        return self._begun(read_json(answer, self._http.host))

    def blob(self, etag: str) -> Blob | None:
        """What the archive holds of this digest."""
        answer = self._ask("blobs/digest/", {"algorithm": _ALGORITHM, "value": etag})
        if answer.status_code == 404:
            return None
        self._http.must(answer, 200)
        return self._blob(read_json(answer, self._http.host))

    def complete(self, upload: str, parts: Sequence[tuple[int, int, str]]) -> tuple[str, bytes]:
        """(address, content) of the call that joins parts, given as (number, bytes, ETag)."""
        listed = [{"part_number": n, "size": size, "etag": etag} for n, size, etag in parts]
        answer = self._ask(f"uploads/{upload}/complete/", {"parts": listed})
        if answer.status_code in (400, 404):
            raise Retryable(problems.upload_lost(self._http.host))
        self._http.must(answer, 200)
        found = read_json(answer, self._http.host)
        if not isinstance(found, dict) or not found.get("complete_url") or not isinstance(found.get("body"), str):
            raise Retryable(problems.odd_answer(self._http.host))
        return str(found["complete_url"]), found["body"].encode()

    def validate(self, upload: str, etag: str) -> Blob | None:
        """Make a blob of what was joined; None where nothing was (yet), or upload and blob are both not known.

        May be repeated. Damaged where what arrived is not what was announced.
        """
        answer = self._ask(f"uploads/{upload}/validate/", None)
        if answer.status_code in (404, 409):
            return self.blob(etag)
        if answer.status_code == 400:
            words = answer.content[:4096].decode("utf-8", "replace").lower()
            if "does not exist" in words:
                return None
            raise Damaged(problems.differs(self._http.host))
        self._http.must(answer, 200)
        return self._blob(read_json(answer, self._http.host))

    def _ask(self, path: str, content: Any) -> Any:
        import json

        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        data = b"" if content is None else json.dumps(content).encode()
        return self._http.ask("POST", urljoin(self._base, path), headers, data)

    def _begun(self, found: Any) -> Begun:
        try:
            parts = {int(p["part_number"]): (int(p["size"]), str(p["upload_url"])) for p in found["parts"]}
            return Begun(str(found["upload_id"]), parts)
        except (KeyError, TypeError, ValueError):
            raise Retryable(problems.odd_answer(self._http.host)) from None

    def _blob(self, found: Any) -> Blob:
        try:
            sha256 = found.get("sha256")
            return Blob(str(found["blob_id"]), int(found["size"]), str(found["etag"]), str(sha256) if sha256 else None)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Retryable(problems.odd_answer(self._http.host)) from None
