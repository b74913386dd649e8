"""Cleaned copies of whole folders, for archives and people outside of this program. Originals are never touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Subject
from depositor.draft.message import msg
from depositor.draft.problem import DepositError, NeedsUser, Problem, Side
from depositor.scan.frames.base import Amount
from depositor.session import converting
from depositor.session import policies as rules
from depositor.session.tasks import EXAMINE, Look, named

if TYPE_CHECKING:
    from depositor.privacy.clean import Cleaned
    from depositor.privacy.known import Known
    from depositor.privacy.policy import Policy
    from depositor.privacy.record import Record
    from depositor.session.worker import Worker

CLEAN = "depositor.session.copying:cleaned"
CONVERT = "depositor.session.copying:as_ome_tiff"
CLEAN_LIMIT_S = 6 * 3600.0  # a slide of some hundred GB on a slow drive
_LEFT_BY_BROWSERS = frozenset(("thumbs.db", "desktop.ini"))
_WHOLE_PROFILE = "dicom"  # DICOM files get the whole basic profile, also where a finding is only a note


@dataclass(frozen=True, slots=True)
class CleanedFile:
    """One copy: where it came from and where it lies (None: it could not be cleaned, so there is none)."""

    source: str
    target: str | None
    removed: tuple[tuple[str, str], ...] = ()  # (location, remedy)
    left: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()

    def renamed(self, out: Path) -> bool:
        """True for a copy below ``out`` that lies there under another name than its original, folders included."""
        below = Path(self.target).relative_to(out.absolute()).parts if self.target else ()
        return bool(below) and Path(self.source).parts[-len(below) :] != below

    def as_json(self, *, show_evidence: bool = False) -> dict[str, Any]:
        return {
            "path": self.source,
            "copy": self.target,
            "removed": [{"location": place, "remedy": remedy} for place, remedy in self.removed],
            "left": [f.as_json(show_evidence=show_evidence) for f in self.left],
            "problems": [p.as_json() for p in self.problems],
        }


def key_file(out: Path) -> Path:
    """The file beside the folder of copies that lets a stopped run go on; whoever has it can undo the stand-ins."""
    from depositor.privacy.record import record_name

    return out.parent / record_name(out)


def policies(settings: Path | None = None) -> tuple[str, ...]:
    """The policies that cleaning knows, those of the facility in the folder ``settings`` among them; ``public`` takes
    out all that is about patients and staff."""
    return tuple(rules.all_policies(settings)[0])


def clean(
    looked: Look,
    worker: Worker,
    out: Path,
    policy: str,
    keep: frozenset[Subject],
    cancel: Cancel,
    *,
    force: bool = False,
    settings: Path | None = None,
    pixels: Amount = Amount.NONE,
    names: Path | None = None,
    convert: bool = False,
) -> Iterator[CleanedFile]:
    """Write a copy of every file below ``out``, cleaned after ``policy``; what is about ``keep`` stays in.

    Renamed where a name told of a person. Called again after a stop, what is done and unchanged is not done twice.
    NeedsUser where ``out`` lies in one of the folders that are cleaned (the copies would be cleaned again), and where
    it holds files but no copies of ours. What no run of ours wrote stays as it is. ``force`` lifts both. NeedsUser also
    for a policy that is not known, and for one that only warns. ``pixels`` says how many pictures are read for text,
    over which boxes are painted; ``names`` is a table of new names (:mod:`depositor.session.rename_table`).
    With ``convert``, the pictures of a file that cannot be cleaned are written anew as OME-TIFF where that is possible
    (:mod:`depositor.session.converting`).
    """
    from depositor.privacy import learning
    from depositor.privacy.policy import Action
    from depositor.privacy.record import Record

    chosen = rules.get(policy, settings)
    if chosen.action is Action.WARN:
        raise NeedsUser(_only_warns(policy))

    target = out.absolute()
    if any(target == r.path or r.path in target.parents for r in looked.places.roots):
        raise NeedsUser(_inside())
    if not force and _in_use(target):
        raise NeedsUser(_not_empty(out))
    lesson = learning.Lesson()
    for (_, _), found in worker.map(EXAMINE, named(looked), cancel):
        if not isinstance(found, Problem):
            lesson.add(found.findings)
    known = lesson.known()
    renamed = _renamed(looked, names, known) if names else {}
    written = _in_pictures(looked, pixels, known, cancel)
    with Record(target, chosen.keeping(keep), known) as record:
        copies = _Copies(worker, record, target, known, force, renamed, convert)
        rows = ((path, shown, known) for path, shown in named(looked))
        for (source, shown, _), found in worker.map(EXAMINE, rows, cancel):
            given = looked.as_given(shown) or shown
            if isinstance(found, Problem):
                yield CleanedFile(given, None, problems=(replace(found, path=given),))
            else:
                text, whole = written.get(shown, ((), False))
                yield copies.write(source, _below(looked, shown), found.findings, text, given, whole=whole)


@dataclass(frozen=True, slots=True)
class _Copies:
    """One run: where the copies go, what is known of persons, and what an earlier run finished."""

    worker: Worker
    record: Record
    out: Path
    known: Known
    force: bool
    renamed: Mapping[str, str] = field(default_factory=dict)
    convert: bool = False

    def write(
        self,
        source: Path,
        shown: str,
        findings: Sequence[Finding],
        text: Sequence[Finding],
        given: str,
        *,
        whole: bool,
    ) -> CleanedFile:
        """Clean one file. ``text`` is what stands in its pictures, of which ``whole`` tells that all were read."""
        policy, copy = self.record.policy, self.out / self._name(shown)
        covered = [f for f in text if policy.wants(f)]
        wanted = [*_wanted(findings, policy), *covered]
        asked = (wanted, policy, self.known, shown)
        new = copy.with_name(converting.name(copy.name))
        if self.convert and (converting.is_needed(wanted) or self.record.done(source, shown, new)):
            return _told(self._made(CONVERT, source, new, asked), given)
        done = self._made(CLEAN, source, copy, (*asked, whole and len(covered) == len(text)))
        if done.path is None and converting.helps(done.problems, shown):
            if self.convert:
                return _told(self._made(CONVERT, source, new, asked), given)
            done = replace(done, problems=tuple(converting.advised(p, shown) for p in done.problems))
        return _told(done, given)

    def _made(self, how: str, source: Path, copy: Path, asked: Sequence[Any]) -> Cleaned:
        """One copy: that of an earlier run where it is still good, else a new one."""
        from depositor.privacy.clean import Cleaned

        shown = str(asked[3])
        done = self.record.done(source, shown, copy)
        if done is not None:
            return done
        if not self.force and self.record.foreign(copy):
            return Cleaned(None, problems=(_there_already(shown),))
        self.record.begin(copy)
        try:
            made: Cleaned = self.worker.call(how, source, copy, *asked, timeout=CLEAN_LIMIT_S)
        except DepositError as error:
            return Cleaned(None, problems=(error.problem,))
        if made.path is not None:
            self.record.note(source, shown, copy, made)
        return made

    def _name(self, shown: str) -> str:
        """The path of the copy below the folder of copies: a name out of the table, else the old one without what it
        told."""
        from depositor.privacy.clean import cleaned_name

        parts, new = shown.split("/"), cleaned_name(shown, self.record.policy, self.known).split("/")
        paths = ("/".join(parts[: end + 1]) for end in range(len(parts)))
        return "/".join(self.renamed.get(path, name) for path, name in zip(paths, new, strict=True))


def _renamed(looked: Look, table: Path, known: Known) -> dict[str, str]:
    """The new names of a table, by path below the folder of copies. NeedsUser where one of them cannot be used."""
    from depositor.session import rename_table

    found = rename_table.preview(table, (_below(looked, shown) for _, shown in named(looked)), known)
    if not found.fits:
        raise NeedsUser(rename_table.not_used(found))
    return {row.path: row.name for row in found.rows}


def _in_pictures(
    looked: Look, amount: Amount, known: Known, cancel: Cancel
) -> dict[str, tuple[tuple[Finding, ...], bool]]:
    """What stands in pictures, by file, and whether all pictures of it were read as they are."""
    from depositor.session.pixels import plan, told
    from depositor.session.pixels.crew import Crew

    out: dict[str, tuple[tuple[Finding, ...], bool]] = {}
    if amount is not Amount.NONE:
        with Crew() as crew:
            for asked, answer in plan.readings(looked.inventory, looked.places, crew, amount, cancel):
                if not isinstance(answer, Problem):
                    out[asked.shown] = told.findings(asked.shown, answer, known), told.is_whole(answer)
    return out


def _told(done: Cleaned, given: str) -> CleanedFile:
    problems = tuple(replace(p, path=given) for p in done.problems)
    return CleanedFile(given, done.path.as_posix() if done.path else None, done.removed, done.left, problems)


def _wanted(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    return [f for f in findings if policy.wants(f) or f.check == _WHOLE_PROFILE]


def _below(looked: Look, shown: str) -> str:
    """The path among the copies: below the one folder that was given, else with the folder's name before it."""
    single = len(looked.places.roots) == 1 and "/" in shown
    return shown.partition("/")[2] if single else shown


def _in_use(target: Path) -> bool:
    """True for a folder with files in it that has no record of copies beside it; hidden ones do not count."""
    from depositor.privacy.record import record_name

    if (target.parent / record_name(target)).exists() or not target.is_dir():
        return target.exists() and not target.is_dir()
    return any(not p.name.startswith(".") and p.name.lower() not in _LEFT_BY_BROWSERS for p in target.iterdir())


def _not_empty(out: Path) -> Problem:
    return Problem(
        "clean.not-empty",
        Side.COMPUTER,
        msg("clean.not-empty", "There are files in the folder for the copies already; nothing was written."),
        msg(
            "clean.not-empty.advice",
            "Choose a new or an empty folder. Or say --force: copies then replace files of the same name there.",
        ),
        path=out.as_posix(),
    )


def _there_already(path: str) -> Problem:
    return Problem(
        "clean.there-already",
        Side.COMPUTER,
        msg(
            "clean.there-already", "Where its copy belongs lies a file that Depositor did not write; it was left alone."
        ),
        msg("clean.there-already.advice", "Move that file away and clean again, or say --force to replace it."),
        path=path,
    )


def _only_warns(policy: str) -> Problem:
    return Problem(
        "clean.only-warns",
        Side.COMPUTER,
        msg("clean.only-warns", "The policy “{policy}” looks and warns; it makes no cleaned copies.", policy=policy),
        msg(
            "clean.only-warns.advice",
            "“depositor check” and “depositor report” tell what is there. Clean with the archive's own tool (for TCIA: "
            "CTP), or choose another policy.",
        ),
    )


def _inside() -> Problem:
    return Problem(
        "clean.inside",
        Side.COMPUTER,
        msg("clean.inside", "The folder for the copies lies inside a folder that is being cleaned."),
        msg("clean.inside.advice", "Choose a folder outside of it."),
    )
