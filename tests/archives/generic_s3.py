"""The strict S3 service of the transfer tests, which also lists, gives back and deletes, and asks for keys."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import unescape

from s3_faults import _S3, BUCKET, S3Server, _Told

ACCESS, SECRET = "depositor-access", "depositor-secret"


class ListingS3(S3Server):
    """``page``: so many keys in one answer."""

    def start(self, port: int) -> None:
        class Handler(_Listing):
            s3 = self

        super().start(port)
        self._http.RequestHandlerClass = Handler  # nobody knows the port yet


class _Listing(_S3):
    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        key = unquote(parts.path).lstrip("/").partition("/")[2]
        own = {
            ("GET", False): "ListObjectsV2" if "list-type" in query else "",
            ("GET", True): "" if "uploadId" in query else "GetObject",
            ("POST", False): "DeleteObjects" if "delete" in query else "",
            ("DELETE", True): "" if "uploadId" in query else "DeleteObject",
        }.get((self.command, bool(key)), "")
        if f"Credential={ACCESS}/" not in self.headers.get("Authorization", ""):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer(403, {}, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
            return
        if not own:
            super()._serve()
            return
        self.s3.log.append(own)
        try:
            self.fault = self._due(own)
            data = self._body()
            self._misbehave_late()
            with self.s3.guard:
                status, headers, body = getattr(self, "_" + own)(key, query, data)
            self._answer(status, headers, body)
        except _Told as told:
            self._answer(told.status, {}, f"<Error><Code>{told.code}</Code></Error>".encode())

    def _ListObjectsV2(self, _: str, query: dict[str, str], data: bytes) -> Any:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        most, after = min(int(query.get("max-keys", 1000)), self.s3.page), query.get("continuation-token", "")
        rows: dict[str, str] = {}
        for key, kept in sorted(self.s3.objects.items()):
            if not key.startswith(prefix):
                continue
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folder = prefix + rest.partition(delimiter)[0] + delimiter
                rows[folder] = f"<CommonPrefixes><Prefix>{quote(folder)}</Prefix></CommonPrefixes>"
            else:
                rows[key] = (
                    f"<Contents><Key>{quote(key)}</Key><Size>{len(kept.data)}</Size>"
                    f"<ETag>&quot;{kept.etag}&quot;</ETag></Contents>"
                )
        names = [name for name in sorted(rows) if name > after]
        text = "".join(rows[name] for name in names[:most])
        more = f"<NextContinuationToken>{quote(names[most - 1])}</NextContinuationToken>" if len(names) > most else ""
        told = f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}<EncodingType>url</EncodingType>"
        body = f"<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>{told}{text}</ListBucketResult>"
        return 200, {}, body.encode()

    def _GetObject(self, key: str, query: dict[str, str], data: bytes) -> Any:
        if key not in self.s3.objects:
            raise _Told(404, "NoSuchKey")
        kept = self.s3.objects[key]
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if span is None:
            return 200, self._head(kept), kept.data
        return 206, self._head(kept), kept.data[int(span[1]) : int(span[2]) + 1]

    def _DeleteObject(self, key: str, query: dict[str, str], data: bytes) -> Any:
        self.s3.objects.pop(key, None)
        return 204, {}, b""

    def _DeleteObjects(self, _: str, query: dict[str, str], data: bytes) -> Any:
        assert self.headers["Content-MD5"], "S3 takes no list of deletions without its sum"
        for key in re.findall(r"<Key>(.*?)</Key>", data.decode()):
            self.s3.objects.pop(unescape(key), None)
        return 200, {}, b"<DeleteResult/>"


def address(server: ListingS3, prefix: str = "in/box") -> str:
    return f"{server.url}/{BUCKET}/{prefix}"
