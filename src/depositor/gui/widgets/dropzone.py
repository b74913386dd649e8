"""Where folders and files are dropped, with buttons for those who do not drag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from depositor.gui import dialogs, icons, theme
from depositor.gui.texts import Texts, tr
from depositor.gui.widgets.basics import Button, Label, column, restyle
from depositor.gui.widgets.flow import flow


class DropZone(QFrame):
    """Takes folders and files; ``take`` gets their paths."""

    def __init__(self, take: Callable[[list[Path]], object]) -> None:
        super().__init__()
        self.setProperty("kind", "drop")
        self.setAcceptDrops(True)
        self._take = take
        self._texts = Texts()
        self._picture = QLabel()
        self._picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._head, self._note = Label(kind="strong"), Label(kind="muted")
        self.folder = Button("plus", clicked=self._ask_folder)
        self.files = Button("plus", "quiet", self._ask_files)
        self._lay_out()
        self._texts.bind(
            lambda: self._head.setText(tr("Drop folders or files here")),
            lambda: self._note.setText(tr("They stay where they are; nothing is copied or changed.")),
            lambda: self.folder.setText(tr("&Add a folder …")),
            lambda: self.files.setText(tr("Add f&iles …")),
        )
        self._draw()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(room)
        layout.addWidget(self._picture)
        words = column(self._head, self._note, spacing=2)
        layout.addLayout(column(words, flow(self.folder, self.files), spacing=round(room * 0.6)), 1)

    def _draw(self) -> None:
        edge = round(self.fontMetrics().height() * 2.2)
        self._picture.setPixmap(icons.pixmap("files", theme.current().accent, edge, self.devicePixelRatioF()))

    def _ask_folder(self) -> None:
        dialogs.choose_folder(self, tr("Add a folder"), lambda path: self._take([path]))

    def _ask_files(self) -> None:
        dialogs.choose_files(self, tr("Add files"), self._take)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(u.isLocalFile() for u in event.mimeData().urls()):
            restyle(self, over="true")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self, over="false")

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self, over="false")
        event.acceptProposedAction()
        self._take([Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._texts.renew()
        elif event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()
