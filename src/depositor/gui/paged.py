"""Tables whose rows stay in the store: a window of rows is fetched when it is looked at, beside the window's thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from depositor.draft.cancel import Cancel
from depositor.gui.bridge import Bridge, Work

WINDOW = 200  # rows that are fetched together
KEPT = 40  # windows that are remembered
PAYLOAD = int(Qt.ItemDataRole.UserRole)
_INDEX = QModelIndex | QPersistentModelIndex
_TRAILING = int(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its texts as shown, and the value behind it."""

    texts: tuple[str, ...]
    value: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from; both are called in another thread. ``fetch(offset, limit)``."""

    count: Callable[[], int]
    fetch: Callable[[int, int], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``title`` is called whenever it is shown; numbers stand at the trailing edge."""

    title: Callable[[], str]
    number: bool = False
    order: str | None = None  # the name of its order in the store, where it can be sorted by
    widest: Callable[[], str] = str  # a text that may come later and must fit from the start


def _window(source: Source, turn: int, window: int, _: Cancel) -> tuple[int, int, Sequence[Row]]:
    return turn, window, source.fetch(window * WINDOW, WINDOW)


class PagedModel(QAbstractTableModel):
    """A million rows at the cost of the ones that are seen. Until a window of rows has come, its cells show nothing."""

    def __init__(self, bridge: Bridge, columns: Sequence[Column]) -> None:
        super().__init__()
        self._bridge = bridge
        self.columns = tuple(columns)
        self._source: Source | None = None
        self._count = 0
        self._windows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._asked: dict[int, Work] = {}
        self._wanted: list[int] = []
        self._turn = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fetch)

    def show(self, source: Source | None) -> None:
        """Show the rows of another source; the old ones stay until the first new ones have come."""
        self._turn += 1
        turn = self._turn
        for work in self._asked.values():
            work.cancel.set()
        self._asked.clear()
        self._source = source
        if source is None:
            self._reset(0, [])
            return
        self._bridge.ask(lambda _: (turn, source.count(), source.fetch(0, WINDOW)), self._first)

    def row(self, index: int) -> Row | None:
        """The row at ``index``, if its window is there."""
        window = self._windows.get(index // WINDOW)
        return window[index % WINDOW] if window is not None and index % WINDOW < len(window) else None

    def renew(self, first: int, last: int) -> None:
        """Fetch the rows from ``first`` to ``last`` anew, as far as they are here; the old ones stay until then. Rows
        elsewhere are forgotten and come when they are looked at."""
        seen = range(first // WINDOW, last // WINDOW + 1)
        for window in [w for w in self._windows if w not in seen]:
            del self._windows[window]
        source, turn = self._source, self._turn
        for window in seen:
            if source is not None and window in self._windows and window not in self._asked:
                self._asked[window] = self._bridge.ask(partial(_window, source, turn, window), self._came)

    def resize(self, count: int) -> None:
        """There are more or fewer rows at the end; place and choice in the table stay."""
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._count = count
            self.endRemoveRows()

    # --- Qt's questions ------------------------------------------------------------------------------------------

    def rowCount(self, parent: _INDEX = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: _INDEX = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _TRAILING if self.columns[index.column()].number else None
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, PAYLOAD):
            return None
        found = self.row(index.row())
        if found is None:
            self._want(index.row() // WINDOW)
            return None
        return found.value if role == PAYLOAD else found.texts[index.column()]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self.columns[section].title()
            if role == Qt.ItemDataRole.TextAlignmentRole:
                leading = int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
                return _TRAILING if self.columns[section].number else leading
        return None

    def retitle(self) -> None:
        """The language changed."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    # --- windows -------------------------------------------------------------------------------------------------

    def _first(self, found: tuple[int, int, Sequence[Row]]) -> None:
        turn, count, rows = found
        if turn == self._turn:
            self._reset(count, rows)

    def _reset(self, count: int, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self._count = count
        self._windows.clear()
        if rows:
            self._windows[0] = rows
        self.endResetModel()

    def _want(self, window: int) -> None:
        if window not in self._asked and window not in self._wanted:
            self._wanted.append(window)
            self._soon.start()

    def _fetch(self) -> None:
        """Ask for what was last looked at first: fast scrolling leaves many windows behind that nobody sees."""
        source, turn = self._source, self._turn
        wanted, self._wanted = self._wanted[-4:], []
        if source is None:
            return
        for window in reversed(wanted):
            self._asked[window] = self._bridge.ask(partial(_window, source, turn, window), self._came)

    def _came(self, found: tuple[int, int, Sequence[Row]]) -> None:
        turn, window, rows = found
        if turn != self._turn:
            return
        self._asked.pop(window, None)
        self._windows[window] = rows
        while len(self._windows) > KEPT:
            self._windows.popitem(last=False)
        if window * WINDOW >= self._count:
            return  # fewer rows by now
        top = self.index(window * WINDOW, 0)
        bottom = self.index(min(self._count, (window + 1) * WINDOW) - 1, len(self.columns) - 1)
        self.dataChanged.emit(top, bottom)


class PagedTable(QTableView):
    """A table over a :class:`PagedModel`: rows as high as the text, whole rows chosen, one column stretches."""

    def __init__(self, model: PagedModel, stretch: int = 0) -> None:
        super().__init__()
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        vertical, horizontal = self.verticalHeader(), self.horizontalHeader()
        vertical.setVisible(False)
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        horizontal.setHighlightSections(False)
        # A header asks for each column whether all of its million rows are chosen (measured: 10 s a frame): this one
        # looks at a choice in which there is never anything.
        horizontal.setSelectionModel(QItemSelectionModel(model, horizontal))
        horizontal.setMinimumSectionSize(self.fontMetrics().height() * 4)
        horizontal.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        horizontal.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        self._stretch = stretch
        self._size_rows()
        model.modelReset.connect(self._size_columns)

    def _size_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.7))
        self.setMinimumHeight(self.fontMetrics().height() * 9)

    def _size_columns(self) -> None:
        """From the texts of the first rows and the titles; never from a million rows."""
        model = self.model()
        assert isinstance(model, PagedModel)
        metrics = self.fontMetrics()
        for at, column in enumerate(model.columns):
            if at != self._stretch:
                shown = [r.texts[at] for r in map(model.row, range(30)) if r is not None]
                texts = [column.title() + "  ", column.widest(), *shown]
                widest = max(metrics.horizontalAdvance(t) for t in texts)
                most = max(metrics.height() * 8, self.viewport().width() // 4)
                self.setColumnWidth(at, min(widest + round(metrics.height() * 1.6), most))

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() in (event.Type.FontChange, event.Type.StyleChange):
            self._size_rows()
