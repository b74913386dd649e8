"""What the columns of files say of all files of a draft: for previews, and for what is told about files without a home.

A chunked image (``.zarr``) counts as one object. Everything here may run in a thread beside the window.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.file_columns import HOMES, FileColumn, columns_of, evaluate, home_rules, homes_named, object_path
from depositor.draft.message import msg
from depositor.draft.name_patterns import nfc
from depositor.draft.problem import Problem, Side, Stopped
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

MOST_NAMES = 1_000_000  # names that are held for a preview; counts of larger studies are of the first ones
MOST_DISTINCT = 2_000  # different values of a column that are told apart
_STEP = 250  # names between two looks at the cancel flag
Home = tuple[str, str]  # module and title of the record that a file belongs to
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Names:
    """The objects of a draft by their paths in the study, in order. ``whole`` is False where there are more of them."""

    paths: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a column: how many objects have it, one of them, and whether it looks unlike the others."""

    value: str
    files: int
    example: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class ColumnView:
    """What one column gives: ``values`` with the odd ones first; ``missing`` are places in ``Names.paths``."""

    name: str
    filled: int
    values: tuple[Value, ...]
    missing: array[int]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """All columns over all names. ``homes`` counts the objects of each list, ``homeless`` are places in the names."""

    columns: tuple[FileColumn, ...]
    names: Names
    views: tuple[ColumnView, ...] = ()
    homes: Mapping[Home, int] = field(default_factory=dict)
    homeless: array[int] = field(default_factory=lambda: array("L"))
    where: Callable[[str], Home | None] = lambda _: None

    def view(self, name: str) -> ColumnView | None:
        """The view of a column."""
        return next((v for v in self.views if v.name == name), None)

    def row(self, path: str) -> dict[str, str]:
        """Column -> value of one object."""
        return row_of(self.columns, path, self.where(path))


class Homes:
    """Which data set or annotations each path belongs to: by rules, then by the innermost chosen folder."""

    def __init__(self, draft: Draft, places: Places) -> None:
        self._rules = home_rules(draft.columns)
        self._folders = sorted(_folders(draft, places), key=lambda pair: -len(pair[0]))
        components = draft.get("study_component") or ()
        names = [c.get("name") for c in components if isinstance(c, Mapping)] if isinstance(components, list) else []
        self._only: Home | None = ("study_component", str(names[0])) if len(names) == 1 and names[0] else None

        self._said = (self._folders, self._only, [c for c in columns_of(draft.columns) if c.refers_to in HOMES],
                      draft.columns if homes_named(draft.columns) else ())  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Homes) and self._said == other._said

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, path: str) -> Home | None:
        folder = self.of_folder(path)
        return self._rules(path, folder is not None and folder[0] == "annotations") or folder

    def of_folder(self, path: str) -> Home | None:
        """What the chosen folders alone say."""
        for prefix, home in self._folders:
            if path == prefix or path.startswith(f"{prefix}/"):
                return home or self._only
        return self._only


def _folders(draft: Draft, places: Places) -> Iterator[tuple[str, Home | None]]:
    for group in draft.files:
        for root in places.roots:
            path = Path(group.path)
            if path == root.path or root.path in path.parents:
                below = path.relative_to(root.path).as_posix()
                home = ("study_component", group.study_component) if group.study_component else None
                home = ("annotations", group.annotations) if group.annotations else home
                yield nfc(root.name if below == "." else f"{root.name}/{below}"), home
                break


def names_of(opened: OpenDraft, cancel: Cancel, on_progress: Progress | None = None) -> Names:
    """The names of a draft's objects. Stopped when cancelled."""
    places, out, last = opened.places, list[str](), ""
    total = opened.summary().files
    for at, row in enumerate(opened.inventory().files()):
        path = object_path(nfc(places.shown(row.root, row.path)))
        if path != last:
            if len(out) == MOST_NAMES:
                return Names(tuple(out), whole=False)
            out.append(path)
            last = path
        if at % _STEP == 0:
            stopped_by(cancel)
            if on_progress:
                on_progress(at, total)
    return Names(tuple(out))


def preview(
    draft: Draft,
    places: Places,
    names: Names,
    cancel: Cancel,
    on_progress: Progress | None = None,
    before: Preview | None = None,
) -> Preview:
    """What the columns of ``draft`` give for ``names``. What an earlier preview says of the same names and did not
    change since is taken from it. Stopped when cancelled."""
    columns = columns_of(draft.columns)
    where = Homes(draft, places)
    same = before if before is not None and before.names is names and before.where == where else None
    kept = _kept(columns, same) if same else {}
    tallies = {c.name: _Tally() for c in columns if c.refers_to not in HOMES and c.name not in kept}
    homes, homeless = (Counter(same.homes), same.homeless) if same else (Counter[Home](), array("L"))
    asked = _asked_for(columns, tallies)
    everywhere = same is not None and all(c.group is None for c in asked)
    of_home: dict[Home | None, list[FileColumn]] = {}
    for at, path in enumerate(names.paths if tallies or not same else ()):
        home = None if everywhere else where(path)
        if not same:
            homes[home or ("", "")] += 1
            if home is None:
                homeless.append(at)
        if home not in of_home:
            of_home[home] = _of_home(asked, home)
        row = evaluate(of_home[home], path)
        for name in {c.name for c in of_home[home]} & tallies.keys():
            tallies[name].add(at, row.get(name, ""))
        if at % _STEP == 0:
            stopped_by(cancel)
            if on_progress:
                on_progress(at, len(names.paths))
    homes.pop(("", ""), None)
    made = {name: tally.view(name, names.paths) for name, tally in tallies.items()} | kept
    order = dict.fromkeys(c.name for c in columns if c.refers_to not in HOMES)
    return Preview(columns, names, tuple(made[n] for n in order), dict(homes), homeless, where)


def _kept(columns: Sequence[FileColumn], before: Preview) -> dict[str, ColumnView]:
    """The views of columns that are as they were, and ask for no others."""
    out = {}
    for view in before.views:
        mine = [c for c in columns if c.name == view.name]
        if mine == [c for c in before.columns if c.name == view.name] and not any(c.rules for c in mine):
            out[view.name] = view
    return {name: view for name, view in out.items() if any(c.name == name for c in columns)}


def _asked_for(columns: Sequence[FileColumn], names: Container[str]) -> list[FileColumn]:
    """The columns of these names, and those that their rules ask for."""
    needed = {n for c in columns if c.name in names for r in c.rules for n in r.conditions}
    return [c for c in columns if c.name in names or c.name in needed]


def row_of(columns: Sequence[FileColumn], path: str, home: Home | None) -> dict[str, str]:
    """Column -> value, of the columns that are for the list the object stands in."""
    return evaluate(_of_home(columns, home), path)


def _of_home(columns: Sequence[FileColumn], home: Home | None) -> list[FileColumn]:
    return [c for c in columns if c.refers_to not in HOMES and _for(c, home)]


def with_value(shown: Preview, column: str, value: str, cancel: Cancel) -> array[int]:
    """The places of all names for which ``column`` says ``value``. Stopped when cancelled."""
    out = array("L")
    for at, path in enumerate(shown.names.paths):
        if shown.row(path).get(column, "") == value:
            out.append(at)
        if at % _STEP == 0:
            stopped_by(cancel)
    return out


def _for(column: FileColumn, home: Home | None) -> bool:
    return column.group is None or (home is not None and home[1] == column.group)


class _Tally:
    """Counts the values of one column, bounded."""

    def __init__(self) -> None:
        self.filled = 0
        self.missing = array("L")
        self.more = False
        self._counts: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    def add(self, at: int, value: str) -> None:
        if not value:
            self.missing.append(at)
            return
        self.filled += 1
        if value in self._counts or len(self._counts) < MOST_DISTINCT:
            self._counts[value] += 1
            self._first.setdefault(value, at)
        else:
            self.more = True

    def view(self, name: str, paths: Sequence[str]) -> ColumnView:
        odd = odd_values(self._counts)
        order = sorted(self._counts, key=lambda v: (v not in odd, -self._counts[v], v))
        values = tuple(Value(v, self._counts[v], paths[self._first[v]], v in odd) for v in order)
        return ColumnView(name, self.filled, values, self.missing, self.more)


def odd_values(counts: Mapping[str, int]) -> frozenset[str]:
    """Values that look like slips: of another shape than nearly all others, or nearly spelled as a frequent one."""
    total = sum(counts.values())
    if total < 10 or len(counts) < 2:
        return frozenset()
    shapes: Counter[str] = Counter()
    folded: dict[str, str] = {}
    for value, n in sorted(counts.items(), key=lambda pair: -pair[1]):
        shapes[_shape(value)] += n
        folded.setdefault(_folded(value), value)
    rare = {s for s, n in shapes.items() if n <= 0.02 * total}
    common = max(shapes.values()) >= 0.8 * total
    return frozenset(v for v in counts if folded[_folded(v)] != v or (common and _shape(v) in rare))


def _shape(value: str) -> str:
    return "".join("0" if c.isdigit() else "a" if c.isalpha() else c for c in value[:1] + value[-1:])


def _folded(value: str) -> str:
    plain = "".join(c for c in value.casefold() if c.isalnum())
    return plain.lstrip("0") or plain


def stopped_by(cancel: Cancel) -> None:
    """Stopped where ``cancel`` is set."""
    if cancel:
        raise Stopped(_stopped())


def _stopped() -> Problem:
    return Problem(
        "columns.stopped",
        Side.COMPUTER,
        msg("columns.stopped", "Looking through the names was stopped."),
        msg("columns.stopped.advice", "Start it again whenever you like; nothing was changed."),
    )


def name_key(module: str) -> str:
    """The key under which a record of a module has its name."""
    return "name" if module == "study_component" else "title"


def record_names(draft: Draft, module: str) -> list[str]:
    """The names of the records of a module, to assign files to."""
    key = name_key(module)
    records: Any = draft.get(module)
    found = [r.get(key) for r in records if isinstance(r, Mapping)] if isinstance(records, list) else []
    return [str(name) for name in found if name]
