"""All files with what the columns say of them: a table that computes only the rows that are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHeaderView, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.file_columns import HOMES
from depositor.draft.message import msg
from depositor.gui.bridge import Bridge
from depositor.gui.columns.picks import select
from depositor.gui.columns.state import ColumnsState
from depositor.gui.paged import Column, PagedModel, PagedTable, Row, Source
from depositor.gui.texts import count, tr, trn
from depositor.gui.widgets.basics import Label, row
from depositor.session.columns import column_edits, file_columns
from depositor.session.columns.file_columns import Preview

_ALL, _NONE, _HOMELESS = "all", "none", "homeless"


_INDEX = QModelIndex | QPersistentModelIndex


class ColumnsModel(PagedModel):
    """A paged model whose columns change, and in whose cells one can type: ``typed(path, column, value)``."""

    typed = Signal(str, str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge, (Column(lambda: tr("File")),))

    def set_columns(self, names: Sequence[str]) -> None:
        """Show these columns after the file's; the rows come with the next source."""
        if [c.title() for c in self.columns[1:]] == list(names):
            return
        self.show(None)
        self.beginResetModel()
        self.columns = (Column(lambda: tr("File")), *(Column(lambda name=name: name) for name in names))  # type: ignore[misc]
        self.endResetModel()

    def flags(self, index: _INDEX) -> Qt.ItemFlag:
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if index.column() > 0 else usual

    def data(self, index: _INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = Qt.ItemDataRole.DisplayRole if role == Qt.ItemDataRole.EditRole else role
        return super().data(index, shown)

    def setData(self, index: _INDEX, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        found = self.row(index.row())
        if role != Qt.ItemDataRole.EditRole or found is None or value == found.texts[index.column()]:
            return False
        self.typed.emit(found.value, self.columns[index.column()].title(), str(value))
        return True


class FilesTable(QWidget):
    """The table with its filter and its counts."""

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self.model = ColumnsModel(state.workspace.bridge)
        self.model.typed.connect(self._type)
        self._empty: list[str] = []  # columns that nothing says anything of yet
        self.table = PagedTable(self.model)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.model.modelReset.connect(self._widen)
        self.which = QComboBox()
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.which.activated.connect(self._filter)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.told = Label(kind="muted")
        self._value: tuple[str, str] | None = None
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(row((self.search, 1), self.which))
        inside.addWidget(self.table, 1)
        inside.addWidget(self.told)
        state.shown.connect(self.refresh)
        self.name()

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self.table.setAccessibleName(tr("All files and what the columns say of them"))
        self.search.setPlaceholderText(tr("Find by name"))
        self.search.setAccessibleName(tr("Find by name"))
        self.which.setAccessibleName(tr("Which files are shown"))
        self.model.retitle()
        self.refresh()

    def show_value(self, column: str, value: str) -> None:
        """Show the files for which ``column`` says ``value``."""
        self._value = (column, value)
        self._fill_filter()
        select(self.which, ("value", column, value))
        self._filter()

    def show_homeless(self) -> None:
        """Show the files that belong to nothing yet."""
        select(self.which, (_HOMELESS, "", ""))
        self._filter()

    def add_empty(self, name: str) -> None:
        """Show a column to type into."""
        if name not in self._empty:
            self._empty.append(name)
        self.refresh()

    def _names(self, preview: Preview) -> list[str]:
        return list(dict.fromkeys((*(v.name for v in preview.views), *self._empty)))

    def _type(self, path: str, column: str, value: str) -> None:
        state = self._state
        if len((column_edits.find(state.draft, column) or {}).get("values") or {}) < column_edits.MOST_VALUES:
            what = msg("change.column-typed", "Value of a file in “{name}”", name=column)
            state.change(what, lambda draft: column_edits.with_values(draft, column, {path: value}))

    def _widen(self) -> None:
        """The names get what room the columns leave, and never less than one can read."""
        table = self.table
        others = sum(table.columnWidth(n) for n in range(1, self.model.columnCount()))
        least = self.fontMetrics().height() * 16
        table.setColumnWidth(0, max(least, table.viewport().width() - others))

    def refresh(self) -> None:
        """Show the present preview."""
        preview = self._state.preview
        if preview is None:
            return
        self.model.set_columns(self._names(preview))
        self._fill_filter()
        self._filter()

    def _fill_filter(self) -> None:
        preview, kept = self._state.preview, self.which.currentData()
        if preview is None:
            return
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItem(tr("All files ({n})", n=count(len(preview.names.paths))), (_ALL, "", ""))
        for view in preview.views:
            if len(view.missing):
                text = tr("Without “{column}” ({n})", column=view.name, n=count(len(view.missing)))
                self.which.addItem(text, (_NONE, view.name, ""))
        if len(preview.homeless):
            self.which.addItem(tr("Belong to nothing yet ({n})", n=count(len(preview.homeless))), (_HOMELESS, "", ""))
        if self._value:
            self.which.addItem(tr("{column} is “{value}”", column=self._value[0], value=self._value[1]),
                               ("value", *self._value))  # fmt: skip
        select(self.which, kept)
        self.which.blockSignals(False)

    def _filter(self) -> None:
        preview = self._state.preview
        if preview is None:
            return
        kind, column, value = self.which.currentData() or (_ALL, "", "")
        text = self.search.text().strip()
        self.model.show(_source(preview, self._names(preview), kind, column, value, text))
        self._tell(preview)

    def _tell(self, preview: Preview) -> None:
        parts = [trn("{n} file", "{n} files", len(preview.names.paths))]
        if not preview.names.whole:
            parts.append(tr("the first ones of a very large study"))
        if preview.homeless and any(c.refers_to in HOMES for c in preview.columns):
            parts.append(trn("{n} belongs to nothing yet", "{n} belong to nothing yet", len(preview.homeless)))
        self.told.setText(" · ".join(parts))


def _source(preview: Preview, names: Sequence[str], kind: str, column: str, value: str, text: str) -> Source:
    """The rows of a filter; which ones is found out beside the window, at the first question."""
    from depositor.draft.cancel import Cancel

    found: list[Sequence[int]] = []

    def places() -> Sequence[int]:
        if not found:
            found.append(_searched(preview, _places(), text))
        return found[0]

    def _places() -> Sequence[int]:
        view = preview.view(column)
        if kind == _NONE:
            return view.missing if view else ()
        if kind == _HOMELESS:
            return preview.homeless
        if kind == "value":
            return file_columns.with_value(preview, column, value, Cancel())
        return range(len(preview.names.paths))

    def rows(offset: int, limit: int) -> list[Row]:
        paths = (preview.names.paths[at] for at in places()[offset : offset + limit])
        return [Row((path, *(told.get(n, "") for n in names)), path) for path in paths for told in (preview.row(path),)]

    return Source(lambda: len(places()), rows)


def _searched(preview: Preview, places: Sequence[int], text: str) -> Sequence[int]:
    if not text:
        return places
    wanted, paths = text.casefold(), preview.names.paths
    return [at for at in places if wanted in paths[at].casefold()]
