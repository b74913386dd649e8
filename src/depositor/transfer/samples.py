"""Proof by reading back: small files whole, large ones in places that nobody could foresee."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Sequence

from depositor.draft.problem import Damaged
from depositor.draft.submission import SubmissionFile
from depositor.transfer import problems
from depositor.transfer.source import Source

WHOLE = 128 << 10  # files up to this size come back whole
SAMPLE = 32 << 10
_MIDDLE = 4

Span = tuple[int, int]  # (offset, length), both in bytes
ReadBack = Callable[[Sequence[Span]], Iterable[bytes]]


def spans(size: int) -> tuple[Span, ...]:
    """What to read back of a file of ``size`` bytes: all, or its beginning, its end, and some places in between."""
    if size <= WHOLE:
        return ((0, size),) if size else ()
    last = size - SAMPLE
    inner = (random.randrange(SAMPLE, last) for _ in range(_MIDDLE))  # noqa: S311 - spreads the places, hides nothing
    return tuple((offset, SAMPLE) for offset in sorted({0, *inner, last}))


def prove(file: SubmissionFile, sha256: str, read: ReadBack, host: str) -> dict[str, str]:
    """Compare what ``read`` brings back with what was sent; {"sha256": hex} where all of it came back, else {}.

    Damaged ``archive.differs`` where a byte is another one. Raises what ``read`` and reading the source raise.
    """
    wanted = spans(file.size)
    if file.size <= WHOLE:
        theirs = hashlib.sha256(b"".join(read(wanted)) if wanted else b"").hexdigest()
        if not hmac.compare_digest(theirs, sha256):
            raise Damaged(problems.differs(host))
        return {"sha256": theirs}
    source = Source(file)
    source.open()
    try:
        for (offset, length), theirs_here in zip(wanted, read(wanted), strict=True):
            if theirs_here != _exactly(source, offset, length):
                raise Damaged(problems.differs(host))
    finally:
        source.close()
    return {}


def _exactly(source: Source, offset: int, length: int) -> bytes:
    blocks, end = [], offset + length
    while offset < end:
        blocks.append(source.read(offset, end - offset))
        offset += len(blocks[-1])
    return b"".join(blocks)
