"""Columns out of a table: pasted cells or a CSV or TSV file, matched to the files by their names."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from depositor.draft.draft import Draft
from depositor.draft.message import msg
from depositor.draft.problem import Problem
from depositor.gui import dialogs
from depositor.gui.columns.state import ColumnsState
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, Notice, row
from depositor.gui.widgets.flow import flow
from depositor.session.columns import column_edits, column_table
from depositor.session.columns.column_table import Matched, Table

_SHOWN = 8  # names that are told where they match nothing


class FromTable(QDialog):
    """Paste or open, see what matches, take it over as one step."""

    def __init__(self, parent: QWidget, state: ColumnsState) -> None:
        super().__init__(parent)
        self._state = state
        self._table: Table | None = None
        self._matched: Matched | None = None
        self.setWindowTitle(tr("Columns from a table"))
        layout = QVBoxLayout(self)
        room = self.fontMetrics().height()
        layout.setContentsMargins(room, room, room, room)
        lead = tr("Copy the cells in your spreadsheet, headings included; one column names the files.")
        layout.addWidget(Label(lead, "muted"))
        self.paste = Button("copy", clicked=self._paste)
        self.paste.setText(tr("&Paste"))
        self.file = Button("open", clicked=self._choose)
        self.file.setText(tr("&Open a CSV or TSV file …"))
        layout.addWidget(flow(self.paste, self.file))
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("The table"))
        self.text.textChanged.connect(self._typed)
        layout.addWidget(self.text, 1)
        self.key = QComboBox()
        self.key.setAccessibleName(tr("Which column names the files"))
        self.key.activated.connect(self._match)
        layout.addLayout(row(Label(tr("The files are named in"), wrap=False), (self.key, 1)))
        self._told = Notice("info")
        layout.addWidget(self._told)
        self.take = Button("check", "main", self._take)
        self.take.setText(tr("&Take over"))
        close = Button(clicked=self.reject)
        close.setText(tr("&Cancel"))
        layout.addLayout(row(1, close, self.take))
        self.resize(room * 44, room * 32)
        self._show(None)

    def _paste(self) -> None:
        self.text.setPlainText(QGuiApplication.clipboard().text())

    def _choose(self) -> None:
        dialogs.choose_files(self, tr("Open a CSV or TSV file"), lambda paths: self._open(paths[0]))

    def _open(self, path: Path) -> None:
        self._state.workspace.bridge.ask(lambda _: column_table.read(path), self._read, self._failed)

    def _typed(self) -> None:
        text = self.text.toPlainText()
        if not text.strip():
            self._table = None
            self._show(None)
            return
        self._state.workspace.bridge.ask(lambda _: column_table.parsed(text), self._read, self._failed)

    def _read(self, table: Table) -> None:
        self._table = table
        self.key.clear()
        self.key.addItems(table.headings)
        self.key.setCurrentIndex(table.key)
        self._match()

    def _match(self) -> None:
        names, table, key = self._state.names, self._table, self.key.currentIndex()
        if names is not None and table is not None:
            bridge = self._state.workspace.bridge
            bridge.ask(lambda _: column_table.matched(table, names.paths, key), self._show, self._failed)

    def _failed(self, problem: Problem) -> None:
        self._matched = None
        self.take.setEnabled(False)
        self._told.tone("warn")
        self._told.show_text(say(problem.message), say(problem.advice))

    def _show(self, found: Matched | None) -> None:
        self._matched = found
        most = max((len(v) for v in found.columns.values()), default=0) if found else 0
        self.take.setEnabled(bool(most) and most <= column_edits.MOST_VALUES)
        if found is None:
            self._told.tone("info")
            self._told.show_text(tr("Nothing is pasted yet."))
            return
        self._told.tone("warn" if found.unknown or found.unclear or not found.files else "ok")
        head = trn("{n} file has a row.", "{n} files have a row.", found.files)
        self._told.show_text(head, "\n".join(self._lines(found, most)))

    def _lines(self, found: Matched, most: int) -> list[str]:
        lines = [tr("Columns: {names}", names=", ".join(found.columns))] if found.columns else []
        if found.unknown:
            some = ", ".join(found.unknown[:_SHOWN])
            told = trn("{n} row names no file of yours", "{n} rows name no file of yours", len(found.unknown))
            lines.append(f"{told}: {some}")
        if found.unclear:
            some = ", ".join(found.unclear[:_SHOWN])
            told = trn("{n} row names several files", "{n} rows name several files", len(found.unclear))
            lines.append(f"{told}: {some}")
        if found.missing:
            lines.append(trn("{n} file has no row", "{n} files have no row", found.missing))
        if most > column_edits.MOST_VALUES:
            lines.append(tr("That is more than can be kept file by file; use a pattern over the names."))
        return lines

    def _take(self) -> None:
        found = self._matched
        if found is None:
            return

        def taken(draft: Draft) -> Draft:
            for heading, values in found.columns.items():
                draft = column_edits.with_values(draft, heading, values)
            return draft

        self._state.change(msg("change.column-table", "Columns from a table"), taken)
        self.accept()
