"""Templates: making one from the open draft with a preview of what stays, and beginning a deposit from one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QTreeWidgetItem, QWidget

from depositor.draft.draft import Draft
from depositor.gui.reuse.base import DATA, ReuseDialog, Tree, below, can_tick, tick, ticked
from depositor.gui.texts import say, tr, trn, when
from depositor.gui.widgets.basics import Button, Label, row
from depositor.gui.workspace import Workspace
from depositor.session.reuse import templates
from depositor.session.reuse.readable import value_words
from depositor.session.reuse.templates import Piece, Saved, Template


def kinds() -> str:
    """The files that a file dialog shows."""
    return tr("Templates (*{suffix})", suffix=templates.SUFFIX)


class MakeTemplate(ReuseDialog):
    """What stays and what goes, answer by answer; a tick changes it."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        lead = tr("What is ticked stays. Your files, people, dates and identifiers are left out.")
        super().__init__(parent, workspace, tr("Use as template"), lead)
        assert workspace.work is not None
        self._work = work = workspace.work
        self.name = QLineEdit(_proposed(work.draft))
        self.name.setAccessibleName(tr("Name of the template"))
        label = Label(tr("&Name of the template"), wrap=False)
        label.setBuddy(self.name)
        self.name.textChanged.connect(self._count)
        self.tree = Tree(tr("What stays"), tr("Question"), tr("Answer"))
        self.tree.itemChanged.connect(self._ticked)
        self.total = Label("", "muted")
        self.body.addLayout(row(label, (self.name, 1)))
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(self.total)
        self.keep = Button("save", "main", self._keep)
        self.keep.setText(tr("&Keep on this computer"))
        self.file = Button("files", "", self._to_file)
        self.file.setText(tr("Save as a &file …"))
        self.end_with(self.keep, self.file)
        self.fit(46, 38)
        self.name.selectAll()
        self.ask(lambda: templates.pieces(work), self._show)

    def _show(self, pieces: tuple[Piece, ...]) -> None:
        self.tree.blockSignals(True)
        tops: dict[str, QTreeWidgetItem] = {}
        for piece in pieces:
            head = " · ".join(p for p in (say(piece.module.label), piece.record) if p)
            if head not in tops:
                tops[head] = self.tree.add([head, ""])
                tops[head].setExpanded(True)
            self._line(piece, tops[head])
        for top in tops.values():
            inner = [i for i in below(top) if can_tick(i)]
            if inner:
                tick(top, on=any(ticked(i) for i in inner))
        self.tree.blockSignals(False)
        self.tree.expandAll()
        self.tree.setColumnWidth(0, self.width() * 2 // 5)
        self._count()

    def _line(self, piece: Piece, top: QTreeWidgetItem) -> None:
        why = say(piece.why) if piece.why else ""
        said = value_words(piece.value, piece.field)[:200]
        item = self.tree.add([say(piece.field.label), f"{said} — {why}" if why else said], piece, top)
        if piece.never:
            item.setDisabled(True)
        else:
            tick(item, on=piece.kept)

    def _ticked(self, item: QTreeWidgetItem, _column: int) -> None:
        """A part of the form ticks all its answers."""
        self.tree.blockSignals(True)
        for one in below(item):
            if can_tick(one):
                one.setCheckState(0, item.checkState(0))
        self.tree.blockSignals(False)
        self._count()

    def kept(self) -> list[str]:
        """The paths of what stays."""
        lines = ((i, i.data(0, DATA)) for i in self.tree.lines())
        return [piece.path for item, piece in lines if piece is not None and not piece.never and ticked(item)]

    def _count(self) -> None:
        number = len(self.kept())
        self.total.setText(
            trn("{n} answer stays.", "{n} answers stay.", number) if number else tr("Nothing would stay.")
        )
        for button in (self.keep, self.file):
            button.setEnabled(bool(number) and bool(self.name.text().strip()))

    def _template(self) -> Template:
        return templates.make(self._work, self.name.text().strip(), self.kept())

    def _keep(self) -> None:
        home, made = self.workspace.desk.home, self._template()
        self.ask(lambda: templates.put(home, made), lambda _: self.accept())

    def _to_file(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Save as a file"), f"{_plain(self.name.text())}{templates.SUFFIX}", kinds()
        )
        if chosen:
            made = self._template()
            self.ask(lambda: templates.export(made, Path(chosen)), lambda _: self.accept())


class ChooseTemplate(ReuseDialog):
    """The templates of this computer, and files from others."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        lead = tr("Its answers are filled in; each waits until you agree or change it.")
        super().__init__(parent, workspace, tr("Begin from a template"), lead)
        self.tree = Tree(tr("Templates"), tr("Template"), tr("Made"))
        self.tree.currentItemChanged.connect(lambda *_: self._chosen())
        self.tree.itemActivated.connect(lambda *_: self._begin())
        self.empty = Label(
            tr("There is no template yet. In a deposit, choose “Use as template” in the menu “Reuse”."), "muted"
        )
        self.body.addWidget(self.empty)
        self.body.addWidget(self.tree, 1)
        self.begin = Button("plus", "main", self._begin)
        self.begin.setText(tr("&New deposit from it"))
        self.fill = Button("describe", "", self._fill)
        self.fill.setText(tr("Fill into &this deposit"))
        self.fill.setVisible(workspace.work is not None)
        self.file = Button("files", "", self._open_file)
        self.file.setText(tr("&Open a file …"))
        self.share = Button("save", "quiet", self._share)
        self.share.setText(tr("Save as a &file …"))
        self.away = Button("trash", "quiet", self._remove)
        self.away.setText(tr("&Remove"))
        self.end_with(self.begin, self.fill, self.file, self.share, self.away)
        self.fit(40, 28)
        self._reload()

    def _reload(self) -> None:
        home = self.workspace.desk.home
        self.ask(lambda: templates.saved(home), self._show)

    def _show(self, found: tuple[Saved, ...]) -> None:
        self.tree.clear()
        for saved in found:
            made = when(saved.template.made) if saved.template and saved.template.made else ""
            name = saved.template.name if saved.template else saved.path.name
            self.tree.add([name, made if saved.template else tr("cannot be read")], saved)
        self.tree.setColumnWidth(0, self.width() * 3 // 5)
        self.empty.setVisible(not found)
        self.tree.setVisible(bool(found))
        self.tree.go_first()
        self._chosen()

    def _chosen(self) -> None:
        saved: Saved | None = self.tree.chosen()
        for button in (self.begin, self.fill, self.share):
            button.setEnabled(saved is not None and saved.template is not None)
        self.away.setEnabled(saved is not None)
        self.tell(saved.problem if saved is not None else None)

    def _template(self) -> Template | None:
        saved: Saved | None = self.tree.chosen()
        return saved.template if saved is not None else None

    def _begin(self) -> None:
        template = self._template()
        if template is not None:
            self.workspace.begin_from(template)
            self.accept()

    def _fill(self) -> None:
        template, work = self._template(), self.workspace.work
        if template is not None and work is not None:
            self.ask(lambda: templates.use(work, template), lambda _: self.accept())

    def _open_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Open a template"), "", kinds())
        if chosen:
            home = self.workspace.desk.home
            self.ask(lambda: templates.put(home, templates.read(Path(chosen))), lambda _: self._reload())

    def _share(self) -> None:
        template = self._template()
        if template is None:
            return
        name = f"{_plain(template.name)}{templates.SUFFIX}"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save as a file"), name, kinds())
        if chosen:
            self.ask(lambda: templates.export(template, Path(chosen)), lambda _: self.note(tr("The file was written.")))

    def _remove(self) -> None:
        saved: Saved | None = self.tree.chosen()
        if saved is not None:
            self.ask(lambda: templates.remove(saved.path), lambda _: self._reload())


def _proposed(draft: Draft) -> str:
    """A name for a template: that of the first acquisition, not the title, which belongs to one study."""
    for path in ("image_acquisition[0].title", "specimen[0].title", "biosample[0].title"):
        found = draft.get(path)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return tr("My template")


def _plain(name: str) -> str:
    """A name that every disk takes."""
    return "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip()[:60] or "template"
