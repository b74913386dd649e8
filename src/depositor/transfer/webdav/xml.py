"""What a WebDAV server tells of files and folders, out of its XML: RFC 4918, and the checksums of ownCloud."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from depositor.draft.problem import Retryable
from depositor.transfer import problems

PROPERTIES = (
    b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:getcontentlength/>'
    b"<d:getlastmodified/><d:resourcetype/><oc:checksums/></d:prop></d:propfind>"
)
_LARGEST_ANSWER = 32 << 20
_DAV, _OC = "{DAV:}", "{http://owncloud.org/ns}"


@dataclass(frozen=True, slots=True)
class Held:
    """What PROPFIND told of one thing: bytes (None for a folder, or where it does not tell), time of the last change,
    digests by name."""

    size: int | None
    modified: dt.datetime | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    folder: bool = False


def responses(content: bytes, host: str) -> Iterator[tuple[str, Held]]:
    """(path, what it is) of a 207 answer."""
    import xml.etree.ElementTree as ET

    if len(content) > _LARGEST_ANSWER or b"<!DOCTYPE" in content[:4096]:
        raise Retryable(problems.odd_answer(host))
    try:
        root = ET.fromstring(content)  # noqa: S314 - no document type, so that nothing can be expanded
    except ET.ParseError as error:
        raise Retryable(problems.odd_answer(host)) from error
    for response in root.iter(f"{_DAV}response"):
        path = unquote(urlsplit(response.findtext(f"{_DAV}href", "").strip()).path)
        folder = response.find(f".//{_DAV}collection") is not None
        length = (response.findtext(f".//{_DAV}getcontentlength") or "").strip()
        size = int(length) if length.isascii() and length.isdigit() and not folder else None
        checksums = " ".join(e.text or "" for e in response.iter(f"{_OC}checksum"))
        modified = _time(response.findtext(f".//{_DAV}getlastmodified"))
        yield path, Held(size, modified, digests_of(checksums), folder)


def digests_of(text: str) -> dict[str, str]:
    """``SHA256:hex SHA1:hex`` (OC-Checksum, ownCloud) as {"sha256": hex}."""
    pairs = (word.partition(":") for word in text.split())
    return {name.lower().replace("-", ""): value.lower() for name, _, value in pairs if value}


def _time(text: str | None) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
