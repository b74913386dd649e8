"""What no check covers: the reasons, and the files of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QTreeWidget, QTreeWidgetItem, QWidget

from depositor.draft.finding import NotChecked
from depositor.gui import icons
from depositor.gui.bridge import Bridge
from depositor.gui.paged import Column, PagedModel, PagedTable, Row, Source
from depositor.gui.privacy.lines import TwoLines
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Label, column

_NO_READER = "privacy.not-checked.no-reader"
_MOST = 200  # reasons in the list; the last entry has all others
_WIDE = 36  # heights of a line from which on reasons and files stand side by side


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not looked at, and the parts of files of which that is true."""

    id: str
    words: str
    gaps: tuple[NotChecked, ...]


def reasons(gaps: Sequence[NotChecked]) -> tuple[Reason, ...]:
    """The gaps by what is said of them, those of most files first."""
    found: dict[str, list[NotChecked]] = {}
    for gap in gaps:
        found.setdefault(say(gap.why), []).append(gap)
    made = sorted((Reason(g[0].why.id, words, tuple(g)) for words, g in found.items()), key=lambda r: -len(r.gaps))
    if len(made) <= _MOST:
        return tuple(made)
    rest = tuple(gap for reason in made[_MOST - 1 :] for gap in reason.gaps)
    return (*made[: _MOST - 1], Reason("", tr("Other reasons"), rest))


class GapsPane(QSplitter):
    """Reasons at the left, files at the right."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._reasons: tuple[Reason, ...] = ()
        self.tree = _Reasons()
        self.model = PagedModel(bridge, (Column(lambda: tr("File")),))
        self.table = PagedTable(self.model)
        self._how = Label(kind="muted")
        files = QWidget()
        files.setLayout(column((self.table, 1), self._how))
        self.addWidget(self.tree)
        self.addWidget(files)
        line = self.fontMetrics().height()
        self.tree.setMinimumSize(line * 12, line * 6)
        self.setSizes([line * 24, line * 34])
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        self.tree.currentItemChanged.connect(self._choose)

    def say_texts(self) -> None:
        """Words in the language of the window."""
        self.tree.setAccessibleName(tr("Why something was not checked"))
        self.table.setAccessibleName(tr("Not checked"))
        self._how.setText(
            tr('The reader is installed with: pip install "depositor[ocr]". Then let the files be checked again.')
        )
        self.model.retitle()

    def show_reasons(self, found: tuple[Reason, ...]) -> None:
        """Show what was not looked at; the reason that one was at stays chosen."""
        chosen = self.tree.currentIndex().row()
        words = self._reasons[chosen].words if 0 <= chosen < len(self._reasons) else ""
        self._reasons = found
        self.tree.blockSignals(True)
        self.tree.clear()
        for reason in found:
            item = QTreeWidgetItem(self.tree)
            files = trn("{n} file", "{n} files", len({g.path for g in reason.gaps}))
            item.setText(0, f"{reason.words}\n{files}")
            item.setIcon(0, icons.icon("info", "warn"))
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{reason.words} {files}")
        self.tree.blockSignals(False)
        again = self.tree.topLevelItem(next((n for n, r in enumerate(found) if r.words == words), 0))
        if again is not None:
            self.tree.setCurrentItem(again)
        else:
            self._choose(None)

    def _choose(self, item: QTreeWidgetItem | None, _: object = None) -> None:
        at = self.tree.indexOfTopLevelItem(item) if item is not None else -1
        reason = self._reasons[at] if 0 <= at < len(self._reasons) else None
        self._how.setVisible(reason is not None and reason.id == _NO_READER)
        self.model.show(_source(reason) if reason is not None else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.fontMetrics().height() * _WIDE
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)


class _Reasons(QTreeWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemDelegate(TwoLines(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other widths, other heights of the lines that wrap."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 24, line * 14)


def _source(reason: Reason) -> Source:
    return Source(
        lambda: len(reason.gaps),
        lambda offset, limit: [Row((g.path,), g) for g in reason.gaps[offset : offset + limit]],
    )
