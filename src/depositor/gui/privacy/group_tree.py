"""The list at the left: kinds of findings, and under each what says the same, with what was decided."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from depositor.gui import icons
from depositor.gui.privacy.lines import TwoLines
from depositor.gui.privacy.overview import Overview, level_word, state_words, subject_word
from depositor.gui.texts import count, say, tr, trn
from depositor.session.privacy_groups import Group

_ICON = {"blocker": "attention", "warning": "attention", "advice": "info", "info": "info"}
_COLOR = {"blocker": "bad", "warning": "warn", "advice": "accent", "info": "muted"}  # names: they follow the theme
_KEY = int(Qt.ItemDataRole.UserRole)


class GroupTree(QTreeWidget):
    """Kinds and the groups under them; :attr:`chosen` tells the key of the one that the keyboard is at."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setItemDelegate(TwoLines(self))
        self.setUniformRowHeights(False)
        self.setIndentation(round(self.fontMetrics().height() * 0.9))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._shape: tuple[tuple[str, int], ...] = ()
        self.currentItemChanged.connect(self._tell)

    def show_groups(self, found: Overview, key: str) -> str:
        """Show the groups with the one called ``key`` chosen (else the first); the key of the chosen one. Where only
        decisions changed, the lines are written anew and stay where they are."""
        shape = tuple((g.key, len(g)) for kind in found.kinds for g in (kind, *found.inside[kind.key]))
        self.blockSignals(True)
        if shape != self._shape:
            self._fill(found)
            self._shape = shape
        for each, group in found.by_key.items():
            if each in self._items:
                _describe(self._items[each], found, group)
        at = self._items.get(key) or self.topLevelItem(0)
        if at is not None:
            self.setCurrentItem(at)
        self.blockSignals(False)
        return str(at.data(0, _KEY)) if at is not None else ""

    def clear_groups(self) -> None:
        """Another draft: nothing is known of it yet."""
        self.blockSignals(True)
        self.clear()
        self._items, self._shape = {}, ()
        self.blockSignals(False)

    def _fill(self, found: Overview) -> None:
        open_before = {k for k, item in self._items.items() if item.isExpanded()}
        self.clear()
        self._items = {}
        for kind in found.kinds:
            top = self._add(kind, None)
            for group in found.inside[kind.key]:
                self._add(group, top)
            rest = found.groups.count_inside(kind) - len(found.inside[kind.key])
            if found.inside[kind.key] and rest > 0:
                more = QTreeWidgetItem(top, [trn("… and {n} more text", "… and {n} more texts", rest)])
                more.setFlags(Qt.ItemFlag.ItemIsEnabled)
            top.setExpanded(kind.key in open_before)

    def _add(self, group: Group, above: QTreeWidgetItem | None) -> QTreeWidgetItem:
        item = QTreeWidgetItem(above if above is not None else self)
        item.setData(0, _KEY, group.key)
        self._items[group.key] = item
        return item

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _KEY):
            self.chosen.emit(str(item.data(0, _KEY)))

    def step_to_open(self, found: Overview, after: str) -> bool:
        """Go to the next kind that still has something open, from the one called ``after`` on; False at none."""
        keys = [k.key for k in found.kinds]
        start = next((n for n, kind in enumerate(found.kinds) if _holds(found, kind, after)), -1)
        order = [*found.kinds[start + 1 :], *found.kinds[: start + 1]] if keys else []
        for kind in order:
            if kind.open:
                self.setCurrentItem(self._items[kind.key])
                return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other widths, other heights of the lines that wrap."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 17, line * 20)


def _holds(found: Overview, kind: Group, key: str) -> bool:
    return kind.key == key or any(g.key == key for g in found.inside[kind.key])


def _describe(item: QTreeWidgetItem, found: Overview, group: Group) -> None:
    """What a line says: whole sentences for kinds, the masked text and its place for what is under them."""
    inner = item.parent() is not None
    head = _inner_head(found, group) if inner else say(group.first.message)
    state = state_words(group)
    number = "" if group.open == len(group) else count(len(group))
    files = trn("{n} file", "{n} files", group.files) if group.files > 1 else ""
    who = "" if inner else subject_word(group.first.subject)
    line = " · ".join(t for t in (number, state, files, who) if t)
    item.setText(0, f"{head}\n{line}")
    done = bool(group.decided) and not group.open
    color = "ok" if done else _COLOR[group.level]
    item.setIcon(0, icons.icon("done" if done else _ICON[group.level], color))
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{head} {level_word(group.level)}. {line}")


def _inner_head(found: Overview, group: Group) -> str:
    return tr("{text} – {place}", text=group.evidence or "…", place=found.place_of[group.key])
