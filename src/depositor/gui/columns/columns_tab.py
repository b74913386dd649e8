"""The tab in which a chosen part of a file name becomes a column."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QPushButton, QSplitter, QVBoxLayout, QWidget

from depositor.draft.draft import Draft
from depositor.draft.file_columns import HOMES
from depositor.draft.message import msg
from depositor.draft.name_patterns import place_name
from depositor.gui import theme
from depositor.gui.columns.detail import ColumnDetail
from depositor.gui.columns.sample import Part, SampleName
from depositor.gui.columns.state import ColumnsState
from depositor.gui.columns.table import FilesTable
from depositor.gui.texts import count, say, tr
from depositor.gui.widgets.basics import Button, Card, Label, clear, column
from depositor.gui.widgets.flow import Flow, flow
from depositor.session.columns import column_edits, name_offers

_HEADINGS = (
    *("Genotype", "Treatment", "Compound", "Dose", "Cell line", "Gene", "Strain", "Stain", "Antibody", "Replicate"),
    *("Time", "Day", "Date", "Plate", "Well", "Field", "Channel", "Z", "Split", "Patient", "Tissue", "Condition"),
)  # fmt: skip  # data, not words of the window: headings stay English in the file list


class ColumnsTab(QWidget):
    """Examples above, what is recognised, the columns, and the table of all files."""

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self._part: tuple[str, int, int] | None = None
        self._pattern: str | None = None
        self._samples: list[SampleName] = []
        self.chosen_column = ""
        self._build()
        state.named.connect(self._show_samples)
        state.shown.connect(self.refresh)
        state.suggested.connect(self._show_suggestions)
        self.name()

    def _build(self) -> None:
        self._hint = Label(kind="muted")
        self._sample_box = QVBoxLayout()
        self._sample_box.setSpacing(4)
        self.heading = QComboBox()
        self.heading.setEditable(True)
        self.heading.setMinimumContentsLength(22)
        self.heading.addItems(_HEADINGS)
        self.heading.setCurrentText("")
        self.heading.editTextChanged.connect(self._try)
        self.make = Button("plus", "main", self._make)
        self._gives = Label(kind="muted")
        self.type_it = Button("describe", "quiet", self._type_values)
        self._line = flow(self.heading, self.make, self.type_it)
        self._offers = Flow()
        self._offer_box = QWidget()
        self._offer_box.setLayout(self._offers)
        self._offer_title = Label(kind="strong")
        self._chips = Flow()
        self._chip_box = QWidget()
        self._chip_box.setLayout(self._chips)
        self._chip_title = Label(kind="strong")
        top = Card()
        top.body.addWidget(self._hint)
        top.body.addLayout(self._sample_box)
        top.body.addWidget(self._line)
        top.body.addWidget(self._gives)
        top.body.addWidget(self._offer_title)
        top.body.addWidget(self._offer_box)
        self.table = FilesTable(self._state)
        self.detail = ColumnDetail(self._state)
        self.detail.value_wanted.connect(self.table.show_value)
        self.detail.gone.connect(self._forget)
        lower = QSplitter(Qt.Orientation.Horizontal)
        lower.addWidget(self.table)
        lower.addWidget(self.detail)
        lower.setStretchFactor(0, 3)
        lower.setStretchFactor(1, 2)
        lower.setChildrenCollapsible(False)
        lower.setHandleWidth(1)
        self.setLayout(column(top, self._chip_title, self._chip_box, (lower, 1)))

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self._hint.setText(
            tr("Choose a part of a name: by mouse, double-click, or Space in the name. Then say what it is.")
        )
        self.heading.setAccessibleName(tr("Heading of the column"))
        edit = self.heading.lineEdit()
        if edit is not None:
            edit.setPlaceholderText(tr("What is this? For example Genotype"))
        self.make.setText(tr("&Make a column"))
        self.type_it.setText(tr("&Type the values"))
        self.type_it.setToolTip(tr("An empty column in the table below, to type into file by file"))
        self._offer_title.setText(tr("Recognised in the names"))
        self._chip_title.setText(tr("Columns"))
        for sample in self._samples:
            sample.name()
        self.table.name()
        self.detail.name()
        self._show_suggestions()
        self._try()
        self.refresh()

    # --- examples ------------------------------------------------------------------------------------------------

    def _show_samples(self) -> None:
        clear(self._sample_box)
        self._samples = []
        for path in self._state.examples:
            sample = SampleName(path)
            sample.chosen.connect(self._choose)
            self._samples.append(sample)
            self._sample_box.addWidget(sample)
        self._mark_samples()

    def _mark_samples(self) -> None:
        preview = self._state.preview
        if preview is None:
            return
        shown = [v.name for v in preview.views]
        for sample in self._samples:
            parts: list[Part] = []
            for one in preview.columns:
                for pattern in one.patterns:
                    span = pattern.span(sample.path, one.name_in(pattern)) if one.name_in(pattern) else None
                    if span and one.name in shown:
                        parts.append((one.name, *span, shown.index(one.name)))
                        break
            sample.show_parts(parts)

    def _choose(self, path: str, start: int, end: int) -> None:
        self._part = (path, start, end)
        for sample in self._samples:
            if sample.path != path:
                with QSignalBlocker(sample.text):
                    sample.clear()
        self._try()

    def _try(self) -> None:
        """What the chosen part would give."""
        names, heading = self._state.names, place_name(self.heading.currentText()) or "X"
        self._pattern = None
        if names is None or self._part is None:
            self._gives.setText(tr("No part of a name is chosen yet."))
        else:
            self._pattern = name_offers.learnt(names, [self._part], heading)
            self._gives.setText(self._said(heading) if self._pattern else tr("Choose a part within one name."))
        named = bool(place_name(self.heading.currentText()))
        self.make.setEnabled(self._pattern is not None and named)
        self.type_it.setEnabled(named)

    def _said(self, heading: str) -> str:
        values, matched, tried = name_offers.tried(self._state.names, self._pattern or "", heading)
        told = ", ".join(values)
        return tr("Gives {values}: in {n} of {all} names looked at.", values=told, n=count(matched), all=count(tried))

    def _make(self) -> None:
        heading, pattern = place_name(self.heading.currentText()), self._pattern
        if not heading or pattern is None:
            return
        what = msg("change.column", "Column “{name}”", name=heading)
        self._state.change(what, lambda draft: column_edits.with_pattern(draft, heading, pattern))
        self.show_column(heading)
        self.heading.setCurrentText("")
        self._part = None
        for sample in self._samples:
            sample.clear()
        self._try()
        if self._samples:
            self._samples[0].text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _type_values(self) -> None:
        self.table.add_empty(place_name(self.heading.currentText()))
        self.heading.setCurrentText("")
        self.table.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what is recognised --------------------------------------------------------------------------------------

    def _show_suggestions(self) -> None:
        clear(self._offers)
        taken = {str(c.get("name")).casefold() for c in self._state.draft.columns}
        left = [s for s in self._state.suggestions if s.column.casefold() not in taken]
        for one in left:
            button = Button("plus", clicked=partial(self.take, one))
            values = ", ".join(one.values[:3])
            button.setText(tr("{heading}: {values}", heading=one.column, values=values))
            button.setToolTip(tr("Seems to hold {what}, in {n} of {all} names.", what=say(one.label),
                                 n=count(one.names), all=count(one.of)))  # fmt: skip
            button.setAccessibleDescription(button.toolTip())
            self._offers.addWidget(button)
        self._offer_title.setVisible(bool(left))
        self._offer_box.setVisible(bool(left))
        self._offer_box.updateGeometry()

    def take(self, one: object) -> None:
        """Make the column that was recognised."""
        found = next(s for s in self._state.suggestions if s is one)

        def taken(draft: Draft) -> Draft:
            return column_edits.with_patterns(draft, found.column, found.patterns, strip_zeros=found.strip_zeros)

        self._state.change(msg("change.column", "Column “{name}”", name=found.column), taken)
        self.show_column(found.column)
        self._show_suggestions()
        first = self._offers.itemAt(0)
        following = first.widget() if first is not None else None
        (following or self.heading).setFocus(Qt.FocusReason.OtherFocusReason)

    # --- columns -------------------------------------------------------------------------------------------------

    def show_column(self, name: str) -> None:
        """Show what one column gives, and how it is made."""
        self.chosen_column = name
        self.refresh()

    def _forget(self) -> None:
        self.chosen_column = ""
        self.refresh()
        self._show_suggestions()

    def refresh(self) -> None:
        """Show the draft and the preview as they are now."""
        columns = [c for c in self._state.draft.columns if c.get("refers_to") not in HOMES and not _is_pair(c)]
        names = list(dict.fromkeys(str(c.get("name")) for c in columns))
        if self.chosen_column not in names:
            self.chosen_column = names[0] if names else ""
        self._show_chips(names)
        self.detail.show_column(self.chosen_column)
        self._mark_samples()
        if names != getattr(self, "_known", None):
            self._known = names
            self._show_suggestions()

    def _show_chips(self, names: list[str]) -> None:
        focused = next((b.property("column") for b in self._buttons() if b.hasFocus()), None)
        clear(self._chips)
        self._chip_box.setStyleSheet(f"QPushButton:checked {{ border: 2px solid {theme.current().accent}; }}")
        preview = self._state.preview
        for number, name in enumerate(names):
            view = preview.view(name) if preview else None
            chip = QPushButton()
            chip.setCheckable(True)
            chip.setChecked(name == self.chosen_column)
            chip.setProperty("column", name)
            chip.setAutoDefault(False)
            chip.setText(f"{number + 1} {name}" if view is None else f"{number + 1} {name} ({count(len(view.values))})")
            chip.setIcon(_swatch(chip, number))
            chip.setIconSize(QSize(chip.fontMetrics().height(), chip.fontMetrics().height()))
            chip.setAccessibleName(tr("Column {name}", name=name))
            chip.clicked.connect(partial(self.show_column, name))
            self._chips.addWidget(chip)
            if name == focused:
                chip.setFocus()
        if not names:
            none = tr("None yet. Choose a part of a name above, or take what was recognised.")
            self._chips.addWidget(Label(none, "muted", wrap=False))
        self._chip_box.updateGeometry()

    def _buttons(self) -> list[QPushButton]:
        return self._chip_box.findChildren(QPushButton)


def _is_pair(column: object) -> bool:
    found = column.get("from") if isinstance(column, dict) else None
    return isinstance(found, dict) and bool(found.get("template"))


def _swatch(widget: QWidget, number: int) -> QIcon:
    edge = widget.fontMetrics().height()
    picture = QPixmap(edge, edge)
    picture.fill(QColor(theme.series()[number % len(theme.series())]))
    return QIcon(picture)
