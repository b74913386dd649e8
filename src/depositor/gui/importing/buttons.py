"""The buttons of pages: import a description, export it as a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depositor.gui.texts import Texts, tr
from depositor.gui.widgets.basics import Button
from depositor.gui.workspace import Workspace

if TYPE_CHECKING:
    from depositor.gui.importing.actions import Tables


def table_buttons(workspace: Workspace, texts: Texts) -> tuple[Button, Button]:
    """(import, export); what they do is made when one of them is first pressed."""
    give = Button("save", "quiet", lambda: _of(give, workspace).export())
    texts.bind(lambda: give.setText(tr("Export as spreadsheet …")))
    return import_button(workspace, texts), give


def import_button(workspace: Workspace, texts: Texts) -> Button:
    """Takes a description, or what a table says of files, out of a file."""
    bring = Button("open", "quiet", lambda: _of(bring, workspace).choose())
    texts.bind(lambda: bring.setText(tr("Import …")))
    return bring


def _of(button: Button, workspace: Workspace) -> Tables:
    """What the window has for it already, or a new one."""
    from depositor.gui.importing.actions import Tables

    window = button.window()
    return window.findChild(Tables) or Tables(window, workspace)
