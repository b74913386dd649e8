"""Taking over parts of another deposit: choose it, tick its parts, see what would be replaced."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox, QTreeWidgetItem, QWidget

from depositor.draft.draft import Draft
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.reuse.base import DATA, ReuseDialog, Tree, below, tick, ticked
from depositor.gui.texts import say, tr, trn, when
from depositor.gui.widgets.basics import Button, Label, row
from depositor.gui.workspace import Workspace
from depositor.session.reuse import take_over
from depositor.session.reuse.readable import value_words
from depositor.session.reuse.take_over import Choice, Source, Step


class TakeOverDialog(ReuseDialog):
    """At the top the other deposit, then its parts, then what taking them over does here."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        lead = tr("Tick what you need. What you typed here is replaced only where you tick it below.")
        super().__init__(parent, workspace, tr("Take over from another deposit"), lead)
        assert workspace.work is not None
        self._work, self._source = workspace.work, Draft("")
        self.which = QComboBox()
        self.which.setAccessibleName(tr("The other deposit"))
        self.which.setMinimumContentsLength(20)
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.currentIndexChanged.connect(lambda _: self._load())
        self.other = Button("files", "", lambda: dialogs.choose_document(self, self._load_document))
        self.other.setText(tr("&Open document …"))
        self.parts = Tree(tr("Parts of the other deposit"), tr("Part"), tr("What it says"))
        self.steps = Tree(tr("What happens here"), tr("Question"), tr("New"), tr("So far"))
        self.parts.itemChanged.connect(self._ticked)
        self.steps.itemChanged.connect(lambda *_: self._count())
        self.total = Label("", "muted")
        self.body.addLayout(row((self.which, 1), self.other))
        self.body.addWidget(self.parts, 3)
        self.body.addWidget(self.total)
        self.body.addWidget(self.steps, 2)
        self.take = Button("copy", "main", self._take)
        self.take.setText(tr("&Take over"))
        self.end_with(self.take)
        self.fit(48, 40)
        self._count()
        desk, mine = workspace.desk, workspace.work.id
        self.ask(lambda: take_over.sources(desk, mine), self._offer)

    def _offer(self, sources: tuple[Source, ...]) -> None:
        self.which.blockSignals(True)
        for source in sources:
            title = source.title or tr("Untitled study")
            self.which.addItem(f"{title} · {when(source.at)}", source)
        self.which.blockSignals(False)
        self.which.setVisible(bool(sources))
        if sources:
            self._load()
        else:
            self.total.setText(tr("There is no other deposit on this computer yet. A document works too."))

    def _load(self) -> None:
        source: Source | None = self.which.currentData()
        if source is not None:
            desk = self.workspace.desk
            self.ask(lambda: take_over.load(desk, source), self._show)

    def _load_document(self, path: Path) -> None:
        self.ask(lambda: take_over.of_document(path), self._show)

    def _show(self, source: Draft) -> None:
        self.tell(None)
        self._source = source
        self.parts.blockSignals(True)
        self.parts.clear()
        tops: dict[str, QTreeWidgetItem] = {}
        for choice in take_over.choices(self._work, source):
            key = choice.module.key
            if key not in tops:
                tops[key] = self.parts.add([say(choice.module.label), ""])
                tick(tops[key], on=False)
            name = choice.name or (say(choice.field.label) if choice.field else "")
            said = value_words(choice.value, choice.field or choice.module)[:200]
            tick(self.parts.add([name, said], choice, tops[key]), on=False)
        self.parts.blockSignals(False)
        self.parts.expandAll()
        self.parts.setColumnWidth(0, self.width() * 2 // 5)
        self.parts.go_first()
        self._plan()

    def _ticked(self, item: QTreeWidgetItem, _column: int) -> None:
        self.parts.blockSignals(True)
        for one in below(item):
            one.setCheckState(0, item.checkState(0))
        self.parts.blockSignals(False)
        self._plan()

    def chosen(self) -> list[Choice]:
        """What is ticked."""
        return [i.data(0, DATA) for i in self.parts.lines() if i.data(0, DATA) is not None and ticked(i)]

    def _plan(self) -> None:
        self.steps.blockSignals(True)
        self.steps.clear()
        form = self._work.form()
        for step in take_over.plan(self._work, self.chosen()):
            module = form.module(step.path.partition(".")[0].partition("[")[0])
            where = " · ".join(say(m.label) for m in (module, step.field) if m) or step.path
            own = value_words(step.own, step.field)[:200]
            item = self.steps.add([where, value_words(step.value, step.field)[:200], own], step)
            if step.persons:
                tick(item, on=False)
                item.setText(2, tr("{own} (typed by you)", own=own))
        self.steps.blockSignals(False)
        for at, share in enumerate((0.3, 0.35)):
            self.steps.setColumnWidth(at, round(self.width() * share))
        self._count()

    def _replaced(self) -> list[str]:
        found = ((i, i.data(0, DATA)) for i in self.steps.lines())
        return [step.path for item, step in found if step.persons and ticked(item)]

    def _steps(self) -> list[Step]:
        return [i.data(0, DATA) for i in self.steps.lines()]

    def _count(self) -> None:
        steps, agreed = self._steps(), self._replaced()
        number = sum(1 for s in steps if not s.persons or s.path in agreed)
        stays = sum(1 for s in steps if s.persons) - len(agreed)
        words = [trn("{n} answer is filled in.", "{n} answers are filled in.", number)] if steps else []
        if stays:
            words.append(trn("{n} that you typed stays.", "{n} that you typed stay.", stays))
        self.total.setText(" ".join(words) or tr("Nothing is ticked yet."))
        self.steps.setVisible(bool(steps))
        self.take.setEnabled(number > 0)

    def _take(self) -> None:
        chosen, replaced, work, source = self.chosen(), self._replaced(), self._work, self._source
        self.ask(lambda: take_over.take(work, chosen, source, replaced), lambda _: self._done())

    def _done(self) -> None:
        lost = take_over.dangling(self._work)
        self.workspace.refresh()
        if lost:
            self.workspace.go.emit(StepId.DESCRIBE, lost[0])
        self.accept()
