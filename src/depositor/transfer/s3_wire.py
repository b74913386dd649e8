"""The calls of S3, one method each: signed, streamed, told in our words. Retries are the engine's business."""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from depositor.draft.problem import Retryable
from depositor.transfer import errors, problems, s3_errors, web
from depositor.transfer.s3_errors import S3Error
from depositor.transfer.s3_place import S3Keys, S3Place
from depositor.transfer.s3_signing import NOTHING, UNSIGNED, signed

if TYPE_CHECKING:
    import requests

_LEARNT = frozenset({"RequestTimeTooSkewed", "AuthorizationHeaderMalformed", "ExpiredToken"})


@dataclass(frozen=True, slots=True)
class S3Answer:
    """An answer; ``error`` where it tells of one."""

    headers: Mapping[str, str]
    content: bytes
    error: S3Error | None = None

    @property
    def etag(self) -> str:
        return self.headers.get("ETag", "").strip().strip('"')


@dataclass(frozen=True, slots=True)
class S3Object:
    """What HEAD tells of an object. ``sha256`` (hex, with ``-n`` for one out of n parts) where the server has it."""

    size: int
    etag: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class S3Part:
    """A part that the server holds."""

    number: int
    size: int
    etag: str
    sha256: str = ""


@dataclass(slots=True)
class S3Wire:
    """Signed requests to one bucket, on connections that are kept. ``keys`` is asked before each request, so that keys
    may be renewed during a run of days. Clock and region are corrected by what the server says."""

    place: S3Place
    keys: Callable[[], S3Keys]
    session: Callable[[], requests.Session]
    host: str = field(init=False)
    _session: requests.Session | None = None
    _ahead: dt.timedelta = dt.timedelta(0)
    _region: str = ""

    def __post_init__(self) -> None:
        self.host = web.host_of(self.place.endpoint)
        self._region = self.place.region

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- objects ---------------------------------------------------------------------------------------------------

    def put(self, key: str, headers: Mapping[str, str], data: Any, payload: str = UNSIGNED) -> S3Answer:
        """PutObject; the caller looks at ``error``."""
        return self.ask("PUT", key, {}, headers, data, payload)

    def head(self, key: str) -> S3Object | None:
        """HeadObject; None where there is none."""
        answer = self.ask("HEAD", key, headers={"x-amz-checksum-mode": "ENABLED"})
        if answer.error and answer.error.status == 404:
            return None
        self.must(answer)
        length = answer.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise Retryable(problems.odd_answer(self.host))
        return S3Object(int(length), answer.etag, _hex(answer.headers.get("x-amz-checksum-sha256", "")))

    # --- parts -----------------------------------------------------------------------------------------------------

    def create(self, key: str, headers: Mapping[str, str]) -> tuple[str, bool]:
        """CreateMultipartUpload: the upload's id, and whether the server will check SHA-256 sums of parts."""
        answer = self.must(self.ask("POST", key, {"uploads": ""}, headers))
        found = self._xml(answer).findtext("{*}UploadId") or ""
        if not found:
            raise Retryable(problems.odd_answer(self.host))
        return found, answer.headers.get("x-amz-checksum-algorithm", "").upper() == "SHA256"

    def part(
        self, key: str, upload: str, number: int, headers: Mapping[str, str], data: Any, payload: str = UNSIGNED
    ) -> S3Answer:
        """UploadPart; the caller looks at ``error``."""
        return self.ask("PUT", key, {"partNumber": str(number), "uploadId": upload}, headers, data, payload)

    def parts(self, key: str, upload: str) -> list[S3Part] | None:
        """ListParts, all pages; None for an upload that nobody knows."""
        found: list[S3Part] = []
        marker = ""
        while True:
            query = {"uploadId": upload, "max-parts": "1000"} | ({"part-number-marker": marker} if marker else {})
            answer = self.ask("GET", key, query)
            if answer.error and answer.error.status == 404 and answer.error.code != "NoSuchBucket":
                return None
            tree = self._xml(self.must(answer))
            found += [_part(p) for p in tree.iterfind("{*}Part")]
            after = tree.findtext("{*}NextPartNumberMarker") or ""
            if tree.findtext("{*}IsTruncated") != "true" or after in ("", marker):
                return found
            marker = after

    def complete(self, key: str, upload: str, parts: Sequence[S3Part], headers: Mapping[str, str]) -> S3Answer:
        """CompleteMultipartUpload. The answer may be 200 and yet an error; the caller looks at ``error``."""
        body = _complete(parts)
        answer = self.ask("POST", key, {"uploadId": upload}, headers, body, hashlib.sha256(body).hexdigest())
        if answer.error is None and b"<Error" in answer.content[:4096]:
            return S3Answer(answer.headers, answer.content, _error(500, answer.headers, answer.content))
        return answer

    def abort(self, key: str, upload: str) -> bool:
        """AbortMultipartUpload; True where the upload is gone."""
        answer = self.ask("DELETE", key, {"uploadId": upload})
        if answer.error is not None and answer.error.status != 404:
            raise s3_errors.told(answer.error, self.host)
        return answer.error is not None or self.parts(key, upload) is None

    def uploads(self, prefix: str) -> Iterator[tuple[str, str, dt.datetime]]:
        """ListMultipartUploads, page by page: (key, upload, begun)."""
        after: dict[str, str] = {}
        while True:
            tree = self._xml(self.must(self.ask("GET", "", {"uploads": "", "prefix": prefix, **after})))
            for row in tree.iterfind("{*}Upload"):
                begun = _time(row.findtext("{*}Initiated") or "")
                yield row.findtext("{*}Key") or "", row.findtext("{*}UploadId") or "", begun
            markers = {"key-marker": "{*}NextKeyMarker", "upload-id-marker": "{*}NextUploadIdMarker"}
            following = {name: tree.findtext(path) or "" for name, path in markers.items()}
            if tree.findtext("{*}IsTruncated") != "true" or following == after:
                return
            after = following

    # --- one request -----------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        payload: str = NOTHING,
    ) -> S3Answer:
        """One request. Where the server says how it wants to be spoken to (clock, region, newer keys), it is asked
        once more that way; a body that has gone cannot be sent again from here, so that is left to the engine."""
        for _ in range(2):
            keys = self.keys()
            answer = self._asked(method, self.place.url(key, query), headers or {}, data, payload, keys)
            if answer.error is None or not self._learn(answer, keys):
                break
            if data is not None and not isinstance(data, bytes):
                raise Retryable(s3_errors.told(answer.error, self.host).problem, 0.0)
        return answer

    def must(self, answer: S3Answer) -> S3Answer:
        """The answer, where it is none of an error."""
        if answer.error is not None:
            raise s3_errors.told(answer.error, self.host)
        return answer

    def _asked(
        self, method: str, url: str, headers: Mapping[str, str], data: Any, payload: str, keys: S3Keys
    ) -> S3Answer:
        if self._session is None:
            self._session = self.session()
        made = signed(method, url, headers, payload, keys, self._region, dt.datetime.now(dt.UTC) + self._ahead)
        with web.told(url):
            got = self._session.request(method, url, headers=made, data=data, allow_redirects=False)
            error = None if got.status_code in (200, 204) else _error(got.status_code, got.headers, got.content)
            return S3Answer(got.headers, got.content, error)

    def _learn(self, answer: S3Answer, used: S3Keys) -> bool:
        """Whether the next request will be another one."""
        error = answer.error
        if error is None or error.code not in _LEARNT:
            return False
        if error.code == "ExpiredToken":
            return self.keys() != used
        if error.code == "AuthorizationHeaderMalformed":
            before, self._region = self._region, error.detail or self._region
            return before != self._region
        return self._set_clock(answer.headers.get("Date", ""))

    def _set_clock(self, date: str) -> bool:
        try:
            theirs = email.utils.parsedate_to_datetime(date)
        except (TypeError, ValueError):
            return False
        before, self._ahead = self._ahead, theirs.astimezone(dt.UTC) - dt.datetime.now(dt.UTC)
        return abs(before - self._ahead) > dt.timedelta(seconds=60)

    def _xml(self, answer: S3Answer) -> ET.Element:
        tree = _parsed(answer.content)
        if tree is None:
            raise Retryable(problems.portal(self.host))
        return tree


def error_of(answer: requests.Response) -> S3Error | None:
    """What an answer tells of an error, None where it is fine."""
    fine = answer.status_code in (200, 201, 204)
    return None if fine else _error(answer.status_code, answer.headers, answer.content)


def _error(status: int, headers: Mapping[str, str], content: bytes) -> S3Error:
    tree = _parsed(content)
    after = errors.retry_after(headers)
    region = headers.get("x-amz-bucket-region", "")
    if tree is None:
        return S3Error(status, detail=region, after=after)
    texts = {name: (tree.findtext(name) or tree.findtext("{*}" + name) or "").strip() for name in ("Code", "Message")}
    return S3Error(status, texts["Code"], texts["Message"], tree.findtext("Region") or region, after)


def _parsed(content: bytes) -> ET.Element | None:
    """The tree of an answer; None where it is no XML, or has a document type, which no S3 answer has."""
    if b"<!DOCTYPE" in content[:2048] or not content.strip():
        return None
    try:
        return ET.fromstring(content.strip())  # noqa: S314 - no entities without a document type
    except ET.ParseError:
        return None


def _part(row: ET.Element) -> S3Part:
    number, size = row.findtext("{*}PartNumber") or "0", row.findtext("{*}Size") or "-1"
    etag = (row.findtext("{*}ETag") or "").strip().strip('"')
    return S3Part(int(number), int(size), etag, _hex(row.findtext("{*}ChecksumSHA256") or ""))


def _complete(parts: Sequence[S3Part]) -> bytes:
    rows = "".join(
        f"<Part><PartNumber>{p.number}</PartNumber><ETag>&quot;{escape(p.etag)}&quot;</ETag>"
        + (f"<ChecksumSHA256>{_b64(p.sha256)}</ChecksumSHA256>" if p.sha256 else "")
        + "</Part>"
        for p in parts
    )
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<CompleteMultipartUpload xmlns="{space}">{rows}</CompleteMultipartUpload>'.encode()


def _hex(value: str) -> str:
    """``base64[-n]`` as ``hex[-n]``; empty for nonsense."""
    text, dash, count = value.partition("-")
    try:
        return base64.b64decode(text, validate=True).hex() + dash + count
    except ValueError:
        return ""


def _b64(value: str) -> str:
    return base64.b64encode(bytes.fromhex(value)).decode()


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.now(dt.UTC)  # as young as can be: nobody takes it for a leftover
