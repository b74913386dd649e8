"""Files that go on in the middle of a plain web address: ``PUT`` with ``Content-Range`` (RFC 9110, 14.5).

Most servers ignore that field and would replace the file by the fragment, so a scratch object tells first. Where it is
not honoured, each file is one PUT, which begins anew when it breaks.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from depositor.draft.problem import Damaged, DepositError, Retryable
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import errors, problems, samples
from depositor.transfer.http import read as http_read
from depositor.transfer.http.sums import told
from depositor.transfer.http.wire import HttpWire, MakeSession
from depositor.transfer.net import web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

_PART = 64 << 20
_BYTES = "application/octet-stream"
_HEAD, _TAIL = b"0123456789", b"abcdef"


class Appends(Enum):
    """What a scratch object told of a server."""

    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"


class RangedPlace:
    """What was learnt about one server, shared by all carriers of a run."""

    def __init__(self) -> None:
        self.appends = Appends.UNKNOWN


@dataclass(frozen=True, slots=True)
class RangedRoute:
    """``url`` of each file; ``scratch``: an address under which a small object may be made and removed to try the
    server (its end is made unique); ``headers`` (sign-in) are asked for before each request."""

    url: Callable[[SubmissionFile], str]
    scratch: str
    headers: Callable[[], Mapping[str, str]] | None = None
    part_size: int = _PART
    read_back: bool = True


class RangedCarrier:
    """Files by one :class:`RangedRoute`. A file grows under its own name: it is there in part while it is sent."""

    id = "ranged"
    derives_token = True

    def __init__(
        self,
        route: RangedRoute,
        place: RangedPlace,
        timeouts: web.Timeouts = web.PATIENT,
        session: MakeSession = web.session,
    ) -> None:
        self._route, self._place = route, place
        self._http = HttpWire(route.scratch, route.headers, timeouts, session)
        self._host = self._http.host
        self._seams: dict[int, list[int]] = {}

    @property
    def resumable(self) -> bool:
        """Whether a broken file goes on where it broke."""
        return self._appends()

    @property
    def part_size(self) -> int | None:
        """None where a file goes in one request."""
        return self._route.part_size if self._appends() else None

    def begin(self, file: SubmissionFile) -> Upload:
        """What stands at the address is emptied, so that all that is found there later is ours."""
        if self._appends() and file.size:
            self._put(file, b"", {})
        return Upload(file.name)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        if token != file.name:
            return None
        answer = self._ask("HEAD", file)
        size = _length(answer)
        if answer.status_code in (404, 410) or size is None or size > file.size:
            return None
        self._http.must(answer, 200, 204)
        if size < file.size and not self._appends():
            return None
        if 0 < size < file.size:
            self._seams.setdefault(file.seq, []).append(size)
        return Upload(token, size, complete=size == file.size)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        end = upload.offset + len(body)
        part = len(body) < file.size
        ranged = {"Content-Range": f"bytes {upload.offset}-{end - 1}/{file.size}"} if part and upload.offset else {}
        self._put(file, body, ranged)
        held = end if not part else _length(self._ask("HEAD", file))
        if held is None:
            raise Retryable(problems.odd_answer(self._host))
        return Upload(upload.token, held, complete=held == file.size)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """A digest where the server tells one, else places that are read back: around each break, too."""
        answer = self._ask("HEAD", file)
        if answer.status_code in (404, 410) or _length(answer) not in (file.size, None):
            raise Damaged(problems.differs(self._host))
        self._http.must(answer, 200, 204)
        seams = self._seams.pop(file.seq, [])
        theirs = told(answer.headers).get("sha256")
        if theirs is not None:
            if not hmac.compare_digest(theirs, sha256):
                raise Damaged(problems.differs(self._host))
            return HeldFile(file.name, file.size, {"sha256": theirs}, self._route.url(file), Proof.DIGEST)
        return samples.held(file, self._read_back(file, sha256, seams), sha256, self._route.url(file))

    def abandon(self, file: SubmissionFile, token: str) -> None:
        with contextlib.suppress(DepositError):
            self._ask("DELETE", file)

    def abort(self) -> None:
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    # --- parts of the above ----------------------------------------------------------------------------------------

    def _read_back(self, file: SubmissionFile, sha256: str, seams: list[int]) -> Proof:
        if not self._route.read_back:
            return Proof.SIZE
        url = self._route.url(file)
        try:
            return samples.prove(
                file,
                sha256,
                lambda s: http_read.pieces(self._http, url, s, file.size, {}, self._host),
                self._host,
                seams,
            )
        except http_read.Unreadable:
            return Proof.SIZE

    def _appends(self) -> bool:
        if self._place.appends is Appends.UNKNOWN:
            self._place.appends = Appends.YES if self._tried() else Appends.NO
        return self._place.appends is Appends.YES

    def _tried(self) -> bool:
        """Write a small object, add to it, read it: only where it is whole then, the server does what was meant."""
        url = urljoin(self._route.scratch, f"{self._route.scratch.rpartition('/')[2]}{secrets.token_hex(8)}")
        first = self._http.ask("PUT", url, {"Content-Type": _BYTES}, _HEAD)
        self._http.must(first, 200, 201, 204)
        try:
            whole = len(_HEAD) + len(_TAIL)
            ranged = {"Content-Type": _BYTES, "Content-Range": f"bytes {len(_HEAD)}-{whole - 1}/{whole}"}
            added = self._http.ask("PUT", url, ranged, _TAIL)
            found = self._http.ask("GET", url, {"Accept-Encoding": "identity"})
            if max(added.status_code, found.status_code) >= 500 and added.status_code != 501:
                raise errors.of_status(max(added.status_code, found.status_code), self._host)
            return added.status_code < 300 and found.status_code == 200 and found.content == _HEAD + _TAIL
        finally:
            with contextlib.suppress(DepositError):
                self._http.ask("DELETE", url)

    def _put(self, file: SubmissionFile, data: Body | bytes, more: Mapping[str, str]) -> None:
        answer = self._http.ask("PUT", self._route.url(file), {"Content-Type": _BYTES, **more}, data)
        self._http.must(answer, 200, 201, 204)

    def _ask(self, method: str, file: SubmissionFile) -> requests.Response:
        return self._http.ask(method, self._route.url(file), {"Accept-Encoding": "identity"})


def _length(answer: requests.Response) -> int | None:
    value = answer.headers.get("Content-Length", "")
    return int(value) if answer.status_code < 300 and value.isascii() and value.isdigit() else None
