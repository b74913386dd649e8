"""The step in which personal data are looked for and decided about."""

from __future__ import annotations

import datetime as dt
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QListWidget, QListWidgetItem, QSplitter, QTabWidget, QWidget

from depositor.draft.finding import Choice, Decision, Finding, NotChecked
from depositor.draft.steps import StepId, undecided
from depositor.gui import findings, icons, sources
from depositor.gui.findings import Group
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Button, Label, Notice, column, row
from depositor.gui.widgets.decide import Reason
from depositor.gui.widgets.flow import flow

_ICON = {"blocker": "attention", "warning": "attention", "advice": "info", "info": "info"}
_COLOR = {"blocker": "bad", "warning": "warn", "advice": "accent", "info": "muted"}  # names: they follow the theme


class PrivacyPage(Page):
    """What was looked for, what was found, what was not checked, and what is decided about it."""

    step = StepId.PRIVACY
    wide = True

    def build(self) -> None:
        self._who = ""
        self._groups: tuple[Group, ...] = ()
        self._group_id = ""
        self._gaps: tuple[NotChecked, ...] = ()
        self._state = Notice()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.show_evidence = QCheckBox()
        self.show_evidence.setChecked(bool(self.workspace.desk.settings.get("privacy_show_evidence")))
        self.show_evidence.toggled.connect(self._show_group)
        self._build_findings()
        self._build_gaps()
        self.body.addWidget(self._state)
        self.body.addWidget(self.tabs, 1)
        self.body.addStretch()  # while there is no list, the notice above it takes no more room than its words
        self._bind()

    def _build_findings(self) -> None:
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._chose_group)
        self._head, self._why = Label(kind="heading"), Label(kind="muted")
        self.model = PagedModel(
            self.workspace.bridge,
            (
                Column(lambda: tr("File")),
                Column(lambda: tr("Place")),
                Column(lambda: tr("What was seen")),
                Column(lambda: tr("Decision")),
            ),
        )
        self.table = PagedTable(self.model)
        self.table.setSelectionMode(PagedTable.SelectionMode.ExtendedSelection)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count_chosen())
        self.clean = Button("privacy", clicked=partial(self._decide, Choice.CLEAN))
        self.exclude = Button("close", clicked=partial(self._decide, Choice.EXCLUDE))
        self.keep = Button("check", clicked=partial(self._decide, Choice.KEEP))
        self._chosen = Label(kind="muted")
        detail = QWidget()
        buttons = flow(self.keep, self.exclude, self.clean)
        inside = column(self._head, self._why, row(1, self.show_evidence), (self.table, 1), self._chosen, buttons)
        room = round(self.fontMetrics().height() * 0.6)
        inside.setContentsMargins(room, room, 0, 0)
        detail.setLayout(inside)
        self._splitter = splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.list)
        splitter.addWidget(detail)
        line = self.fontMetrics().height()
        self.list.setMinimumSize(line * 11, line * 8)
        detail.setMinimumHeight(line * 24)
        splitter.setSizes([line * 15, line * 40])
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        self._detail = detail
        self.tabs.addTab(splitter, "")

    def _build_gaps(self) -> None:
        self._gap_model = PagedModel(self.workspace.bridge, (Column(lambda: tr("File")), Column(lambda: tr("Why"))))
        self._gap_table = PagedTable(self._gap_model, stretch=1)
        self.tabs.addTab(self._gap_table, "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.fontMetrics().height() * 42
        self._splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _bind(self) -> None:
        self.texts.bind(
            lambda: self.title.setText(tr("Is anybody's privacy at risk?")),
            lambda: self.lead.setText(
                tr(
                    "Depositor looks for names, numbers, dates and places of people in file headers, in the names of "
                    "files and folders, and in what you typed. It does not find everything: please look at your "
                    "images too."
                )
            ),
            lambda: self.list.setAccessibleName(tr("Kinds of findings")),
            lambda: self.table.setAccessibleName(tr("Findings of this kind")),
            lambda: self._gap_table.setAccessibleName(tr("Not checked")),
            lambda: self.tabs.tabBar().setAccessibleName(tr("What the checks say")),
            lambda: self.show_evidence.setText(tr("Show what was seen &in full")),
            lambda: self.clean.setText(tr("Send &cleaned copy")),
            lambda: self.exclude.setText(tr("&Leave file out")),
            lambda: self.keep.setText(tr("&Keep …")),
            self.model.retitle,
            self._gap_model.retitle,
        )

    # --- what is known -------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._groups, self._gaps, self._group_id = (), (), ""
        self.list.clear()
        self.model.show(None)
        self._gap_model.show(None)

    def entered(self) -> None:
        found = self.situation
        ready = found is not None and found.inventory.complete and found.inventory.files
        if ready and found is not None and found.privacy is None and not self.workspace.checking:
            self.workspace.start_check()

    def refresh(self) -> None:
        found = self.situation
        assert found is not None
        self._groups = findings.grouped(found.draft, found.privacy or ())
        self._show_state()
        self._show_groups()
        self.tabs.setTabText(0, tr("Findings ({n})", n=count(len(found.privacy or ()))))
        self.tabs.setTabText(1, tr("Not checked ({n})", n=count(found.not_checked)))
        self.tabs.setVisible(found.privacy is not None)
        if found.privacy is not None and found.not_checked != len({n.path for n in self._gaps}):
            work = self.work
            self.workspace.bridge.ask(lambda _: work.not_checked(), self._show_gaps)

    def _show_gaps(self, gaps: tuple[NotChecked, ...]) -> None:
        self._gaps = gaps
        self._gap_model.show(sources.not_checked(gaps))

    def _show_state(self) -> None:
        found = self.situation
        assert found is not None
        if found.privacy is None:
            self._state.tone("info")
            running = tr("The files are being checked …") if self.workspace.checking else ""
            self._state.show_text(running or tr("Not checked yet"), tr("Your files are read on this computer only."))
            return
        left = len(undecided(found.draft, found.privacy))
        if left:
            self._state.tone("warn")
            head = trn("{n} finding needs your decision", "{n} findings need your decision", left)
        else:
            self._state.tone("ok")
            head = tr("Nothing is left to decide") if found.privacy else tr("Nothing was found")
        gaps = trn(
            "{n} file has parts that no check covers", "{n} files have parts that no check covers", found.not_checked
        )
        copies = tr("Cleaned copies are made when you send, in the program's own folder; your files stay as they are.")
        self._state.show_text(head, f"{gaps}. {copies}" if found.not_checked else copies)

    def _show_groups(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for group in self._groups:
            total = len(group.findings)
            left = trn("{n} open", "{n} open", group.open) if group.open else ""
            line = " · ".join(t for t in (count(total), findings.subject_word(group.subject), left) if t)
            item = QListWidgetItem(f"{say(group.findings[0].message)}\n{line}", self.list)
            done = group.level == "blocker" and not group.open
            item.setIcon(icons.icon("done" if done else _ICON[group.level], "ok" if done else _COLOR[group.level]))
            spoken = f"{say(group.findings[0].message)} {findings.level_word(group.level)}. {line}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        at = next((n for n, g in enumerate(self._groups) if g.id == self._group_id), 0)
        self.list.setCurrentRow(at if self._groups else -1)
        self.list.blockSignals(False)
        self._chose_group(at if self._groups else -1)

    def _chose_group(self, at: int) -> None:
        self._detail.setVisible(0 <= at < len(self._groups))
        if 0 <= at < len(self._groups):
            self._group_id = self._groups[at].id
            self._show_group()

    @property
    def _group(self) -> Group | None:
        return next((g for g in self._groups if g.id == self._group_id), None)

    def _show_group(self) -> None:
        group, found = self._group, self.situation
        if group is None or found is None:
            return
        first = group.findings[0]
        self._head.setText(say(first.message))
        self._why.setText(" ".join(say(m) for m in (first.why, first.advice) if m is not None))
        self.model.show(findings.rows(found.draft, group.findings, shown=self.show_evidence.isChecked()))
        self._count_chosen()

    # --- decisions -----------------------------------------------------------------------------------------------

    def _targets(self) -> tuple[Finding, ...]:
        """The chosen rows; all of the group where none is chosen."""
        group = self._group
        indexes = self.table.selectionModel().selectedRows()
        chosen = [i.data(PAYLOAD) for i in indexes]
        return tuple(f for f in chosen if isinstance(f, Finding)) or (group.findings if group else ())

    def _count_chosen(self) -> None:
        chosen = bool(self.table.selectionModel().selectedRows())
        targets = self._targets()
        n = len(targets)
        self._chosen.setText(
            trn("for {n} chosen finding", "for {n} chosen findings", n)
            if chosen
            else trn("for this finding", "for all {n} findings of this kind", n)
        )
        in_files = findings.in_files(targets)
        self.clean.setEnabled(in_files and findings.can_clean(targets))
        self.exclude.setEnabled(in_files and bool(targets))
        self.keep.setEnabled(bool(targets))

    def _decide(self, choice: Choice) -> None:
        targets = self._targets()
        if not targets:
            return
        dialog = Reason(self, choice, len(targets), self._known_name())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._note, dialog, choice, targets))
        dialog.open()

    def _note(self, dialog: Reason, choice: Choice, targets: tuple[Finding, ...]) -> None:
        self._who = dialog.who.text().strip()
        self.decide(targets, choice, dialog.why.toPlainText().strip(), self._who)

    def decide(self, targets: tuple[Finding, ...], choice: Choice, why: str, who: str) -> None:
        """Note the decision about each of the findings, as one step that can be undone."""
        at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.work.decide([Decision(f.key, choice, why, who, at) for f in targets])

    def _known_name(self) -> str:
        """Who decided last, so that nobody types a name twice."""
        last = self.work.draft.decisions[-1:] if self.workspace.work is not None else ()
        return self._who or (last[0].by if last else "")

    # --- the frame -----------------------------------------------------------------------------------------------

    def main_action(self) -> MainAction | None:
        found = self.situation
        if found is None:
            return None
        if self.workspace.checking:
            return MainAction(tr("&Stop checking"), self.workspace.stop_check, icon="stop")
        if found.privacy is None:
            able = found.inventory.complete and bool(found.inventory.files)
            why = "" if able else tr("Add files first.")
            return MainAction(tr("Chec&k the files"), self.workspace.start_check, able, "privacy", why)
        return None

    def jump(self, location: str) -> None:
        at = next((n for n, g in enumerate(self._groups) if any(f.key == location for f in g.findings)), None)
        self.tabs.setCurrentIndex(0)
        if at is not None:
            self.list.setCurrentRow(at)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
