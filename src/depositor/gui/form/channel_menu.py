"""Reading and writing tables of channels as communities have them (MITI, HuBMAP)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from depositor.draft import paths
from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.form.surroundings import workspace_of
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button
from depositor.session import channel_files

if TYPE_CHECKING:
    from depositor.session.channel_files import ChannelTable

CHANNELS = "specimen.channels"  # where such tables are at home


class ChannelMenu(Button):
    """Belongs to the table of the specimen at ``path_of``."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__("files", "quiet")
        self._owner = owner
        self.setText(tr("Tables of communities"))
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        read = self._menu.addAction(tr("Read from a table …"))
        read.triggered.connect(self._read)
        self._menu.addSeparator()
        for one in channel_files.tables():
            action = self._menu.addAction(tr("Save as {table} …", table=say(one.label)))
            action.triggered.connect(partial(self._save, one))

    def _read(self) -> None:
        from depositor.gui.importing.actions import Tables

        space, window = workspace_of(self), self.window()
        if space is not None:
            (window.findChild(Tables) or Tables(window, space)).choose()

    def _save(self, one: ChannelTable, _: bool = False) -> None:
        kinds = tr("Tables (*.csv *.tsv)")
        dialogs.save_as(self.window(), say(one.label), f"{one.id}.csv", kinds, partial(self.write, one.id))

    def write(self, table_id: str, path: Path) -> None:
        """Write the channels of the shown specimen to ``path``; what goes wrong is told by the window."""
        space = workspace_of(self)
        if space is None or space.work is None:
            return
        draft, specimen = space.work.draft, self._specimen()
        path = path if path.suffix else path.with_name(f"{path.name}.csv")

        def fail(problem: Problem) -> None:
            space.trouble.emit(problem)

        space.bridge.run(lambda _: channel_files.write(draft, specimen, table_id, path), lambda _: None, fail)

    def _specimen(self) -> int:
        around: QWidget | None = self._owner
        while around is not None:
            place = getattr(around, "path", None)
            if isinstance(place, str):
                keys = paths.parse(place)
                return keys[1] if len(keys) > 1 and isinstance(keys[1], int) else 0
            around = around.parentWidget()
        return 0
