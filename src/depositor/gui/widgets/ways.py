"""The ways out of a problem, as buttons: the same ones wherever the problem is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from depositor.draft.problem import Problem, Side
from depositor.gui import dialogs
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button
from depositor.gui.widgets.flow import Flow

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace

# As they stand beside one another.
_WAYS = ("resume-all", "globus-sign-in", "globus-page", "proxy-sign-in", "settings", "diagnose", "copy-report")
_GLOBUS_PAGE = "https://app.globus.org/activity"


class Ways(QWidget):
    """Hidden where there is none. ``again`` is called once a setting was changed that may let a sending go on;
    ``report`` puts the report on the clipboard. Signing in at an archive, accepting keys and trying again have buttons
    elsewhere."""

    def __init__(
        self,
        workspace: Workspace,
        again: Callable[[], object] = lambda: None,
        report: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._space, self._again, self._report = workspace, again, report
        self._archive = self._submission = ""
        self._problem: Problem | None = None
        self._shown: tuple[str, ...] = ()
        self.buttons: dict[str, Button] = {}
        self._flow = Flow()
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for way in _WAYS:
            button = Button(_ICONS[way], clicked=partial(self._go, way))
            self.buttons[way] = button
            self._flow.addWidget(button)
        self._name()
        self.hide()

    def show_problem(self, problem: Problem | None, archive: str = "", submission: str = "") -> None:
        """Offer what helps against ``problem``; None offers nothing. ``archive``: whose route can be tested.
        ``submission``: the id of the one that has the problem."""
        self._problem, self._archive, self._submission = problem, archive, submission
        wanted = ways(problem, archive) if problem is not None else ()
        wanted = tuple(w for w in wanted if w != "copy-report" or self._report is not None)
        if wanted != self._shown:
            self._shown = wanted
            for way, button in self.buttons.items():
                button.setVisible(way in wanted)
        self.setVisible(bool(wanted))

    def _go(self, way: str) -> None:
        {
            "resume-all": lambda: self._space.transfers.pause_all(paused=False),
            "globus-sign-in": self._globus,
            "globus-page": lambda: dialogs.open_address(self, _GLOBUS_PAGE),
            "proxy-sign-in": self._network,
            "settings": self._settings,
            "diagnose": self._route,
            "copy-report": self._report or (lambda: None),
        }[way]()

    def _globus(self) -> None:
        from depositor.gui.widgets.globus_sign_in import GlobusSignInDialog

        dialog = GlobusSignInDialog(self.window(), self._space, self._problem, self._submission)
        dialog.kept.connect(self._again)
        dialog.open()

    def _network(self) -> None:
        from depositor.gui.diagnose.network import NetworkDialog

        dialog = NetworkDialog(self.window(), self._space)
        dialog.kept.connect(self._again)
        dialog.open()

    def _settings(self) -> None:
        from depositor.gui.settings.dialog import SettingsDialog

        SettingsDialog(self.window(), self._space).open()

    def _route(self) -> None:
        from depositor.gui.diagnose.dialog import show_route

        found = self._space.desk.capabilities(self._archive)
        if found is not None:
            show_route(self, self._space, found)

    def _name(self) -> None:
        told = {
            "resume-all": tr("Go on with all"),
            "globus-sign-in": tr("Sign in to Globus …"),
            "globus-page": tr("Open Globus in the browser"),
            "proxy-sign-in": tr("Network settings …"),
            "settings": tr("Settings …"),
            "diagnose": tr("Test the route …"),
            "copy-report": tr("Copy a report for the help desk"),
        }
        for way, button in self.buttons.items():
            button.setText(told[way])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name()


_ICONS = {
    "resume-all": "play",
    "globus-sign-in": "person",
    "globus-page": "open",
    "proxy-sign-in": "person",
    "settings": "jump",
    "diagnose": "globe",
    "copy-report": "copy",
}


def ways(problem: Problem, archive: str) -> tuple[str, ...]:
    """What helps: what the problem itself names and, where the network is in the way of a known archive, the test of
    the route to it."""
    named = set(problem.actions)
    if archive and problem.side is Side.NETWORK:
        named.add("diagnose")
    return tuple(w for w in _WAYS if w in named and (w != "diagnose" or archive))
