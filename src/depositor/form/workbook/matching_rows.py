"""Which record of a draft a row is: by its hidden mark, by its name, by all that it says."""

from __future__ import annotations

from depositor.draft import paths
from depositor.draft.paths import is_empty
from depositor.form.spots import name_of
from depositor.form.workbook.reading import Row
from depositor.form.workbook.tables import Place, Table
from depositor.form.workbook.values import plain


class Matching:
    """Rows and records that are the same: by the hidden mark, by the name, by all that they say."""

    def __init__(self, table: Table, there: list[Place], *, own: bool) -> None:
        self._table, self._own = table, own
        self._free = {p.path: p for p in there}
        self._by_mark = {p.mark: p for p in there}
        self._names: dict[tuple[str, ...], list[Place]] = {}
        for place in there:
            self._names.setdefault((*folded(place.above), name_key(place.name)), []).append(place)
        self._found: dict[int, Place] = {}
        self._later: list[Row] = []

    def look(self, row: Row) -> None:
        """Take the record whose mark and name the row has; the others are looked for when all rows were seen."""
        at = self._by_mark.get(row.mark) if row.mark else None
        if at is not None and at.path in self._free and name_key(name_in(row, at.at)) == name_key(at.name):
            self._take(row, at)
        else:
            self._later.append(row)

    def found(self, row: Row) -> Place | None:
        """The record that a row is for."""
        if self._later:
            self._settle()
        return self._found.get(id(row))

    def left(self) -> list[Place]:
        """The records without a row."""
        self._settle()
        return list(self._free.values())

    def _settle(self) -> None:
        rows, self._later = self._later, []
        for how in (self._by_name, self._renamed, self._alike):
            for row in rows:
                if id(row) not in self._found and (at := how(row)) is not None:
                    self._take(row, at)
        open_rows = [r for r in rows if id(r) not in self._found]
        if not self._own and self._table.name_key is None and len(open_rows) == 1 and len(self._free) == 1:
            only = next(iter(self._free.values()))
            if folded(open_rows[0].above) in (folded(only.above), ()):
                self._take(open_rows[0], only)

    def _take(self, row: Row, at: Place) -> None:
        self._found[id(row)] = at
        self._free.pop(at.path, None)

    def _by_name(self, row: Row) -> Place | None:
        same = [
            p for p in self._names.get((*folded(row.above), name_key(name_in(row, -1))), ()) if p.path in self._free
        ]
        if not same or (self._table.name_key is None and len(same) > 1):
            return None
        return same[0]

    def _renamed(self, row: Row) -> Place | None:
        at = self._by_mark.get(row.mark) if row.mark else None
        return at if at is not None and at.path in self._free else None

    def _alike(self, row: Row) -> Place | None:
        given = {k: g.value for k, g in row.values.items() if g is not None and not is_empty(g.value)}
        if not given:
            return None
        above = folded(row.above)
        for at in self._free.values():
            if (not any(above) or above == folded(at.above)) and all(
                paths.get(at.record, k) == v for k, v in given.items()
            ):
                return at
        return None


def name_in(row: Row, at: int) -> str:
    """What people call the record that a row is."""
    given = {k: g.text if g.text is not None else g.value for k, g in row.values.items() if g is not None}
    return name_of(given, at)


def folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(name_key, names))


def name_key(name: str) -> str:
    """Names that people would call the same; ``siRNA +`` and ``siRNA -`` are two."""
    return " ".join(plain(name).casefold().split())
