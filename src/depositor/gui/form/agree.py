"""Agreeing at once with all that was filled in, after one has seen what that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from depositor.gui.form.in_words import short
from depositor.gui.form.row import origin_words
from depositor.gui.form.scores import place_words
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.basics import Button, Label, row

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_PATH = Qt.ItemDataRole.UserRole


class AgreeDialog(QDialog):
    """The values with their questions and origins; each is agreed with unless one takes its tick away."""

    def __init__(self, parent: QWidget, work: OpenDraft, paths: Sequence[str], jump: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._work, self._jump = work, jump
        self.setWindowTitle(tr("What was filled in"))
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels([tr("Question"), tr("Answer"), tr("Where it is from")])
        self.list.setAccessibleName(tr("Values that were filled in"))
        for path in paths:
            self.list.addTopLevelItem(self._item(path))
        self.list.itemChanged.connect(self._count)
        self.list.itemDoubleClicked.connect(self._show)
        self.use, self.show_it, closing = (
            Button("check", "main", self._agree),
            Button("jump", "quiet", self._go),
            Button(),
        )
        self.show_it.setText(tr("Show it in the form"))
        closing.setText(tr("&Close"))
        room = self.fontMetrics().height()
        for at, width in enumerate((16, 16, 12)):
            self.list.setColumnWidth(at, room * width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.addWidget(Label(tr("Are these right? What you agree with stays, whatever other files say."), "muted"))
        layout.addWidget(self.list, 1)
        layout.addLayout(row(self.show_it, 1, closing, self.use))
        self.resize(room * 48, room * 30)
        self._count()
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)

    def chosen(self) -> list[str]:
        """The places of the values with a tick."""
        items = (self.list.topLevelItem(at) for at in range(self.list.topLevelItemCount()))
        return [str(i.data(0, _PATH)) for i in items if i is not None and i.checkState(0) is Qt.CheckState.Checked]

    def _item(self, path: str) -> QTreeWidgetItem:
        form, draft = self._work.form(), self._work.draft
        answer = short(draft.get(path), form.field(path))
        origin = origin_words(draft.origin(path), self._work.offers.get(path))
        item = QTreeWidgetItem([place_words(form, path), answer, origin])
        for at, text in enumerate((place_words(form, path), answer, origin)):
            item.setToolTip(at, text)
        item.setData(0, _PATH, path)
        item.setCheckState(0, Qt.CheckState.Checked)
        return item

    def _count(self, *_: object) -> None:
        number = len(self.chosen())
        self.use.setText(trn("Agree with {n} value", "Agree with all {n} values", number))
        self.use.setEnabled(number > 0)

    def _agree(self) -> None:
        self._work.confirm(*self.chosen())
        self.accept()

    def _show(self, item: QTreeWidgetItem, _: int = 0) -> None:
        self.accept()
        self._jump(str(item.data(0, _PATH)))

    def _go(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._show(item)
