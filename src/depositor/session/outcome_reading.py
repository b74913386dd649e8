"""What a file tells before and after the cleaning, value by value: read in the worker process, from a real trial copy.

The cleaning is done, not foretold: where the format allows it as changed pages over the original, else as a copy in a
temporary folder that goes at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.finding import Finding
from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.privacy.policy import Policy

LARGEST_COPY = 256 * 1024 * 1024  # bytes of a file that is copied for a look
MOST = 2000  # values that are read of a file
_LONG = 300
Values = dict[tuple[str, str, int], str]  # (place, name of the field, how often before) -> text


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one file: ``before`` and ``after`` the cleaning; ``after`` is None where there was none."""

    before: Values
    after: Values | None
    name: str
    more: bool = False
    note: Message | None = None
    problem: Problem | None = None


def read(path: Path, shown: str, findings: Sequence[Finding], policy: Policy, known: Known) -> Read:
    """Read the values of a file, clean it after ``policy`` of what ``findings`` are about, and read them again."""
    from depositor.privacy import clean

    before = _values(path, shown)
    more = len(before) >= MOST
    if not findings:
        return Read(before, None, shown, more)
    with tempfile.TemporaryDirectory(prefix="depositor-") as folder:
        target = Path(folder) / path.name
        if not clean.can_patch(path, findings) and path.stat().st_size > LARGEST_COPY:
            return Read(before, None, shown, more, _too_large())
        made = clean.clean(path, target, findings, policy, known, shown)
        if made.problems or made.path is None:
            return Read(before, None, made.name, more, problem=next(iter(made.problems), None))
        return Read(before, _values(made.path, shown), made.name, more)


def _values(path: Path, shown: str) -> Values:
    out: Values = {}
    counts: dict[tuple[str, str], int] = {}
    for place, name, text in dict.fromkeys((*_pictures(path), *_told(path, shown))):  # checks may look twice
        if len(out) >= MOST:
            break
        number = counts[place, name] = counts.get((place, name), 0) + 1
        out[place, name, number] = text[:_LONG]
    return out


def _told(path: Path, shown: str) -> Iterator[tuple[str, str, str]]:
    """What the file's check looks at; of DICOM every attribute."""
    from depositor.privacy import examine, judge
    from depositor.privacy.checks.ports import HEAD

    with path.open("rb") as file:
        head = file.read(HEAD)
    check = examine.check_for(path, head)
    attributes = _attributes_of(path) if check.id == "dicom" else []
    with judge.watched() as seen:
        if not attributes:
            check.run(path, shown)
    yield from attributes
    yield from ((spot.location, spot.label, spot.text) for spot in seen if spot.text.strip())


def _attributes_of(path: Path) -> list[tuple[str, str, str]]:
    """Every attribute of a DICOM file; none of a damaged one, of which its check lists what can be read."""
    from depositor.privacy.dicom import tree as dicom_tree

    try:
        return list(_attributes(dicom_tree.read(path)))
    except Exception:  # what pydicom raises on a strange file is many things
        return []


def _attributes(dataset: Any) -> Iterator[tuple[str, str, str]]:
    from depositor.privacy.dicom import tree as dicom_tree

    for node in dicom_tree.walk(dataset):
        if node.vr != "SQ" and node.value not in (None, "", b""):
            text = f"{len(node.value)} B" if isinstance(node.value, bytes) else str(node.value)
            yield node.location, node.keyword, text


def _pictures(path: Path) -> Iterator[tuple[str, str, str]]:
    """Size and kind of each image as the header reader of the format sees them."""
    from depositor.scan import headers

    for number, image in enumerate(headers.read(path).images):
        axes = (image.size_x, image.size_y, image.size_z, image.size_c, image.size_t)
        size = " × ".join(str(n) for n in axes if n)
        if size:
            yield f"image:{number}", "size", f"{size} {image.pixel_type or ''}".strip()


def _too_large() -> Message:
    return msg("outcome.too-large", "The file is too large for a trial copy; only what was found is told.")
