"""Where an editor stands: in which window's work, and at which path of the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from depositor.draft import paths
from depositor.gui.form.editors import Editor

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace


def workspace_of(widget: QWidget) -> Workspace | None:
    """What the window of ``widget`` works on; None for a widget outside a window of the program."""
    from depositor.gui.workspace import Workspace

    around: QWidget | None = widget
    while around is not None:
        found = getattr(around, "workspace", None)
        if isinstance(found, Workspace):
            return found
        around = around.parentWidget()
    return None


def path_of(editor: Editor) -> str | None:
    """The path of an editor's answer (``study.author[0].orcid``); None outside the form."""
    keys: tuple[paths.Key, ...] = ()
    child: QWidget = editor
    around = editor.parentWidget()
    while around is not None:
        if isinstance(around, Editor):
            keys = (*around.place_of(child), *keys)
            child = around
        found = getattr(around, "path", None)
        if isinstance(found, str):
            return paths.join((*paths.parse(found), *keys))
        around = around.parentWidget()
    return None
