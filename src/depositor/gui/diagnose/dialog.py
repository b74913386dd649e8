"""The dialog that tests the way to an archive: steps live, what came of them, and a report to copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.diagnose.step_list import StepList
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, Notice
from depositor.gui.widgets.flow import flow
from depositor.session.diagnosing import live, remembered, report, run
from depositor.session.diagnosing.values import Diagnosis, SetSize, Step, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from depositor.draft.capabilities import Capabilities
    from depositor.gui.bridge import Work
    from depositor.gui.workspace import Workspace

_TONES = {Verdict.FINE: "ok", Verdict.FINDINGS: "warn", Verdict.USER: "warn", Verdict.NETWORK: "bad"}


class RouteDialog(QDialog):
    """Tests one archive as soon as it is shown. Closing it stops the test at once."""

    tested = Signal(object)  # a Diagnosis that came to its end

    def __init__(
        self, parent: QWidget, workspace: Workspace, archive: Capabilities, size: SetSize | None = None
    ) -> None:
        super().__init__(parent)
        self._space, self.archive, self._size = workspace, archive, size
        self._gone = False
        self._work: Work | None = None
        self._report = ""
        self.found: Diagnosis | None = None
        self.head, self.state = Label(kind="heading"), Notice("info")
        self.steps = StepList(self.state)
        self._build()
        self._name()
        room = self.fontMetrics().height()
        self.resize(QSize(room * 42, room * 36).boundedTo(self.screen().availableSize() * 0.9))
        self.start()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        layout.setSpacing(round(room * 0.7))
        self.upload = QCheckBox()
        self.upload.setChecked(True)
        self.upload.setVisible("trial" in self.archive.can)
        self.again = Button("retry", clicked=self.start)
        self.stop = Button("stop", clicked=self.halt)
        self.copy = Button("copy", clicked=self._copy)
        self.save = Button("save", clicked=self._save)
        self.network = Button("globe", clicked=self._settings)
        self.close_button = Button(kind="main", clicked=self.reject)
        buttons = (self.again, self.stop, self.copy, self.save, self.network, self.close_button)
        layout.addWidget(self.head)
        layout.addWidget(self.steps, 1)
        layout.addWidget(self.upload)
        layout.addWidget(flow(*buttons))

    def _name(self) -> None:
        self.setWindowTitle(tr("The way to {archive}", archive=self.archive.name))
        self.head.setText(tr("The way to {archive}", archive=self.archive.name))
        self.steps.setAccessibleName(tr("Steps of the test"))
        self.upload.setText(tr("Send a &test file too; it is removed again and tells how fast the line is"))
        self.again.setText(tr("Test &again"))
        self.stop.setText(tr("&Stop"))
        self.copy.setText(tr("&Copy report"))
        self.save.setText(tr("Sa&ve report …"))
        self.network.setText(tr("&Network settings …"))
        self.close_button.setText(tr("C&lose"))

    # --- the test ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Test from the beginning."""
        if self._work is not None:
            return
        space, archive, size, upload = self._space, self.archive.id, self._size, self.upload.isChecked()
        self.found, self._report = None, ""
        self.steps.show_steps(())
        self.state.tone("info")
        self.state.show_text(tr("Testing …"), tr("This takes a few seconds. You can stop it at any time."))

        def test(cancel: Cancel, post: Callable[[object], None]) -> tuple[Diagnosis, str]:
            shown = live.Live()
            found = run.diagnose(space.desk, archive, cancel, lambda step: post(shown.hear(step)), size, upload=upload)
            if cancel:
                return found, ""
            remembered.keep(space.desk, found)
            return found, report.text(found, report.private_words(space.desk, archive))

        self._work = space.bridge.run(test, self._tested, self._failed, self._show, self._stopped)
        self._offer()

    def halt(self) -> None:
        """Stop the test."""
        if self._work is not None:
            self._work.cancel.set()
            self.state.show_text(tr("Stopping …"))

    def done(self, result: int) -> None:
        self._gone = True
        self.halt()
        super().done(result)

    def _show(self, steps: tuple[Step, ...]) -> None:
        self.steps.show_steps(steps)

    def _tested(self, told: tuple[Diagnosis, str]) -> None:
        self._work = None
        self.found, self._report = told
        self.steps.show_steps(self.found.steps)
        self._tell(self.found)
        self._offer()
        self.tested.emit(self.found)

    def _tell(self, found: Diagnosis) -> None:
        self.steps.to_top()
        self.state.tone(_TONES[found.verdict])
        first = next(iter(found.problems), None)
        estimate = next((s.told for s in found.steps if s.id == "estimate" and s.told), None)
        more = say(first.message) if first else say(estimate) if estimate and found.estimate else ""
        self.state.show_text(say(live.summary(found)), more)

    def _failed(self, problem: Problem) -> None:
        self._work = None
        self.state.tone("bad")
        self.state.show_text(say(problem.message), say(problem.advice))
        self._offer()

    def _stopped(self) -> None:
        self._work = None
        if self._gone:
            return
        self.state.tone("info")
        self.state.show_text(tr("Stopped."), tr("Nothing was left at the archive."))
        self._offer()

    # --- what one can do -----------------------------------------------------------------------------------------

    def _offer(self) -> None:
        """Buttons that make sense now; the one that goes away hands the keyboard on."""
        running = self._work is not None
        had = self.focusWidget()
        self.stop.setVisible(running)
        self.again.setVisible(not running)
        for button in (self.copy, self.save):
            button.setEnabled(bool(self._report))
        self.upload.setEnabled(not running)
        if had in (self.stop, self.again, None):
            (self.stop if running else self.close_button).setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.state.show_text(
            self.state.head.text(), tr("The report is copied. Paste it into a mail, and read it first.")
        )

    def _save(self) -> None:
        name = f"depositor-{self.archive.id}.txt"
        dialogs.save_as(self, tr("Save the report"), name, tr("Text (*.txt)"), self._write)

    def _write(self, path: Path) -> None:
        words = self._report
        self._space.bridge.run(lambda _: report.write(path, words), None, self._space.trouble.emit)

    def _settings(self) -> None:
        from depositor.gui.diagnose.network import NetworkDialog

        dialog = NetworkDialog(self, self._space)
        dialog.kept.connect(self.start)
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
            self.steps.renew()
            if self.found is not None:
                self._tell(self.found)


def show_route(parent: QWidget, workspace: Workspace, archive: Capabilities) -> RouteDialog:
    """Test the way to ``archive`` for the open draft; the dialog that is open already comes to the front."""
    from PySide6.QtCore import Qt

    from depositor.session.diagnosing import sizes

    window = parent.window()
    shown = [d for d in window.findChildren(RouteDialog) if d.isVisible() and d.archive.id == archive.id]
    now = workspace.situation
    dialog = (
        shown[0] if shown else RouteDialog(window, workspace, archive, sizes.of_summary(now.inventory) if now else None)
    )
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
