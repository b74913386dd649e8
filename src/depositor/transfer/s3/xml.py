"""What S3 says and hears in XML, and what its headers mean."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from depositor.transfer import errors
from depositor.transfer.s3.errors import S3Error
from depositor.transfer.s3.sums import SUMS, Sum

_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True, slots=True)
class S3Part:
    """A part that the server holds; ``sums`` (hex by the name of the algorithm) as far as it tells them."""

    number: int
    size: int
    etag: str
    sums: Mapping[str, str]


def parsed(content: bytes) -> ET.Element | None:
    """The tree of an answer; None where it is no XML, or has a document type, which no S3 answer has."""
    content = content.strip()
    if not content or b"<!DOCTYPE" in content[:2048]:
        return None
    try:
        return ET.fromstring(content)  # noqa: S314 - no entities without a document type
    except ET.ParseError:
        return None


def error_of(status: int, headers: Mapping[str, str], content: bytes) -> S3Error:
    """What an answer tells of an error; ``headers`` with names in small letters."""
    tree = parsed(content)
    after = errors.retry_after({"Retry-After": headers.get("retry-after", "")})
    region, date = headers.get("x-amz-bucket-region", ""), headers.get("date", "")
    if tree is None:
        return S3Error(status, detail=region, after=after, date=date)

    def text(name: str) -> str:
        return (tree.findtext(name) or tree.findtext("{*}" + name) or "").strip()

    return S3Error(status, text("Code"), text("Message"), text("Region") or region, after, date)


def parts_of(tree: ET.Element) -> Iterator[S3Part]:
    """The rows of ListParts."""
    for row in tree.iterfind("{*}Part"):
        number, size = row.findtext("{*}PartNumber") or "0", row.findtext("{*}Size") or ""
        told = {name: to_hex(row.findtext("{*}" + way.element) or "") for name, way in SUMS.items() if way.element}
        sums = {name: value for name, value in told.items() if value}
        if _is_count(number) and _is_count(size):
            yield S3Part(int(number), int(size), bare(row.findtext("{*}ETag") or ""), sums)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def uploads_of(tree: ET.Element) -> Iterator[tuple[str, str, dt.datetime]]:
    """The rows of ListMultipartUploads: key, upload, begun."""
    quoted = tree.findtext("{*}EncodingType") == "url"
    for row in tree.iterfind("{*}Upload"):
        key = row.findtext("{*}Key") or ""
        begun = _time(row.findtext("{*}Initiated") or "")
        yield unquote_plus(key) if quoted else key, row.findtext("{*}UploadId") or "", begun


def completing(parts: Sequence[S3Part], way: Sum) -> bytes:
    """What CompleteMultipartUpload is told."""
    rows = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber><ETag>&quot;{escape(part.etag)}&quot;</ETag>"
        + (f"<{way.element}>{to_b64(part.sums[way.name])}</{way.element}>" if way.element else "")
        + "</Part>"
        for part in parts
    )
    return f'<CompleteMultipartUpload xmlns="{_SPACE}">{rows}</CompleteMultipartUpload>'.encode()


def bare(etag: str) -> str:
    """An ETag without its quotes."""
    return etag.strip().strip('"')


def is_opaque(headers: Mapping[str, str]) -> bool:
    """Whether what an answer tells of encryption makes ETags something else than MD5."""
    encrypted = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    return encrypted or "x-amz-server-side-encryption-customer-algorithm" in headers


def to_hex(value: str) -> str:
    """``base64[-n]`` as ``hex[-n]``; empty for nonsense."""
    text, dash, count = value.partition("-")
    try:
        return base64.b64decode(text, validate=True).hex() + dash + count
    except ValueError:
        return ""


def to_b64(value: str) -> str:
    """Hex as base64."""
    return base64.b64encode(bytes.fromhex(value)).decode()


def _time(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.now(dt.UTC)  # as young as can be: nobody takes it for a leftover
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
