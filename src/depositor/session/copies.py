"""The cleaned files of a submission: what they need on the disk, and making them.

Most formats are mended in place: then the changed pages alone are kept and put over the original while it is sent
(:mod:`depositor.patched`). Only the rest is copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor import patched
from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding
from depositor.draft.message import msg, msgn
from depositor.draft.problem import Damaged, DepositError, NeedsUser, Problem, Side
from depositor.draft.region import parse
from depositor.session import checks, converting, draft_secret, language, policies

if TYPE_CHECKING:
    from depositor.privacy.policy import Policy
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

CLEAN = "depositor.session.copying:cleaned_to_send"
SIZE = "depositor.session.converting:size"
LIMIT_S = 6 * 3600.0  # a slide of some hundred GB on a slow drive
_TOLD = 10  # files that a message names
SPARE = 256 * 1024 * 1024  # bytes that stay free on the disk beside the copies
_SIZE_LIMIT_S = 60.0
_UNPACKED = 4  # times the size of a file that its pictures may take where its header does not tell
_NAMES = ("name", "folder")  # where findings about names are: a name is mended by another name, which needs no copy


@dataclass(frozen=True, slots=True)
class Copy:
    """What is sent in place of a file: ``source`` is a copy or a recipe; size and time are those of the bytes sent."""

    source: Path
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Need:
    """What the cleaned files of a draft take on the disk: ``files`` are cleaned, ``copied`` of them as whole copies of
    ``bytes`` in all, ``converted`` of these written anew as OME-TIFF; ``free`` is what the disk has."""

    files: int = 0
    copied: int = 0
    bytes: int = 0
    free: int = 0
    converted: int = 0

    @property
    def fits(self) -> bool:
        return not self.copied or self.bytes + SPARE <= self.free


@dataclass(frozen=True, slots=True)
class Plan:
    """The findings to clean, by file."""

    findings: Mapping[str, list[Finding]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.findings)

    def converts(self, shown: str) -> bool:
        """True for a file that is written anew as OME-TIFF."""
        return converting.is_converted(self.findings[shown])


def plan(cleaned: Iterator[Finding], left_out: Callable[[str], bool]) -> Plan:
    """What is to be done, from the findings that are to be cleaned; files that are left out need nothing."""
    todo: dict[str, list[Finding]] = {}
    for finding in cleaned:
        if finding.location not in _NAMES and not left_out(str(finding.path)):
            todo.setdefault(str(finding.path), []).append(finding)
    return Plan(dict(sorted(todo.items())))


def need(desk: Desk, opened: OpenDraft, planned: Plan) -> Need:
    """What making the copies will take; reads the first bytes of each file, and waits for the worker where files are
    written anew: not for the window's thread."""
    from depositor.privacy import clean

    copied = converted = total = 0
    for shown, findings in planned.findings.items():
        source = opened.places.locate(shown)
        if planned.converts(shown):
            converted += 1
            total += _unpacked(desk, source)
        elif not clean.can_patch(source, findings):
            copied += 1
            total += _size(source)
    desk.home.submissions.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(desk.home.submissions).free
    return Need(len(planned), copied + converted, total, free, converted)


def _unpacked(desk: Desk, source: Path) -> int:
    """What the pictures of a file take at most."""
    try:
        return int(desk.worker().call(SIZE, source, timeout=_SIZE_LIMIT_S))
    except DepositError:  # what is wrong with the file is told when it is converted
        return _UNPACKED * _size(source)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def make(
    desk: Desk,
    opened: OpenDraft,
    planned: Plan,
    folder: Path,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> dict[str, Copy]:
    """Clean all files of the plan. NeedsUser ``seal.copies-no-room`` before anything is written, where the disk is too
    small; Damaged where a file cannot be cleaned: nothing is sent half cleaned."""
    wanted = need(desk, opened, planned)
    if not wanted.fits:
        raise NeedsUser(_too_small(wanted))
    policy, taught = policy_for(desk, opened), checks.known(desk.store.connection(), opened.id)
    whole = _read_whole(opened, planned)
    given = (
        (
            *(opened.places.locate(shown), _target(folder, planned, shown), findings),
            *(policy, taught, shown, shown in whole, planned.converts(shown)),
        )
        for shown, findings in planned.findings.items()
    )
    out: dict[str, Copy] = {}
    failed: list[Problem] = []
    for arguments, answer in desk.worker().map(CLEAN, given, cancel, LIMIT_S):
        problem = answer if isinstance(answer, Problem) else next(iter(answer.problems), None)
        if problem:
            failed.append(replace(problem, path=str(arguments[5])))
        else:
            out[str(arguments[5])] = _copy(Path(answer.path))
        if on_progress:
            on_progress(len(out) + len(failed), len(planned))
    if failed:
        raise Damaged(failed[0] if len(failed) == 1 else _not_cleaned(failed))
    return out


def _not_cleaned(failed: Sequence[Problem]) -> Problem:
    """All files that cannot be cleaned in one message, so that nobody has to try again for each."""
    names = "\n".join(str(p.path) for p in failed[:_TOLD])
    return Problem(
        "seal.not-cleaned",
        Side.COMPUTER,
        msgn("seal.not-cleaned", "{n} file cannot be cleaned.", "{n} files cannot be cleaned.", len(failed)),
        msg(
            "seal.not-cleaned.advice",
            "Nothing was sent. Leave these files out, or keep what was found with a reason:\n{names}",
            names=names if len(failed) <= _TOLD else f"{names}\n…",
        ),
        actions=("retry",),
    )


def _target(folder: Path, planned: Plan, shown: str) -> Path:
    """Where a copy goes. New files lie apart: a file of the study that is cleaned may have such a name already."""
    return folder.with_name("converted") / converting.name(shown) if planned.converts(shown) else folder / shown


def _read_whole(opened: OpenDraft, planned: Plan) -> frozenset[str]:
    """The files of which all pictures were read, and all text in them is to be covered."""
    covered = {f.key for findings in planned.findings.values() for f in findings}
    stays = {f.path for f in opened.privacy() or () if parse(f.location) and f.key not in covered}
    return frozenset(planned.findings) - stays - {gap.path for gap in opened.not_checked()}


def _copy(made: Path) -> Copy:
    if made.name.endswith(patched.SUFFIX):
        with patched.opened(made, recipe=True) as file:
            stamp = patched.stamp(file)
        if stamp is not None:
            return Copy(made, *stamp, 0)
    status = made.stat()
    return Copy(made, status.st_size, status.st_mtime_ns, status.st_ino)


def policy_for(desk: Desk, opened: OpenDraft) -> Policy:
    """The policy of the draft, else of its archive, with the draft's own secret, so that equal names and UIDs get equal
    stand-ins in all copies. What a person decided to clean is cleaned, whomever it is about."""
    secret = draft_secret.of_draft(desk.home.state, opened.id)
    return policies.for_sealing(opened.draft, secret, desk.home.settings)


def _too_small(wanted: Need) -> Problem:
    size = language.current().size
    return Problem(
        "seal.copies-no-room",
        Side.COMPUTER,
        msgn(
            "seal.copies-no-room",
            "{n} cleaned copy needs {needed}, and the disk has {free} free.",
            "{n} cleaned copies need {needed}, and the disk has {free} free.",
            wanted.copied,
            needed=size(wanted.bytes + SPARE),
            free=size(wanted.free),
        ),
        msg(
            "seal.copies-no-room.advice",
            "Free some space, or move Depositor's folder to a larger disk (see Settings). Nothing was sent.",
        ),
        actions=("retry",),
    )
