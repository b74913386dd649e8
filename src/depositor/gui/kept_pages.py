"""The pages of the steps: where their classes are, and making them before anybody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from depositor.draft.steps import StepId
from depositor.gui.bridge import Bridge, Work

if TYPE_CHECKING:
    from depositor.gui.pages.base import Page
    from depositor.gui.workspace import Workspace

_PAGES = {  # where the class of each page is; imported late, so that the window opens fast
    StepId.ARCHIVE: ("archive", "ArchivePage"),
    StepId.FILES: ("files", "FilesPage"),
    StepId.DESCRIBE: ("describe", "DescribePage"),
    StepId.LICENSE: ("license", "LicensePage"),
    StepId.PRIVACY: ("privacy", "PrivacyPage"),
    StepId.REVIEW: ("review", "ReviewPage"),
    StepId.SEND: ("send", "SendPage"),
    StepId.RECEIPT: ("receipt", "ReceiptPage"),
}
_MORE = (
    "depositor.gui.transfers_page.page",
    "depositor.gui.importing.actions",
    "depositor.gui.columns.dialog",
    "depositor.session.lookups.desk",
)
_BEGUN_WITH = (StepId.FILES, StepId.ARCHIVE)  # what a draft opens with; there before one is opened
_AHEAD_MS = 250  # between two pages that are made ahead


def kind(step: StepId) -> Callable[[Workspace], Page]:
    """The class of the page of a step."""
    module, name = _PAGES[step]
    found: Callable[[Workspace], Page] = getattr(import_module(f"depositor.gui.pages.{module}"), name)
    return found


def first_step(workspace: Workspace) -> StepId:
    """Where a draft that was just opened goes on: at the archive until one is chosen."""
    work = workspace.work
    if work is None or work.draft.archive is None:
        return StepId.ARCHIVE
    return StepId.FILES


class Ahead(QObject):
    """Imports the modules of all pages in a thread, then lets ``make`` make one page after another, with time between
    them for everything else; at last ``make(None)``."""

    def __init__(self, parent: QObject, bridge: Bridge, make: Callable[[StepId | None], bool]) -> None:
        super().__init__(parent)
        self._bridge, self._make = bridge, make
        self._importing: Work | None = None
        self._left: list[StepId | None] = []
        self._timer = QTimer(self, interval=_AHEAD_MS)
        self._timer.timeout.connect(self._next)

    def warm(self) -> None:
        """Import what the pages need; an import in the window's thread would be felt. Then make those with which a
        draft begins."""
        if self._importing is None:
            self._left = self._left or list(_BEGUN_WITH)
            self._importing = self._bridge.run(_import_all, lambda _: self._imported())

    def start(self) -> None:
        """Another draft is open."""
        self._left = [*_PAGES, None]
        self.warm()
        self._imported()

    def _imported(self) -> None:
        if self._left and self._importing is not None and self._importing.finished:
            self._timer.start()

    def stop(self) -> None:
        self._left = []
        self._timer.stop()

    def _next(self) -> None:
        while self._left:
            if self._make(self._left.pop(0)):
                return
        self._timer.stop()


def _import_all(_: object) -> None:
    for module, _name in _PAGES.values():
        import_module(f"depositor.gui.pages.{module}")
    for module in _MORE:
        import_module(module)
