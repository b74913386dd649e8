"""Editing one entry of a library: its name, and the same questions that the form asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from depositor.gui.form.make import Maker
from depositor.gui.form.records import RecordEditor
from depositor.gui.reuse.base import ReuseDialog
from depositor.gui.reuse.entry_view import kind_words, part_words
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label
from depositor.gui.widgets.flow import flow
from depositor.gui.workspace import Workspace
from depositor.session.desk import new_id
from depositor.session.forms import Field
from depositor.session.reuse.library import Entry, EntryKind, Left, Opened, Part, PartKind, questions

_WHERE = {  # the questions that an entry of each kind answers
    EntryKind.PERSON: "study.author",
    EntryKind.ORGANISATION: "study.author.affiliation",
    EntryKind.GRANT: "study.grant",
    EntryKind.BIOSAMPLE: "biosample",
    EntryKind.SPECIMEN: "specimen",
    EntryKind.PROTOCOL: "specimen",
    EntryKind.MEDIUM: "light_microscopy",
}
_ONLY = {EntryKind.PROTOCOL: ("preparation_method", "growth_protocol"), EntryKind.MEDIUM: ("mounting_medium",)}
_COLUMNS = ("name", "manufacturer", "model", "magnification", "na", "immersion", "version")


def blank(kind: EntryKind) -> Entry:
    """A new entry that says nothing yet."""
    parts = (Part(PartKind.STAND),) if kind is EntryKind.INSTRUMENT else ()
    return Entry(new_id(), kind, "", parts=parts)


class EntryDialog(ReuseDialog):
    """An entry in full. What is saved goes through ``saved``; nothing is written here."""

    saved = Signal(object)

    def __init__(
        self, parent: QWidget, workspace: Workspace, entry: Entry, place: Opened, left: Sequence[Left] = ()
    ) -> None:
        library = tr("My library") if place.own else place.library.name
        super().__init__(parent, workspace, f"{kind_words(entry.kind)} · {library}")
        self._entry = entry
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        self._names()
        self.record = self._questions()
        self.parts = _Parts(entry.parts) if entry.kind is EntryKind.INSTRUMENT else None
        if self.parts is not None:
            self._column.addWidget(self.parts)
        if left:
            self._column.addWidget(_not_taken(left))
        self._column.addStretch(1)
        self.body.addWidget(area, 1)
        self.save = Button("save", "main", self._save)
        self.save.setText(tr("&Save"))
        self.end_with(self.save, close=tr("&Cancel"))
        self.fit(46, 36)
        self._check()
        self.name.setFocus()

    def _names(self) -> None:
        entry = self._entry
        self.name = QLineEdit(entry.name)
        self.name.setPlaceholderText(tr("As people at your place call it"))
        self.name.textChanged.connect(lambda _: self._check())
        self.remark = QLineEdit(entry.note)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(tr("&Name in the library"), self.name)
        form.addRow(tr("N&ote"), self.remark)
        self.known = QPlainTextEdit("\n".join(entry.known_as))
        self.known.setTabChangesFocus(True)
        self.known.setMaximumHeight(self.fontMetrics().height() * 4)
        if entry.kind is EntryKind.INSTRUMENT:
            form.addRow(tr("Names in file &headers, one in each line"), self.known)
        self._column.addLayout(form)

    def _questions(self) -> RecordEditor | None:
        fields = self._fields()
        if not fields:
            return None
        editor = RecordEditor(fields, Maker(lambda _: []).make)
        editor.show_value(dict(self._entry.answers.get(self._where(), {})))
        editor.changed.connect(self._check)
        self._column.addWidget(editor)
        return editor

    def _where(self) -> str:
        return next(iter(self._entry.answers), "") or _WHERE.get(self._entry.kind, "")

    def _fields(self) -> tuple[Field, ...]:
        if self._entry.kind is EntryKind.INSTRUMENT:
            return ()
        work = self.workspace.work
        found = questions(work.form() if work is not None else None, self._where())
        only = _ONLY.get(self._entry.kind)
        return tuple(f for f in found if only is None or f.key in only)

    def _check(self) -> None:
        self.save.setEnabled(bool(self.name.text().strip()))

    def _save(self) -> None:
        known = tuple(k.strip() for k in self.known.toPlainText().splitlines() if k.strip())
        new = replace(self._entry, name=self.name.text().strip(), note=self.remark.text().strip(), known_as=known)
        if self.record is not None:
            said = self.record.value() or {}
            new = replace(new, answers={**new.answers, self._where(): said} if said else {})
        if self.parts is not None:
            new = replace(new, parts=self.parts.value())
        self.saved.emit(new)
        self.accept()


class _Parts(QWidget):
    """The parts of an instrument as a table."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__()
        self._rows: list[Part] = []
        heads = [
            *(tr("Part"), tr("Name, as engraved"), tr("Maker"), tr("Model"), tr("Magnification")),
            *(tr("Numerical aperture"), tr("Immersion"), tr("Version")),
        ]
        self.table = QTableWidget(0, len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        self.table.setAccessibleName(tr("Parts of the instrument"))
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(self.fontMetrics().height() * 12)
        self.add = Button("plus", "", lambda: self._append(Part(PartKind.OBJECTIVE)))
        self.add.setText(tr("&Add a part"))
        self.away = Button("trash", "quiet", self._take_away)
        self.away.setText(tr("&Take the part away"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Label(tr("Parts"), "strong"))
        layout.addWidget(self.table, 1)
        layout.addWidget(flow(self.add, self.away))
        for part in sorted(parts, key=lambda p: list(PartKind).index(p.kind)):
            self._append(part)
        self.table.resizeColumnsToContents()
        self.table.setCurrentCell(0, 1)
        self.table.scrollToTop()

    def _append(self, part: Part) -> None:
        at = self.table.rowCount()
        self._rows.append(part)
        self.table.insertRow(at)
        kind = QComboBox()
        for one in PartKind:
            kind.addItem(part_words(one), one)
        kind.setCurrentIndex(kind.findData(part.kind))
        kind.setAccessibleName(tr("Part {n}", n=at + 1))
        self.table.setCellWidget(at, 0, kind)
        for column, key in enumerate(_COLUMNS, 1):
            value = getattr(part, key)
            text = f"{value:g}" if isinstance(value, float) else str(value or "")
            self.table.setItem(at, column, QTableWidgetItem(text))
        self.table.setCurrentCell(at, 1)

    def _take_away(self) -> None:
        at = self.table.currentRow()
        if at >= 0:
            self.table.removeRow(at)
            del self._rows[at]

    def value(self) -> tuple[Part, ...]:
        """The parts that say something."""
        found = (self._part(at) for at in range(self.table.rowCount()))
        return tuple(p for p in found if p.text)

    def _part(self, at: int) -> Part:
        kind = self.table.cellWidget(at, 0)
        said: dict[str, Any] = {key: self._text(at, column) for column, key in enumerate(_COLUMNS, 1)}
        for key in ("magnification", "na"):
            said[key] = _number(said[key])
        chosen = kind.currentData() if isinstance(kind, QComboBox) else self._rows[at].kind
        return replace(self._rows[at], kind=chosen, **said)

    def _text(self, at: int, column: int) -> str:
        item = self.table.item(at, column)
        return item.data(Qt.ItemDataRole.DisplayRole).strip() if item is not None and item.text() else ""


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().rstrip("x×").replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


def _not_taken(left: Sequence[Left]) -> QWidget:
    """The list of what an import left out."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(Label(trn("{n} part was not taken over", "{n} parts were not taken over", len(left)), "strong"))
    for one in left:
        column.addWidget(Label(f"{one.name} ({one.kind}): {say(one.why)}", "muted"))
    return holder
