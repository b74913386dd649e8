"""Digests on the way and in answers: what went by is summed once, and compared with what the server says it holds.

``Repr-Digest`` and ``Content-Digest`` (RFC 9530), ``Digest`` (RFC 3230), ``Content-MD5`` (RFC 1864), and ETags that
are an MD5.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from depositor.transfer.ports import Body

_BLOCK = 256 << 10
_NAMES = {"sha-256": "sha256", "sha-512": "sha512", "md5": "md5"}
_LENGTHS = {"sha256": 64, "sha512": 128, "md5": 32}
_HEX = re.compile(r"[0-9a-f]{32}")


class Sum(Protocol):
    """A digest that grows."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Summed:
    """A body in blocks, with a digest of what went by where one is wanted."""

    def __init__(self, body: Body, digest: Sum | None) -> None:
        self._body, self._digest = body, digest

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._body.read(_BLOCK):
            if self._digest is not None:
                self._digest.update(block)
            yield block

    def hexdigest(self) -> str:
        """Of all that went by; empty where no digest was wanted."""
        return self._digest.hexdigest() if self._digest is not None else ""


def told(headers: Mapping[str, str], *, etag_md5: bool = False, content: bool = True) -> dict[str, str]:
    """{algorithm: hex} of what the server says that it holds. ``etag_md5``: its ETags are the MD5 of the bytes where
    they look like one. ``content``: the answer is about the whole content, so that digests of it count, too."""
    found: dict[str, str] = {}
    if content:
        found |= _pairs(headers.get("Digest", ""), r"([\w-]+)=([A-Za-z0-9+/=]+)")
        found |= _pairs(headers.get("Content-Digest", ""), r"([\w-]+)=:([A-Za-z0-9+/=]+):")
        found |= _named("md5", headers.get("Content-MD5", ""))
    found |= _pairs(headers.get("Repr-Digest", ""), r"([\w-]+)=:([A-Za-z0-9+/=]+):")
    etag = headers.get("ETag", "").strip().strip('"').lower()
    if etag_md5 and _HEX.fullmatch(etag):
        found.setdefault("md5", etag)
    return found


def base64_of(hexdigest: str) -> str:
    return base64.b64encode(bytes.fromhex(hexdigest)).decode()


def _pairs(value: str, shape: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, coded in re.findall(shape, value):
        found |= _named(_NAMES.get(name.lower(), ""), coded)
    return found


def _named(name: str, coded: str) -> dict[str, str]:
    with contextlib.suppress(ValueError):
        digest = base64.b64decode(coded, validate=True).hex()
        if len(digest) == _LENGTHS.get(name):
            return {name: digest}
    return {}
