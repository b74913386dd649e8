"""What headers changed since they were read before, and records that were removed although headers tell them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.gui.form.in_words import short
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, Notice, clear, row

if TYPE_CHECKING:
    from depositor.form.prefill import Renewal
    from depositor.gui.workspace import Workspace
    from depositor.session.forms import Form, Module

_MOST = 5


class FromFiles(QWidget):
    """Takes no room while there is nothing to tell."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._told: tuple[Renewal, ...] = ()
        self._noted: tuple[Renewal, ...] = ()
        self.changed, self.removed = Notice("info"), Notice("info")
        self._lines = QVBoxLayout()
        self.note, self.recall = Button("check", "", self._note), Button("undo", "", self._recall)
        self.changed.offer(self.note)
        self.removed.offer(self.recall)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.changed)
        layout.addLayout(self._lines)
        layout.addWidget(self.removed)
        for notice in (self.changed, self.removed):
            notice.hide()
        self.hide()

    def show_module(self, form: Form, module: Module) -> None:
        """Tell about the open draft; removed records of the module that is shown."""
        work = self._workspace.work
        if work is None:
            return
        self._module = module
        self._show_changed(form, work.renewed if work.renewed != self._noted else ())
        gone = bool(work.draft.dismissed.get(module.key))
        self.removed.show_text(
            tr("The files tell of more than stands here: you removed it.") if gone else "",
            tr("It stays away unless you ask for it.") if gone else "",
        )
        self.recall.setText(tr("Ask the files again"))
        self.setVisible(gone or bool(self._told))

    def _show_changed(self, form: Form, renewed: tuple[Renewal, ...]) -> None:
        if renewed == self._told:
            return
        self._told = renewed
        clear(self._lines)
        head = trn("{n} answer changed with the files.", "{n} answers changed with the files.", len(renewed))
        self.changed.show_text(head if renewed else "", "")
        self.note.setText(tr("Understood"))
        for one in renewed[:_MOST]:
            self._lines.addLayout(self._line(form, one))
        if len(renewed) > _MOST:
            more = len(renewed) - _MOST
            self._lines.addWidget(Label(trn("and {n} more", "and {n} more", more), "muted"))

    def _line(self, form: Form, one: Renewal) -> QVBoxLayout:
        field = form.field(one.path)
        name = say(field.label) if field else one.path
        after = short(one.after, field) if one.after is not None else tr("nothing any more")
        words = tr("{question}: {before} became {after}", question=name, before=short(one.before, field), after=after)
        jump = Button("jump", "quiet", partial(self._workspace.go.emit, StepId.DESCRIBE, one.path))
        jump.setText(tr("Show"))
        jump.setAccessibleName(tr("Show: {what}", what=name))
        out = QVBoxLayout()
        out.addLayout(row((Label(words, "muted", select=True), 1), jump))
        return out

    def _note(self) -> None:
        self._noted = self._told
        self._told = ()
        clear(self._lines)
        self.changed.hide()
        self.setVisible(not self.removed.isHidden())

    def _recall(self) -> None:
        work, key = self._workspace.work, self._module.key
        if work is None:
            return
        work.update(msg("change.recall", "Asking the files again"), lambda draft: draft.recall_records(key))
        self._workspace.bridge.run(lambda _: work.prefill(), lambda _: self._workspace.refresh())
