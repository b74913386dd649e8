"""tus 1.0.0, the open protocol for resumable uploads (https://tus.io/protocols/resumable-upload, ``protocol.md``)."""

from __future__ import annotations

import base64
import contextlib
import hmac
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from depositor.draft.problem import Damaged, DepositError, NeedsUser, Refused, Retryable
from depositor.draft.submission import HeldFile, SubmissionFile
from depositor.transfer import errors, problems, web
from depositor.transfer.ports import Body, Upload

if TYPE_CHECKING:
    import requests

VERSION = "1.0.0"
MOST_PART = 64 << 20
_BYTES = "application/offset+octet-stream"
_ONE_REQUEST = 1 << 20
_GONE = (403, 404, 410)
_LOCK_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class TusOptions:
    """How to speak to one tus server.

    ``metadata`` gives further ``Upload-Metadata`` for a file. ``recognises_files``: the server knows a file by its
    metadata, so that creating it twice leaves one; only then are files up to ``one_request`` bytes created and sent in
    one request (needs the extension creation-with-upload too), because the URL would be lost in a crash. ``override``:
    send PATCH as POST with ``X-HTTP-Method-Override``, for proxies that know no PATCH.
    """

    part_size: int = MOST_PART
    metadata: Callable[[SubmissionFile], Mapping[str, str]] | None = None
    recognises_files: bool = False
    one_request: int = _ONE_REQUEST
    override: bool = False
    checksums: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server said to OPTIONS."""

    extensions: frozenset[str] = frozenset()
    max_size: int | None = None
    checksums: frozenset[str] = frozenset()


class TusCarrier:
    """Files to the tus server at ``endpoint``. ``headers`` (sign-in) are asked for before each request, so that a token
    may be renewed during a run of days."""

    id = "tus"
    resumable = True

    def __init__(
        self,
        endpoint: str,
        headers: Callable[[], Mapping[str, str]] | None = None,
        options: TusOptions = TusOptions(),
        timeouts: web.Timeouts = web.PATIENT,
        session: Callable[[web.Timeouts, web.Lines], requests.Session] = web.session,
    ) -> None:
        self._endpoint, self._headers, self._options = endpoint, headers, options
        self.part_size: int | None = max(1, min(options.part_size, MOST_PART))
        self._lines = web.Lines()
        self._make: Callable[[], requests.Session] = lambda: session(timeouts, self._lines)
        self._session: requests.Session | None = None
        self._offer: Offer | None = None
        self._host = web.host_of(endpoint)

    @property
    def one_request(self) -> int:
        """Files up to this size are created and sent in one request; -1: none."""
        wanted = self._options.recognises_files and "creation-with-upload" in self.offer().extensions
        return self._options.one_request if wanted else -1

    # --- the port --------------------------------------------------------------------------------------------------

    def begin(self, file: SubmissionFile) -> Upload:
        self._check_size(file)
        length = {"Upload-Defer-Length": "1"} if self._deferred(file) else {"Upload-Length": str(file.size)}
        answer = self._asked("POST", self._endpoint, {**length, "Upload-Metadata": self._metadata(file)})
        return self._created(answer, file)

    def begin_with(self, file: SubmissionFile, body: Body) -> Upload:
        self._check_size(file)
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": self._metadata(file), "Content-Type": _BYTES}
        headers |= self._checksum(body)
        answer = self._asked("POST", self._endpoint, headers, body)
        return self._created(answer, file)

    def find(self, file: SubmissionFile, token: str) -> Upload | None:
        answer = self._asked("HEAD", token, {})
        if answer.status_code in _GONE:
            return None
        self._must(answer, 200, 204)
        offset, length = _number(answer, "Upload-Offset"), _number(answer, "Upload-Length")
        if offset is None:
            raise Retryable(problems.odd_answer(self._host))
        if length is not None and length != file.size:
            return None  # made for another state of the file
        if length is None and self._deferred(file):
            return Upload(token)
        return _upload(token, offset, file, answer)

    def send(self, file: SubmissionFile, upload: Upload, body: Body) -> Upload:
        headers = {"Upload-Offset": str(upload.offset), "Content-Type": _BYTES, **self._checksum(body)}
        if self._deferred(file):
            headers["Upload-Length"] = "0"
        answer = self._asked("PATCH", upload.token, headers, body)
        if answer.status_code == 409:
            return self._elsewhere(file, upload)
        if answer.status_code in _GONE:
            raise Retryable(problems.upload_lost(self._host))
        self._must(answer, 204, 200)
        offset = _number(answer, "Upload-Offset")
        if offset is None:
            raise Retryable(problems.odd_answer(self._host))
        return _upload(upload.token, offset, file, answer)

    def finish(self, file: SubmissionFile, upload: Upload, sha256: str) -> HeldFile:
        """The server confirmed the last byte; where it also gives a ``Repr-Digest`` (RFC 9530), that must agree."""
        theirs = upload.digests.get("sha256")
        if upload.offset != file.size or (theirs is not None and not hmac.compare_digest(theirs, sha256)):
            raise Damaged(problems.differs(self._host))
        return HeldFile(file.name, file.size, upload.digests, upload.token)

    def abandon(self, file: SubmissionFile, token: str) -> None:
        """DELETE, where the server knows termination; it is only tidiness, so that a failure does not count."""
        with contextlib.suppress(DepositError):
            if "termination" in self.offer().extensions:
                self._asked("DELETE", token, {})

    def abort(self) -> None:
        self._lines.abort()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def offer(self) -> Offer:
        """What the server can do; asked once. A server that does not answer OPTIONS offers the core alone."""
        if self._offer is None:
            answer = self._asked("OPTIONS", self._endpoint, {})
            if answer.status_code >= 500 or answer.status_code in (401, 429):
                self._must(answer, 200, 204)
            self._offer = _offer(answer.headers)
        return self._offer

    # --- the wire --------------------------------------------------------------------------------------------------

    def _asked(self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None) -> requests.Response:
        """One request and its answer."""
        if self._session is None:
            self._session = self._make()
        sent = {**self._signed(url), **headers}
        if method != "OPTIONS":
            sent["Tus-Resumable"] = VERSION
        if method == "PATCH" and self._options.override:
            method, sent = "POST", {**sent, "X-HTTP-Method-Override": "PATCH"}
        data = web.stream(body) if body is not None and len(body) else None
        with web.told(url):
            return self._session.request(method, url, headers=sent, data=data, allow_redirects=False)

    def _signed(self, url: str) -> Mapping[str, str]:
        """The sign-in, for the archive's own host alone."""
        if self._headers is None or web.host_of(url) != self._host:
            return {}
        return self._headers()

    def _created(self, answer: requests.Response, file: SubmissionFile) -> Upload:
        self._must(answer, 201, 200)
        place = answer.headers.get("Location")
        if not place:
            raise Retryable(problems.odd_answer(self._host))
        if self._deferred(file):
            return Upload(self._absolute(place))
        return _upload(self._absolute(place), _number(answer, "Upload-Offset") or 0, file, answer)

    def _deferred(self, file: SubmissionFile) -> bool:
        """An empty file is complete as soon as it is created, before its URL can be journaled: a crash in between would
        make a second one. So its length is told later, where the server allows that."""
        able = "creation-defer-length" in self.offer().extensions
        return able and file.size == 0 and not self._options.recognises_files

    def _absolute(self, place: str) -> str:
        """The upload's address. A server behind a TLS proxy may call itself ``http``: we do not go back to that."""
        url = urljoin(self._endpoint, place)
        if self._endpoint.startswith("https:") and url.startswith("http:") and web.host_of(url) == self._host:
            return "https:" + url.removeprefix("http:")
        return url

    def _elsewhere(self, file: SubmissionFile, upload: Upload) -> Upload:
        """409: the server stands elsewhere than we thought; where it says the same offset, somebody holds a lock."""
        found = self.find(file, upload.token)
        if found is None:
            raise Retryable(problems.upload_lost(self._host))
        if found.offset == upload.offset:
            raise Retryable(problems.locked(self._host), _LOCK_WAIT_S)
        return found

    def _must(self, answer: requests.Response, *fine: int) -> None:
        status = answer.status_code
        if status in fine:
            return
        after = errors.retry_after(answer.headers)
        if status == 423:
            raise Retryable(problems.locked(self._host), after or _LOCK_WAIT_S)
        if status == 460:
            raise Retryable(problems.checksum(self._host))
        if status == 412 and VERSION not in answer.headers.get("Tus-Version", "").split(","):
            raise NeedsUser(problems.version(self._host))
        raise errors.of_status(status, self._host, after)

    def _metadata(self, file: SubmissionFile) -> str:
        """``Upload-Metadata``: some servers insist on both filename and filetype."""
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        pairs = {"filename": file.name.rsplit("/", 1)[-1], "filetype": kind, "relativePath": file.name}
        more = self._options.metadata
        pairs |= dict(more(file)) if more else {}
        return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())

    def _checksum(self, body: Body) -> dict[str, str]:
        if not self._options.checksums or "sha1" not in self.offer().checksums or not len(body):
            return {}
        return {"Upload-Checksum": "sha1 " + base64.b64encode(bytes.fromhex(body.sha1)).decode()}

    def _check_size(self, file: SubmissionFile) -> None:
        most = self.offer().max_size
        if most is not None and file.size > most:
            raise Refused(problems.too_large(self._host))


def _upload(token: str, offset: int, file: SubmissionFile, answer: requests.Response) -> Upload:
    expires = answer.headers.get("Upload-Expires")
    return Upload(token, offset, offset == file.size, expires, web.repr_digest(answer.headers))


def _number(answer: requests.Response, name: str) -> int | None:
    value = answer.headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


def _offer(headers: Mapping[str, str]) -> Offer:
    def words(name: str) -> frozenset[str]:
        return frozenset(w.strip().lower() for w in headers.get(name, "").split(",") if w.strip())

    size = headers.get("Tus-Max-Size", "")
    most = int(size) if size.isascii() and size.isdigit() and int(size) > 0 else None
    return Offer(words("Tus-Extension"), most, words("Tus-Checksum-Algorithm"))
