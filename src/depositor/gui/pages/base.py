"""What every page of a step has in common; the shell talks to pages through this alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from depositor.draft.steps import Situation, StepId
from depositor.gui.texts import Texts
from depositor.gui.widgets.basics import Label

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft

READING_WIDTH = 46  # of a page, in heights of a line: longer lines are tiring to read


@dataclass(frozen=True, slots=True)
class MainAction:
    """The one action of a page, shown at the bottom right. ``why_not`` tells why it is disabled."""

    text: str
    run: Callable[[], object]
    enabled: bool = True
    icon: str | None = None
    why_not: str = ""


class Page(QWidget):
    """A page: title, one sentence, and the ``body`` that the step's own class fills.

    Life: made once; :meth:`opened` when another draft is shown (or None); :meth:`refresh` after every change with the
    new situation, also when the language changed; :meth:`entered` and :meth:`left` as the user comes and goes. All
    in the window's thread. Texts are bound in ``self.texts``.
    """

    action_changed = Signal()

    step: ClassVar[StepId | None] = None
    wide: ClassVar[bool] = False  # tables use all of the width

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.texts = Texts()
        self.title = Label(kind="title")
        self.lead = Label(kind="muted")
        self.body = QVBoxLayout()
        self._lay_out()
        self.build()

    # --- for the pages -------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Fill ``self.body``; called once."""

    def opened(self) -> None:
        """Another draft is open now."""

    def refresh(self) -> None:
        """The draft, what is known of it, or the language changed. ``self.situation`` is never None here."""

    def entered(self) -> None:
        """The user came to this page."""

    def left(self) -> None:
        """The user leaves this page; what is typed must be in the draft when this returns."""

    def main_action(self) -> MainAction | None:
        """The one action of this page, if it has one; emit ``action_changed`` when it changes."""
        return None

    def jump(self, location: str) -> None:
        """Show the place that a finding speaks of (``biosample[0].organism``) and put the keyboard there."""

    def first_control(self) -> QWidget | None:
        """The control with which work on this page begins: the first as one reads it, if there is one.

        Of radio buttons the chosen one, as the Tab key does.
        """
        from depositor.gui.form.taborder import stops

        # Not nextInFocusChain(): PySide then takes widgets for children of one another, and lets go of live ones.
        for at in stops(self.area.widget()):
            if at.isVisible() and at.isEnabled() and not isinstance(at, QLabel):
                return _chosen(at)
        return None

    def renew(self) -> None:
        """Refresh, if there is something to show."""
        if self.workspace.work is not None and self.situation is not None:
            self.refresh()
            self.action_changed.emit()

    # --- what the pages use --------------------------------------------------------------------------------------

    @property
    def work(self) -> OpenDraft:
        """The open draft; only asked for while one is open."""
        found = self.workspace.work
        assert found is not None
        return found

    @property
    def situation(self) -> Situation | None:
        """What is known of the open draft; None until it is computed."""
        return self.workspace.situation

    # --- the frame of every page ---------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        inner = QFrame()
        inner.setProperty("kind", "body")
        self.column = column = QVBoxLayout(inner)
        room = self.fontMetrics().height()
        column.setContentsMargins(round(room * 1.6), round(room * 1.2), round(room * 1.6), round(room * 1.2))
        column.setSpacing(round(room * 0.7))
        column.addWidget(self.title)
        column.addWidget(self.lead)
        self.body.setSpacing(round(room * 0.8))
        column.addLayout(self.body, 1)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inner if self.wide else self._centred(inner))
        self.area.viewport().setAutoFillBackground(False)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        outside.addWidget(self.area)

    def _centred(self, inner: QFrame) -> QWidget:
        self._inner = inner
        holder = QFrame()
        holder.setProperty("kind", "body")
        across = QHBoxLayout(holder)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch(1)
        across.addWidget(inner, 1000)
        across.addStretch(1)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._fit()
        return holder

    def _fit(self) -> None:
        if not self.wide:
            self._inner.setMaximumWidth(self.fontMetrics().height() * READING_WIDTH)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.texts.renew()
            self.renew()
        elif event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()


def _chosen(first: QWidget) -> QWidget:
    group = first.group() if isinstance(first, QRadioButton) else None
    checked = group.checkedButton() if group is not None else None
    return checked if checked is not None and checked.isVisible() and checked.isEnabled() else first
