"""The table of the files of one transfer: a million rows at the cost of those that are seen, live where it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from depositor.draft.submission import Proof
from depositor.gui import theme
from depositor.gui.bridge import Bridge
from depositor.gui.paged import Column, PagedModel, Row, Source
from depositor.gui.texts import say, size, tr
from depositor.gui.transfers_page import words
from depositor.session.sending.file_list import FileLine, FileList, View

_STATE, PROBLEM = 2, 4  # columns
_DISPLAY, _TIP = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)
_COLOUR = int(Qt.ItemDataRole.ForegroundRole)


class FilesModel(PagedModel):
    """Name, size, state, proof, problem. ``live``: the bytes sent of the files under way, by their numbers."""

    def __init__(self, bridge: Bridge) -> None:
        columns = (
            Column(lambda: tr("File")),
            Column(lambda: tr("Size"), number=True),
            Column(lambda: tr("State"), widest=words.widest_state),
            Column(lambda: tr("Proof"), widest=lambda: max(map(words.proof_word, Proof), key=len)),
            Column(lambda: tr("What happened")),
        )
        super().__init__(bridge, columns)
        self.view: View | None = None
        self.live: Mapping[int, int] = {}

    def show_view(self, files: FileList, view: View | None) -> None:
        """Show these files of a submission; None: nothing."""
        self.view = view
        self.show(None if view is None else Source(view.count, partial(_rows, files, view)))

    def show_live(self, live: Mapping[int, int], first: int, last: int) -> None:
        """What moves in the rows that are seen."""
        changed = set(live) | set(self.live)
        self.live = dict(live)
        rows = [at for at in range(first, last + 1) if (row := self.row(at)) is not None and row.value.seq in changed]
        if rows:
            self.dataChanged.emit(self.index(rows[0], _STATE), self.index(rows[-1], _STATE), [_DISPLAY])

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # called a thousand times for each frame: what is not served is answered first
        column = index.column()
        if role == _DISPLAY and column == _STATE:
            found = self.row(index.row())
            if found is not None and (self.live or found.value.state == "sending"):
                return words.state_of(found.value, self.live.get(found.value.seq))
        elif role == _COLOUR:
            found = self.row(index.row()) if column == _STATE else None
            return QColor(theme.current().bad) if found is not None and found.value.state == "failed" else None
        return super().data(index, role)


def _rows(files: FileList, view: View, offset: int, limit: int) -> Sequence[Row]:
    return [Row(_texts(line), line) for line in files.lines(view.seqs(offset, limit))]


def _texts(line: FileLine) -> tuple[str, ...]:
    problem = line.problem
    told = f"{say(problem.message)} {say(problem.advice)}" if problem else ""
    name = tr("{name} (made by Depositor)", name=line.name) if line.document else line.origin
    return name, size(line.size), words.state_of(line, None), words.proof_word(line.proof), told
