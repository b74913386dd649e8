"""How one column is made: its patterns, its values and how they are told, for which list it is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from depositor.draft.draft import Draft
from depositor.draft.file_columns import column_of
from depositor.draft.message import Message, msg
from depositor.draft.name_patterns import place_name
from depositor.gui.columns.picks import select
from depositor.gui.columns.state import ColumnsState
from depositor.gui.texts import count, tr, trn
from depositor.gui.widgets.basics import Button, Label
from depositor.gui.widgets.flow import flow
from depositor.session.columns import column_edits
from depositor.session.columns.file_columns import ColumnView, record_names

_MOST = 300  # values that are listed; the odd ones come first
_RAW = int(Qt.ItemDataRole.UserRole)


class ColumnDetail(QWidget):
    """One column; ``value_wanted(column, value)`` asks for the files with a value, ``gone`` when it was removed."""

    value_wanted = Signal(str, str)
    gone = Signal()

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self._column = ""
        self.heading = QLineEdit()
        self.heading.editingFinished.connect(self._rename)
        self.rules = QPlainTextEdit()
        self.rules.setTabChangesFocus(True)
        self.rules.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.rules.setMaximumHeight(self.fontMetrics().height() * 4)
        self.apply = Button("check", "quiet", self._set_rules)
        self.zeros = QCheckBox()
        self.zeros.clicked.connect(self._clean)
        self.case = QComboBox()
        self.case.activated.connect(self._clean)
        self.group = QComboBox()
        for box in (self.case, self.group):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.group.activated.connect(self._set_group)
        self.remove = Button("trash", "quiet", self._remove)
        self.values = _Values()
        self.values.told.connect(self._tell_otherwise)
        self.values.wanted.connect(lambda value: self.value_wanted.emit(self._column, value))
        self._filled = Label(kind="muted")
        self._labels = [Label(kind="muted") for _ in range(3)]
        inside = QVBoxLayout(self)
        room = round(self.fontMetrics().height() * 0.5)
        inside.setContentsMargins(room, 0, room, 0)
        inside.setSpacing(round(self.fontMetrics().height() * 0.3))
        inside.addWidget(self.heading)
        inside.addWidget(self._filled)
        inside.addWidget(self.values, 1)
        inside.addWidget(flow(self.zeros, self.case, self.group))
        inside.addWidget(self._labels[0])
        inside.addWidget(self.rules)
        inside.addWidget(flow(self.apply, self.remove))
        self.name()

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self.heading.setAccessibleName(tr("Heading of the column"))
        self.rules.setAccessibleName(tr("Patterns, one in a line"))
        self._labels[0].setText(tr("Patterns, one in a line; the first that fits counts"))
        self.apply.setText(tr("&Use these patterns"))
        self.remove.setText(tr("&Remove the column"))
        self.zeros.setText(tr("03 as 3"))
        self.zeros.setToolTip(tr("Leave out zeros at the beginning of numbers"))
        self.group.setAccessibleName(tr("In which list the column stands"))
        self.case.setAccessibleName(tr("Capital or small letters"))
        at = max(0, self.case.currentIndex())
        self.case.clear()
        for text, key in ((tr("Letters as they are"), ""), (tr("small letters"), "lower"), (tr("CAPITALS"), "upper")):
            self.case.addItem(text, key)
        self.case.setCurrentIndex(at)
        self.values.name()
        self.show_column(self._column)

    def show_column(self, name: str) -> None:
        """Show another column, or the same one as it is now; nothing where ``name`` is empty."""
        self._column = name
        data = column_edits.find(self._state.draft, name) if name else None
        self.setVisible(data is not None)
        if data is None:
            return
        clean = data.get("clean") or {}
        rules = "\n".join(column_edits.patterns(data))
        with QSignalBlocker(self.zeros), QSignalBlocker(self.case):
            if not self.heading.hasFocus():
                self.heading.setText(name)
            if not self.rules.hasFocus():
                self.rules.setPlainText(rules)
            self.zeros.setChecked(bool(clean.get("strip_zeros")))
            self.case.setCurrentIndex(max(0, self.case.findData(clean.get("case") or "")))
        ruled = bool(rules)
        for widget in (self.rules, self.apply, self._labels[0]):
            widget.setVisible(ruled)
        self._show_groups(data)
        view = self._state.preview.view(name) if self._state.preview else None
        self._show_values(view, clean)

    def _show_values(self, view: ColumnView | None, clean: dict[str, object]) -> None:
        rename = clean.get("rename")
        self.values.show_view(view, dict(rename) if isinstance(rename, dict) else {})
        if view is None:
            self._filled.setText("")
            return
        told = [trn("{n} value", "{n} different values", len(view.values))]
        told.append(trn("{n} file has one", "{n} files have one", view.filled))
        if len(view.missing):
            told.append(trn("{n} file without", "{n} files without", len(view.missing)))
        odd = sum(1 for v in view.values if v.odd)
        if odd:
            told.append(trn("{n} looks odd", "{n} look odd", odd))
        self._filled.setText(" · ".join(told))

    def _show_groups(self, data: object) -> None:
        draft = self._state.draft
        self.group.clear()
        self.group.addItem(tr("In all lists"), ("", ""))
        for module in ("study_component", "annotations"):
            for title in record_names(draft, module):
                self.group.addItem(tr("Only in “{title}”", title=title), (module, title))
        said = data if isinstance(data, dict) else {}
        own = next(((m, said[m]) for m in ("study_component", "annotations") if said.get(m)), ("", ""))
        select(self.group, own)

    # --- changes -------------------------------------------------------------------------------------------------

    def _rename(self) -> None:
        new, old = place_name(self.heading.text()), self._column
        if not new or new == old:
            self.heading.setText(old)
            return
        self._state.change(
            msg("change.column-name", "Heading of a column"), lambda draft: column_edits.renamed(draft, old, new)
        )
        if column_edits.find(self._state.draft, new) is not None:
            self._column = new
        self.heading.setText(self._column)

    def _set_rules(self) -> None:
        name = self._column
        rules = [line.strip() for line in self.rules.toPlainText().splitlines() if line.strip()]
        good = [r for r in rules if column_of({"name": name, "from": {"pattern": r}}) is not None]
        if not good:
            self._labels[0].become("bad")
            self._labels[0].setText(tr("A pattern needs the place {place}.", place=f"{{{name}}}"))
            return
        self._labels[0].become("muted")
        self._labels[0].setText(tr("Patterns, one in a line; the first that fits counts"))
        self.rules.setPlainText("\n".join(good))
        self._state.change(_pattern_change(), lambda draft: column_edits.with_patterns(draft, name, good))

    def _clean(self) -> None:
        name, zeros, case = self._column, self.zeros.isChecked(), str(self.case.currentData() or "")
        clean = (column_edits.find(self._state.draft, name) or {}).get("clean") or {}
        rename = clean.get("rename") or {}

        def cleaned(draft: Draft) -> Draft:
            return column_edits.with_cleaning(draft, name, strip_zeros=zeros, case=case, rename=rename)

        self._state.change(msg("change.column-values", "Values of a column"), cleaned)

    def _tell_otherwise(self, raw: str, told: str) -> None:
        name = self._column
        self._state.change(
            msg("change.column-values", "Values of a column"),
            lambda draft: column_edits.with_renamed_value(draft, name, raw, told),
        )

    def _set_group(self) -> None:
        name, (module, title) = self._column, self.group.currentData()
        self._state.change(
            msg("change.column-list", "List of a column"),
            lambda draft: column_edits.for_group(draft, name, module, title or None),
        )

    def _remove(self) -> None:
        name = self._column
        what = msg("change.column-gone", "Removal of the column “{name}”", name=name)
        self._state.change(what, lambda draft: column_edits.without(draft, name))
        self.gone.emit()


def _pattern_change() -> Message:
    return msg("change.column-pattern", "Patterns of a column")


class _Values(QTableWidget):
    """The different values, the odd ones first. ``told(value, other)`` when a person says it otherwise;
    ``wanted(value)`` when she asks which files have it."""

    told = Signal(str, str)
    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(self.fontMetrics().height() * 8)
        self.itemChanged.connect(self._changed)
        self.itemSelectionChanged.connect(self._chosen)

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self.setAccessibleName(tr("Different values"))
        self.setHorizontalHeaderLabels([tr("Value"), tr("Files"), tr("Write it as")])

    def show_view(self, view: ColumnView | None, rename: dict[str, str]) -> None:
        """Show the values of a column."""
        if self.state() == QAbstractItemView.State.EditingState:
            return
        values = view.values[:_MOST] if view else ()
        back = {told: raw for raw, told in rename.items()}
        with QSignalBlocker(self):
            self.setRowCount(len(values))
            for at, one in enumerate(values):
                shown = tr("{value} (odd)", value=one.value) if one.odd else one.value
                self._put(at, 0, shown, one.value).setToolTip(one.example)
                self._put(at, 1, count(one.files), one.value)
                other = self._put(at, 2, one.value if one.value in back else "", back.get(one.value, one.value))
                other.setFlags(other.flags() | Qt.ItemFlag.ItemIsEditable)

    def _put(self, at: int, column: int, text: str, raw: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setData(_RAW, raw)
        item.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
        self.setItem(at, column, item)
        return item

    def _changed(self, item: QTableWidgetItem) -> None:
        if item.column() == 2:
            self.told.emit(str(item.data(_RAW)), item.text().strip())

    def _chosen(self) -> None:
        rows = {i.row() for i in self.selectedIndexes()}
        item = self.item(rows.pop(), 1) if len(rows) == 1 and self.hasFocus() else None
        if item is not None:
            self.wanted.emit(str(item.data(_RAW)))
