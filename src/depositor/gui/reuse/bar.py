"""The buttons above the form that lead to what was described before, and the one question whether to remember."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from depositor.draft.answer import OriginKind
from depositor.draft.draft import Draft
from depositor.gui.reuse import opening
from depositor.gui.reuse.looks_like import LooksLike
from depositor.gui.reuse.remembered import RememberMe
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button
from depositor.gui.workspace import Workspace
from depositor.session.reuse.library import Match, Opened, Shelf, suggestions


class ReuseBar(QWidget):
    """``buttons`` go where the page has its line of buttons, ``parts`` below them: what is hidden takes no room there.
    ``record`` tells the path of the record that the form shows."""

    def __init__(self, workspace: Workspace, record: Callable[[], str]) -> None:
        super().__init__()
        self.library = Button("microscope", "quiet", lambda: opening.library(self.library.window(), record()))
        self.other = Button("copy", "quiet", lambda: opening.take_over(self.other.window()))
        self.buttons = (self.library, self.other)
        self.remember = RememberMe(workspace)
        self.looks = LooksLike(self._pick)
        self._workspace = workspace
        self._asked: object = None  # what the headers were compared for
        self._matches: tuple[tuple[Match, Opened], ...] = ()
        self.parts = (self, self.looks, self.remember)
        self.hide()
        self._name()

    def consider(self) -> None:
        """Look once for each set of files whether an instrument of the libraries is meant, and whether to remember."""
        self.remember.consider()
        work, now = self._workspace.work, self._workspace.situation
        key = (work.id, now.inventory) if work is not None and now is not None else None
        if work is None or key is None:
            return
        if key == self._asked:
            self._show()
            return
        self._asked, self._matches = key, ()
        shelf = Shelf(self._workspace.desk.home)
        self._workspace.bridge.ask(
            lambda _: (work, suggestions(work, shelf.all())), self._found, lambda _: None, lane="reuse"
        )

    def _found(self, told: tuple[object, Sequence[tuple[Match, Opened]]]) -> None:
        if told[0] is self._workspace.work:
            self._matches = tuple(told[1])
            self._show()

    def _show(self) -> None:
        work = self._workspace.work
        if work is not None:
            self.looks.show_matches([one for one in self._matches if not _used(work.draft, one)])

    def _pick(self, match: Match) -> None:
        opening.library(self.library.window(), f"image_acquisition[{match.seen.at}]", match)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "remember"):
            self._name()

    def _name(self) -> None:
        self.library.setText(tr("From the library …"))
        self.other.setText(tr("From another deposit …"))


def _used(draft: Draft, one: tuple[Match, Opened]) -> bool:
    """True where the record was filled from that library already."""
    origin = draft.origin(f"image_acquisition[{one[0].seen.at}].imaging_instrument")
    return origin is not None and origin.kind is OriginKind.TEMPLATE and origin.key == one[1].library.name
