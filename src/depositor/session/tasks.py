"""Questions about folders that belong to no draft: what is in there, what the headers say, whether it is personal.

Paths are shown as the caller wrote them, so that they lead to the file. Nothing of this reaches the journal: the rows
lie in a scratch database that goes when the question is answered.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.facts import FileFacts
from depositor.draft.finding import Finding, NotChecked
from depositor.draft.inventory import Summary
from depositor.draft.message import Message
from depositor.draft.problem import Problem
from depositor.scan.frames.base import Amount
from depositor.session.converting import offered
from depositor.session.headers import READ, SECONDS, is_one_object
from depositor.session.home import Home
from depositor.session.places import Places
from depositor.session.store import migrations

if TYPE_CHECKING:
    from depositor.privacy.known import Known
    from depositor.scan.inventory import Inventory
    from depositor.session.desk import Desk
    from depositor.session.worker import Worker

EXAMINE = "depositor.privacy.examine:file"
EXAMINE_TAUGHT = "depositor.session.examining:content"
_SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Look:
    """Folders that were looked through."""

    places: Places
    inventory: Inventory
    summary: Summary
    given: tuple[str, ...]  # root index -> the path as the caller wrote it
    problems: tuple[Problem, ...] = ()

    def shown(self, root: int, below: str) -> str:
        """A row's path as the caller would write it."""
        base = self.given[root]
        return base if self.places.roots[root].single or below == "." else f"{base.rstrip('/')}/{below}"

    def as_given(self, path: str | None) -> str | None:
        """A path of a finding (it begins with the root's name) as the caller would write it."""
        if path is None:
            return None
        head, _, below = path.partition("/")
        found = next((n for n, r in enumerate(self.places.roots) if r.name == head), None)
        if found is None:
            return path
        return f"{self.given[found].rstrip('/')}/{below}" if below else self.given[found]


@contextlib.contextmanager
def scratch_desk(home: Home) -> Iterator[Desk]:
    """A desk with the user's settings whose drafts are gone when the block ends."""
    from depositor.session.desk import Desk

    with tempfile.TemporaryDirectory(prefix="depositor-") as folder:
        desk = Desk(replace(home, state=Path(folder)).create())
        try:
            yield desk
        finally:
            desk.close()


@contextlib.contextmanager
def look(paths: Sequence[str], cancel: Cancel, on_progress: Callable[[Summary], None] | None = None) -> Iterator[Look]:
    """Look through files and folders; rows live until the block ends. Stopped when cancelled."""
    from depositor.scan.inventory import Inventory
    from depositor.scan.walk import walk

    places = Places([FileGroup(str(Path(p).absolute())) for p in paths])
    by_place = {Path(p).absolute(): Path(p).as_posix() for p in reversed(paths)}
    given = tuple(by_place[r.path] for r in places.roots)
    with contextlib.closing(_scratch()) as db:
        inventory = Inventory(db, _SCRATCH)
        roots = [r.path for r in places.roots]
        batches = walk(roots, [r.exclude for r in places.roots], cancel)
        summary = inventory.fill(batches, [str(r) for r in roots], on_progress)
        found = Look(places, inventory, summary, given)
        problems = (replace(p, path=_below_only_root(found, p.path)) for p in inventory.notes("problem"))
        yield replace(found, problems=tuple(problems))


def contents(found: Look) -> dict[str, Any]:
    """What was found, in the shape of the contract for ``scan``."""
    sets = ({**s.as_json(), "path": found.shown(s.root, s.path)} for s in found.inventory.sets())
    ignored = ({**i.as_json(), "path": found.shown(i.root, i.path)} for i in found.inventory.notes("ignored"))
    types = [{"type": kind, "files": files, "bytes": size} for kind, files, size in found.summary.by_type]
    return {
        "files": found.summary.files,
        "bytes": found.summary.bytes,
        "sets": list(sets),
        "ignored": list(ignored),
        "problems": [p.as_json() for p in found.problems],
        "types": types,
    }


def headers(found: Look, worker: Worker, cancel: Cancel) -> Iterator[FileFacts]:
    """What each file, and each folder that is one image, says of itself; in the order of paths."""
    for (_, shown), answer in worker.map(READ, _readable(found), cancel, SECONDS):
        yield FileFacts(shown, problems=(answer,)) if isinstance(answer, Problem) else answer


def count_readable(found: Look) -> int:
    """How many :func:`headers` will give."""
    return sum(1 for _ in _readable(found))


def findings(
    found: Look, worker: Worker, cancel: Cancel, pixels: Amount = Amount.NONE
) -> Iterator[tuple[list[Finding], list[NotChecked]]]:
    """The findings of each file and its names, and what no check covered; keys are those of a draft of these folders.

    Names and numbers that one file gives away are then looked for in the others (``privacy.learning``), and in what
    stands in the pictures: of all of them, of a sample, or of none.
    """
    for told, gaps in _findings(found, worker, cancel, pixels):
        yield [offered(f) for f in told], gaps


def _findings(
    found: Look, worker: Worker, cancel: Cancel, pixels: Amount
) -> Iterator[tuple[list[Finding], list[NotChecked]]]:
    from depositor.privacy import learning
    from depositor.session import examining

    lesson, told = learning.Lesson(), set[int]()
    left = _Open()
    for (_, shown), answer in worker.map(EXAMINE, named(found), cancel):
        if isinstance(answer, Problem):
            yield [], [NotChecked(found.as_given(shown) or shown, answer.message)]
            continue
        everything = (*answer.findings, *_names(shown))
        lesson.add(everything)
        gaps = left.without(shown, answer.not_checked)
        yield _news(found, everything, told), [_as_given(found, n) for n in gaps]
    known = lesson.known()
    with examining.at_hand(json.dumps(known.terms, ensure_ascii=False)) as taught:
        yield from _ignored(found, worker, cancel, told, taught)
        yield from _pictures(found, cancel, pixels, known, left)
        if known.terms:
            again = ((path, shown, taught) for path, shown in named(found))
            for (_, shown, _), answer in worker.map(EXAMINE_TAUGHT, again, cancel):
                more = () if isinstance(answer, Problem) else answer.findings
                if fresh := _news(found, (*more, *_names(shown, known)), told):
                    yield fresh, []


def _ignored(
    found: Look, worker: Worker, cancel: Cancel, told: set[int], taught: str
) -> Iterator[tuple[list[Finding], list[NotChecked]]]:
    """Files that are never sent (junk of file managers, locks) tell of persons too: a folder may be given on otherwise.
    What no check knows of them is left unsaid."""
    notes = ((n.root, n.path) for n in found.inventory.notes("ignored"))
    files = ((found.places.absolute(*n), found.places.shown(*n)) for n in notes)
    rows = ((path, shown, taught) for path, shown in files if path.is_file() and not path.is_symlink())
    for _, answer in worker.map(EXAMINE_TAUGHT, rows, cancel):
        if not isinstance(answer, Problem) and (fresh := _news(found, answer.findings, told)):
            yield fresh, []


def _pictures(
    found: Look, cancel: Cancel, amount: Amount, known: Known, left: _Open
) -> Iterator[tuple[list[Finding], list[NotChecked]]]:
    """What stands in the pictures, and what is left open of them."""
    from depositor.session.pixels import plan, told
    from depositor.session.pixels.crew import Crew

    if amount is Amount.NONE:
        yield from (([], [_as_given(found, n)]) for gaps in left.rest() for n in told.not_wanted(gaps))
        return
    with Crew() as crew:
        for asked, answer in plan.readings(found.inventory, found.places, crew, amount, cancel):
            gaps = told.gaps(asked, answer, left.of(asked.shown))
            seen = () if isinstance(answer, Problem) else told.findings(asked.shown, answer, known)
            yield [replace(f, path=found.as_given(f.path)) for f in seen], [_as_given(found, n) for n in gaps]
    yield from (([], [_as_given(found, n) for n in gaps]) for gaps in left.rest())


class _Open:
    """What the checks of headers say of pictures, held back until the pictures were looked at."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}  # the same words for all files
        self._open: dict[str, tuple[str, ...]] = {}

    def without(self, shown: str, gaps: Sequence[NotChecked]) -> list[NotChecked]:
        """Keep those about pictures of the file itself; the others come back."""
        from depositor.session.pixels.told import OPEN

        mine = [n for n in gaps if n.why.id in OPEN and n.path == shown]
        self._messages.update((n.why.id, n.why) for n in mine)
        if mine:
            self._open[shown] = tuple(n.why.id for n in mine)
        return [n for n in gaps if n not in mine]

    def of(self, shown: str) -> list[NotChecked]:
        """Those of a file, which are then no longer held."""
        return [NotChecked(shown, self._messages[i]) for i in self._open.pop(shown, ())]

    def rest(self) -> Iterator[list[NotChecked]]:
        """File by file, what nobody settled."""
        yield from (self.of(shown) for shown in tuple(self._open))


def _as_given(found: Look, gap: NotChecked) -> NotChecked:
    return replace(gap, path=found.as_given(gap.path) or gap.path)


def named(found: Look) -> Iterator[tuple[Path, str]]:
    """Each file with its path in the study."""
    for row in found.inventory.files():
        yield found.places.absolute(row.root, row.path), found.places.shown(row.root, row.path)


def _names(shown: str, *known: Any) -> tuple[Finding, ...]:
    from depositor.privacy import examine

    return examine.name(shown, *known)


def _news(found: Look, findings: Sequence[Finding], told: set[int]) -> list[Finding]:
    """Without what was told before: a folder's name comes with each of its files."""
    fresh = [f for f in findings if hash(f.key) not in told]
    told.update(hash(f.key) for f in fresh)
    return [replace(f, path=found.as_given(f.path)) for f in fresh]


def _readable(found: Look) -> Iterator[tuple[Path, str]]:
    objects = {(s.root, s.path) for s in found.inventory.sets() if is_one_object(found.places, s)}
    begun: set[tuple[int, str]] = set()
    for row in found.inventory.files():
        one = (row.root, row.set_path or "")
        if one not in objects:
            yield found.places.absolute(row.root, row.path), found.shown(row.root, row.path)
        elif one not in begun:
            begun.add(one)
            yield found.places.absolute(*one), found.shown(*one)


def _scratch() -> sqlite3.Connection:
    """A database without a name: SQLite keeps it in memory, spills to a temporary file, and deletes it when closed."""
    db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    for _, sql in migrations():
        db.executescript(sql)
    return db


def _below_only_root(found: Look, path: str | None) -> str | None:
    """The problems of a scan name paths below their root; with several roots they do not say which."""
    if path is None or len(found.given) != 1 or not found.places.roots[0].path.is_dir():
        return found.given[0] if path and len(found.given) == 1 else path
    return found.shown(0, path) if path else found.given[0]
