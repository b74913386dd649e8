"""Writing a cleaned copy. The original is only read; a copy appears whole or not at all, and is checked again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged, DepositError, Problem, Stopped
from depositor.privacy import examine, judge, names, remedies, residue, troubles
from depositor.privacy.checks.ports import HEAD
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.patterns import Hit
from depositor.privacy.policy import Policy

BLOCK = 4 * 1024 * 1024  # bytes copied between two looks at the cancel flag
_PLACES = ("name", "folder")
_HOW = {"dicom": "dicom-profile"}  # the remedy that a check's findings name


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of one file. ``path`` is the copy, None where none was made (``problems`` say why).

    ``removed`` lists (location, remedy); ``left`` what the second look still found; ``name`` is the path in the study
    without what names of files and folders told.
    """

    path: Path | None
    removed: tuple[tuple[str, str], ...] = ()
    left: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    name: str = ""
    written: bool = True


def clean(
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known = NOTHING_KNOWN,
    shown: str | None = None,
    cancel: Cancel | None = None,
) -> Cleaned:
    """Write ``source`` without what ``findings`` are about to ``target``, and look at the copy again.

    The findings are the caller's choice; those about subjects that the policy keeps stay. Findings about names are
    mended by ``Cleaned.name``, which the caller may use for the target. DICOM files get the whole basic profile.
    Never raises for bad input or a full disk (``problems`` tell); raises Stopped when ``cancel`` was set.
    """
    shown = shown or next((f.path for f in findings if f.path and f.location not in _PLACES), None) or source.name
    inside = [f for f in findings if f.location not in _PLACES]
    name = cleaned_name(shown, policy, known)
    temporary = target.with_name(f".part-{policy.tag(str(target))}{names.suffix(source.name)}")
    try:
        return _cleaned(source, target, temporary, inside, policy, known, shown, name, cancel)
    except Stopped:
        raise
    except DepositError as error:
        return Cleaned(None, problems=(error.problem,), name=name)
    except OSError as error:
        return Cleaned(None, problems=(troubles.not_written(shown, error),), name=name)
    except Exception:  # a remedy that fails on a strange file costs that copy, not the run
        return Cleaned(None, problems=(troubles.unreadable(shown),), name=name)
    finally:
        for rest in (temporary, temporary.with_name(temporary.name + "~")):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)


def _cleaned(
    source: Path,
    target: Path,
    temporary: Path,
    findings: list[Finding],
    policy: Policy,
    known: Known,
    shown: str,
    name: str,
    cancel: Cancel | None,
) -> Cleaned:
    try:
        with source.open("rb") as opened:
            check = examine.check_for(source, opened.read(HEAD))
    except OSError as error:
        raise Damaged(troubles.unreadable(shown)) from error
    remedy = remedies.remedy_for(check)
    if remedy is None and findings:
        return Cleaned(None, problems=(troubles.no_remedy(shown),), name=name)
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, temporary, cancel)
    changed: tuple[str, ...] = ()
    if remedy is not None and findings:
        changed = remedy.mend(temporary, shown, wanted_by(findings), known, policy)
    again = check.run(temporary, shown, known) if findings else None
    left = tuple(f for f in again.findings if policy.wants(f)) if again else ()
    left += residue.still_in(temporary, findings, left)
    publish(source, temporary, target)
    problems = (troubles.still_there(shown, len(left)),) if left else ()
    return Cleaned(target, tuple((c, _HOW.get(check.id, "remove")) for c in changed), left, problems, name)


def _copy(source: Path, temporary: Path, cancel: Cancel | None) -> None:
    with source.open("rb") as old, temporary.open("wb") as new:
        while block := old.read(BLOCK):
            if cancel:
                raise Stopped(troubles.stopped())
            new.write(block)


def wanted_by(findings: Sequence[Finding]) -> Callable[[Finding], bool]:
    """True for the chosen findings and for those that say the same elsewhere in the file (equal pages of a stack)."""
    keys = {f.key for f in findings}
    same = {(judge.kind_in_key(f.key), f.evidence) for f in findings}
    return lambda f: f.key in keys or (judge.kind_in_key(f.key), f.evidence) in same


def publish(source: Path, temporary: Path, target: Path) -> None:
    """Make a finished copy appear under its name: on the disk first, then renamed, with the time of the original."""
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())
    status = source.stat()
    os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(temporary, target)  # noqa: PTH105 - atomic on every system
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def cleaned_name(shown: str, policy: Policy, known: Known = NOTHING_KNOWN) -> str:
    """``shown`` with the segments renamed that tell of a person; equal segments get equal new names within a run."""
    out, above = [], ""
    for segment in shown.split("/"):
        hits = [h for h in names.segment_hits(segment, above, known) if policy.wants(_as_finding(h, segment))]
        out.append(names.cleaned(segment, hits, policy.tag("name:" + segment, 6)))
        above = segment
    return "/".join(out)


def _as_finding(hit: Hit, segment: str) -> Finding:
    key = f"privacy:names:{segment}:name:{hit.kind}"
    return judge.finding_of("names", key, hit.kind, segment, "name", segment[hit.start : hit.end], ("rename",))
