"""The calls of S3, one method each: signed, streamed, told in our words. Retries are the engine's business."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from depositor.draft.problem import Retryable
from depositor.transfer import errors, problems
from depositor.transfer.net import lean_line as s3_line
from depositor.transfer.net import web
from depositor.transfer.net.lean_line import Line, Sendable
from depositor.transfer.s3 import errors as s3_errors
from depositor.transfer.s3.errors import S3Error
from depositor.transfer.s3.place import Address, S3Keys, S3Place, in_region
from depositor.transfer.s3.signing import NOTHING, UNSIGNED, signed
from depositor.transfer.s3.sums import SUMS, Sum
from depositor.transfer.s3.xml import (
    S3Part,
    bare,
    completing,
    error_of,
    is_opaque,
    parsed,
    parts_of,
    to_hex,
    uploads_of,
)

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

    import requests

_JOINING_S = 300.0  # some services copy all parts together before they say a word
_SKEW = dt.timedelta(seconds=60)
_ELSEWHERE = (301, 307, 400, 403)


@dataclass(frozen=True, slots=True)
class S3Answer:
    """An answer, names of headers in small letters; ``error`` where it tells of one."""

    headers: Mapping[str, str]
    content: bytes
    error: S3Error | None = None

    @property
    def etag(self) -> str:
        return bare(self.headers.get("etag", ""))


@dataclass(frozen=True, slots=True)
class S3Object:
    """What HEAD tells of an object. ``sums`` (hex by algorithm, with ``-n`` for one out of n parts) as far as the
    server has them."""

    size: int
    etag: str
    sums: Mapping[str, str]
    opaque: bool = False  # the ETag is no MD5


@dataclass(slots=True)
class S3Wire:
    """Signed requests to one bucket, on a connection that is kept. ``keys`` is asked before each request, so that keys
    may be renewed during a run of days. Clock and region are corrected by what the server says."""

    place: S3Place
    keys: Callable[[], S3Keys]
    session: Callable[[], requests.Session]
    host: str = field(init=False)
    connect_s: float = web.PATIENT.connect
    broken_off: int = 0  # how often another thread broke off what was under way
    _session: requests.Session | None = None
    _line: Line | None = None
    _origin: str = ""  # where the line leads
    _ahead: dt.timedelta = dt.timedelta(0)
    _region: str = ""

    def __post_init__(self) -> None:
        self.host = web.host_of(self.place.endpoint)
        self._region = self.place.region

    def close(self) -> None:
        self._hang_up()
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- objects ---------------------------------------------------------------------------------------------------

    def put(self, key: str, headers: Mapping[str, str], data: bytes | Sendable, payload: str = UNSIGNED) -> S3Answer:
        """PutObject; the caller looks at ``error``."""
        return self.ask("PUT", key, {}, headers, data, payload)

    def head(self, key: str) -> S3Object | None:
        """HeadObject; None where there is none."""
        answer = self.ask("HEAD", key, headers={"x-amz-checksum-mode": "ENABLED"})
        if answer.error and answer.error.status == 404:
            return None
        self.must(answer)
        length = answer.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            raise Retryable(problems.odd_answer(self.host))
        told = {name: to_hex(answer.headers.get(way.header, "")) for name, way in SUMS.items()}
        sums = {name: value for name, value in told.items() if value}
        return S3Object(int(length), answer.etag, sums, is_opaque(answer.headers))

    def content(self, key: str) -> bytes:
        """GetObject, for small ones."""
        return self.must(self.ask("GET", key)).content

    # --- parts -----------------------------------------------------------------------------------------------------

    def create(self, key: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """CreateMultipartUpload: the upload's id, and what the headers of the answer tell of it."""
        answer = self.must(self.ask("POST", key, {"uploads": ""}, headers))
        found = self._xml(answer).findtext("{*}UploadId") or ""
        if not found:
            raise Retryable(problems.odd_answer(self.host))
        return found, answer.headers

    def part(
        self,
        key: str,
        upload: str,
        number: int,
        headers: Mapping[str, str],
        data: bytes | Sendable,
        payload: str = UNSIGNED,
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
            found += parts_of(tree)
            after = tree.findtext("{*}NextPartNumberMarker") or ""
            if tree.findtext("{*}IsTruncated") != "true" or after in ("", marker):
                return found
            marker = after

    def complete(
        self, key: str, upload: str, parts: Sequence[S3Part], way: Sum, headers: Mapping[str, str]
    ) -> S3Answer:
        """CompleteMultipartUpload. The answer may be 200 and yet an error; the caller looks at ``error``."""
        body = completing(parts, way)
        payload = hashlib.sha256(body).hexdigest()
        answer = self.ask("POST", key, {"uploadId": upload}, headers, body, payload, patience=_JOINING_S)
        if answer.error is None and b"<Error" in answer.content[:4096]:
            return S3Answer(answer.headers, answer.content, error_of(500, answer.headers, answer.content))
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
            query = {"uploads": "", "prefix": prefix, "encoding-type": "url", **after}
            tree = self._xml(self.must(self.ask("GET", "", query)))
            yield from uploads_of(tree)
            markers = {"key-marker": "{*}NextKeyMarker", "upload-id-marker": "{*}NextUploadIdMarker"}
            following = {name: tree.findtext(path) or "" for name, path in markers.items()}
            if tree.findtext("{*}EncodingType") == "url":
                following["key-marker"] = unquote_plus(following["key-marker"])
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
        data: bytes | Sendable = b"",
        payload: str = NOTHING,
        patience: float = 0.0,
    ) -> S3Answer:
        """One request. Where the server says how it wants to be spoken to (clock, region, newer keys), it is asked
        once more that way; a body that has gone cannot be sent again from here, so that is left to the engine."""
        for _ in range(2):
            keys, address = self.keys(), self.place.address(key, query)
            now = dt.datetime.now(dt.UTC) + self._ahead
            made = signed(method, address, headers or {}, payload, keys, self._region, now)
            answer = self.exchange(method, address, made, data, patience)
            if answer.error is None or not self._learn(answer.error, keys):
                break
            if not isinstance(data, bytes):
                raise Retryable(s3_errors.told(answer.error, self.host).problem, 0.0)
        return answer

    def exchange(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        data: bytes | Sendable = b"",
        patience: float = 0.0,
    ) -> S3Answer:
        """A request as it is. One that may be repeated is, once, where the server had hung up before it came."""
        from urllib3.exceptions import HTTPError

        broken_off = self.broken_off
        while True:
            kept = self._line is not None and self._origin == address.origin and not self._line.stale()
            try:
                with web.told(address.origin):
                    line = self._connected(address) if self._line is None or not kept else self._line
                    reply = line.exchange(method, address, headers, data, patience)
                break
            except Exception as error:
                heard = self._line is not None and self._line.heard
                self._hang_up()
                again = kept and not heard and method != "POST" and isinstance(data, bytes)
                if again and isinstance(error.__cause__, ConnectionError) and broken_off == self.broken_off:
                    continue
                self.close()  # addresses and proxies may be others when it works again
                if isinstance(error, HTTPError):  # of urllib3, while it connects
                    raise errors.of_network(error, web.host_of(address.origin)) from error
                raise
        fine = reply.status in (200, 201, 204, 206)
        return S3Answer(
            reply.headers, reply.content, None if fine else error_of(reply.status, reply.headers, reply.content)
        )

    def must(self, answer: S3Answer) -> S3Answer:
        """The answer, where it is none of an error."""
        if answer.error is not None:
            raise s3_errors.told(answer.error, self.host)
        return answer

    def _connected(self, address: Address) -> Line:
        self._hang_up()
        if self._session is None:
            self._session = self.session()
        self._line, self._origin = s3_line.opened(self._session, address, self.connect_s), address.origin
        return self._line

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    # --- what the server teaches -----------------------------------------------------------------------------------

    def _learn(self, error: S3Error, used: S3Keys) -> bool:
        """Whether the next request will be another one."""
        if error.code in ("ExpiredToken", "TokenRefreshRequired"):
            return self.keys() != used
        if error.code == "RequestTimeTooSkewed":
            return self._set_clock(error.date)
        if error.detail and error.status in _ELSEWHERE:
            return self._move(error)
        return False

    def _move(self, error: S3Error) -> bool:
        """To the region that was told; at Amazon that is another host too."""
        before = (self._region, self.place.endpoint)
        self._region = error.detail
        if error.status in (301, 307):
            self.place = replace(self.place, endpoint=in_region(self.place.endpoint, error.detail) or before[1])
            self.host = web.host_of(self.place.endpoint)
            self._hang_up()
        return before != (self._region, self.place.endpoint)

    def _set_clock(self, date: str) -> bool:
        try:
            theirs = email.utils.parsedate_to_datetime(date)
        except (TypeError, ValueError):
            return False
        before, self._ahead = self._ahead, theirs.astimezone(dt.UTC) - dt.datetime.now(dt.UTC)
        return abs(before - self._ahead) > _SKEW

    def _xml(self, answer: S3Answer) -> ET.Element:
        tree = parsed(answer.content)
        if tree is None:
            raise Retryable(problems.portal(self.host))
        return tree
