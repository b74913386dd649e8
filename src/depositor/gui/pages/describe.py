"""The step in which the study is described: its parts at the left, the questions of one of them at the right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QScrollArea, QWidget

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.gui.form import draft_looks
from depositor.gui.form.belongs import WITH_FILES, assigned
from depositor.gui.form.draft_looks import blockers, copied, free_name, modules_of, next_place, open_questions, parsed
from depositor.gui.form.from_files import FromFiles
from depositor.gui.form.module_view import ModuleView
from depositor.gui.form.more import MoreButton
from depositor.gui.form.overview import Parts, Standing
from depositor.gui.form.pane import held, scrolled
from depositor.gui.form.tools import FormTools
from depositor.gui.importing.buttons import table_buttons
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.reuse.bar import ReuseBar
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.words_button import words_button
from depositor.session import renaming
from depositor.session.forms import Form, Module

_ROOMY = (48, 26)  # width and height of a page, in heights of a line, from which the parts stand beside the questions


class DescribePage(Page):
    """The form."""

    step = StepId.DESCRIBE
    wide = True

    def build(self) -> None:
        self._form: Form | None = None
        self._shown: tuple[Any, ...] | None = None
        self._chosen = "study"
        self._records: dict[str, int] = {}
        self._wanted = ""
        self._seen: Draft | None = None  # the draft that the editors show
        self._naming: renaming.Renaming | None = None
        self.parts = Parts()
        self.parts.chosen.connect(self.show_part)
        self.view = ModuleView()
        self.view.before = self.parts.combo
        self._compact = False
        self._holder = held(self.view)
        self.pane = scrolled(self._holder)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setSpacing(round(self.fontMetrics().height() * 0.8))
        self.meaning = Button("files", "quiet", self._show_columns)
        self._across.addWidget(self.parts)
        self._across.addWidget(self.pane, 1)
        self.reuse = ReuseBar(self.workspace, self._shown_record)
        self.tools = FormTools(self, self.workspace)
        words, tables = words_button(self.workspace, self.texts), table_buttons(self.workspace, self.texts)
        self.more = MoreButton((self.meaning, *self.reuse.buttons, *tables, words))
        line = (*self.tools.buttons, self.more)
        for button in line:
            button.setProperty("slim", True)  # many in one line, and the questions need the room
        self.body.addWidget(flow(*line))
        for part in (self.tools.looks, *self.reuse.parts):
            self.body.addWidget(part)
        self.from_files = FromFiles(self.workspace)
        self.body.addWidget(self.from_files)
        self.body.addLayout(self._across, 1)
        self._listen()
        self.texts.bind(
            lambda: self.title.setText(tr("Describe the study")),
            lambda: self.lead.setText(
                tr("What the headers tell is filled in. Once described, the study can go to any archive.")
            ),
            lambda: self.parts.name(tr("Parts of the description")),
            lambda: self.meaning.setText(tr("C&olumns and groups of files …")),
            self.more.rename,
            self._forget,
        )
        self.tools.bind(self.texts)

    def _listen(self) -> None:
        view = self.view
        view.edited.connect(self._edited)
        view.confirmed.connect(self._confirm)
        view.chosen.connect(self._show_record)
        view.added.connect(self._add)
        view.removed.connect(self._remove)
        view.copied.connect(self._copy)
        view.owned.connect(self._own)
        view.further.connect(self._further)
        self.workspace.heard.connect(self._heard)

    # --- life ----------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self.view.halt()
        self._records.clear()
        self._chosen = "study"
        self._forget()

    def entered(self) -> None:
        self._begin_at_parts()
        if self.workspace.work is not None and not self.work.offers and self.work.summary().files:
            self.workspace.bridge.run(lambda _: self.work.prefill(), lambda _: self.workspace.refresh())

    def refresh(self) -> None:
        form = self.work.form()
        if form is not self._form:
            self._form, self._shown = form, None
            self.parts.show_modules(self._modules())
        self._show_module()
        self._mark_modules()
        self.reuse.consider()
        self.tools.consider()
        self.action_changed.emit()

    def main_action(self) -> MainAction | None:
        if not any(f.location for f in self._open_questions()):
            return None
        return MainAction(tr("Next open question"), self._next_open, icon="jump")

    def first_control(self) -> QWidget | None:
        """The parts: describing begins there, not at the line above them."""
        from depositor.gui.form.taborder import stops

        shown = (w for w in stops(self.parts) if w.isVisible() and w.isEnabled())
        return next(shown, None) or super().first_control()

    def _begin_at_parts(self) -> None:
        """Qt hands the keyboard to what is topmost; the form is what one comes for."""
        first, now = self.first_control(), QApplication.focusWidget()
        if now is None or first is None or not self.isAncestorOf(now):
            return
        if not (self.parts.isAncestorOf(now) or self.view.isAncestorOf(now)):
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def jump(self, location: str) -> None:
        keys = parsed(location)
        if not keys:
            return
        self._wanted, self._chosen = location, str(keys[0])
        if len(keys) > 1 and isinstance(keys[1], int):
            self._records[self._chosen] = keys[1]
        if self.workspace.work is not None and self.situation is not None:
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_parts()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "_across"):
            self._fit_parts()

    def _fit_parts(self) -> None:
        """Where there is little room, the parts are one line above the questions, and all of it scrolls together."""
        line = self.fontMetrics().height()
        compact = self.width() < line * _ROOMY[0] or self.height() < line * _ROOMY[1]
        if compact == self._compact:
            return
        self._compact = compact
        directions = QBoxLayout.Direction
        self._across.setDirection(directions.TopToBottom if compact else directions.LeftToRight)
        self.parts.show_narrow(narrow=compact)
        self.pane.setVisible(not compact)
        if compact:
            self.pane.takeWidget()
            self._across.addWidget(self._holder, 1)
        else:
            self._across.removeWidget(self._holder)
            self.pane.setWidget(self._holder)
        self._holder.show()

    def _scrolls(self) -> QScrollArea:
        """What scrolls the questions now."""
        return self.area if self._compact else self.pane

    def _heard(self, what: str) -> None:
        """Show a change that was not made here (undo, values from headers) at once."""
        work = self.workspace.work
        if what != "draft" or not self.isVisible():  # the shell renews what was hidden when it is shown
            return
        if work is not None and self.situation is not None and work.draft is not self._seen:
            self.refresh()

    def _forget(self) -> None:
        self._wanted = self._wanted or self.view.focused()
        self._form, self._shown, self._seen, self._naming = None, None, None, None

    def _shown_record(self) -> str:
        """The path of the record that is shown (``image_acquisition[0]``)."""
        return self.view.base if self._shown is not None else ""

    # --- modules -------------------------------------------------------------------------------------------------

    def _modules(self) -> list[Module]:
        return modules_of(self._form)

    def show_part(self, key: str) -> None:
        """Show the questions of a module."""
        if key != self._chosen:
            self._chosen = key
            self._show_module()
            self._scrolls().verticalScrollBar().setValue(0)

    def _show_columns(self) -> None:
        from depositor.gui.columns import dialog

        tab = dialog.PAIRS if self._chosen == "annotations" else dialog.GROUPS
        dialog.show(self.workspace, self, tab)

    def _further(self) -> None:
        following = self._after()
        if following is not None:
            self.show_part(following.key)
            self.view.put_keyboard(following.key)
            self._scrolls().verticalScrollBar().setValue(0)

    def _after(self) -> Module | None:
        modules = self._modules()
        at = next((n for n, m in enumerate(modules) if m.key == self._chosen), len(modules))
        return modules[at + 1] if at + 1 < len(modules) else None

    def _show_module(self) -> None:
        if self._form is None or self.workspace.work is None:
            return
        draft = self.work.draft
        module = next((m for m in self._modules() if m.key == self._chosen), self._modules()[0])
        self._chosen = module.key
        self.from_files.show_module(self._form, module)
        number = self._count(module) if module.repeats else 1  # the first answer makes no other page of it
        at = min(self._records.get(module.key, 0), max(number - 1, 0))
        self.parts.show_current(module.key)
        self.meaning.setEnabled(bool(draft.files))
        groups = tuple(g.path for g in draft.files) if module.key in WITH_FILES else ()
        if (module, at, number, groups) != self._shown:
            self._shown = (module, at, number, groups)
            self._wanted = self._wanted or self.view.focused()  # what is built anew loses the keyboard
            self.view.build(module, at, draft, self._names, self._after())
        self._seen = draft
        self.view.show_draft(draft, self.situation.validation if self.situation else (), self.work.offers)
        self._settle_keyboard()

    def _settle_keyboard(self) -> None:
        wanted, self._wanted = self._wanted, ""
        shown = self.view.put_keyboard(wanted) if wanted else None
        if shown is not None:
            QTimer.singleShot(0, shown, lambda: self._scroll_to(shown))

    def _scroll_to(self, shown: QWidget) -> None:
        self._scrolls().ensureWidgetVisible(shown, 0, self.fontMetrics().height() * 4)

    def _mark_modules(self) -> None:
        found = self.work.by_module()
        stops = [str(parsed(f.location or "")[0]) for f in self._blockers()]
        self.parts.show_standing(
            {m.key: Standing(found.get(m.key), self._count(m), stops.count(m.key)) for m in self._modules()}
        )

    def _count(self, module: Module) -> int:
        return draft_looks.records_in(self.work.draft, module)

    def _names(self, module: str) -> list[str]:
        return draft_looks.names_in(self._form, self.work.draft, module)

    # --- what the person does ------------------------------------------------------------------------------------

    def _edited(self, path: str, value: Any) -> None:
        module = self._shown[0] if self._shown else None
        if module is not None and module.repeats and path == f"{self.view.base}.{module.name_key}":
            self._rename(module, path, value)
        elif self._asks_headers(path, value):
            self.work.take_offer(path)
        elif (row := self.view.row(path)) is not None and row.editor.apart:
            self.work.update(msg("change.table", "Change of a table"), lambda draft: draft.answer(path, value))
        else:
            self.work.edit(path, value)
        self._seen = self.work.draft

    def _asks_headers(self, path: str, value: Any) -> bool:
        """True where a person took a value away before and now wants what the headers say."""
        offer = self.work.offers.get(path)
        return offer is not None and offer.value == value and self.work.draft.is_removed(path)

    def _rename(self, module: Module, path: str, value: Any) -> None:
        draft = self.work.draft
        if self._naming is None or not self._naming.goes_on(draft, path):
            assert self._form is not None
            self._naming = renaming.begin(self._form, draft, module, self.view.at)
        new, self._naming = self._naming.renamed(draft, value)
        self.work.change(msg("change.answer", "Change of {field}", field=path), new, joins=True)

    def _confirm(self, agreed: list[str]) -> None:
        self.work.confirm(*agreed)
        self._show_module()

    def _show_record(self, at: int) -> None:
        self._records[self._chosen] = at
        self._show_module()
        if self.view.bar is not None:
            self.view.bar.which.setFocus()

    def _add(self) -> None:
        self._append(msg("change.add", "One more"), {})

    def _copy(self, at: int) -> None:
        self._append(msg("change.copy", "Copy"), copied(self._form, self.work.draft, self._chosen, at))

    def _append(self, what: Any, record: dict[str, Any]) -> None:
        at = len(self.work.draft.get(self._chosen) or [])
        self._records[self._chosen] = at
        self._wanted = f"{self._chosen}[{at}]"
        self.work.update(what, lambda draft: draft.add_record(self._chosen, record))
        self.refresh()

    def _remove(self, at: int) -> None:
        self.work.update(msg("change.remove", "Removal"), lambda draft: draft.dismiss_record(self._chosen, at))
        self.refresh()
        if self.view.bar is not None:  # not into a text field: Ctrl+Z brings the record back
            self.view.bar.add.setFocus()

    def _own(self, path: str, belongs: bool) -> None:
        module: Module | None = self._shown[0] if self._shown else None
        if module is None:
            return
        key = f"{self.view.base}.{module.name_key}"
        known = self.work.draft.get(key)
        name = known or free_name(f"{say(module.label)} {self.view.at + 1}", self._names(module.key))

        def owned(draft: Draft) -> Draft:
            named = draft if known else draft.answer(key, name)
            return assigned(named, module.key, str(name), path, belongs=belongs)

        self.work.update(msg("change.belongs", "Which files belong to it"), owned)
        self._show_module()

    # --- open questions ------------------------------------------------------------------------------------------

    def _blockers(self) -> list[Finding]:
        return blockers(self._form, self.situation.validation if self.situation else ())

    def _next_open(self) -> None:
        """The first open question after the one that has the keyboard, else the first."""
        self.jump(next_place(self._open_questions(), self.view.focused()))

    def _open_questions(self) -> list[Finding]:
        if self.workspace.work is None or self.situation is None:
            return []
        return open_questions(self._form, self.situation.validation, self.work.draft)
