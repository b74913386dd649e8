"""Taking a description out of a file that a person gives: looked at first, in the worker process, and only then taken.

``look`` never changes anything; ``take`` is one step of undo.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg, msgn
from depositor.draft.problem import Problem, Side, Stopped
from depositor.form.workbook.changes import FILES, Change, ChangeKind, Preview
from depositor.form.workbook.reading import NotTaken, told
from depositor.session import language, worker_problems
from depositor.session.clock import now

if TYPE_CHECKING:
    from depositor.form.fields import Form
    from depositor.form.workbook.values import Wording
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

__all__ = ["Change", "ChangeKind", "NotTaken", "Preview", "endings", "look", "take"]

READ = "depositor.session.sources:read_in_worker"
LIMIT_S = 300.0
_LOOK_S = 0.1
_MOST_KNOWN = 500_000  # files whose names are compared with those of a table
_PERSONS = frozenset(("import.not-there", "import.unknown", "import.old-or-locked", "document.cannot-write"))
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What the worker process needs to know; all of it can be sent there."""

    path: str
    draft: Draft
    archive_profile: str | None
    language: str
    part: str
    mine: bool
    progress: str


def endings() -> tuple[str, ...]:
    """The endings that files with a description usually have; others are looked into as well."""
    return (".xlsx", ".csv", ".tsv", ".txt", ".eln", ".zip", ".crate", ".json")


def look(
    desk: Desk,
    opened: OpenDraft,
    path: Path,
    cancel: Cancel,
    on_progress: Progress | None = None,
    part: str = "",
    *,
    mine: bool = False,
) -> Preview:
    """What ``path`` (a file, or a folder with a crate) would change in the draft. ``part`` is one of the preview's
    ``parts``, where a file holds several descriptions; ``mine``: the person says that a spreadsheet of this program is
    one of this very description. Stopped when cancelled, Damaged or NeedsUser as the file is."""
    profile = opened.capabilities.profile if opened.capabilities else None
    draft = replace(opened.draft, decisions=(), extra={})
    with tempfile.TemporaryDirectory(prefix="depositor-") as folder:
        progress = Path(folder) / "progress"
        asked = Question(str(path.absolute()), draft, profile, language.current().code, part, mine, str(progress))
        found = called(desk.worker(), READ, asked, cancel, progress, on_progress)
    return _among_files(found, opened, cancel)


def take(opened: OpenDraft, preview: Preview, chosen: Iterable[str]) -> int:
    """Take the changes with these ids, as one step of undo; how many there were."""
    from depositor.form.workbook.changes import apply

    wanted = set(chosen)
    changes = [c for c in preview.changes if c.id in wanted]
    form, at = opened.form(), now()
    if changes:
        what = msg("change.import", "Values from {file}", file=preview.file)
        opened.update(what, lambda draft: apply(form, draft, changes, preview.file, at))
    return len(changes)


def called(
    worker: Worker, function: str, asked: Any, cancel: Cancel, progress: Path, on_progress: Progress | None
) -> Any:
    """Call ``function`` in the worker; it leaves its progress in a file, which is looked at ten times a second."""
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(progress, on_progress, ended), name="import-progress", daemon=True)
    if on_progress is not None:
        watch.start()
    try:
        for _, result in worker.map(function, [(asked,)], cancel, timeout=LIMIT_S):
            if isinstance(result, Problem):
                raise worker_problems.error(result, "NeedsUser" if result.code in _PERSONS else None)
            return result
    finally:
        ended.set()
        if on_progress is not None:
            watch.join()
    raise Stopped(_stopped())


def _watch(progress: Path, on_progress: Progress, ended: threading.Event) -> None:
    last = ""
    while not ended.wait(_LOOK_S):
        try:
            said = progress.read_text("ascii")
        except (OSError, ValueError):
            continue
        done, _, of = said.partition(" ")
        if said != last and done.isdigit() and of.isdigit():
            last = said
            on_progress(int(done), int(of))


def _stopped() -> Problem:
    return Problem(
        "import.stopped",
        Side.COMPUTER,
        msg("import.stopped", "The import was stopped; nothing was changed."),
        msg("import.stopped.advice", "It can be begun again at any time."),
    )


# --- in the worker process -------------------------------------------------------------------------------------------


def read_in_worker(asked: Question) -> Preview:
    """Read the file and compare it with the draft."""
    from depositor.form.sources.registry import read
    from depositor.form.sources.source import Context
    from depositor.form.workbook.compare import preview

    form = form_of(asked.draft, asked.archive_profile)
    wording = wording_of(asked.language)
    path = Path(asked.path)
    report = reporter(Path(asked.progress))
    reading = read(path, Context(form, wording, asked.part, report))
    return preview(form, asked.draft, reading, path.name, wording, mine=asked.mine)


def form_of(draft: Draft, archive_profile: str | None) -> Form:
    from depositor.form.profiles import load

    return load(draft.profiles, archive_profile)


def wording_of(code: str) -> Wording:
    """Choices and headings in the user's language; those of every other language are understood too."""
    from depositor.form.workbook.values import Wording

    others = (c for c, _ in language.available() if c != code)
    return Wording(language.Language(code).say, tuple(language.Language(c).say for c in others))


def reporter(path: Path) -> Progress:
    """Leaves the progress in a file; a file that cannot be written is no reason to stop."""

    def report(done: int, of: int) -> None:
        try:
            path.write_text(f"{done} {of}", "ascii")
        except OSError:
            return

    return report


# --- files that a table names ----------------------------------------------------------------------------------------


def _among_files(found: Preview, opened: OpenDraft, cancel: Cancel) -> Preview:
    """Paths of a table as the draft knows them: whole, or by the end of the path where that is one file only."""
    if not any(c.module == FILES for c in found.changes):
        return found
    known = _known(opened, cancel)
    if known is None:
        return found
    changes, strangers = [], set[str]()
    for change in found.changes:
        if change.module != FILES:
            changes.append(change)
            continue
        new, unknown = {}, []
        for path, value in change.new.items():
            at = _at(path, known) or (path if change.kind is ChangeKind.REMOVED else "")
            if at:
                new[at] = value
            else:
                unknown.append(path)
        strangers.update(unknown)
        if new:
            old = {_at(p, known) or p: v for p, v in change.old.items()}
            label = msgn("import.file-column", "{n} file: {name}", "{n} files: {name}", len(new), name=change.path)
            changes.append(replace(change, new=new, old=old, label=label))
    findings = (*found.findings, *((_stranger(strangers, found.file),) if strangers else ()))
    return replace(found, changes=tuple(changes), findings=findings)


def _at(path: str, known: Mapping[str, str]) -> str:
    """The file that a table means: by all of its path, by the end of it, or without folders that lie above ours."""
    while path:
        if path in known:
            return known[path]
        _, _, path = path.partition("/")
    return ""


def _known(opened: OpenDraft, cancel: Cancel) -> dict[str, str] | None:
    """Every way to name a file -> its path in the study; None while no files are known, or where there are too many."""
    from depositor.session.spreadsheets import file_paths

    if not opened.summary().files or opened.summary().files > _MOST_KNOWN:
        return None
    ends: dict[str, str] = {}
    whole: dict[str, str] = {}
    for path in file_paths(opened):
        if cancel:
            raise Stopped(_stopped())
        whole[path] = path
        _, _, rest = path.partition("/")
        while rest:
            ends[rest] = "" if rest in ends and ends[rest] != path else path
            _, _, rest = rest.partition("/")
    return {**ends, **whole}


def _stranger(paths: set[str], place: str) -> Finding:
    said = msgn(
        "import.strangers",
        "The table names {n} file that is not among yours: {example}",
        "The table names {n} files that are not among yours, for example {example}",
        len(paths),
        example=min(paths),
    )
    advice = msg("import.strangers.advice", "Add the folder with these files, or mend the names in the table.")
    return told("strangers", place, Level.WARNING, said, advice)
