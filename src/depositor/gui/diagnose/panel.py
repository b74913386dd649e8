"""The card on the archive page that offers the test, and tells what the last one said. Nothing is asked of the network
before the button is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent

from depositor.gui.texts import Texts, duration, speed, tr
from depositor.gui.widgets.basics import Button, Card, Label, column
from depositor.session.diagnosing import remembered
from depositor.session.diagnosing.place import place_of
from depositor.session.diagnosing.remembered import LastTest
from depositor.session.diagnosing.values import Verdict

if TYPE_CHECKING:
    from depositor.draft.capabilities import Capabilities
    from depositor.gui.workspace import Workspace
    from depositor.session.diagnosing.values import Place

_NETWORK = ("web", "ftp", "sftp")


class RoutePanel(Card):
    """Hidden for archives that need no network."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(across=True)
        self._space = workspace
        self._archive: Capabilities | None = None
        self._place: Place | None = None
        self._last: LastTest | None = None
        self._texts = Texts()
        self._head, self.told = Label(kind="strong"), Label(kind="muted")
        self.button = Button("globe", clicked=self.test)
        self.body.addLayout(column(self._head, self.told, spacing=2), 1)
        self.body.addWidget(self.button)
        self._texts.bind(
            lambda: self.button.setText(tr("&Test the route …")),
            lambda: self._head.setText(tr("Does the way there work?")),
            self._tell,
        )
        self.hide()

    def show_archive(self, archive: Capabilities | None) -> None:
        """Offer the test of this archive; None hides it."""
        place = place_of(self._space.desk, archive) if archive is not None else None
        if archive is None or place is None or place.kind not in _NETWORK:
            self._archive, self._place = None, None
            self.hide()
            return
        self.show()
        if (archive, place) != (self._archive, self._place):
            self._archive, self._place, self._last = archive, place, None
            self._tell()
            self._look()

    def _look(self, _: object = None) -> None:
        """What the last test said; of an archive that was left meanwhile nobody wants to know."""
        archive, desk = self._archive, self._space.desk
        if archive is not None:
            known = archive
            self._space.bridge.ask(lambda _: (known, remembered.last(desk, known.id)), self._found)

    def test(self) -> None:
        """Open the dialog that tests it."""
        from depositor.gui.diagnose.dialog import show_route  # not on the way to the first window

        if self._archive is not None:
            dialog = show_route(self, self._space, self._archive)
            dialog.tested.connect(self._look)

    def _found(self, told: tuple[Capabilities, LastTest | None]) -> None:
        archive, last = told
        if archive is self._archive:
            self._last = last
            self._tell()

    def _tell(self) -> None:
        last = self._last
        if last is None:
            self.told.setText(tr("Find out before you fill in the form: it takes about ten seconds."))
            return
        age = duration(max(last.age_s(), 60))
        result = tr("it works") if last.verdict is Verdict.FINE else tr("it did not work yet")
        fast = (
            tr("at {speed}", speed=speed(last.bytes_per_s)) if last.bytes_per_s and last.verdict is Verdict.FINE else ""
        )
        text = tr("Tested {age} ago: {result}", age=age, result=" ".join(filter(None, (result, fast))))
        self.told.setText(f"{text}.")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._texts.renew()
