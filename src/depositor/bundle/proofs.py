"""The file-by-file proof: for each file the digest here, the digest there, and whether they are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from depositor.bundle.spelling import escaped
from depositor.bundle.writing import text_file
from depositor.draft.submission import HeldFile, Proof, Role, SubmissionFile

NAME = "proofs.tsv"
# fmt: off
_HEADINGS = (
    "name", "original path", "size", "sha256 here", "digest there", "algorithm there", "equal", "proved by",
)
# fmt: on


class Equal(StrEnum):
    """The words of the last column. NOT_TOLD: the archive gave no digest that can be compared."""

    YES = "yes"
    NO = "no"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class Totals:
    """How many files were proved equal, differ, or could not be compared; and how many of the data (without the
    documents) were proved in which way when they were sent."""

    equal: int = 0
    different: int = 0
    not_told: int = 0
    proved: Mapping[Proof, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, int]:
        """The value of ``checksums`` in a receipt."""
        return {"equal": self.equal, "different": self.different, "not_told": self.not_told}

    def proved_json(self) -> dict[str, int]:
        """The value of ``proved`` in a receipt: every kind of proof, the strongest first."""
        return {kind.value: self.proved.get(kind, 0) for kind in Proof}


def equal(file: SubmissionFile, held: HeldFile | None) -> Equal:
    """Whether the archive holds the same bytes, as far as it tells.

    A different size is a different file, whatever the digests; the same size alone proves nothing.
    """
    if held is None:
        return Equal.NOT_TOLD
    there = _digests(held).get("sha256")
    if held.size != file.size or (there and file.sha256 and there != file.sha256.lower()):
        return Equal.NO
    return Equal.YES if there and file.sha256 else Equal.NOT_TOLD


def write_proofs(
    rows: Iterable[tuple[SubmissionFile, HeldFile | None]],
    folder: Path,
    told: Callable[[SubmissionFile], str] = lambda file: file.origin,
) -> tuple[Path, Totals]:
    """Write ``proofs.tsv``, streamed: each file with what the archive holds of it (None where it tells nothing).

    ``told``: the path in the study as others may read it, for this goes along with a receipt.
    Tabs, line ends and bytes that are no text are escaped in the original path as in ``renames.tsv``.
    """
    counts = dict.fromkeys(Equal, 0)
    proved: Counter[Proof] = Counter()
    with text_file(folder / NAME) as out:
        out.write("\t".join(_HEADINGS) + "\n")
        for file, held in rows:
            verdict = equal(file, held)
            counts[verdict] += 1
            algorithm, digest = _shown(held)
            proof = held.proved_by if held else None
            proved.update((proof,) if proof and file.role is Role.DATA else ())
            ours, theirs = (str(file.size), file.sha256 or ""), (digest, algorithm, verdict, proof or "")
            cells = (file.name, escaped(told(file)), *ours, *theirs)
            out.write("\t".join(cells) + "\n")
    return folder / NAME, Totals(counts[Equal.YES], counts[Equal.NO], counts[Equal.NOT_TOLD], proved)


def _digests(held: HeldFile) -> Mapping[str, str]:
    return {name.lower().replace("-", ""): escaped(value.strip().lower()) for name, value in held.digests.items()}


def _shown(held: HeldFile | None) -> tuple[str, str]:
    """(algorithm, digest): SHA-256 where there is one, else the first that the archive tells."""
    known = _digests(held) if held else {}
    algorithm = "sha256" if "sha256" in known else next(iter(known), "")
    return algorithm, known.get(algorithm, "")
