"""Rows that were read, laid over a draft: what is new, what differs, what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from depositor.draft import paths
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg, msgn
from depositor.draft.paths import is_empty
from depositor.form.fields import Asked, Form
from depositor.form.vocabulary import fold
from depositor.form.workbook.changes import FILES, Change, ChangeKind, Preview
from depositor.form.workbook.matching_rows import Matching, folded, name_in, name_key
from depositor.form.workbook.reading import FileColumn, Given, NotTaken, Reading, Row, told
from depositor.form.workbook.tables import Column, Place, Table, places, tables
from depositor.form.workbook.values import Wording, plain, words

_EXAMPLES = 3


def preview(form: Form, draft: Draft, reading: Reading, file: str, wording: Wording, *, mine: bool = False) -> Preview:
    """What ``reading`` would change. Nothing is removed unless the file is a filled workbook of this program. ``mine``:
    the person says that such a workbook is one of this very description."""
    found = _Comparison(form, draft, reading, wording, mine)
    for table in tables(form):
        found.table(table)
    for column in reading.columns:
        found.files(column)
    return Preview(
        file,
        reading.source,
        reading.name,
        tuple(found.changes),
        (*reading.findings, *found.findings),
        (*reading.not_taken, *found.not_taken),
        found.same,
        reading.own,
        reading.parts,
        reading.part,
        reading.details,
    )


@dataclass(slots=True)
class _New:
    """A record that the file brings; the records below it are put into it."""

    record: dict[str, Any]


@dataclass(slots=True)
class _Comparison:
    form: Form
    draft: Draft
    reading: Reading
    wording: Wording
    mine: bool
    changes: list[Change] = made(default_factory=list)
    findings: list[Finding] = made(default_factory=list)
    not_taken: list[NotTaken] = made(default_factory=list)
    same: int = 0
    _homes: dict[tuple[str, ...], dict[tuple[str, ...], Place | _New]] = made(default_factory=dict)
    _rows: dict[str, list[Row]] = made(default_factory=dict)
    _gone: set[str] = made(default_factory=set)
    _asked: set[str] = made(default_factory=set)

    def __post_init__(self) -> None:
        for row in self.reading.rows:
            self._rows.setdefault(row.table, []).append(row)

    def table(self, table: Table) -> None:
        """Compare one table."""
        rows = self._rows.get(table.key, [])
        if table.upright:
            place = next(places(table, self.draft.metadata))
            for row in rows:
                self._compare(table, place, row)
            return
        there = list(places(table, self.draft.metadata))
        homes: dict[tuple[str, ...], Place | _New] = {}
        for at in reversed(there):
            homes[(*folded(at.above), name_key(at.name))] = at
        self._homes[table.lists] = homes
        left = self._matched(table, rows, there, homes)
        if self._filled and table.key in self.reading.tables:
            for at in left:
                self._remove(table, at)

    # --- which record a row is -----------------------------------------------------------------------------------

    def _matched(
        self, table: Table, rows: list[Row], there: list[Place], homes: dict[tuple[str, ...], Place | _New]
    ) -> list[Place]:
        """Compare each row with its record, or add it; the records that no row is for."""
        known = Matching(table, there, own=self.reading.own)
        for row in rows:
            known.look(row)
        for number, row in enumerate(rows):
            at = known.found(row)
            name = name_in(row, number)
            if at is not None:
                homes.setdefault((*folded(row.above), name_key(name)), at)
                homes.setdefault((*folded(at.above), name_key(name)), at)
                self._compare(table, at, row)
            else:
                self._add(table, row, name, homes)
        return known.left()

    # --- what changes --------------------------------------------------------------------------------------------

    def _compare(self, table: Table, place: Place, row: Row) -> None:
        for key, given in row.values.items():
            column = table.column(key)
            if column is None:
                continue
            deposit = column.field.asked is Asked.LICENSE
            old = getattr(self.draft, key, None) if deposit else paths.get(place.record, key)
            if is_empty(old) and (given is None or (is_empty(given.value) and not given.unfit)):
                continue
            if given is not None and self._is_same(column, old, given):
                self.same += 1
            elif given is not None and self._stands_against(given):
                continue
            elif given is not None or self._filled:
                path = key if deposit else f"{place.path}.{key}"
                self._note(table, column, path, place, old, given, row.place)

    def _stands_against(self, given: Given) -> bool:
        """Say what there is to say of a value; True where it cannot be taken."""
        for level, said, advice in given.told:
            self.findings.append(told(said.id.rpartition(".")[2], given.place, level, said, advice))
        return given.unfit

    def _is_same(self, column: Column, old: Any, given: Given) -> bool:
        if is_empty(old) or given.value == old:
            return not is_empty(old)
        if (
            isinstance(old, Mapping)
            and isinstance(given.value, str)
            and fold(given.value) == fold(str(old.get("label") or old.get("name") or ""))
        ):
            return True
        return given.text is not None and plain(given.text) == words(column.field, old, self.wording)

    def _note(
        self, table: Table, column: Column, path: str, place: Place, old: Any, given: Given | None, at: str
    ) -> None:
        if given is None:
            if not words(column.field, old, self.wording):
                return  # it could not be shown, so it was not removed
            kind, new = ChangeKind.REMOVED, None
        else:
            kind, new = (ChangeKind.ADDED if is_empty(old) else ChangeKind.CHANGED), given.value
        persons = kind is not ChangeKind.ADDED and self.draft.is_persons(path)
        self.changes.append(
            Change(
                id=path,
                kind=kind,
                module=table.module.key,
                path=path,
                label=column.field.label,
                record="" if table.upright else place.name,
                old=old,
                new=new,
                was=words(column.field, old, self.wording),
                now=words(column.field, new, self.wording),
                place=given.place if given else at,
                taken=kind is not ChangeKind.REMOVED and (self._trusted or not persons),
                persons=persons,
            )
        )

    @property
    def _trusted(self) -> bool:
        """A workbook that was made from this very draft: what differs, the person changed there."""
        return self._filled and (self.mine or self.reading.draft_id == self.draft.id)

    @property
    def _filled(self) -> bool:
        """A workbook that held a description when this program wrote it: what is empty there was emptied."""
        return self.reading.own and bool(self.reading.draft_id)

    def _add(self, table: Table, row: Row, name: str, homes: dict[tuple[str, ...], Place | _New]) -> None:
        record: dict[str, Any] = {}
        for key, given in row.values.items():
            if given is not None and not self._stands_against(given) and not is_empty(given.value):
                record = paths.put(record, key, given.value)
        if is_empty(record):
            return
        parent = self._parent(table, row)
        if parent is None:
            return
        new = _New(record)
        homes.setdefault((*folded(row.above), name_key(name)), new)
        if isinstance(parent, _New):  # it comes along with the record that it belongs to
            held = paths.get(parent.record, table.lists[-1]) or []
            held.append(record)
            parent.record.update(paths.put(parent.record, table.lists[-1], held))
            return
        path = f"{parent}.{table.lists[-1]}" if parent else table.lists[-1]
        label = table.field.label if table.field else table.module.label
        said = [words(c.field, paths.get(record, c.key), self.wording) for c in table.columns]
        now = " · ".join(" ".join(s.split()) for s in said if s)
        number = sum(1 for c in self.changes if c.id.startswith(f"{path}+"))
        self.changes.append(
            Change(
                f"{path}+{number}",
                ChangeKind.ADDED,
                table.module.key,
                path,
                label,
                name,
                None,
                record,
                "",
                now,
                row.place,
                record_wide=True,
            )
        )

    def _parent(self, table: Table, row: Row) -> str | _New | None:
        """The path of the record that a row belongs to (empty at the top), or a record that is new itself."""
        if len(table.lists) == 1:
            return ""
        homes = self._homes.get(table.lists[:-1], {})
        found = homes.get(folded(row.above))
        if found is None and not any(row.above) and len(set(map(id, homes.values()))) == 1:
            found = next(iter(homes.values()))
        if found is None:
            self._homeless(table, row)
            return None
        return found.path if isinstance(found, Place) else found

    def _homeless(self, table: Table, row: Row) -> None:
        """Say that a row belongs to nothing; once for all rows of a table that do not say to what."""
        name = " / ".join(row.above)
        if any(row.above):
            said = msg(
                "import.no-parent", "There is no record called “{name}” that this row could belong to.", name=name
            )
            advice = msg(
                "import.no-parent.advice", "Write the name in the first column as it stands in the other sheet."
            )
            self.findings.append(told("no-parent", row.place, Level.WARNING, said, advice))
        elif table.key not in self._asked:
            self._asked.add(table.key)
            said = msg("import.which-parent", "The table does not say to which record its rows belong.")
            advice = msg(
                "import.which-parent.advice",
                "Describe exactly one first, or write its name into a first column that is headed like that part.",
            )
            self.findings.append(told("which-parent", row.place, Level.WARNING, said, advice))

    def _remove(self, table: Table, place: Place) -> None:
        if any(place.path.startswith(f"{outer}.") for outer in self._gone):
            return
        old = paths.get(self.draft.metadata, place.path)
        if is_empty(old):
            return
        self._gone.add(place.path)
        label = table.field.label if table.field else table.module.label
        said = [words(c.field, paths.get(place.record, c.key), self.wording) for c in table.columns]
        was = " · ".join(" ".join(s.split()) for s in said if s)
        self.changes.append(
            Change(
                place.path,
                ChangeKind.REMOVED,
                table.module.key,
                place.path,
                label,
                place.name,
                old,
                None,
                was,
                "",
                "",
                taken=False,
                persons=True,
                record_wide=True,
            )
        )

    # --- files ---------------------------------------------------------------------------------------------------

    def files(self, column: FileColumn) -> None:
        """Compare what a table says of files with the described column of that name."""
        held: dict[str, str] = {}
        for one in self.draft.columns:
            values = one.get("values")
            if one.get("name") == column.name and isinstance(values, Mapping):
                held.update({str(p): str(v) for p, v in values.items()})
        new = {p: v for p, v in column.values.items() if v and plain(held.get(p, "")) != plain(v)}
        gone = {p: None for p, v in column.values.items() if not v and p in held} if self._filled else {}
        self.same += sum(1 for p, v in column.values.items() if v and p not in new)
        replaced = any(p in held for p in new)
        if new:
            kind = ChangeKind.CHANGED if replaced else ChangeKind.ADDED
            old = {p: held[p] for p in new if p in held}
            self._file_change(column, kind, old, new, taken=self._trusted or not replaced)
        if gone:
            self._file_change(column, ChangeKind.REMOVED, {p: held[p] for p in gone}, gone, taken=False)

    def _file_change(
        self, column: FileColumn, kind: ChangeKind, old: Mapping[str, str], new: Mapping[str, Any], *, taken: bool
    ) -> None:
        label = msgn("import.file-column", "{n} file: {name}", "{n} files: {name}", len(new), name=column.name)
        end = "-" if kind is ChangeKind.REMOVED else ""
        self.changes.append(
            Change(
                f"{FILES}.{column.name}{end}",
                kind,
                FILES,
                column.name,
                label,
                "",
                dict(old),
                dict(new),
                _some(old),
                _some({p: v for p, v in new.items() if v is not None}),
                column.place,
                taken,
            )
        )


def _some(values: Mapping[str, Any]) -> str:
    """The first of the values with their files."""
    shown = [f"{p}: {v}" for p, v in list(values.items())[:_EXAMPLES]]
    return "\n".join(shown + (["…"] if len(values) > _EXAMPLES else []))


def rows_of(form: Form, metadata: Mapping[str, Any], place: str) -> Iterator[Row]:
    """A tree in the shape of the document as rows: how everything that is no table is compared."""
    for table in tables(form):
        for at in places(table, metadata):
            values: dict[str, Given | None] = {}
            for column in table.columns:
                value = paths.get(at.record, column.key)
                if not is_empty(value):
                    values[column.key] = Given(value, place)
            if values:
                yield Row(table.key, place, values, at.above)
