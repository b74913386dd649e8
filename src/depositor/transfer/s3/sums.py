"""By which sums the bytes of parts are proved, and a body that sums them while they pass.

The strongest that a service offers is used: CRC-64/NVME, from which the server and we make the sum of the whole object
out of those of the parts; SHA-256 of each part, and of those sums; MD5 of each part, which every S3 service knows.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from depositor.transfer.net.lean_line import BLOCK
from depositor.transfer.ports import Body

CHUNK = 1 << 20


class Running(Protocol):
    """A sum that grows."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sum:
    """One way to sum. ``label`` is its name at the service, ``element`` that in lists; both empty for MD5, of which
    Content-MD5 and the ETag tell. ``whole``: sums of parts make the sum of the object."""

    name: str
    label: str = ""
    element: str = ""
    whole: bool = False

    @property
    def header(self) -> str:
        return f"x-amz-checksum-{self.name}"

    def running(self) -> Running:
        """A new sum of nothing."""
        return _Crc64() if self.whole else hashlib.new(self.name, usedforsecurity=False)

    def of_parts(self, digests: Sequence[str], lengths: Sequence[int]) -> str:
        """Hex of the whole out of the hex of the parts: for ``whole`` that of the bytes, else the digest of the
        digests with ``-<count>`` behind it, as S3 writes it."""
        if self.whole:
            return _combined(digests, lengths)
        joined = b"".join(map(bytes.fromhex, digests))
        return f"{hashlib.new(self.name, joined, usedforsecurity=False).hexdigest()}-{len(digests)}"


MD5 = Sum("md5")
SHA256 = Sum("sha256", "SHA256", "ChecksumSHA256")
CRC64 = Sum("crc64nvme", "CRC64NVME", "ChecksumCRC64NVME", whole=True)
SUMS = {way.name: way for way in (MD5, SHA256, CRC64)}


@functools.cache
def crc64() -> Callable[[bytes, int], int] | None:
    """CRC-64/NVME of the library ``awscrt`` (the extra ``s3``); None where it is not installed."""
    try:
        from awscrt import checksums
    except ImportError:
        return None
    return getattr(checksums, "crc64nvme", None) if hasattr(checksums, "combine_crc64nvme") else None


def offered() -> tuple[Sum, ...]:
    """The ways to ask a service for, the best first."""
    return (CRC64, SHA256) if crc64() else (SHA256,)


class _Crc64:
    def __init__(self) -> None:
        found = crc64()
        assert found is not None
        self._sum, self._value = found, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._sum(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(8, "big")


def _combined(digests: Sequence[str], lengths: Sequence[int]) -> str:
    from awscrt import checksums

    value = 0
    for digest, length in zip(digests, lengths, strict=True):
        value = checksums.combine_crc64nvme(value, int(digest, 16), length)
    return f"{value:016x}"


class Passing:
    """A part as it is, with a sum of what went by."""

    def __init__(self, body: Body, way: Sum) -> None:
        self._body = body
        self._sum = way.running()

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._body.read(BLOCK):
            self._sum.update(block)
            yield block

    def digest(self) -> bytes:
        """Of all bytes, once they have gone by."""
        return self._sum.digest()


class Trailing(Passing):
    """A part in the encoding ``aws-chunked``, followed by its sum, so that the server can check it before it keeps it
    (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html)."""

    def __init__(self, body: Body, way: Sum) -> None:
        super().__init__(body, way)
        self._header = way.header

    def __len__(self) -> int:
        whole, rest = divmod(len(self._body), CHUNK)
        return len(self._body) + whole * _around(CHUNK) + (_around(rest) if rest else 0) + len(self._tail())

    def __iter__(self) -> Iterator[bytes]:
        left, before = len(self._body), b""
        while left:
            size = min(CHUNK, left)
            yield before + f"{size:x}\r\n".encode()
            yield from self._bytes(size)
            before = b"\r\n"
            left -= size
        yield before + self._tail()

    def _bytes(self, count: int) -> Iterator[bytes]:
        while count and (block := self._body.read(min(BLOCK, count))):
            self._sum.update(block)
            count -= len(block)
            yield block

    def _tail(self) -> bytes:
        return f"0\r\n{self._header}:{base64.b64encode(self.digest()).decode()}\r\n\r\n".encode()


def _around(size: int) -> int:
    return len(f"{size:x}") + 4
