"""The step in which the study is described: modules at the left, the questions of one of them at the right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy

from depositor.draft import paths
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.gui.form.module_view import ModuleView
from depositor.gui.form.overview import ModuleRow
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.texts import tr, trn
from depositor.gui.widgets.basics import row
from depositor.session.forms import Asked, Form, Module

_LIST_WIDTH = 13  # in heights of a line


class DescribePage(Page):
    """The form."""

    step = StepId.DESCRIBE
    wide = True

    def build(self) -> None:
        self._form: Form | None = None
        self._shown: tuple[str, int, int] | None = None
        self._shown_groups: list[str] = []
        self._chosen = "study"
        self._records: dict[str, int] = {}
        self._wanted = ""
        self._list = QListWidget()
        self._list.setProperty("kind", "steps")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._list.currentRowChanged.connect(self._choose)
        self._view = ModuleView()
        self._view.edited.connect(self._edited)
        self._view.confirmed.connect(self._confirm)
        self._view.added.connect(self._add)
        self._view.removed.connect(self._remove)
        self._view.copied.connect(self._copy)
        self._view.files_changed.connect(self._files)
        self.body.addLayout(row((self._list, 0), (self._view, 1)), 1)
        self.texts.bind(
            lambda: self.title.setText(tr("Describe the study")),
            lambda: self.lead.setText(
                tr("What the headers tell is filled in. Once described, the study can go to any archive.")
            ),
            lambda: self._list.setAccessibleName(tr("Parts of the description")),
            self._forget,
        )

    # --- life ----------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._records.clear()
        self._forget()

    def entered(self) -> None:
        if self.workspace.work is not None and not self.work.offers and self.work.summary().files:
            self.workspace.bridge.run(lambda _: self.work.prefill())

    def refresh(self) -> None:
        form = self.work.form()
        if form is not self._form:
            self._form = form
            self._fill_list(form)
        self._show_module()
        self._mark_modules()

    def main_action(self) -> MainAction | None:
        missing = next((f for f in self._blockers() if f.location), None)
        if missing is None:
            return None
        return MainAction(tr("Next open question"), self._next_open, icon="jump")

    def jump(self, location: str) -> None:
        self._wanted = location
        keys = self._parsed(location)
        if not keys:
            return
        self._chosen = str(keys[0])
        if len(keys) > 1 and isinstance(keys[1], int):
            self._records[self._chosen] = keys[1]
        if self.workspace.work is not None and self.situation is not None:
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.FontChange) and hasattr(self, "_list"):
            self._fit_list()

    # --- modules -------------------------------------------------------------------------------------------------

    def _modules(self) -> list[Module]:
        modules = self._form.modules if self._form else ()
        return [m for m in modules if any(f.asked is Asked.FORM and not f.const for f in m.fields)]

    def _fill_list(self, form: Form) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        for module in self._modules():
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.AccessibleTextRole, "")
            self._list.addItem(item)
            shown = ModuleRow(module)
            item.setSizeHint(QSize(0, shown.sizeHint().height()))
            self._list.setItemWidget(item, shown)
        self._list.blockSignals(False)
        self._fit_list()
        self._shown = None

    def _fit_list(self) -> None:
        room = self.fontMetrics().height()
        self._list.setFixedWidth(room * _LIST_WIDTH)
        rows = sum(self._list.sizeHintForRow(n) for n in range(self._list.count()))
        self._list.setMinimumHeight(rows + room)

    def _choose(self, at: int) -> None:
        modules = self._modules()
        if 0 <= at < len(modules):
            self._chosen = modules[at].key
            self._show_module()

    def _show_module(self) -> None:
        if self._form is None or self.workspace.work is None:
            return
        module = self._form.module(self._chosen) or self._modules()[0]
        draft = self.work.draft
        records = draft.get(module.key) if module.repeats else None
        number = len(records) if isinstance(records, list) else 0
        at = min(self._records.get(module.key, 0), max(number - 1, 0))
        wanted = (module.key, at, number)
        self._list.blockSignals(True)
        self._list.setCurrentRow(next((n for n, m in enumerate(self._modules()) if m.key == module.key), 0))
        self._list.blockSignals(False)
        if wanted != self._shown or self._groups_changed(module, draft):
            self._shown = wanted
            self._shown_groups = [g.path for g in draft.files]
            self._view.build(module, at, draft, self._names)
        found = self.situation.validation if self.situation else ()
        self._view.show_draft(draft, found, self.work.offers)
        self._settle_focus()

    def _groups_changed(self, module: Module, draft: Draft) -> bool:
        return module.key in ("study_component", "annotations") and self._shown_groups != [g.path for g in draft.files]

    def _settle_focus(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if not wanted:
            return
        shown = self._view.widget_of(wanted)
        self._view.focus(wanted)
        if shown is not None:
            QTimer.singleShot(
                0, shown, lambda: self.area.ensureWidgetVisible(shown, 0, self.fontMetrics().height() * 3)
            )

    def _mark_modules(self) -> None:
        found = self.work.by_module()
        for at, module in enumerate(self._modules()):
            item = self._list.item(at)
            shown = self._list.itemWidget(item)
            if isinstance(shown, ModuleRow):
                shown.show_state(found.get(module.key), self._count(module))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, shown.words())

    def _count(self, module: Module) -> int:
        records = self.work.draft.get(module.key)
        return len(records) if module.repeats and isinstance(records, list) else 0

    def _names(self, module: str) -> list[str]:
        found = self._form.module(module) if self._form else None
        records = self.work.draft.get(module) or []
        key = (found.name_key if found else None) or "title"
        return [str(r[key]) for r in records if isinstance(r, dict) and r.get(key)]

    def _forget(self) -> None:
        self._form, self._shown = None, None
        self._shown_groups = []

    # --- what the person does ------------------------------------------------------------------------------------

    def _edited(self, path: str, value: Any) -> None:
        if not path:
            self._records[self._chosen] = int(value)
            self._show_module()
            return
        keys = paths.parse(path)
        module = self._form.module(str(keys[0])) if self._form else None
        names = module is not None and module.repeats and len(keys) == 3 and keys[2] == module.name_key
        if names and isinstance(value, str):
            new = self.work.draft.rename_record(str(keys[0]), int(keys[1]), str(keys[2]), value)
            self.work.change(msg("change.answer", "Change of {field}", field=path), new, joins=True)
        else:
            self.work.edit(path, value)

    def _confirm(self, path: str) -> None:
        self.work.change(msg("change.confirm", "Agreement with a value"), self.work.draft.confirm(path))

    def _add(self) -> None:
        self._records[self._chosen] = self._count_chosen()
        self.work.change(msg("change.add", "One more"), self.work.draft.add_record(self._chosen))
        self._show_module()

    def _copy(self, at: int) -> None:
        record = dict(self.work.draft.get(f"{self._chosen}[{at}]") or {})
        module = self._form.module(self._chosen) if self._form else None
        key = module.name_key if module else None
        if key and record.get(key):
            record[key] = tr("{name} (copy)").format(name=record[key])
        self._records[self._chosen] = self._count_chosen()
        self.work.change(msg("change.copy", "Copy"), self.work.draft.add_record(self._chosen, record))
        self._show_module()

    def _remove(self, at: int) -> None:
        self.work.change(msg("change.remove", "Removal"), self.work.draft.remove_record(self._chosen, at))
        self._show_module()

    def _count_chosen(self) -> int:
        return len(self.work.draft.get(self._chosen) or [])

    def _files(self, module: str, chosen: list[str]) -> None:
        found = self._form.module(module) if self._form else None
        at = self._view.at
        draft = self.work.draft
        key = (found.name_key if found else None) or "name"
        name = draft.get(f"{module}[{at}].{key}")
        if not name:
            name = trn("Part {n}", "Part {n}", at + 1).format(n=at + 1)
            draft = draft.answer(f"{module}[{at}].{key}", name)
        groups = []
        for group in draft.files:
            belongs = name if group.path in chosen else None
            if belongs or getattr(group, module) == name:
                component = belongs if module == "study_component" else None
                annotations = belongs if module == "annotations" else None
                groups.append(replace(group, study_component=component, annotations=annotations))
            else:
                groups.append(group)
        new = replace(draft, files=tuple(groups))
        self.work.change(msg("change.belongs", "Which files belong to it"), new)

    # --- open questions ------------------------------------------------------------------------------------------

    def _blockers(self) -> list[Finding]:
        found = self.situation.validation if self.situation else ()
        return [f for f in found if f.level is Level.BLOCKER and self._of_form(f.location)]

    def _of_form(self, location: str | None) -> bool:
        keys = self._parsed(location or "")
        return bool(keys) and any(m.key == keys[0] for m in self._modules())

    def _next_open(self) -> None:
        found = next((f for f in self._blockers() if f.location), None)
        if found and found.location:
            self.jump(found.location)

    @staticmethod
    def _parsed(location: str) -> tuple[str | int, ...]:
        try:
            return paths.parse(location)
        except ValueError:
            return ()
