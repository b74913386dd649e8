"""The libraries on this computer: one's own, and shared ones by path.

A share that is away is no error: the copy from the last time is used, and its date is told. A change is made to one
entry of the file as it is then; where somebody else changed the same entry, nothing is written and that is said.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, DepositError, NeedsUser, Problem, Side
from depositor.form.reuse import library_use
from depositor.form.reuse.library import SUFFIX, Entry, EntryKind, Library, Part, PartKind, from_json
from depositor.form.reuse.library_match import Match, matches, seen
from depositor.form.reuse.library_micrometa import Imported, Left
from depositor.form.reuse.library_use import Filled, Kept
from depositor.session import clock
from depositor.session.home import Home
from depositor.session.reuse import shared_files

if TYPE_CHECKING:
    from depositor.form.fields import Field, Form
    from depositor.session.open_draft import OpenDraft

__all__ = [
    "SUFFIX",
    "Entry",
    "EntryKind",
    "Filled",
    "Imported",
    "Kept",
    "Left",
    "Library",
    "Match",
    "Opened",
    "Part",
    "PartKind",
    "Shelf",
    "alike",
    "keep",
    "micrometa",
    "pick",
    "pick_named",
    "preview",
    "questions",
    "suggestions",
    "target",
    "which_library",
]
target = library_use.target
_MOST_NAMES = 20
OWN_NAME = "My library"  # as the origin of an answer; faces say it in the user's language


@dataclass(frozen=True, slots=True)
class Opened:
    """A library and where it is from. ``away``: the file cannot be read now, and this is the copy of ``read_at``
    (ISO 8601 UTC); ``problem`` says why."""

    library: Library
    path: Path
    own: bool
    read_at: str
    away: bool = False
    problem: Problem | None = None


class Shelf:
    """The libraries of a home. Cheap to make; every method reads the files, call it off the window's thread. Safe to
    use from several programs at once."""

    def __init__(self, home: Home) -> None:
        self._folder = home.state / "libraries"
        self.own_path = self._folder / f"own{SUFFIX}"
        self._list = self._folder / "shared.json"

    def all(self) -> tuple[Opened, ...]:
        """One's own library, then the shared ones in the order in which they were opened. Those of which neither file
        nor copy can be read come empty, with their problem."""
        shared = (self._shared(row) for row in self._rows())
        return (self.own(), *shared)

    def own(self) -> Opened:
        """One's own library; empty before anything was kept. A damaged file is set aside and the last copy used."""
        if not self.own_path.exists():
            return Opened(Library("own", OWN_NAME), self.own_path, own=True, read_at=clock.now())
        try:
            return self._fresh(self.own_path, own=True)
        except Damaged as error:
            self._set_aside()
            return self._copy(self.own_path, "", error.problem, own=True)
        except DepositError as error:
            return self._copy(self.own_path, "", error.problem, own=True)

    def open(self, path: Path) -> Opened:
        """Open a shared library and remember it. Damaged or NeedsUser where it cannot be read."""
        path = path.absolute()
        found = self._fresh(path, own=False)
        with shared_files.alone(self._list):
            rows = [r for r in self._rows() if r["path"] != str(path)]
            self._write_rows([*rows, {"path": str(path), "seen": found.read_at}])
        return found

    def create(self, path: Path, name: str, contact: str = "") -> Opened:
        """Begin a shared library at ``path``, with nothing in it, and open it. An existing file is left alone."""
        from depositor.session.desk import new_id

        if path.exists():
            raise NeedsUser(_there_already(path))
        made = Library(new_id(), name, contact, clock.now())
        shared_files.write(path, shared_files.as_bytes(made.as_json()))
        return self.open(path)

    def forget(self, path: Path) -> None:
        """Close a shared library; its file stays."""
        with shared_files.alone(self._list):
            self._write_rows([r for r in self._rows() if r["path"] != str(path)])
        self._copy_of(path).unlink(missing_ok=True)

    def put(self, opened: Opened, entry: Entry, before: Entry | None = None) -> Opened:
        """Add an entry, or put it in the place of ``before``. NeedsUser ``library.changed-elsewhere`` where the entry
        in the file is no longer ``before``."""
        return self._changed(opened, entry.id, before, lambda library: library.with_entry(entry))

    def remove(self, opened: Opened, entry: Entry) -> Opened:
        """Take an entry out; NeedsUser where somebody else changed it meanwhile."""
        return self._changed(opened, entry.id, entry, lambda library: library.without(entry.id))

    def export(self, path: Path, name: str, entries: Iterable[Entry]) -> None:
        """Write entries as a library of their own, to give to others; it is not opened."""
        from depositor.session.desk import new_id

        made = Library(new_id(), name, changed=clock.now(), entries=tuple(entries))
        shared_files.write(path, shared_files.as_bytes(made.as_json()))

    # --- files -------------------------------------------------------------------------------------------------------

    def _changed(
        self, opened: Opened, entry_id: str, before: Entry | None, change: Callable[[Library], Library]
    ) -> Opened:
        with shared_files.alone(opened.path):
            now = opened.library
            if opened.path.exists() or not opened.own:
                now = from_json(shared_files.read(opened.path)[0])
            if not _same(now.entry(entry_id), before):
                raise NeedsUser(_changed_elsewhere(opened.path))
            new = replace(change(now), changed=clock.now())
            shared_files.write(opened.path, shared_files.as_bytes(new.as_json()))
        return self._fresh(opened.path, own=opened.own)

    def _fresh(self, path: Path, *, own: bool) -> Opened:
        """The library as its file says; a copy is kept for the day on which the share is away."""
        data, raw = shared_files.read(path)
        found = from_json(data)
        copy = self._copy_of(path)
        if not copy.exists() or shared_files.digest(copy.read_bytes()) != shared_files.digest(raw):
            with contextlib.suppress(DepositError):
                shared_files.write(copy, raw)
        return Opened(found, path, own, clock.now())

    def _shared(self, row: Mapping[str, str]) -> Opened:
        path = Path(row["path"])
        try:
            found = self._fresh(path, own=False)
        except DepositError as error:
            return self._copy(path, row.get("seen", ""), error.problem, own=False)
        self._note_seen(path, found.read_at)
        return found

    def _copy(self, path: Path, read_at: str, problem: Problem, *, own: bool) -> Opened:
        empty = Library("own" if own else "?", OWN_NAME if own else path.name.removesuffix(SUFFIX))
        try:
            copy = from_json(shared_files.read(self._copy_of(path))[0])
        except DepositError:
            copy = empty
        return Opened(copy, path, own, read_at, away=True, problem=problem)

    def _copy_of(self, path: Path) -> Path:
        return self._folder / "copies" / f"{shared_files.digest(str(path).encode())[:24]}.json"

    def _set_aside(self) -> None:
        with contextlib.suppress(OSError):
            self.own_path.replace(self.own_path.with_name(f"own-damaged-{clock.stamp()}.json"))

    def _rows(self) -> list[dict[str, str]]:
        try:
            rows = json.loads(self._list.read_text("utf-8"))["shared"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        good = (
            (r for r in rows if isinstance(r, dict) and isinstance(r.get("path"), str))
            if isinstance(rows, list)
            else ()
        )
        return [{k: str(v) for k, v in r.items()} for r in good]

    def _write_rows(self, rows: Sequence[Mapping[str, str]]) -> None:
        shared_files.write(self._list, shared_files.as_bytes({"shared": list(rows)}))

    def _note_seen(self, path: Path, at: str) -> None:
        """Remember the day on which a shared library was last read; once a day is enough."""
        rows = self._rows()
        if any(r["path"] == str(path) and r.get("seen", "")[:10] != at[:10] for r in rows):
            with contextlib.suppress(DepositError), shared_files.alone(self._list):
                self._write_rows([{**r, "seen": at} if r["path"] == str(path) else r for r in self._rows()])


def _same(one: Entry | None, two: Entry | None) -> bool:
    if one is None or two is None:
        return one is two
    return shared_files.as_bytes(one.as_json()) == shared_files.as_bytes(two.as_json())


# --- with a draft ---------------------------------------------------------------------------------------------------


def suggestions(opened: OpenDraft, libraries: Sequence[Opened]) -> tuple[tuple[Match, Opened], ...]:
    """Instruments that the headers of the draft's files seem to mean, with their libraries; at most one of each."""
    if not any(e.kind is EntryKind.INSTRUMENT for one in libraries for e in one.library.entries):
        return ()
    found = seen(opened.draft, opened.inventory().facts())
    out: dict[str, tuple[Match, Opened]] = {}
    for one in libraries:
        for match in matches(one.library.entries, found):
            out.setdefault(f"{one.path}|{match.entry.id}|{match.seen.at}", (match, one))
    return tuple(out.values())


def preview(
    opened: OpenDraft, library: Library, entry: Entry, at: int | None = None, parts: Sequence[Part] | None = None
) -> Filled:
    """What picking an entry would do; nothing changes."""
    return library_use.fill(opened.form(), opened.draft, entry, library.name, at, parts)


def pick(
    opened: OpenDraft, library: Library, entry: Entry, at: int | None = None, parts: Sequence[Part] | None = None
) -> Filled:
    """Fill an entry in, as one step that can be undone."""
    form, done = opened.form(), []

    def filled(draft: Any) -> Any:
        done.append(library_use.fill(form, draft, entry, library.name, at, parts))
        return done[-1].draft

    opened.update(msg("change.library", "“{name}” from the library", name=entry.name), filled)
    return done[-1]


def pick_named(opened: OpenDraft, path: Path, name: str) -> Filled:
    """Fill the instrument ``name`` of the library file ``path`` in, for the images whose headers seem to mean it; for
    the first where none do. NeedsUser where the library has none of that name, with the names that it has."""
    library = from_json(shared_files.read(path)[0])
    instruments = [e for e in library.entries if e.kind is EntryKind.INSTRUMENT]
    entry = next((e for e in instruments if e.name.casefold() == name.strip().casefold()), None)
    if entry is None:
        raise NeedsUser(_no_such_entry(path, name, [e.name for e in instruments]))
    found = seen(opened.draft, opened.inventory().facts())
    meant = matches([entry], found)
    done = [pick(opened, library, entry, m.seen.at, m.parts) for m in meant] or [pick(opened, library, entry, 0)]
    return Filled(opened.draft, tuple(t for d in done for t in d.taken), tuple(k for d in done for k in d.kept))


def alike(opened: OpenDraft, path: Path) -> tuple[str, ...]:
    """The instruments of a library file that the headers seem to mean; nothing is filled in."""
    library = from_json(shared_files.read(path)[0])
    found = matches(library.entries, seen(opened.draft, opened.inventory().facts()))
    return tuple(dict.fromkeys(m.entry.name for m in found))


def keep(opened: OpenDraft, path: str) -> Entry | None:
    """The record at ``path`` as a new entry (not yet in a library); None where it says nothing."""
    from depositor.form.reuse.library_keep import kept
    from depositor.session.desk import new_id

    known: tuple[str, ...] = ()
    if path.startswith("image_acquisition["):
        at = int(path.rpartition("[")[2].rstrip("]"))
        named = (s.stand.model for s in seen(opened.draft, opened.inventory().facts()) if s.at == at)
        known = tuple(model for model in named if model)
    return kept(opened.form(), opened.draft, path, new_id(), known)


def questions(form: Form | None, where: str) -> tuple[Field, ...]:
    """The questions that an entry for the module or list ``where`` answers: those of ``form``, else of a form that has
    them. Without references: they mean records of one deposit."""
    from depositor.form.profiles import load

    for one in (form, load(("light-microscopy",), None)):
        module, field = (one.module(where), one.field(where)) if one is not None else (None, None)
        fields = module.fields if module else field.subfields if field else ()
        if fields:
            return tuple(f for f in fields if not f.refers_to and not f.computed)
    return ()


def micrometa(path: Path) -> Imported:
    """The microscope of a file of Micro-Meta App, and what was not taken over. Damaged or NeedsUser otherwise."""
    from depositor.form.reuse.library_micrometa import read
    from depositor.session.desk import new_id

    return read(shared_files.read(path)[0], new_id())


def _changed_elsewhere(path: Path) -> Problem:
    return Problem(
        "library.changed-elsewhere",
        Side.COMPUTER,
        msg("library.changed-elsewhere", "Somebody else changed this entry meanwhile. Nothing was written."),
        msg("library.changed-elsewhere.advice", "Look at the entry as it is now, and make your change again."),
        str(path),
        actions=("reload",),
    )


def _no_such_entry(path: Path, name: str, known: Sequence[str]) -> Problem:
    listed = ", ".join(known[:_MOST_NAMES]) or "-"
    return Problem(
        "library.no-entry",
        Side.COMPUTER,
        msg("library.no-entry", "The library has no instrument called “{name}”.", name=name),
        msg("library.no-entry.advice", "It has: {names}", names=listed),
        str(path),
    )


def which_library() -> Problem:
    """An instrument was named, but no library."""
    return Problem(
        "library.which",
        Side.COMPUTER,
        msg("library.which", "Which library is this instrument in?"),
        msg("library.which.advice", "Give its file with --library FILE."),
    )


def _there_already(path: Path) -> Problem:
    return Problem(
        "library.there-already",
        Side.COMPUTER,
        msg("library.there-already", "There is already a file of this name; it was left as it is."),
        msg("library.there-already.advice", "Give another name, or open that library instead."),
        str(path),
    )
