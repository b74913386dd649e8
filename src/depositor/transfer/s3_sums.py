"""Bodies for S3 that sum the bytes while they pass: nothing is read twice, no part is held in memory."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from depositor.transfer.ports import Body

_BLOCK = 256 << 10
CHUNK = 1 << 20
TRAILING = "x-amz-checksum-sha256"
_TAIL_LENGTH = len(f"0\r\n{TRAILING}:\r\n\r\n") + 44  # base64 of 32 bytes


class Passing:
    """A part as it is, with a digest of what went by."""

    def __init__(self, body: Body, algorithm: str) -> None:
        self._body = body
        self._sum = hashlib.new(algorithm, usedforsecurity=False)

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._body.read(_BLOCK):
            self._sum.update(block)
            yield block

    def digest(self) -> bytes:
        """Of all bytes, once they have gone by."""
        return self._sum.digest()


class Trailing(Passing):
    """A part in the encoding ``aws-chunked``, followed by its SHA-256, so that the server can check it before it keeps
    it (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html)."""

    def __init__(self, body: Body) -> None:
        super().__init__(body, "sha256")

    def __len__(self) -> int:
        whole, rest = divmod(len(self._body), CHUNK)
        return len(self._body) + whole * _around(CHUNK) + (_around(rest) if rest else 0) + _TAIL_LENGTH

    def __iter__(self) -> Iterator[bytes]:
        left = len(self._body)
        while left:
            size = min(CHUNK, left)
            yield f"{size:x}\r\n".encode()
            yield from self._bytes(size)
            yield b"\r\n"
            left -= size
        yield f"0\r\n{TRAILING}:{base64.b64encode(self.digest()).decode()}\r\n\r\n".encode()

    def _bytes(self, count: int) -> Iterator[bytes]:
        while count and (block := self._body.read(min(_BLOCK, count))):
            self._sum.update(block)
            count -= len(block)
            yield block


def _around(size: int) -> int:
    return len(f"{size:x}") + 4
