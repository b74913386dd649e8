"""What is known of one group of findings: why it matters, the picture, the places, and the buttons that decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QWidget

from depositor.draft.finding import Choice, Finding
from depositor.gui.bridge import Bridge
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable
from depositor.gui.privacy import overview
from depositor.gui.privacy.overview import Overview
from depositor.gui.privacy.picture import EvidencePicture
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, column, row
from depositor.gui.widgets.flow import flow
from depositor.session.privacy_groups import Group


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the buttons do; the page says how."""

    decide: Callable[[Choice], object]
    withdraw: Callable[[], object]
    compare: Callable[[], object]
    settled: Callable[[bool], object]  # "show in full" was switched
    chosen: Callable[[], object]  # another row


class GroupDetail(QWidget):
    """The right half of the page."""

    def __init__(self, bridge: Bridge, deeds: Deeds, picture: EvidencePicture) -> None:
        super().__init__()
        self._found: Overview | None = None
        self._group: Group | None = None
        self.picture = picture
        self._head, self._why = Label(kind="heading"), Label(kind="muted")
        self.show_evidence = QCheckBox()
        self.model = PagedModel(
            bridge,
            (
                Column(lambda: tr("File")),
                Column(lambda: tr("Place")),
                Column(lambda: tr("What was seen")),
                Column(lambda: tr("Decision")),
            ),
        )
        self.table = PagedTable(self.model)
        self._again: tuple[set[int], int] = set(), -1
        self.model.modelReset.connect(self._restore)
        self.table.setSelectionMode(PagedTable.SelectionMode.ExtendedSelection)
        self.table.selectionModel().selectionChanged.connect(self._other_rows)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: deeds.chosen())
        self.clean = Button("privacy", clicked=lambda: deeds.decide(Choice.CLEAN))
        self.exclude = Button("close", clicked=lambda: deeds.decide(Choice.EXCLUDE))
        self.keep = Button("check", clicked=lambda: deeds.decide(Choice.KEEP))
        self.withdraw = Button("undo", "quiet", deeds.withdraw)
        self.compare = Button("eye", "quiet", deeds.compare)
        self._scope = Label(kind="muted")
        self.show_evidence.toggled.connect(deeds.settled)
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = flow(self.keep, self.exclude, self.clean, self.withdraw, self.compare)
        inside = column(
            self._head,
            self._why,
            row(1, self.show_evidence),
            self.picture,
            (self.table, 1),
            self._scope,
            buttons,
        )
        room = round(self.fontMetrics().height() * 0.6)
        inside.setContentsMargins(room, room, 0, 0)
        self.setLayout(inside)

    def say_texts(self) -> None:
        """Words in the language of the window."""
        self.table.setAccessibleName(tr("Findings of this kind"))
        self.show_evidence.setText(tr("Show what was seen &in full"))
        self.clean.setText(tr("Send &cleaned copy"))
        self.exclude.setText(tr("&Leave file out"))
        self.keep.setText(tr("&Keep …"))
        self.withdraw.setText(tr("Take back"))
        self.compare.setText(tr("What goes, what stays"))
        keys = ((self.keep, "K"), (self.exclude, "L"), (self.clean, "C"), (self.withdraw, "T"), (self.compare, "W"))
        for button, key in keys:
            button.setToolTip(tr("Key {key}, in the lists", key=key))
        self.model.retitle()

    def show_group(self, found: Overview, group: Group) -> None:
        """Show a group; the rows stay where they are if it is the one that is shown."""
        same = self._group is not None and self._group.key == group.key
        rows = {i.row() for i in self.table.selectionModel().selectedRows()} if same else set()
        self._again = rows, (self.table.currentIndex().row() if same else -1)
        self._found, self._group = found, group
        first = group.first
        self._head.setText(say(first.message))
        self._why.setText(" ".join(say(m) for m in (first.why, first.advice) if m is not None))
        if not same:  # no row of the old group may stay in sight: somebody could decide about it
            self.model.show(None)
            self.picture.forget()
        self.model.show(overview.rows(found, group, shown=self.show_evidence.isChecked()))
        self._other_rows()

    def _restore(self) -> None:
        """The rows were fetched anew, masked or with other decisions: those that were chosen are chosen again."""
        rows, current = self._again
        self._again = set(), -1
        choice = self.table.selectionModel()
        flag = choice.SelectionFlag
        if 0 <= current < self.model.rowCount():
            choice.setCurrentIndex(self.model.index(current, 0), flag.NoUpdate)
        for at in rows:
            choice.select(self.model.index(at, 0), flag.Select | flag.Rows)

    def empty(self) -> None:
        self._found = self._group = None
        self.model.show(None)
        self.picture.forget()

    # --- what a decision is for --------------------------------------------------------------------------------------

    def rows_chosen(self) -> tuple[Finding, ...]:
        """The findings of the chosen rows; none where the decision is for the whole group."""
        found = (i.data(PAYLOAD) for i in self.table.selectionModel().selectedRows())
        return tuple(f for f in found if isinstance(f, Finding))

    def one(self) -> Finding | None:
        """The finding that the keyboard is at, else the first."""
        chosen = self.table.selectionModel().selectedRows()
        at = self.table.currentIndex()
        found = at.data(PAYLOAD) if at.isValid() and chosen else None
        return found if isinstance(found, Finding) else (self._group.first if self._group else None)

    def _other_rows(self, *_: object) -> None:
        group = self._group
        if group is None or self._found is None:
            return
        chosen = self.rows_chosen()
        n = len(chosen) or len(group)
        self._scope.setText(
            trn("for {n} chosen finding", "for {n} chosen findings", n)
            if chosen
            else trn("for this finding", "for all {n} findings of this kind", n)
        )
        cleanable = overview.can_clean(chosen) if chosen else group.cleanable == len(group)
        in_files = all(f.path for f in chosen) if chosen else bool(group.first.path)
        self.clean.setEnabled(in_files and cleanable)
        why = "" if cleanable else tr("This kind of file cannot be cleaned: leave it out, or keep it with a reason.")
        self.clean.setAccessibleDescription(why)
        if why:
            self.clean.setToolTip(why)
        self.exclude.setEnabled(in_files)
        self.keep.setEnabled(True)
        self.withdraw.setEnabled(bool(group.decided) or bool(chosen))
        self.compare.setEnabled(in_files)
