"""All settings of the program, by group. Each change holds at once; what makes no sense is told and not kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from depositor.draft.problem import NeedsUser
from depositor.gui.settings.editors import Editor
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice, column, row
from depositor.session.settings import Setting, table

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

# The looks are in the menu "View", where they are seen at once; addresses are on the page of each archive.
_ELSEWHERE = frozenset({"look"})
_ONLY_WHEN = {
    "hours_from": ("hours", "timetable"),
    "hours_to": ("hours", "timetable"),
    "hours_weekends": ("hours", "timetable"),
}


class SettingsDialog(QDialog):
    """Shows a tab for each group. ``editors``: the editor of each setting by its key."""

    def __init__(self, parent: QWidget, workspace: Workspace, group: str = "transfer") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._space, self._settings = workspace, workspace.desk.settings
        self._settings.reload()  # the command line may have changed some since
        self.editors: dict[str, Editor] = {}
        self._words: dict[str, tuple[QWidget, ...]] = {}
        self.trouble = Notice("warn")
        self.trouble.hide()
        self.tabs = QTabWidget()
        self._build()
        self._show_tab(group)
        self._follow()

    def _build(self) -> None:
        self.setWindowTitle(tr("Settings"))
        room = self.fontMetrics().height()
        for group in dict.fromkeys(s.group for s in _shown()):
            self.tabs.addTab(self._page(group), _title(group))
        close = Button(kind="main", clicked=self.accept)
        close.setText(tr("&Close"))
        close.setDefault(True)
        lead = Label(tr("Every change holds at once."), "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.6))
        layout.addWidget(self.trouble)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(row((lead, 1), close))
        self.resize(room * 38, room * 34)

    def _page(self, group: str) -> QWidget:
        room = self.fontMetrics().height()
        inside = QWidget()
        items = [self._row(setting) for setting in _shown() if setting.group == group]
        inside.setLayout(column(*items, 1, spacing=round(room * 1.1)))
        inside.layout().setContentsMargins(room, room, room, room)  # type: ignore[union-attr]
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def _row(self, setting: Setting) -> QWidget:
        editor = Editor(setting, self._settings.get(setting.key))
        editor.changed.connect(partial(self._change, setting.key))
        self.editors[setting.key] = editor
        name = None if setting.kind == "flag" else Label(say(setting.label), "strong")
        if name is not None:
            name.setBuddy(editor.field)
        told = [Label(text, "muted") for text in (say(setting.help), self._note(setting.key)) if text]
        self._words[setting.key] = (*([name] if name else []), *told)
        holder = QWidget()
        holder.setLayout(column(name, editor, *told, spacing=round(self.fontMetrics().height() * 0.25)))
        return holder

    def _note(self, key: str) -> str:
        """What holds on this computer, where that is not what everybody would think."""
        if key == "metered" and self._space.desk.conductor.line_metered is None:
            return tr("This computer does not tell whether its line costs by the byte, so it counts as free.")
        if key == "metered" and self._space.desk.conductor.line_metered:
            return tr("The line of this computer costs by the byte at the moment.")
        return ""

    # --- what a person does ----------------------------------------------------------------------------------------

    def _change(self, key: str, value: Any) -> None:
        if value == self._settings.get(key):
            return
        try:
            self._settings.set(key, value)
        except NeedsUser as error:
            self.trouble.show_text(say(error.problem.message), say(error.problem.advice))
            return
        self.trouble.hide()
        self._follow()

    def _follow(self) -> None:
        """What depends on another setting can be changed only where it counts."""
        for key, (other, value) in _ONLY_WHEN.items():
            for widget in (self.editors[key], *self._words[key]):
                widget.setEnabled(self._settings.get(other) == value)

    def _show_tab(self, group: str) -> None:
        groups = list(dict.fromkeys(s.group for s in _shown()))
        if group in groups:
            self.tabs.setCurrentIndex(groups.index(group))


def _shown() -> tuple[Setting, ...]:
    return tuple(s for s in table() if s.group not in _ELSEWHERE and s.kind != "table")


def _title(group: str) -> str:
    return {
        "transfer": tr("Sending"),
        "archives": tr("Archives"),
        "privacy": tr("Privacy"),
        "network": tr("Network"),
        "program": tr("Program"),
    }.get(group, group)
