"""A small, strict S3 service in memory, with faults on demand: what no real one can be made to do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from awscrt import checksums

BUCKET = "bucket"


@dataclass
class Fault:
    """What goes wrong, the next ``times`` times that ``call`` comes (``skip`` of them first).

    ``status`` and ``code`` answer that, after the body was read (``early``: before it, and the line is closed).
    ``drop`` cuts the line after so many bytes of the body; ``silent`` does everything and cuts the line, unanswered;
    ``flip`` changes a bit on the way (``late``: after the sums were checked, when it is kept); ``within`` puts the
    error into an answer of 200.
    """

    call: str
    status: int = 0
    code: str = ""
    text: str = ""
    drop: int | None = None
    silent: bool = False
    flip: bool = False
    late: bool = False
    within: bool = False
    early: bool = False
    times: int = 1
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[], object] | None = None


@dataclass
class Kept:
    """An object or a part."""

    data: bytes
    etag: str
    sums: dict[str, str] = field(default_factory=dict)  # base64 by the name of the algorithm


@dataclass
class Begun:
    """An upload in parts."""

    key: str
    checks: str  # the name of the algorithm by which parts are summed, "" for none
    begun: dt.datetime
    parts: dict[int, Kept] = field(default_factory=dict)


class S3Server:
    """``with S3Server() as server:``; ``server.url`` is the endpoint, the bucket is :data:`BUCKET` (path style)."""

    def __init__(
        self,
        *,
        checksums: Sequence[str] = (),
        trailers: bool = True,
        opaque: bool = False,
        least: int = 1,
        host: str = "127.0.0.1",
        pem: Path | None = None,
    ) -> None:
        self.host, self.pem = host, pem
        self.checksums, self.trailers, self.opaque, self.least = checksums, trailers, opaque, least
        self.conditions = True
        self.anybody = False  # an open bucket: requests are not signed
        self.page = 1000
        self.objects: dict[str, Kept] = {}
        self.uploads: dict[str, Begun] = {}
        self.faults: list[Fault] = []
        self.log: list[str] = []
        self.signatures: list[str] = []
        self.received = 0
        self.expired: set[str] = set()  # signed addresses whose time is over
        self.over: set[str] = set()  # access keys whose time is over
        self.ahead = dt.timedelta(0)  # of the server's clock
        self.guard = threading.RLock()
        self._made = 0
        self._http: Any = None

    def __enter__(self) -> S3Server:
        self.start(0)
        return self

    def start(self, port: int) -> None:
        """Start, or start again on the same port; what it holds stays."""

        class Handler(_S3):
            s3 = self

        self._http = _Http(self.host, port, self.pem, Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.pem else ''}://{host}:{self._http.server_address[1]}"

    def fault(self, call: str, **more: Any) -> None:
        self.faults.append(Fault(call, **more))

    def names(self) -> list[str]:
        return sorted(self.objects)

    def content(self, name: str) -> bytes | None:
        return self.objects[name].data if name in self.objects else None

    def count(self, call: str) -> int:
        return self.log.count(call)

    def begun(self, key: str, seconds_ago: float = 0) -> str:
        """An upload that somebody left behind."""
        with self.guard:
            self._made += 1
            began = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_ago)
            self.uploads[f"u{self._made}"] = Begun(key, "", began)
            return f"u{self._made}"


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, pem: Path | None, handler: Any) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._tls = None
        if pem is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(pem)
        super().__init__((host, port), handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is not None:
            request = self._tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class _Told(Exception):
    def __init__(self, status: int, code: str, text: str = "") -> None:
        self.status, self.code, self.text = status, code, text


class _Gone(Exception):
    pass


class _S3(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    s3: S3Server
    fault: Fault | None = None

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_PUT(self) -> None:
        self._serve()

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT  # noqa: N815

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = _call(self.command, key, query)
        self.s3.log.append(call)
        try:
            self.fault = self._due(call)
            self._misbehave_early()
            data = self._body()
            self._misbehave_late()
            self._allowed(query)
            self._called(call, bucket, key, query, data)
        except _Told as told:
            text = f"<Error><Code>{told.code}</Code><Message>{escape(told.text)}</Message></Error>".encode()
            self._answer(told.status, {}, text if told.code else b"")
        except (_Gone, ConnectionError):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _called(self, call: str, bucket: str, key: str, query: dict[str, str], data: bytes) -> None:
        if bucket != BUCKET:
            raise _Told(404, "NoSuchBucket")
        with self.s3.guard:
            status, headers, body = getattr(self, "_" + call)(key, query, data)
        if self.fault and self.fault.silent:
            raise _Gone
        self._answer(status, headers, body)

    def _due(self, call: str) -> Fault | None:
        with self.s3.guard:
            for fault in self.s3.faults:
                if fault.call == call and fault.times > 0:
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None

    def _misbehave_early(self) -> None:
        if self.fault and self.fault.early:
            self.close_connection = True
            raise _Told(self.fault.status, self.fault.code, self.fault.text)

    def _misbehave_late(self) -> None:
        fault = self.fault
        if fault and fault.act:
            fault.act()
        if fault and fault.status and not fault.within:
            raise _Told(fault.status, fault.code, fault.text)
        if fault and fault.within:
            self._answer(200, {}, f"\n\n<Error><Code>{fault.code}</Code></Error>".encode())
            raise _Gone

    def _body(self) -> bytes:
        if self.command in ("PUT", "POST"):
            assert "Content-Length" in self.headers, "S3 takes no body without a length"
        length = int(self.headers.get("Content-Length") or 0)
        if self.fault and self.fault.drop is not None:
            self.rfile.read(min(length, self.fault.drop))
            raise _Gone
        data = self.rfile.read(length)
        if len(data) != length:
            raise _Gone
        if self.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
            data = self._unchunked(data)
        self.s3.received += len(data)
        if not (self.fault and self.fault.flip):
            self._summed(data)
            return data
        flipped = bytes([data[0] ^ 1]) + data[1:]
        self._summed(data if self.fault.late else flipped)
        return flipped

    def _unchunked(self, data: bytes) -> bytes:
        """``aws-chunked`` with the SHA-256 after it."""
        if not self.s3.trailers:
            raise _Told(501, "NotImplemented")
        found, at = b"", 0
        while True:
            line, _, _ = data[at:].partition(b"\r\n")
            size = int(line, 16)
            at += len(line) + 2
            if size == 0:
                break
            found += data[at : at + size]
            assert data[at + size : at + size + 2] == b"\r\n"
            at += size + 2
        name, _, value = data[at:].rstrip(b"\r\n").decode().partition(":")
        assert name == self.headers["x-amz-trailer"]
        assert len(found) == int(self.headers["x-amz-decoded-content-length"])
        self.headers[name] = value
        return found

    def _summed(self, data: bytes) -> None:
        sha256 = hashlib.sha256(data)
        claimed = self.headers.get("Content-MD5")
        if claimed and base64.b64decode(claimed) != hashlib.md5(data).digest():
            raise _Told(400, "BadDigest")
        signed = self.headers.get("x-amz-content-sha256", "")
        if re.fullmatch("[0-9a-f]{64}", signed) and signed != sha256.hexdigest():
            raise _Told(400, "XAmzContentSHA256Mismatch")
        for name in self.s3.checksums:
            sent = self.headers.get(f"x-amz-checksum-{name}")
            if sent and self.command == "PUT" and sent != _sum(name, data):
                raise _Told(400, "BadDigest")

    def _allowed(self, query: dict[str, str]) -> None:
        if "signed" in query:
            assert "Authorization" not in self.headers, "a signed address takes no sign-in"
            if query["signed"] in self.s3.expired:
                raise _Told(403, "AccessDenied", "Request has expired")
            return
        who = self.headers.get("Authorization", "")
        if self.s3.anybody:
            assert not who, "nobody to sign for"
            return
        if "Signature=" not in who:
            raise _Told(403, "AccessDenied")
        self.s3.signatures.append(who)
        if who.partition("Credential=")[2].partition("/")[0] in self.s3.over:
            raise _Told(400, "ExpiredToken")
        then = dt.datetime.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        if abs(then - self._now()) > dt.timedelta(minutes=15):
            raise _Told(403, "RequestTimeTooSkewed")

    def _now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.s3.ahead

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + self.s3.ahead.total_seconds())

    # --- the calls -------------------------------------------------------------------------------------------------

    def _kept(self, data: bytes) -> Kept:
        etag = hashlib.md5(data + (b"salt" if self.s3.opaque else b"")).hexdigest()
        etag = "opaque-" + etag[:9] if self.s3.opaque else etag
        asked = [name for name in self.s3.checksums if f"x-amz-checksum-{name}" in self.headers]
        return Kept(data, etag, {name: _sum(name, data) for name in asked})

    def _head(self, kept: Kept) -> dict[str, str]:
        asked = self.command != "HEAD" or self.headers.get("x-amz-checksum-mode") == "ENABLED"
        more = {f"x-amz-checksum-{name}": value for name, value in kept.sums.items() if asked}
        return {"ETag": f'"{kept.etag}"', **more}

    def _condition(self, key: str) -> None:
        if "If-None-Match" in self.headers:
            if not self.s3.conditions:
                raise _Told(501, "NotImplemented")
            assert self.headers["If-None-Match"] == "*"
            if key in self.s3.objects:
                raise _Told(412, "PreconditionFailed")

    def _PutObject(self, key: str, query: dict[str, str], data: bytes) -> Any:
        self._condition(key)
        self.s3.objects[key] = kept = self._kept(data)
        return 200, self._head(kept), b""

    def _HeadObject(self, key: str, query: dict[str, str], data: bytes) -> Any:
        if key not in self.s3.objects:
            raise _Told(404, "")
        kept = self.s3.objects[key]
        return 200, {**self._head(kept), "Content-Length": str(len(kept.data))}, b""

    def _CreateMultipartUpload(self, key: str, query: dict[str, str], data: bytes) -> Any:
        upload = self.s3.begun(key)
        asked = self.headers.get("x-amz-checksum-algorithm", "") if self.s3.checksums else ""
        if asked and asked.lower() not in self.s3.checksums:
            del self.s3.uploads[upload]
            raise _Told(400, "InvalidRequest", "Checksum algorithm provided is unsupported.")
        self.s3.uploads[upload].checks = asked.lower()
        if asked:
            kind = "FULL_OBJECT" if asked == "CRC64NVME" else "COMPOSITE"
            assert self.headers["x-amz-checksum-type"] == kind
        text = f"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><UploadId>{upload}</UploadId></R>"
        return 200, {"x-amz-checksum-algorithm": asked} if asked else {}, text.encode()

    def _upload(self, key: str, query: dict[str, str]) -> Begun:
        found = self.s3.uploads.get(query["uploadId"])
        if found is None or found.key != key:
            raise _Told(404, "NoSuchUpload")
        return found

    def _UploadPart(self, key: str, query: dict[str, str], data: bytes) -> Any:
        number = int(query["partNumber"])
        if not 1 <= number <= 10_000:
            raise _Told(400, "InvalidArgument")
        upload = self._upload(key, query)
        if upload.checks and f"x-amz-checksum-{upload.checks}" not in self.headers:
            raise _Told(400, "InvalidRequest")
        upload.parts[number] = kept = self._kept(data)
        return 200, self._head(kept), b""

    def _ListParts(self, key: str, query: dict[str, str], data: bytes) -> Any:
        upload, after = self._upload(key, query), int(query.get("part-number-marker", 0))
        rows = [n for n in sorted(upload.parts) if n > after]
        most = min(int(query.get("max-parts", 1000)), self.s3.page)
        page, more = rows[:most], len(rows) > most
        text = "".join(_row(n, upload.parts[n]) for n in page)
        text += f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        text += f"<NextPartNumberMarker>{page[-1] if page else 0}</NextPartNumberMarker>"
        return 200, {}, f"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>{text}</R>".encode()

    def _CompleteMultipartUpload(self, key: str, query: dict[str, str], data: bytes) -> Any:
        upload = self._upload(key, query)
        self._condition(key)
        named = [
            (int(n), e) for n, e in re.findall(r"<PartNumber>(\d+)</PartNumber><ETag>&quot;(.*?)&quot;", data.decode())
        ]
        if [n for n, _ in named] != sorted({n for n, _ in named}):
            raise _Told(400, "InvalidPartOrder")
        for number, etag in named:
            if number not in upload.parts or upload.parts[number].etag != etag:
                raise _Told(400, "InvalidPart")
        kept = [upload.parts[n] for n, _ in named]
        element = f"Checksum{upload.checks.upper()}"
        if upload.checks and re.findall(f"<{element}>(.*?)<", data.decode()) != [k.sums[upload.checks] for k in kept]:
            raise _Told(400, "InvalidPart")
        if any(len(k.data) < self.s3.least for k in kept[:-1]):
            raise _Told(400, "EntityTooSmall")
        assert int(self.headers["x-amz-mp-object-size"]) == sum(len(k.data) for k in kept)
        etag = hashlib.md5(b"".join(hashlib.md5(k.data).digest() for k in kept)).hexdigest()
        etag = ("f" * 32 if self.s3.opaque else etag) + f"-{len(kept)}"
        whole = b"".join(k.data for k in kept)
        self.s3.objects[key] = Kept(whole, etag, self._of_all(upload.checks, kept, whole))
        del self.s3.uploads[query["uploadId"]]
        return 200, {}, b"\n\n<?xml version='1.0'?><R/>".lstrip()

    def _of_all(self, name: str, kept: list[Kept], whole: bytes) -> dict[str, str]:
        """The sum of an object in parts: of all its bytes, or of the sums."""
        if name == "crc64nvme":
            if self.headers.get("x-amz-checksum-crc64nvme") != _sum(name, whole):
                raise _Told(400, "BadDigest")
            return {name: _sum(name, whole)}
        joined = b"".join(base64.b64decode(_sum(name, k.data)) for k in kept) if name else b""
        return {name: f"{_sum(name, joined)}-{len(kept)}"} if name else {}

    def _GetObject(self, key: str, query: dict[str, str], data: bytes) -> Any:
        if key not in self.s3.objects:
            raise _Told(404, "NoSuchKey")
        return 200, self._head(self.s3.objects[key]), self.s3.objects[key].data

    def _AbortMultipartUpload(self, key: str, query: dict[str, str], data: bytes) -> Any:
        self._upload(key, query)
        del self.s3.uploads[query["uploadId"]]
        return 204, {}, b""

    def _ListMultipartUploads(self, key: str, query: dict[str, str], data: bytes) -> Any:
        rows = sorted((u.key, i, u) for i, u in self.s3.uploads.items() if u.key.startswith(query["prefix"]))
        rows = [r for r in rows if r[:2] > (query.get("key-marker", ""), query.get("upload-id-marker", ""))]
        page, more = rows[: self.s3.page], len(rows) > self.s3.page
        text = "".join(
            f"<Upload><Key>{escape(k)}</Key><UploadId>{i}</UploadId><Initiated>{u.begun.isoformat()}</Initiated></Upload>"
            for k, i, u in page
        )
        text += f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        if more:
            text += f"<NextKeyMarker>{escape(page[-1][0])}</NextKeyMarker>"
            text += f"<NextUploadIdMarker>{page[-1][1]}</NextUploadIdMarker>"
        return 200, {}, f"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>{text}</R>".encode()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        told = dict(headers) | (self.fault.headers if self.fault else {})
        told.setdefault("Content-Length", str(len(body)))
        for name, value in told.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _row(number: int, kept: Kept) -> str:
    sums = "".join(f"<Checksum{n.upper()}>{v}</Checksum{n.upper()}>" for n, v in kept.sums.items())
    return (
        f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{kept.etag}&quot;</ETag>"
        f"<Size>{len(kept.data)}</Size>{sums}</Part>"
    )


def _call(method: str, key: str, query: dict[str, str]) -> str:
    if method == "HEAD":
        return "HeadObject"
    if "uploads" in query:
        return "CreateMultipartUpload" if method == "POST" else "ListMultipartUploads"
    if "uploadId" in query:
        calls = {"PUT": "UploadPart", "GET": "ListParts", "POST": "CompleteMultipartUpload"}
        return calls.get(method, "AbortMultipartUpload")
    return "GetObject" if method == "GET" else "PutObject"


def _sum(name: str, data: bytes) -> str:
    """Base64 of a sum."""
    if name == "crc64nvme":
        return base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()
    return base64.b64encode(hashlib.new(name, data).digest()).decode()
