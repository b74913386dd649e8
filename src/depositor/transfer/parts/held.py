"""One part of a file in memory, on its way: it can be summed, sent, and sent again without reading the file again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from depositor.draft.problem import Stopped
from depositor.transfer.attempts import Attempts
from depositor.transfer.manners.gate import stopped_problem

if TYPE_CHECKING:
    from depositor.transfer.parts.apart import Apart

_BLOCK = 1 << 20


class HeldPart:
    """A :class:`~depositor.transfer.ports.Body` that is in memory; ``number`` counts from 1."""

    def __init__(self, apart: Apart, number: int, data: bytearray) -> None:
        self._apart, self.number = apart, number
        self.data = data
        self.length = len(data)
        self.attempts = Attempts()
        self.failed_on: object = None  # the line on which it failed last
        self.passed_on = False  # it failed on more than one
        self._at = 0
        self._digests: dict[str, str] = {}

    def __len__(self) -> int:
        return self.length

    @property
    def sha1(self) -> str:
        return self.digest("sha1")

    def digest(self, algorithm: str) -> str:
        """Hex digest of the part by an algorithm of hashlib; computed once."""
        if algorithm not in self._digests:
            self._digests[algorithm] = hashlib.new(algorithm, self.data, usedforsecurity=False).hexdigest()
        return self._digests[algorithm]

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        ticket = self._apart.desk.ticket
        count = min(size, self.length - self._at, ticket.limiter.block())
        if count <= 0:
            return b""
        ticket.limiter.take(count)
        if self._apart.failed:
            raise Stopped(stopped_problem())  # what is sent of this file now would be sent in vain
        block = bytes(memoryview(self.data)[self._at : self._at + count])
        self._at += count
        self._apart.desk.counters.moved(self._apart.file.seq, count)
        return block

    def fails(self, line: object) -> None:
        """It did not arrive by this line."""
        self.passed_on = self.passed_on or self.failed_on not in (None, line)
        self.failed_on = line

    def rewind(self) -> None:
        """Go back to its first byte; what was sent of it so far counts as not arrived."""
        self._apart.desk.counters.lost(self._apart.file.seq, self._at)
        self._at = 0
