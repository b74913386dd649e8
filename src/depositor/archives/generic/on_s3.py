"""A place in an S3 bucket: folders are what stands before a ``/`` in a key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from depositor.archives.generic import problems
from depositor.archives.generic.address import Address, bucket
from depositor.archives.generic.ports import Around
from depositor.archives.ports import Credentials
from depositor.draft.problem import NeedsUser, Refused, Retryable
from depositor.draft.submission import HeldFile
from depositor.transfer import problems as transfer_problems
from depositor.transfer.net import web
from depositor.transfer.ports import Carrier
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.parts import named
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place
from depositor.transfer.s3.wire import S3Wire

_PAGE = "1000"
_BLOCK = 8 << 20
_ETAG_MD5 = 32
_SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class OnS3:
    """See :class:`~depositor.archives.generic.ports.Place`. User and password are access key and secret key, the token
    that of a session (STS)."""

    lists = True

    def __init__(self, address: Address, credentials: Credentials, around: Around) -> None:
        self._around, self._host = around, address.host
        found = bucket(address)
        style = "virtual" if found.virtual else "path"
        self._place = S3Place(found.endpoint, found.bucket, found.prefix, found.region, style)  # type: ignore[arg-type]
        self._keys = S3Keys(credentials.user or "", credentials.password or "", credentials.token)
        self._wire = S3Wire(self._place, lambda: self._keys, lambda: around.make(around.patience, web.Lines()))

    def account(self) -> str:
        if not self._keys.access or not self._keys.secret:
            raise NeedsUser(problems.no_account(self._host))
        next(self._rows(self._key(""), most="1"), None)
        return self._keys.access

    def folders(self) -> Iterator[str]:
        before = self._key("")
        for kind, row in self._rows(before, delimiter="/"):
            if kind == "folder":
                yield (row.findtext("{*}Prefix") or "").removeprefix(before).rstrip("/")

    def begin(self, folder: str) -> None:
        """A bucket has no folders to be made."""

    def put(self, path: str, data: bytes) -> None:
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        sha256 = hashlib.sha256(data).hexdigest()
        self._wire.must(self._wire.put(self._key(path), {"Content-MD5": md5}, data, sha256))

    def get(self, path: str) -> bytes | None:
        answer = self._wire.ask("GET", self._key(path))
        if answer.error is not None and answer.error.status == 404 and answer.error.code != "NoSuchBucket":
            return None
        return self._wire.must(answer).content

    def files(self, folder: str) -> Iterator[HeldFile]:
        """With the ETag as ``md5`` or ``md5-of-parts``, which it is wherever it was so when the file was sent."""
        root = self._key("")
        for kind, row in self._rows(self._key(f"{folder}/")):
            key, size = row.findtext("{*}Key") or "", row.findtext("{*}Size") or ""
            if kind == "file" and not key.endswith("/") and size.isdigit():
                name = key.removeprefix(root)
                etag = (row.findtext("{*}ETag") or "").strip().strip('"')
                yield HeldFile(name, int(size), _digests(etag), self._place.url(key))

    def digests(self, path: str) -> Mapping[str, str]:
        there = self._wire.head(self._key(path))
        return {named(algorithm, value): value for algorithm, value in there.sums.items()} if there else {}

    def read(self, path: str, size: int) -> Iterator[bytes]:
        for offset in range(0, size, _BLOCK):
            end = min(offset + _BLOCK, size) - 1
            answer = self._wire.ask("GET", self._key(path), headers={"Range": f"bytes={offset}-{end}"})
            if answer.error is not None and answer.error.status == 403:
                raise Refused(problems.not_given_back(self._host))
            if answer.error is not None and answer.error.status != 206:  # part of an object: no error, but not 200
                self._wire.must(answer)
            yield answer.content

    def remove(self, folder: str) -> None:
        self.tidy(folder)
        keys: list[str] = []
        for kind, row in self._rows(self._key(f"{folder}/")):
            if kind == "file":
                keys.append(row.findtext("{*}Key") or "")
            if len(keys) == int(_PAGE):
                self._delete(keys)
                keys.clear()
        if keys:
            self._delete(keys)

    def drop(self, path: str) -> None:
        self._delete([self._key(path)])

    def tidy(self, folder: str) -> None:
        """Uploads that nobody will end cost whoever pays for the bucket; where nobody may list them, they stay."""
        carrier = self._carrier(folder)
        try:
            carrier.sweep(older_s=0)
        except Refused:
            return
        finally:
            carrier.close()

    def carrier(self, folder: str) -> Carrier:
        return self._carrier(folder)

    def url(self, path: str) -> str:
        return self._place.url(self._key(path))

    def close(self) -> None:
        self._wire.close()

    # --- parts -------------------------------------------------------------------------------------------------------

    def _carrier(self, folder: str) -> S3Carrier:
        place = self._place
        below = S3Place(place.endpoint, place.bucket, self._key(folder), place.region, place.style)
        options = self._around.options.get("s3") or S3Options(part_size=self._around.part_bytes)
        return S3Carrier(below, lambda: self._keys, options, self._around.patience, self._around.make)

    def _key(self, path: str) -> str:
        return self._place.key(path)

    def _rows(self, prefix: str, delimiter: str = "", most: str = _PAGE) -> Iterator[tuple[str, ET.Element]]:
        """ListObjectsV2, page by page: ("file" or "folder", its element with the key decoded)."""
        more: dict[str, str] = {}
        query = {"list-type": "2", "prefix": prefix, "max-keys": most, "encoding-type": "url"}
        query |= {"delimiter": delimiter} if delimiter else {}
        while True:
            tree = self._tree(self._wire.must(self._wire.ask("GET", "", {**query, **more})).content)
            coded = tree.findtext("{*}EncodingType") == "url"
            for tag, kind, name in (("Contents", "file", "Key"), ("CommonPrefixes", "folder", "Prefix")):
                for row in tree.iterfind("{*}" + tag):
                    found = row.find("{*}" + name)
                    if found is not None and coded:
                        found.text = unquote_plus(found.text or "")
                    yield kind, row
            token = tree.findtext("{*}NextContinuationToken") or ""
            if (
                most != _PAGE
                or tree.findtext("{*}IsTruncated") != "true"
                or token == more.get("continuation-token", "")
            ):
                return
            more = {"continuation-token": token}

    def _tree(self, content: bytes) -> ET.Element:
        if b"<!DOCTYPE" in content[:2048]:
            raise Retryable(transfer_problems.portal(self._host))
        try:
            return ET.fromstring(content)  # noqa: S314 - no entities without a document type
        except ET.ParseError as error:
            raise Retryable(transfer_problems.portal(self._host)) from error

    def _delete(self, keys: list[str]) -> None:
        """DeleteObjects; one by one where the service does not know that."""
        rows = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
        body = f"<Delete {_SPACE}>{rows}<Quiet>true</Quiet></Delete>".encode()
        md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = self._wire.ask(
            "POST", "", {"delete": ""}, {"Content-MD5": md5}, body, hashlib.sha256(body).hexdigest()
        )
        if answer.error is None and b"<Error>" not in answer.content:
            return
        for key in keys:
            one = self._wire.ask("DELETE", key)
            if one.error is not None and one.error.status != 404:
                self._wire.must(one)


def _digests(etag: str) -> dict[str, str]:
    if len(etag) == _ETAG_MD5:
        return {"md5": etag}
    whole, dash, count = etag.partition("-")
    return {"md5-of-parts": etag} if dash and len(whole) == _ETAG_MD5 and count.isdigit() else {}
