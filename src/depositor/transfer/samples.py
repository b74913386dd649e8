"""Proof by reading back: small files whole, large ones in places that nobody could foresee."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Sequence

from depositor.draft.problem import Damaged
from depositor.draft.submission import HeldFile, Proof, SubmissionFile
from depositor.transfer import problems
from depositor.transfer.source import Source

WHOLE = 128 << 10  # files up to this size come back whole
SAMPLE = 32 << 10
_MIDDLE = 4
_MOST_SEAMS = 64

Span = tuple[int, int]  # (offset, length), both in bytes
ReadBack = Callable[[Sequence[Span]], Iterable[bytes]]


def spans(size: int, seams: Sequence[int] = ()) -> tuple[Span, ...]:
    """What to read back of a file of ``size`` bytes: all, or its beginning, its end, and some places in between.

    ``seams``: offsets where the upload went on after a break; what lies around them is read back too.
    """
    if size <= WHOLE:
        return ((0, size),) if size else ()
    last = size - SAMPLE
    inner = (random.randrange(SAMPLE, last) for _ in range(_MIDDLE))  # noqa: S311 - spreads the places, hides nothing
    around = (min(max(seam - SAMPLE // 2, 0), last) for seam in seams)
    return tuple((offset, SAMPLE) for offset in sorted({0, *inner, *around, last}))


def chosen(seams: Sequence[int]) -> Sequence[int]:
    """All of them, or so many that reading them back takes little time, in places that nobody could foresee."""
    return sorted(random.sample(seams, min(len(seams), _MOST_SEAMS)))


def prove(file: SubmissionFile, sha256: str, read: ReadBack, host: str, seams: Sequence[int] = ()) -> Proof:
    """Compare what ``read`` brings back with what was sent: READ_BACK where all of it came back, else SAMPLES.

    Damaged ``archive.differs`` where a byte is another one. Raises what ``read`` and reading the source raise.
    """
    wanted = spans(file.size, seams)
    if file.size <= WHOLE:
        theirs = hashlib.sha256(b"".join(read(wanted)) if wanted else b"").hexdigest()
        if not hmac.compare_digest(theirs, sha256):
            raise Damaged(problems.differs(host))
        return Proof.READ_BACK
    source = Source(file)
    source.open()
    try:
        for (offset, length), theirs_here in zip(wanted, read(wanted), strict=True):
            if theirs_here != _exactly(source, offset, length):
                raise Damaged(problems.differs(host))
    finally:
        source.close()
    return Proof.SAMPLES


def held(file: SubmissionFile, proof: Proof, sha256: str, url: str | None = None) -> HeldFile:
    """The file as proved; its digest is known to be the other side's where all of it was compared."""
    whole = proof in (Proof.DIGEST, Proof.READ_BACK)
    return HeldFile(file.name, file.size, {"sha256": sha256} if whole else {}, url, proof)


def digest_of(file: SubmissionFile, algorithm: str) -> str:
    """Hex digest of the file here by another algorithm than SHA-256; reads it once more."""
    digest, source, at = hashlib.new(algorithm, usedforsecurity=False), Source(file), 0
    source.open()
    try:
        while at < file.size:
            block = source.read(at, min(1 << 20, file.size - at))
            digest.update(block)
            at += len(block)
    finally:
        source.close()
    return digest.hexdigest()


def _exactly(source: Source, offset: int, length: int) -> bytes:
    blocks, end = [], offset + length
    while offset < end:
        blocks.append(source.read(offset, end - offset))
        offset += len(blocks[-1])
    return b"".join(blocks)
