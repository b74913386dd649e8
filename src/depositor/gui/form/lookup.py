"""A look-up: what is asked, what a service answered, and what of that the person takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from depositor.draft.problem import Problem
from depositor.gui.form.lookup_preview import Preview
from depositor.gui.texts import say, tr, trn, when
from depositor.gui.widgets.basics import Button, Label, Notice, clear, row

if TYPE_CHECKING:
    from depositor.gui.bridge import Work
    from depositor.gui.workspace import Workspace
    from depositor.session.lookups.found import Found
    from depositor.session.lookups.services import Service


class LookupDialog(QDialog):
    """Asks at once for ``text``; ``take`` gets what was found and chosen.

    ``preview`` shows what a found thing would fill in before it is taken; without it, choosing one takes it. Closing
    the dialog, or asking for something else, stops the question that is under way.
    """

    def __init__(
        self,
        parent: QWidget,
        workspace: Workspace,
        kind: str,
        text: str,
        take: Callable[[Found], None],
        *,
        vocabulary: str = "",
        preview: Callable[[Found], Preview] | None = None,
    ) -> None:
        super().__init__(parent)
        self._space, self._kind, self._vocabulary = workspace, kind, vocabulary
        self._take, self._preview = take, preview
        self._work: Work | None = None
        self._chosen: Found | None = None
        self.shown: Preview | None = None
        self.setWindowTitle(tr("Look up"))
        self._make_parts(text)
        self._lay_out()
        self.finished.connect(self._end)
        self.ask()

    # --- asking --------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for what stands in the line now."""
        self._stop()
        words = self.line.text()
        self._say("busy", tr("Asking {services} …", services=", ".join(s.name for s in self._services())))
        lookups, kind, vocabulary = self._space.desk.lookups, self._kind, self._vocabulary
        self._work = self._space.bridge.run(
            lambda cancel: lookups.look_up(kind, words, cancel, vocabulary), self._answered, self._failed
        )

    def _services(self) -> tuple[Service, ...]:
        return self._space.desk.lookups.hosts(self._kind)

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel.set()
            self._work = None

    def _end(self) -> None:
        self._stop()
        self.deleteLater()

    def _answered(self, found: tuple[Found, ...]) -> None:
        self._work = None
        if not found:
            self._say("info", tr("Nothing was found."), tr("You can change the words above and search again."))
        elif len(found) == 1:
            self._show(found[0])
        else:
            self._offer(found)

    def _failed(self, problem: Problem) -> None:
        self._work = None
        self._say("warn", say(problem.message), say(problem.advice))
        self.search.setFocus()

    # --- showing -------------------------------------------------------------------------------------------------

    def _say(self, tone: str, head: str, text: str = "") -> None:
        clear(self._answers)
        self.shown = None
        self.use.hide()
        self.bar.setVisible(tone == "busy")
        self.notice.tone("info" if tone == "busy" else tone)
        self.notice.show_text(head, text)

    def _offer(self, found: tuple[Found, ...]) -> None:
        """Several: the person chooses."""
        self._say("info", trn("{n} answer", "{n} answers", len(found)), tr("Which one is it?"))
        for one in found:
            self._answers.addWidget(_Candidate(one, partial(self._show, one)))
        self._answers.addStretch(1)
        first = self._answers.itemAt(0)
        widget = first.widget() if first else None
        if isinstance(widget, _Candidate):
            widget.button.setFocus()

    def _show(self, one: Found) -> None:
        """One: what it would fill in."""
        if self._preview is None:
            self._take(one)
            self.accept()
            return
        kept = tr("As it was on {day}", day=when(one.source.at)) if one.source.remembered else ""
        self._say("info", one.title, "\n".join(p for p in (one.detail, kept) if p))
        if one.outdated:
            self.notice.tone("warn")
            self.notice.show_text(one.title, tr("This entry is marked there as no longer in use."))
        self.shown = self._preview(one)
        self._answers.addWidget(self.shown)
        self._answers.addStretch(1)
        self.use.setVisible(self.shown.anything)
        (self.use if self.shown.anything else self.closing).setFocus()
        self._chosen = one

    def _fill(self) -> None:
        if self._chosen is not None:
            self._take(self._chosen)
            self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.line.hasFocus() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask()
        else:
            super().keyPressEvent(event)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _make_parts(self, text: str) -> None:
        self.line = QLineEdit(text)
        self.line.setAccessibleName(tr("What to look up"))
        self.search = Button("search", "", self.ask)
        self.search.setText(tr("Search"))
        self.notice = Notice("info")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.use = Button("check", "main", self._fill)
        self.use.setText(tr("Fill in"))
        self.closing = Button(clicked=self.reject)
        self.closing.setText(tr("&Close"))
        inner = QWidget()
        self._answers = QVBoxLayout(inner)
        self._answers.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        self._area.setWidget(inner)

    def _lay_out(self) -> None:
        hosts = ", ".join(dict.fromkeys(s.host for s in self._services()))
        told = tr("Only the words above are sent, to {hosts}. Nothing changes before you agree.", hosts=hosts)
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.6))
        layout.addLayout(row((self.line, 1), self.search))
        layout.addWidget(Label(told, "muted"))
        layout.addWidget(self.notice)
        layout.addWidget(self.bar)
        layout.addWidget(self._area, 1)
        layout.addLayout(row(1, self.closing, self.use))
        self.resize(room * 34, room * 28)


class _Candidate(QWidget):
    """One of several answers, with a button that chooses it."""

    def __init__(self, found: Found, choose: Callable[[], None]) -> None:
        super().__init__()
        self.button = Button(None, "", choose)
        self.button.setText(tr("This one"))
        self.button.setAccessibleName(tr("This one: {name}", name=f"{found.title}, {found.detail}"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(found.title, "strong", select=True))
        aside = [found.detail, found.key if found.key != found.title else ""]
        aside += [tr("no longer in use")] if found.outdated else []
        words.addWidget(Label(" · ".join(p for p in aside if p), "muted", select=True))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, round(self.fontMetrics().height() * 0.4))
        layout.addLayout(words, 1)
        layout.addWidget(self.button)
