"""Writing a cleaned copy. The original is only read; a copy appears whole or not at all, and is looked at twice."""

from __future__ import annotations

import contextlib
import functools
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged, DepositError, Problem, Stopped
from depositor.draft.region import Region, parse
from depositor.patched import PatchedFile, TooMuchChanged
from depositor.privacy import examine, judge, names, remedies, second_look, troubles
from depositor.privacy.checks.ports import HEAD
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.policy import Policy
from depositor.privacy.words.patterns import Hit

if TYPE_CHECKING:
    from depositor.privacy.checks.ports import Check
    from depositor.privacy.remedies.ports import Remedy

BLOCK = 4 * 1024 * 1024  # bytes copied between two looks at the cancel flag
_PLACES = ("name", "folder")
_HOW = {"dicom": "dicom-profile"}  # the remedy that a check's findings name

Reread = Callable[[Path, str, Known], Sequence[Finding]]
"""Reads the text in the pictures of a copy again (path, path in the study, what is known)."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of one file. ``path`` is the copy, None where none was made (``problems`` say why).

    ``removed`` lists (location, remedy); ``left`` what a second look still found: then there is no copy. ``name`` is
    the path in the study without what names of files and folders told.
    """

    path: Path | None
    removed: tuple[tuple[str, str], ...] = ()
    left: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    name: str = ""
    written: bool = True


@dataclass(frozen=True)
class _Task:
    """One file to clean, with all that decides how."""

    source: Path
    findings: tuple[Finding, ...]  # inside the file
    policy: Policy
    known: Known
    shown: str
    name: str
    cancel: Cancel | None
    reread: Reread | None
    looked: bool = False

    @property
    def regions(self) -> list[Region]:
        return [region for f in self.findings if (region := parse(f.location)) is not None]

    @functools.cached_property
    def check(self) -> Check:
        try:
            with self.source.open("rb") as opened:
                return examine.check_for(self.source, opened.read(HEAD))
        except OSError as error:
            raise Damaged(troubles.unreadable(self.shown)) from error

    @functools.cached_property
    def before(self) -> tuple[Finding, ...]:
        """All that the check finds in the original."""
        return self.check.run(self.source, self.shown, self.known).findings


def clean(
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known = NOTHING_KNOWN,
    shown: str | None = None,
    cancel: Cancel | None = None,
    reread: Reread | None = None,
    *,
    looked: bool = False,
) -> Cleaned:
    """Write ``source`` without what ``findings`` are about to ``target``, and look at the copy twice.

    The findings are the caller's choice; those about subjects that the policy keeps stay. Findings about names are
    mended by ``Cleaned.name``, which the caller may use for the target. DICOM files get the whole basic profile. A copy
    in which the check, or the second look, which goes another way (``second_look``; ``reread`` for boxes in pictures),
    still finds something is thrown away, and ``left`` and ``problems`` say so. ``looked``: all pictures of the file
    were read, and all text in them is among the findings; only then may a copy say that nothing is burned in.
    Never raises for bad input or a full disk (``problems`` tell); raises Stopped when ``cancel`` was set.
    """
    task = replace(_task(source, findings, policy, known, shown, cancel, reread), looked=looked)
    temporary = target.with_name(f".part-{policy.tag(str(target))}{names.suffix(source.name)}")
    try:
        return _guarded(task, lambda: _copied(task, temporary, target))
    finally:
        for rest in (temporary, temporary.with_name(temporary.name + "~")):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)


def can_patch(source: Path, findings: Sequence[Finding]) -> bool:
    """True where :func:`patch` is likely to do: the format is mended in place, and no box is painted."""
    try:
        with source.open("rb") as opened:
            check = examine.check_for(source, opened.read(HEAD))
    except OSError:
        return False
    return remedies.in_place_for(check) is not None and not any(parse(f.location) for f in findings)


def patch(
    source: Path,
    recipe: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known = NOTHING_KNOWN,
    shown: str | None = None,
    cancel: Cancel | None = None,
) -> Cleaned | None:
    """As :func:`clean`, but instead of a copy a recipe is written (:mod:`depositor.patched`): the changed pages alone.

    None where this kind of file needs a whole copy.
    """
    task = _task(source, findings, policy, known, shown, cancel, None)
    remedy = None if task.regions else _in_place(task)
    if remedy is None:
        return None
    try:
        return _guarded(task, lambda: _patched(task, remedy, recipe))
    except TooMuchChanged:
        return None


def _task(
    source: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known,
    shown: str | None,
    cancel: Cancel | None,
    reread: Reread | None,
) -> _Task:
    shown = shown or next((f.path for f in findings if f.path and f.location not in _PLACES), None) or source.name
    inside = tuple(f for f in findings if f.location not in _PLACES)
    return _Task(source, inside, policy, known, shown, cleaned_name(shown, policy, known), cancel, reread)


def _in_place(task: _Task) -> remedies.InPlaceRemedy | None:
    try:
        return remedies.in_place_for(task.check)
    except DepositError:
        return None


def _guarded(task: _Task, work: Callable[[], Cleaned]) -> Cleaned:
    """``work``, with every trouble of the file or the disk told as a Problem."""
    try:
        return work()
    except (Stopped, TooMuchChanged):
        raise
    except DepositError as error:
        return Cleaned(None, problems=(error.problem,), name=task.name)
    except OSError as error:
        return Cleaned(None, problems=(troubles.not_written(task.shown, error),), name=task.name)
    except Exception:  # a remedy that fails on a strange file costs that copy, not the run
        return Cleaned(None, problems=(troubles.unreadable(task.shown),), name=task.name)


def _copied(task: _Task, temporary: Path, target: Path) -> Cleaned:
    remedy = remedies.remedy_for(task.check)
    if remedy is None and task.findings:
        return Cleaned(None, problems=(troubles.no_remedy(task.shown),), name=task.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(task.source, temporary, task.cancel)
    changed: tuple[str, ...] = ()
    left: tuple[Finding, ...] = ()
    if remedy is not None and task.findings:
        changed, painted = _mended(task, remedy, temporary)
        left = _left(task, task.check.run(temporary, task.shown, task.known), lambda: temporary.open("rb"))
        left += _left_in_pictures(task, temporary) if painted else ()
    if left:
        return _told_left(task, left)
    publish(task.source, temporary, target)
    return Cleaned(target, _how(task, changed), (), (), task.name)


def _mended(task: _Task, remedy: Remedy, copy: Path) -> tuple[tuple[str, ...], bool]:
    """What changed, and whether boxes were painted. They are painted before the texts are mended, which may take a
    picture out as a whole; after it where the file says of itself what is in its pictures."""
    states = getattr(remedy, "states_pixels", False)
    painted = () if states else _painted(task, copy)
    mended = remedy.mend(copy, task.shown, wanted_by(task.findings), task.known, task.policy)
    if states and (task.regions or task.looked):
        painted = remedy.blank(copy, task.shown, task.regions, looked=task.looked)  # type: ignore[attr-defined]
    return (*painted, *mended), bool(task.regions)


def _painted(task: _Task, copy: Path) -> tuple[str, ...]:
    regions = task.regions
    if not regions:
        return ()
    blanks = remedies.blanks_for(task.check)
    if blanks is None:
        raise Damaged(troubles.no_boxes(task.shown))
    return blanks.blank(copy, task.shown, regions)


def _left_in_pictures(task: _Task, copy: Path) -> tuple[Finding, ...]:
    return left_in_pictures(task.findings, task.known, copy, task.shown, task.reread)


def left_in_pictures(
    findings: tuple[Finding, ...], known: Known, copy: Path, shown: str, reread: Reread | None
) -> tuple[Finding, ...]:
    """Text that is still to be read where a box was painted, or that says elsewhere what was covered."""
    if reread is None:
        return ()
    boxes = [place for f in findings if (place := parse(f.location))]
    covered = [second_look.squeeze(f.evidence.casefold()) for f in findings if f.evidence and parse(f.location)]
    return tuple(
        f
        for f in reread(copy, shown, known | examine.learnt(findings))
        if any(second_look.squeeze((f.evidence or "").casefold()) == text for text in covered)
        or any(box.covers(place) for box in boxes if (place := parse(f.location)))
    )


def _patched(task: _Task, remedy: remedies.InPlaceRemedy, recipe: Path) -> Cleaned:
    recipe.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(PatchedFile(task.source)) as raw:
        file = cast(BinaryIO, raw)
        changed = remedy.mend_file(file, task.shown, wanted_by(task.findings), task.known, task.policy)
        left = _left(task, remedy.look(file, task.shown, task.known), lambda: cast(BinaryIO, _View(raw)))
        if left:
            return _told_left(task, left)
        raw.save(recipe)
    return Cleaned(recipe, _how(task, changed), (), (), task.name)


class _View(io.BufferedReader):
    """Reads a patched file through a buffer and leaves it open when it is closed itself."""

    def __init__(self, raw: PatchedFile) -> None:
        super().__init__(raw, 1 << 16)

    def close(self) -> None:
        with contextlib.suppress(ValueError):
            self.detach()


def _left(task: _Task, again: Examination, opened: Callable[[], BinaryIO]) -> tuple[Finding, ...]:
    """What the check still finds, and what the second look does. What was not chosen stays on purpose."""
    chosen = wanted_by(task.findings)
    told = tuple(f for f in again.findings if task.policy.wants(f) and (chosen(f) or _is_new(task, f)))
    on_purpose = [f.evidence or "" for f in again.findings if not chosen(f)]
    taken = [f for f in task.findings if task.policy.wants(f)]
    return told + second_look.left_in(opened, taken, told, on_purpose, task.cancel)


def _is_new(task: _Task, finding: Finding) -> bool:
    """True for what only the copy shows: cleaning laid it bare, so nobody can have chosen to keep it."""
    return not any(f.key == finding.key or f.evidence == finding.evidence for f in task.before)


def _told_left(task: _Task, left: tuple[Finding, ...]) -> Cleaned:
    return Cleaned(None, (), left, (troubles.still_there(task.shown, len(left)),), task.name)


def _how(task: _Task, changed: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((place, _HOW.get(task.check.id, "remove") if parse(place) is None else "box") for place in changed)


def _copy(source: Path, temporary: Path, cancel: Cancel | None) -> None:
    with source.open("rb") as old, temporary.open("wb") as new:
        while _moved(old.fileno(), new.fileno()):
            _unless(cancel)
        while block := old.read(BLOCK):  # all of it, or what the system did not move
            _unless(cancel)
            new.write(block)


def _moved(old: int, new: int) -> int:
    """How many bytes went from file to file without coming here, which is what takes long; 0 at the end, and where the
    system or the disk cannot do it."""
    try:
        return os.copy_file_range(old, new, 16 * BLOCK) if hasattr(os, "copy_file_range") else 0
    except OSError:
        return 0


def _unless(cancel: Cancel | None) -> None:
    if cancel:
        raise Stopped(troubles.stopped())


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
