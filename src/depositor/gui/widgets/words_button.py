"""The button that opens the words for a paper; what it opens is imported when it is first pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depositor.gui.texts import Texts, tr
from depositor.gui.widgets.basics import Button

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


def words_button(workspace: Workspace, texts: Texts, kind: str = "quiet") -> Button:
    """A button for a page; ``texts`` are those of the page."""
    button = Button("copy", kind, lambda: _open(button, workspace))
    texts.bind(
        lambda: button.setText(tr("Words for your paper …")),
        lambda: button.setToolTip(tr("Methods, data availability and a figure legend, made from your answers")),
    )
    return button


def _open(button: Button, workspace: Workspace) -> None:
    from depositor.gui.words import show_words

    show_words(button, workspace)
