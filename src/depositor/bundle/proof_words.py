"""What showed that the files arrived, in words: one sentence for each kind of proof that there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from depositor.draft.message import Message, msg, msgn
from depositor.draft.submission import Proof


def words(proved: Any) -> Iterator[Message]:
    """What the counts of ``proved`` in a receipt mean, the strongest proof first; nothing where there are none."""
    counts = {kind: number for kind in Proof if (number := _count(proved, kind))}
    for kind, number in counts.items():
        yield _ALL[kind](number) if len(counts) == 1 and number > 1 else _SOME[kind](number)


def replaced(found: Any) -> Message | None:
    """What ``replaced`` in a receipt means; None where no file was."""
    number = found.get("count") if isinstance(found, Mapping) else None
    if not isinstance(number, int) or number <= 0:
        return None
    return msgn(
        "receipt.replaced",
        "{n} file had changed after the sealing and was sent as it was then, checked anew.",
        "{n} files had changed after the sealing and were sent as they were then, checked anew.",
        number,
    )


def _count(proved: Any, kind: Proof) -> int:
    found = proved.get(kind.value) if isinstance(proved, Mapping) else None
    return found if isinstance(found, int) and found > 0 else 0


def _all_digest(n: int) -> Message:
    return msg("proof.all.digest", "All {n} files: the archive confirmed their checksums.", n=n)


def _some_digest(n: int) -> Message:
    return msgn(
        "proof.digest",
        "{n} file: the archive confirmed its checksum.",
        "{n} files: the archive confirmed their checksums.",
        n,
    )


def _all_parts(n: int) -> Message:
    return msg("proof.all.parts", "All {n} files: the archive confirmed the checksums of all their parts.", n=n)


def _some_parts(n: int) -> Message:
    return msgn(
        "proof.parts",
        "{n} file: the archive confirmed the checksum of every part.",
        "{n} files: the archive confirmed the checksums of all their parts.",
        n,
    )


def _all_read_back(n: int) -> Message:
    return msg("proof.all.read-back", "All {n} files: they were read back whole and are as they were sent.", n=n)


def _some_read_back(n: int) -> Message:
    return msgn(
        "proof.read-back",
        "{n} file: it was read back whole and is as it was sent.",
        "{n} files: they were read back whole and are as they were sent.",
        n,
    )


def _all_samples(n: int) -> Message:
    return msg(
        "proof.all.samples",
        "All {n} files: their sizes are right, and samples that were read back are as they were sent.",
        n=n,
    )


def _some_samples(n: int) -> Message:
    return msgn(
        "proof.samples",
        "{n} file: its size is right, and samples that were read back are as they were sent.",
        "{n} files: their sizes are right, and samples that were read back are as they were sent.",
        n,
    )


def _all_size(n: int) -> Message:
    return msg("proof.all.size", "All {n} files: only the sizes could be compared.", n=n)


def _some_size(n: int) -> Message:
    return msgn(
        "proof.size", "{n} file: only the size could be compared.", "{n} files: only the sizes could be compared.", n
    )


def _all_answer(n: int) -> Message:
    return msg("proof.all.answer", "All {n} files: the archive said yes to them, and nothing more could be asked.", n=n)


def _some_answer(n: int) -> Message:
    return msgn(
        "proof.answer",
        "{n} file: the archive said yes to it, and nothing more could be asked.",
        "{n} files: the archive said yes to them, and nothing more could be asked.",
        n,
    )


_Words = Callable[[int], Message]
_ALL: Mapping[Proof, _Words] = {
    Proof.DIGEST: _all_digest,
    Proof.PARTS: _all_parts,
    Proof.READ_BACK: _all_read_back,
    Proof.SAMPLES: _all_samples,
    Proof.SIZE: _all_size,
    Proof.ANSWER: _all_answer,
}
_SOME: Mapping[Proof, _Words] = {
    Proof.DIGEST: _some_digest,
    Proof.PARTS: _some_parts,
    Proof.READ_BACK: _some_read_back,
    Proof.SAMPLES: _some_samples,
    Proof.SIZE: _some_size,
    Proof.ANSWER: _some_answer,
}
