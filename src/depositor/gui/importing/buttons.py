"""The two buttons of a page: import a description, export it as a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depositor.gui.texts import Texts, tr
from depositor.gui.widgets.basics import Button
from depositor.gui.workspace import Workspace

if TYPE_CHECKING:
    from depositor.gui.importing.actions import Tables


def table_buttons(workspace: Workspace, texts: Texts) -> tuple[Button, Button]:
    """(import, export); what they do is made when one of them is first pressed."""
    bring = Button("open", "quiet", lambda: _of(bring, workspace).choose())
    give = Button("save", "quiet", lambda: _of(give, workspace).export())
    texts.bind(
        lambda: bring.setText(tr("Import …")),
        lambda: give.setText(tr("Export as spreadsheet …")),
    )
    return bring, give


def _of(button: Button, workspace: Workspace) -> Tables:
    """What the window has for it already, or a new one."""
    from depositor.gui.importing.actions import Tables

    window = button.window()
    return window.findChild(Tables) or Tables(window, workspace)
