"""The address of storage of one's own: typed, checked while it is typed, and kept in the settings once it is whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit

from depositor.draft.capabilities import Capabilities
from depositor.gui.texts import Texts, say, tr
from depositor.gui.widgets.basics import Card, Label
from depositor.session import addresses
from depositor.session.settings import endpoint_variable

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

_REST_MS = 400  # after the last key


class AddressPanel(Card):
    """Hidden for archives that have an address of their own. ``changed`` once another one was kept."""

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._space = workspace
        self._archive: Capabilities | None = None
        self._texts = Texts()
        self._head, self._note = Label(kind="strong"), Label(kind="muted")
        self.line, self.said = QLineEdit(), Label()
        self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # addresses read so in every language
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._typed)
        for widget in (self._head, self._note, self.line, self.said):
            self.body.addWidget(widget)
        self.line.textEdited.connect(lambda _: self._rest.start())
        self.line.editingFinished.connect(self._typed)
        self._texts.bind(self._name)
        self.hide()

    def show_archive(self, archive: Capabilities | None) -> None:
        """Ask for the address of this archive; None hides the panel."""
        wanted = archive if addresses.asked(archive) else None
        self.setVisible(wanted is not None)
        if wanted is not None and wanted is not self._archive:
            self._archive = wanted
            self._rest.stop()
            self.line.setText(self._known())
            self._texts.renew()

    @property
    def _fixed(self) -> bool:
        """It comes from the environment, which goes before what is typed here."""
        return self._archive is not None and bool(os.environ.get(endpoint_variable(self._archive.id), "").strip())

    def _known(self) -> str:
        archive = self._archive
        return (self._space.desk.settings.endpoint(archive.id) or archive.endpoint) if archive else ""

    def _name(self) -> None:
        archive = self._archive
        if archive is None:
            return
        self._head.setText(tr("Address: {archive}", archive=archive.name))
        self._note.setText(tr("It looks like {example}", example=addresses.example(archive)))
        self.line.setAccessibleName(self._head.text())
        self.line.setAccessibleDescription(self._note.text())
        self.line.setPlaceholderText(addresses.example(archive))
        self.line.setReadOnly(self._fixed)
        self._tell()

    def _typed(self) -> None:
        """Keep it if it can be used; what cannot stays in the line with a word about it."""
        self._rest.stop()
        archive, text = self._archive, self.line.text().strip()
        self._tell()
        if archive is None or self._fixed or text == self._known():
            return
        if text and addresses.problem(archive, text) is not None:
            return
        settings = self._space.desk.settings
        kept = {k: v for k, v in settings.get("endpoints").items() if k != archive.id} | (
            {archive.id: text} if text else {}
        )
        keep = lambda _: settings.set("endpoints", kept)  # noqa: E731
        self._space.bridge.ask(keep, lambda _: self.changed.emit(), self._space.trouble.emit)

    def _tell(self) -> None:
        archive, text = self._archive, self.line.text().strip()
        if archive is None:
            return
        wrong, open_line = addresses.problem(archive, text), addresses.warning(archive, text)
        if self._fixed:
            self._show("muted", tr("Set by {variable} for this program.", variable=endpoint_variable(archive.id)))
        elif not text:
            self._show("muted", tr("It is needed before sending. Whoever offers you the place can tell it."))
        elif wrong is not None:
            self._show("warn", f"{say(wrong.message)} {say(wrong.advice)}")
        elif open_line is not None:
            self._show("warn", say(open_line))
        else:
            self._show("ok", tr("This address can be used. Sign in below to see whether it answers."))

    def _show(self, kind: str, text: str) -> None:
        self.said.become(kind)
        self.said.setText(text)
        self.line.setAccessibleDescription(f"{self._note.text()} {text}")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._texts.renew()
