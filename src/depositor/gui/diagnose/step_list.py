"""The steps of a test, one below the other, as they come in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from depositor.gui import icons, theme
from depositor.gui.dialogs import side_words
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Label, column, row
from depositor.session import language
from depositor.session.diagnosing.values import Step, StepState

_ICONS = {
    StepState.RUNNING: "running",
    StepState.OK: "done",
    StepState.NOTE: "attention",
    StepState.FAILED: "error",
    StepState.SKIPPED: "todo",
}
_PROMPT_S = 0.95  # what took less needs no time beside it


class StepList(QScrollArea):
    """Shows steps; only rows that changed are made anew, so that nothing flickers and a reader keeps the place."""

    def __init__(self, above: QWidget) -> None:
        """``above`` stands before the first step and scrolls with them: small screens have no room for it."""
        super().__init__()
        self._steps: tuple[Step, ...] = ()
        inner = QFrame()
        inner.setProperty("kind", "body")
        self._column = QVBoxLayout(inner)
        edge = round(self.fontMetrics().height() * 0.4)  # beside the scroll bar, whichever side it is on
        self._column.setContentsMargins(edge, 0, edge, 0)
        self._column.setSpacing(round(self.fontMetrics().height() * 0.6))
        self._column.addWidget(above)
        self._column.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAutoFillBackground(False)

    @property
    def rows(self) -> list[StepRow]:
        """What is shown, in order."""
        items = [self._column.itemAt(n) for n in range(self._column.count())]
        return [w for item in items if item is not None and isinstance(w := item.widget(), StepRow)]

    def show_steps(self, steps: tuple[Step, ...]) -> None:
        """Show these from now on."""
        same = 0
        while same < min(len(steps), len(self._steps)) and steps[same] is self._steps[same]:
            same += 1
        for old in self.rows[same:]:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        for number, step in enumerate(steps[same:], same):
            self._column.insertWidget(number + 1, StepRow(step))
        if len(steps) < len(self._steps):
            self.verticalScrollBar().setValue(0)
        self._steps = steps
        self.setAccessibleDescription("\n".join(r.accessibleName() for r in self.rows))
        if steps and steps[-1].state is StepState.RUNNING:
            self._follow()

    def renew(self) -> None:
        """The language changed."""
        steps = self._steps
        self.show_steps(())
        self.show_steps(steps)

    def to_top(self) -> None:
        """Show what came of it."""
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(0))

    def _follow(self) -> None:
        """Keep what happens now in sight, once the new row has its place."""
        bar = self.verticalScrollBar()
        QTimer.singleShot(0, self, lambda: bar.setValue(bar.maximum()))


class StepRow(QWidget):
    """One step: how it stands as an icon and in words, what was found, how long it took, what to do."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.told = Label(say(step.told) if step.told else tr("Looking …"), "muted", select=True)
        time = Label(_took(step), "muted", wrap=False).at_end()
        head = row((Label(say(step.name), "strong"), 1), time)
        words = column(head, self.told, spacing=1)
        if step.state is StepState.FAILED and step.problem is not None:
            self.told.become("bad")
            advice = f"{side_words(step.problem.side)}: {say(step.problem.advice)}"
            words.addWidget(Label(advice, select=True))
        layout = row(self._picture, (words, 1), spacing=round(self.fontMetrics().height() * 0.6))
        self.setLayout(layout)
        self.setAccessibleName(f"{say(step.name)}: {state_words(step.state)}. {self.told.text()}")
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        c = theme.current()
        colors = {
            StepState.OK: c.ok,
            StepState.NOTE: c.warn,
            StepState.FAILED: c.bad,
            StepState.SKIPPED: c.muted,
            StepState.RUNNING: c.accent,
        }
        edge = round(self.fontMetrics().height() * 1.2)
        state = self.step.state
        self._picture.setPixmap(icons.pixmap(_ICONS[state], colors[state], edge, self.devicePixelRatioF()))
        self._picture.setToolTip(state_words(state))


def state_words(state: StepState) -> str:
    """How a step stands, in words."""
    return {
        StepState.RUNNING: tr("running"),
        StepState.OK: tr("works"),
        StepState.NOTE: tr("works, worth knowing"),
        StepState.FAILED: tr("does not work"),
        StepState.SKIPPED: tr("not tried"),
    }[state]


def _took(step: Step) -> str:
    if step.seconds is None or step.seconds < _PROMPT_S:
        return ""
    return tr("{n} s", n=language.current().number(step.seconds, 1))
