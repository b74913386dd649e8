"""One entry of a library: what it is, the parts to choose, and what it would fill in."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Label, clear, row
from depositor.gui.workspace import Workspace
from depositor.session.reuse import library as libraries
from depositor.session.reuse.library import Entry, EntryKind, Filled, Library, Match, Part, PartKind
from depositor.session.reuse.readable import value_words


class EntryView(QWidget):
    """Shows an entry. ``at`` and ``parts`` are what the person chose."""

    def __init__(self, workspace: Workspace, at: str = "") -> None:
        super().__init__()
        self._workspace, self._wanted = workspace, at
        self._entry: Entry | None = None
        self._library: Library | None = None
        self._ticks: list[tuple[QCheckBox, Part]] = []
        self.setMinimumWidth(self.fontMetrics().height() * 12)
        self._head, self._parts, self._told = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Where it goes"))
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(12)
        self.which.currentIndexChanged.connect(lambda _: self._preview())
        self._where = Label(tr("Fill it into"), "muted", wrap=False)
        self._where.setBuddy(self.which)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(self.fontMetrics().height() // 2, 0, 0, 0)
        layout.addWidget(_scrolled(self._head, self._parts), 3)
        layout.addLayout(row(self._where, (self.which, 1)))
        layout.addWidget(_scrolled(self._told), 2)

    def show_entry(self, entry: Entry | None, library: Library | None) -> None:
        """Show it, or nothing."""
        self._entry, self._library, self._ticks = entry, library, []
        clear(self._head)
        clear(self._parts)
        if entry is not None:
            self._head.addWidget(Label(entry.name, "heading", select=True))
            self._head.addWidget(Label(kind_words(entry.kind), "muted"))
            if entry.note:
                self._head.addWidget(Label(entry.note, select=True))
            self._show_parts(entry)
            if not self._ticks:
                self._show_answers(entry)
        self._offer_places()
        self._preview()

    def choose(self, match: Match) -> None:
        """Tick the parts that the headers name, for the record that they belong to."""
        for box, part in self._ticks:
            box.setChecked(part in match.parts)
        place = self.which.findData(match.seen.at)
        self.which.setCurrentIndex(place if place >= 0 else self.which.currentIndex())

    def at(self) -> int | None:
        """The record to fill; None for a new one."""
        found: int | None = self.which.currentData()
        return found

    def parts(self) -> list[Part] | None:
        """The ticked parts, in the order of the entry; None for an entry without parts."""
        return [part for box, part in self._ticks if box.isChecked()] if self._ticks else None

    def record(self, module: str) -> str:
        """The path of the record that is meant, for what is kept out of the form."""
        wanted = self._wanted if self._wanted.startswith(f"{module}[") else f"{module}[0]"
        return f"{module}[{self.at() or 0}]" if self._entry and libraries.target(self._entry) == module else wanted

    # --- parts -------------------------------------------------------------------------------------------------------

    def _show_parts(self, entry: Entry) -> None:
        for kind in PartKind:
            found = entry.of(kind)
            if found:
                self._parts.addWidget(Label(part_words(kind), "strong"))
            for part in found:
                box = QCheckBox()
                box.setAccessibleName(f"{part_words(kind)}: {part.text}")
                box.setChecked(len(found) == 1)
                box.toggled.connect(lambda _: self._preview())
                self._parts.addLayout(row(box, (_Beside(part.text, box), 1)))
                self._ticks.append((box, part))

    def _show_answers(self, entry: Entry) -> None:
        for answers in entry.answers.values():
            self._parts.addWidget(Label(value_words({k: v for k, v in answers.items() if v}), select=True))

    def _offer_places(self) -> None:
        names = self._records()
        self.which.blockSignals(True)
        self.which.clear()
        for at, name in enumerate(names):
            self.which.addItem(f"{at + 1} · {name}", at)
        if self._entry is None or self._entry.kind is not EntryKind.ORGANISATION:
            self.which.addItem(tr("A new one"), None)
        asked = self._at_wanted()
        self.which.setCurrentIndex(asked if asked is not None and asked < self.which.count() else 0)
        self.which.blockSignals(False)
        choice = self._entry is not None and self._entry.kind not in (EntryKind.PERSON, EntryKind.GRANT) and bool(names)
        self.which.setVisible(choice)
        self._where.setVisible(choice)

    def _records(self) -> list[str]:
        work = self._workspace.work
        if work is None or self._entry is None:
            return []
        where = libraries.target(self._entry)
        rows = work.draft.get("study.author" if where == "study.author.affiliation" else where)
        records = rows if isinstance(rows, list) else []
        return [str(r.get("title") or r.get("name") or "…") if isinstance(r, Mapping) else str(r) for r in records]

    def _at_wanted(self) -> int | None:
        if self._entry is None or not self._wanted.startswith(f"{libraries.target(self._entry)}["):
            return None
        return int(self._wanted.rpartition("[")[2].rstrip("]"))

    # --- what it would do --------------------------------------------------------------------------------------------

    def _preview(self) -> None:
        clear(self._told)
        work = self._workspace.work
        if self._entry is None or self._library is None or work is None:
            return
        done = libraries.preview(work, self._library, self._entry, self.at(), self.parts())
        self._told.addWidget(Label(tr("What it fills in"), "strong"))
        if not (done.taken or done.kept or done.unasked):
            self._told.addWidget(Label(tr("Everything it says is in the form already."), "muted"))
        self._tell(done)

    def _tell(self, done: Filled) -> None:
        work = self._workspace.work
        form = work.form() if work is not None else None
        for path, value in done.taken:
            field = form.field(path) if form else None
            name = say(field.label) if field else path
            self._told.addWidget(Label(f"{name}: {value_words(value, field)}"))
        for kept in done.kept:
            field = form.field(kept.path) if form else None
            name = say(field.label) if field else kept.path
            own = value_words(kept.own, field)
            self._told.addWidget(Label(tr("{question}: what you typed stays ({own})", question=name, own=own), "muted"))
        if done.unasked:
            names = ", ".join(sorted({key for _, key in done.unasked}))
            self._told.addWidget(Label(tr("This form does not ask for: {names}", names=names), "muted"))


class _Beside(Label):
    """The words of a tick, wrapped: a click on them ticks too."""

    def __init__(self, text: str, box: QCheckBox) -> None:
        super().__init__(text)
        self._box = box

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._box.toggle()
        event.accept()


def _scrolled(*parts: QVBoxLayout) -> QScrollArea:
    """Columns that scroll, up and down only."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        part.setSpacing(round(holder.fontMetrics().height() * 0.3))
        column.addLayout(part)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(holder)
    area.setMinimumHeight(holder.fontMetrics().height() * 4)
    return area


def kind_words(kind: EntryKind) -> str:
    """What an entry is."""
    return {
        EntryKind.INSTRUMENT: tr("Instrument"),
        EntryKind.PERSON: tr("Person"),
        EntryKind.ORGANISATION: tr("Organisation"),
        EntryKind.GRANT: tr("Grant"),
        EntryKind.BIOSAMPLE: tr("Biosample"),
        EntryKind.SPECIMEN: tr("Specimen"),
        EntryKind.PROTOCOL: tr("Protocol"),
        EntryKind.MEDIUM: tr("Medium"),
    }[kind]


def part_words(kind: PartKind) -> str:
    """The parts of an instrument."""
    return {
        PartKind.STAND: tr("Stand"),
        PartKind.OBJECTIVE: tr("Objectives"),
        PartKind.LIGHT_SOURCE: tr("Light sources"),
        PartKind.DETECTOR: tr("Cameras and detectors"),
        PartKind.FILTER: tr("Filters"),
        PartKind.SOFTWARE: tr("Software"),
    }[kind]
