"""Why a question is asked, unfolded below it: for those who use no mouse, touch the screen, or listen to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from depositor.gui import icons
from depositor.gui.form.surroundings import workspace_of
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Label
from depositor.session.forms import Field, askers

if TYPE_CHECKING:
    from collections.abc import Iterator


class WhyButton(QToolButton):
    """A small question mark that opens and closes what ``About`` tells."""

    def __init__(self, field: Field, path: str) -> None:
        super().__init__()
        self._field = field
        self.about = About(field, path)
        self.setIcon(icons.icon("help", "muted"))
        self.setAutoRaise(True)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Why is this asked: {question}", question=say(field.label)))
        self.setToolTip(tr("Why is this asked?"))
        self.toggled.connect(self.about.unfold)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        edge = round(self.fontMetrics().height() * 0.9)
        self.setIconSize(QSize(edge, edge))


class About(QWidget):
    """Takes no room, and makes no labels, until it is opened."""

    def __init__(self, field: Field, path: str) -> None:
        super().__init__()
        self._field, self._path = field, path
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self.hide()

    def unfold(self, shown: bool) -> None:
        """Show or hide it."""
        if shown and not self._layout.count():
            for text in self._texts():
                self._layout.addWidget(Label(text, select=True))
        self.setVisible(shown)

    @property
    def words(self) -> str:
        """All of it as one text."""
        return "\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        field, space = self._field, workspace_of(self)
        if field.why:
            yield say(field.why)
        if field.example:
            yield tr("For example: {example}", example=say(field.example))
        if field.unit:
            yield tr("In {unit}.", unit=field.unit)
        names = askers(self._path, space.work.form()) if space is not None and space.work is not None else ()
        if names:
            yield tr("Asked for by: {names}", names=", ".join(map(say, names)))
        elif not field.why and not field.example:
            yield tr("It helps others to find, understand and reuse the images. You can leave it empty.")
