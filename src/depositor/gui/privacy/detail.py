"""What is known of one group of findings: why it matters, the picture, the places, and the buttons that decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from depositor.draft.finding import Choice, Finding, Level
from depositor.gui.bridge import Bridge
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable
from depositor.gui.privacy import overview
from depositor.gui.privacy.noted import NotedBar
from depositor.gui.privacy.overview import Overview
from depositor.gui.privacy.picture import EvidencePicture
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Button, Label, column, row
from depositor.gui.widgets.flow import flow
from depositor.session.privacy_groups import Group

_PLACE = 1  # a column
_NARROW = 34  # heights of a line


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the buttons do; the page says how."""

    decide: Callable[[Choice], object]
    withdraw: Callable[[], object]
    compare: Callable[[], object]
    settled: Callable[[bool], object]  # "show in full" was switched
    chosen: Callable[[], object]  # another row
    undo: Callable[[], object]


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
        self.table = _Rows(self.model)
        self._again: tuple[dict[int, str], int] = {}, -1
        self.model.modelAboutToBeReset.connect(self._remember)
        self.model.modelReset.connect(self._restore)
        self.table.setSelectionMode(PagedTable.SelectionMode.ExtendedSelection)
        self.table.selectionModel().selectionChanged.connect(self._other_rows)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: deeds.chosen())
        self.clean = Button("privacy", clicked=lambda: deeds.decide(Choice.CLEAN))
        self.exclude = Button("close", clicked=lambda: deeds.decide(Choice.EXCLUDE))
        self.keep = Button("check", clicked=lambda: deeds.decide(Choice.KEEP))
        self.withdraw = Button("undo", "quiet", deeds.withdraw)
        self.compare = Button("eye", "quiet", deeds.compare)
        self._scope, self._verdict = Label(kind="muted"), Label(kind="muted")
        self.noted = NotedBar(deeds.undo)
        self.show_evidence.toggled.connect(deeds.settled)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the place is told of one row alone, below the list."""
        super().resizeEvent(event)
        self.table.setColumnHidden(_PLACE, self.width() < self.fontMetrics().height() * _NARROW)
        self._fit()

    def _fit(self) -> None:
        """As high as the words and buttons need at this width: they must not run into one another."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.minimumHeightForWidth(self.width()))

    def _lay_out(self) -> None:
        buttons = flow(self.keep, self.exclude, self.clean, self.withdraw, self.compare)
        inside = column(
            self._head,
            self._why,
            row((self.noted, 1), self.show_evidence),
            self.picture,
            (self.table, 1),
            self._scope,
            buttons,
            self._verdict,
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
        self.noted.say_texts()
        self.model.retitle()

    def show_group(self, found: Overview, group: Group) -> None:
        """Show a group; the rows stay where they are if it is the one that is shown."""
        same = self._group is not None and self._group.key == group.key
        self._found, self._group = found, group
        first = group.first
        self._head.setText(say(first.message))
        self._why.setText(" ".join(say(m) for m in (first.why, first.advice) if m is not None))
        if not same:  # no row of the old group may stay in sight: somebody could decide about it
            self.model.show(None)
            self.picture.forget()
        self.model.show(overview.rows(found, group, shown=self.show_evidence.isChecked()))
        self._other_rows()

    def _remember(self) -> None:
        """The rows are about to be fetched anew, masked or with other decisions: these are chosen now."""
        found = ((i.row(), i.data(PAYLOAD)) for i in self.table.selectionModel().selectedRows())
        rows = {at: f.key for at, f in found if isinstance(f, Finding)}
        self._again = rows, self.table.currentIndex().row()

    def _restore(self) -> None:
        """Choose the rows again that were chosen, where the same findings still stand in them: nobody shall decide
        about others unawares."""
        rows, current = self._again
        self._again = {}, -1
        choice = self.table.selectionModel()
        flag = choice.SelectionFlag
        for at, key in rows.items():
            if at < self.model.rowCount() and self._stands(at, key):
                choice.select(self.model.index(at, 0), flag.Select | flag.Rows)
        if 0 <= current < self.model.rowCount() and self._stands(current, rows.get(current)):
            choice.setCurrentIndex(self.model.index(current, 0), flag.NoUpdate)
        self._other_rows()

    def _stands(self, at: int, key: str | None) -> bool:
        if self._found is None or self._group is None:
            return False
        now = self._found.groups.members(self._group, at, 1)
        return bool(now) and now[0].key == key

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
        fixed = sum(not f.remedies for f in chosen) if chosen else len(group) - group.cleanable
        total = len(chosen) or len(group)
        in_files = all(f.path for f in chosen) if chosen else bool(group.first.path)
        able = in_files and fixed < total and (bool(chosen) or group.level is not Level.INFO)
        self.clean.setEnabled(able)
        why = _why_not_clean(fixed, total) if in_files else tr("Change it in the form, or keep it with a reason.")
        self._scope.setText(" ".join(t for t in (_scope(len(chosen), len(group)), why) if t))
        self.clean.setAccessibleDescription(why)
        self.clean.setToolTip(tr("Key {key}, in the lists", key="C") if able else why)
        self._say_verdict()
        self.exclude.setEnabled(in_files)
        self.keep.setEnabled(True)
        self.withdraw.setEnabled(bool(group.decided) or bool(chosen))
        self.compare.setEnabled(in_files)

    def _say_verdict(self) -> None:
        """Where exactly the row is that the keyboard is at, and who decided about it and why."""
        one = self.one()
        if one is None or self._found is None:
            self._verdict.setText("")
            return
        where = tr("Place in the file: {place}", place=one.location) if one.path and one.location else ""
        words = overview.told(one, self._found.verdicts.of(one))
        self._verdict.setText("\n".join(t for t in (where, words) if t))
        self._fit()


class _Rows(PagedTable):
    """Lower than other tables where it must be: a picture stands above it, buttons below."""

    def _size_rows(self) -> None:
        super()._size_rows()
        self.setMinimumHeight(round(self.fontMetrics().height() * 6.5))


def _scope(chosen: int, total: int) -> str:
    """What a decision would be for."""
    if chosen:
        return tr("{chosen} of {n} are chosen: decide about these (Esc: about all).", chosen=chosen, n=count(total))
    return trn("Decide about this finding.", "Decide about all {n} findings of this kind, or choose rows.", total)


def _why_not_clean(fixed: int, total: int) -> str:
    """What to do about files in which nothing can be cleaned."""
    if not fixed:
        return ""
    if fixed == total:
        return tr("This kind of file cannot be cleaned: leave it out, or keep it with a reason.")
    return trn(
        "{n} of them cannot be cleaned and stays open: leave that file out, or keep it with a reason.",
        "{n} of them cannot be cleaned and stay open: leave those files out, or keep them with a reason.",
        fixed,
    )
