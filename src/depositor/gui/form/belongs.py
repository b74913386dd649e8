"""Which of the chosen folders and files belong to a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from depositor.draft.draft import Draft, FileGroup
from depositor.gui.form.cells import Cells
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Label

WITH_FILES = ("study_component", "annotations")  # modules whose records own files


class Belongs(QWidget):
    """A box for each chosen folder; ``ticked(path, belongs)`` when a person changes one."""

    def __init__(self, module: str, groups: Sequence[FileGroup], ticked: Callable[[str, bool], None]) -> None:
        super().__init__()
        self._module, self._ticked = module, ticked
        self._boxes: list[tuple[str, Label, QCheckBox]] = []
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(round(self.fontMetrics().height() * 0.25))
        inside.addWidget(Label(tr("Files"), "strong"))
        inside.addWidget(Label(tr("Which of the chosen folders and files belong to it?"), "muted"))
        cells = Cells(18, 2)
        for path, name in zip((g.path for g in groups), _names([g.path for g in groups]), strict=True):
            box = QCheckBox(name)
            box.setToolTip(path)
            box.setAccessibleDescription(path)
            box.clicked.connect(partial(self._click, path, box))
            self._boxes.append((path, Label(kind="muted"), box))
        cells.show_cells([(_cell(box, owner), False) for _, owner, box in self._boxes])
        inside.addWidget(cells)
        if not groups:
            inside.addWidget(Label(tr("No folder is chosen yet; that is done on the page of the files."), "muted"))

    def show_draft(self, draft: Draft, name: str | None) -> None:
        """Tick what belongs to the record ``name``; tell where the others belong now."""
        groups = {g.path: g for g in draft.files}
        for path, told, box in self._boxes:
            group = groups.get(path)
            owner = (group.study_component or group.annotations) if group else None
            mine = group is not None and bool(name) and getattr(group, self._module) == name
            box.setChecked(mine)
            told.setText("" if mine or not owner else tr("now in {part}", part=owner))
            told.setVisible(bool(told.text()))

    def box(self, path: str) -> QCheckBox | None:
        """The box of a folder."""
        return next((box for known, _, box in self._boxes if known == path), None)

    def _click(self, path: str, box: QCheckBox) -> None:
        self._ticked(path, box.isChecked())


def _cell(box: QCheckBox, owner: Label) -> QWidget:
    cell = QWidget()
    inside = QVBoxLayout(cell)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.setSpacing(0)
    inside.addWidget(box)
    owner.setIndent(round(box.fontMetrics().height() * 2))
    inside.addWidget(owner)
    return cell


def assigned(draft: Draft, module: str, name: str, path: str, *, belongs: bool) -> Draft:
    """The draft with the chosen files at ``path`` given to, or taken from, the record ``name`` of ``module``."""
    component = name if belongs and module == "study_component" else None
    annotations = name if belongs and module == "annotations" else None
    groups = tuple(
        replace(g, study_component=component, annotations=annotations) if g.path == path else g for g in draft.files
    )
    return replace(draft, files=groups)


def _names(paths: Sequence[str]) -> list[str]:
    """The last part of each path; with the folder before it where two would look alike."""
    parts = [path.replace("\\", "/").rstrip("/").split("/") for path in paths]
    last = [p[-1] or path for p, path in zip(parts, paths, strict=True)]
    return [name if last.count(name) == 1 else "/".join(p[-2:]) for name, p in zip(last, parts, strict=True)]
