"""The findings: kinds at the left, one of them at the right, and the keys that decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSplitter

from depositor.draft.finding import Choice
from depositor.gui.privacy.deciding import Deciding
from depositor.gui.privacy.detail import Deeds, GroupDetail
from depositor.gui.privacy.group_tree import GroupTree
from depositor.gui.privacy.outcome_view import compare
from depositor.gui.privacy.overview import Overview
from depositor.gui.privacy.picture import Ask, EvidencePicture
from depositor.gui.privacy.who import Who
from depositor.gui.texts import tr

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.privacy_groups import Group

_WIDE = 36  # heights of a line from which on the halves stand side by side


_DECISIONS = ("change.decisions", "change.decisions-withdrawn", "change.decisions-moved")  # what Undo would take back


class FindingsPane(QSplitter):
    """Kinds of findings and what is decided about them. Keys in the lists: K, L, C decide, T takes back, N goes on."""

    def __init__(self, workspace: Workspace, who: Who, picture: Ask, noted: Callable[[], object]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._workspace = workspace
        self._found: Overview | None = None
        self._key = ""
        self._deciding = Deciding(self, workspace, who, self._was_noted)
        self._noted = noted
        self.tree = GroupTree()
        deeds = Deeds(self.decide, self._withdraw, self._compare, self._reveal, self._row_chosen, self._undo)
        self.detail = GroupDetail(workspace.bridge, deeds, EvidencePicture(workspace, picture))
        self._lay_out()
        self.tree.chosen.connect(self._choose)
        self._add_keys()

    def _lay_out(self) -> None:
        self.addWidget(self.tree)
        self.addWidget(self.detail)
        line = self.fontMetrics().height()
        self.tree.setMinimumSize(line * 12, line * 8)
        self.setSizes([line * 17, line * 40])
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)

    def _add_keys(self) -> None:
        """Single keys, in the lists alone: in a field they are letters."""
        deeds: tuple[tuple[str, Callable[[], object]], ...] = (
            ("K", lambda: self._if(self.detail.keep.isEnabled(), Choice.KEEP)),
            ("L", lambda: self._if(self.detail.exclude.isEnabled(), Choice.EXCLUDE)),
            ("C", lambda: self._if(self.detail.clean.isEnabled(), Choice.CLEAN)),
            ("T", self._withdraw),
            ("W", self._compare),
            ("N", self.next_open),
            ("Esc", self.detail.table.clearSelection),
        )
        for widget in (self.tree, self.detail.table):
            for key, deed in deeds:
                shortcut = QShortcut(QKeySequence(key), widget)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(deed)

    def _if(self, able: bool, choice: Choice) -> None:
        if able:
            self.decide(choice)

    def say_texts(self) -> None:
        """Words in the language of the window."""
        self.tree.setAccessibleName(tr("Kinds of findings"))
        self.detail.say_texts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.fontMetrics().height() * _WIDE
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def show_overview(self, found: Overview) -> None:
        """Show the findings; the group that was looked at stays in view."""
        self._found = found
        work = self._workspace.work
        if work is not None and work.can_undo not in _DECISIONS:
            self.detail.noted.show_words("")  # something else was done since, or it was undone with Ctrl+Z
        self._choose(self.tree.show_groups(found, self._key))

    def forget(self) -> None:
        """Another draft: nothing is known of it yet."""
        self._found, self._key = None, ""
        self.tree.clear_groups()
        self.detail.empty()
        self.detail.noted.show_words("")

    def _choose(self, key: str) -> None:
        group = self._group_called(key)
        self.detail.setVisible(group is not None)
        if group is not None and self._found is not None:
            self._key = key
            self.detail.show_group(self._found, group)
            self._row_chosen()

    def _group_called(self, key: str) -> Group | None:
        return self._found.by_key.get(key) if self._found else None

    @property
    def group(self) -> Group | None:
        """The group that is shown."""
        return self._group_called(self._key)

    def _reveal(self, shown: bool) -> None:
        self.detail.picture.cover(not shown)
        group = self.group
        if group is not None and self._found is not None:
            self.detail.show_group(self._found, group)

    def _row_chosen(self) -> None:
        self.detail.picture.cover(not self.detail.show_evidence.isChecked())
        self.detail.picture.show_finding(self.detail.one())

    def show_key(self, finding_key: str) -> None:
        """Go to the group of one finding."""
        found = self._found
        if found is None:
            return
        for kind in found.kinds:
            if any(f.key == finding_key for f in found.groups.members(kind)):
                self._choose(self.tree.show_groups(found, kind.key))
                break
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def next_open(self) -> bool:
        """Go to the next kind of which something is open."""
        return self._found is not None and self.tree.step_to_open(self._found, self._key)

    # --- deeds -------------------------------------------------------------------------------------------------------

    def decide(self, choice: Choice) -> None:
        """Decide about the chosen rows, or about all of the group."""
        group, work = self.group, self._workspace.work
        if group is not None and work is not None:
            self._deciding.ask(work, group, self.detail.rows_chosen(), choice)

    def _was_noted(self, words: str) -> None:
        self.detail.noted.show_words(words)
        self._noted()

    def _undo(self) -> None:
        """Take the decision back that was just noted; nothing else that was done since."""
        work = self._workspace.work
        self.detail.noted.show_words("")
        if work is not None and work.can_undo in _DECISIONS:
            self._workspace.bridge.ask(lambda _: work.undo(), None, self._workspace.trouble.emit)

    def _withdraw(self) -> None:
        group, work = self.group, self._workspace.work
        if group is not None and work is not None and self._found is not None:
            members = self._found.groups.members(group)
            self._deciding.withdraw(work, group, self.detail.rows_chosen(), members)

    def _compare(self) -> None:
        one = self.detail.one()
        if one is not None and one.path and self._workspace.work is not None:
            compare(self, self._workspace, one.path, reveal=self.detail.show_evidence.isChecked())
