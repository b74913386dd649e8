"""The instrument that the headers seem to mean: an offer, no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button, Notice
from depositor.session.reuse.library import Match, Opened


class LooksLike(Notice):
    """The instrument that the headers seem to mean: an offer, no more."""

    def __init__(self, go: Callable[[Match], object]) -> None:
        super().__init__("info")
        self._go = go
        self._match: Match | None = None
        self.button = Button("jump", "", self._show_it)
        self.offer(self.button)
        self.hide()

    def show_matches(self, found: Sequence[tuple[Match, Opened]]) -> None:
        if not found:
            self.hide()
            return
        match, opened = found[0]
        self._match = match
        stand = " ".join(t for t in (match.seen.stand.manufacturer, match.seen.stand.model) if t)
        head = tr("This looks like “{name}”", name=match.entry.name)
        self.show_text(
            head,
            tr("The file headers name {stand}. Is it the one in {library}?", stand=stand, library=library_name(opened)),
        )
        self.button.setText(tr("Sho&w it"))

    def _show_it(self) -> None:
        if self._match is not None:
            self._go(self._match)


def library_name(opened: Opened) -> str:
    """What a library is called."""
    name = tr("My library") if opened.own else opened.library.name
    return tr("{name} (not reachable now)", name=name) if opened.away and not opened.own else name
