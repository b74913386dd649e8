"""One question on the page: label, help, editor, where the value came from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.finding import Finding, Level
from depositor.gui.form.about import WhyButton
from depositor.gui.form.editors import Editor
from depositor.gui.form.in_words import short
from depositor.gui.form.make import one_per_line
from depositor.gui.form.surroundings import workspace_of
from depositor.gui.form.told import Place, Told
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label, clear, row
from depositor.gui.widgets.flow import flow
from depositor.session.forms import Field, Requirement

_OTHERS_SHOWN = 3


class FieldRow(QWidget):
    """The row of one field. ``path`` is that of its answer (``biosample[0].organism``)."""

    def __init__(
        self,
        field: Field,
        path: str,
        editor: Editor,
        edited: Callable[[str, Any], None],
        confirmed: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.field, self.path, self.editor = field, path, editor
        self._edited, self._confirmed = edited, confirmed
        self.offered = False  # the value is one that no person looked at yet
        self._offer: Proposal | None = None
        self._label = Label(say(field.label), "strong", wrap=False)
        self._label.setBuddy(editor.focusProxy() or editor)
        self._origin = Label(kind="muted", select=True)
        self.confirm = Button("check", "quiet", self._agree)
        self._others = QVBoxLayout()
        self._told = Told(field.help)
        editor.changed.connect(self._on_change)
        self._name_editor("")
        self._lay_out()

    def show_answer(self, value: Any, origin: Origin | None, proposal: Proposal | None) -> None:
        """Show what the draft holds."""
        self.editor.show_value(value)
        words = origin_words(origin, proposal) if value is not None else ""
        self._origin.setText(words)
        self._origin.setVisible(bool(words))
        self.offered = is_offered(value, origin)
        self.confirm.setVisible(self.offered)
        self._show_others(_asked_for(proposal) if value is None else proposal if self.offered else None)

    def show_findings(self, found: Sequence[Place]) -> None:
        """Tell what is wrong, each at its part of the answer."""
        left = [finding for _, finding in self.editor.show_findings(found)]
        empty = self.editor.value() is None
        self._told.show_findings([f for f in left if not (empty and _only_asked(f))])
        self._name_editor(self._told.words)

    def take(self, value: Any) -> None:
        """A person chose one of the other values."""
        self.editor.show_value(value)
        self._settle()
        self._edited(self.path, value)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _name_editor(self, wrong: str) -> None:
        field = self.field
        about = [say(m) for m in (field.help, field.why) if m]
        asked = {Requirement.REQUIRED: tr("needed"), Requirement.RECOMMENDED: tr("recommended")}
        words = [
            wrong,
            asked.get(field.requirement, ""),
            *about,
            tr("One in each line.") if one_per_line(field) else "",
        ]
        described = " ".join(w for w in words if w)
        if described != self.property("described"):
            self.setProperty("described", described)
            self.editor.name(say(field.label), described)

    def _lay_out(self) -> None:
        self.confirm.setText(tr("Right"))
        self.confirm.setAccessibleName(tr("{question}: the value is right", question=say(self.field.label)))
        self.confirm.setToolTip(tr("The value is right: keep it, whatever other headers say."))
        lines = f" {tr('One in each line.')}" if one_per_line(self.field) else ""
        help_text = Label(say(self.field.help) + lines, "muted")
        self._others.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(round(self.fontMetrics().height() * 0.25))
        pill = self._pill()
        self.why = WhyButton(self.field, self.path)
        layout.addWidget(flow(self._label, *([pill] if pill else []), self.why))
        layout.addWidget(help_text)
        layout.addWidget(self.why.about)
        layout.addWidget(self.editor)
        layout.addLayout(row((self._origin, 1), self.confirm))
        layout.addLayout(self._others)
        layout.addWidget(self._told)
        for hidden in (self._origin, self.confirm):
            hidden.hide()

    def _pill(self) -> Label | None:
        words = {Requirement.REQUIRED: tr("needed"), Requirement.RECOMMENDED: tr("recommended")}
        text = words.get(self.field.requirement)
        return Label(text, "pill", wrap=False) if text else None

    def _show_others(self, proposal: Proposal | None) -> None:
        if proposal == self._offer:
            return  # a button that has the keyboard stays
        self._offer = proposal
        clear(self._others)
        if proposal is None or not proposal.others:
            return
        for value, files, example in proposal.others[:_OTHERS_SHOWN]:
            self._others.addLayout(self._other(value, files, example))
        more = len(proposal.others) - _OTHERS_SHOWN
        if more > 0:
            self._others.addWidget(Label(trn("and {n} more value", "and {n} more values", more), "muted"))
        if proposal.origin.kind is OriginKind.HEADER:
            differs = Button("files", "quiet", self._differs)
            differs.setText(tr("It differs from file to file …"))
            differs.setToolTip(tr("Put it into the list of files, where each file says its own value."))
            differs.setAccessibleName(tr("{question}: it differs from file to file", question=say(self.field.label)))
            self._others.addLayout(row(differs, 1))

    def _differs(self) -> None:
        """The list of files says it file by file; here nothing needs to stand for all of them."""
        from depositor.gui.columns import dialog

        space = workspace_of(self)
        if space is not None:
            dialog.show(space, self.window(), dialog.COLUMNS)

    def _other(self, value: Any, files: int, example: str) -> QHBoxLayout:
        shown = short(value, self.field)
        words = trn(
            "{n} file says: {value} (as in {file})",
            "{n} files say: {value} (as in {file})",
            files,
            value=shown,
            file=example,
        )
        use = Button(None, "quiet", partial(self.take, value))
        use.setText(tr("Use this"))
        use.setAccessibleName(tr("Use this: {value}", value=shown))
        return row((Label(words, "muted", select=True), 1), use)

    def _on_change(self) -> None:
        self._settle()
        self._edited(self.path, self.editor.value())

    def _settle(self) -> None:
        """A person said it: where it came from no longer matters."""
        self.offered = False
        self._origin.hide()
        self.confirm.hide()

    def _agree(self) -> None:
        self._confirmed(self.path)
        self.editor.put_keyboard()  # the button goes; the keyboard stays at its question


def _asked_for(proposal: Proposal | None) -> Proposal | None:
    """Of an answer that was taken away all values are others: also the one that most headers say."""
    if proposal is None or proposal.origin.kind is not OriginKind.HEADER:
        return proposal
    first = (proposal.value, proposal.files, proposal.origin.file or "")
    return replace(proposal, others=(first, *proposal.others))


def is_offered(value: Any, origin: Origin | None) -> bool:
    """True for a value that was filled in and that no person looked at yet."""
    return value is not None and origin is not None and origin.kind is not OriginKind.PERSON and not origin.confirmed


def origin_words(origin: Origin | None, proposal: Proposal | None) -> str:
    """Where a value came from, in words; nothing for what a person typed."""
    if origin is None or origin.kind is OriginKind.PERSON:
        return ""
    if origin.kind is OriginKind.HEADER:
        files = proposal.files if proposal else 1
        words = trn(
            "From the header of {file}", "From the headers of {n} files, as in {file}", files, file=origin.file or ""
        )
    elif origin.kind is OriginKind.TEMPLATE and origin.key:
        words = tr("From “{name}”", name=origin.key)
    elif origin.kind is OriginKind.DEFAULT and origin.key == "remembered":
        words = tr("From your last deposit")
    else:
        words = {
            OriginKind.FOLDER: tr("From the name of the folder"),
            OriginKind.TEMPLATE: tr("From your template"),
            OriginKind.TABLE: tr("From {file}", file=origin.file or ""),
            OriginKind.LOOKUP: tr("Looked up"),
            OriginKind.DEFAULT: tr("Written from the details") if origin.key else tr("Proposed by Depositor"),
        }[origin.kind]
    return f"{words} · {tr('you agreed')}" if origin.confirmed else words


def _only_asked(finding: Finding) -> bool:
    """True for what the word "recommended" beside the question says already."""
    return finding.check == "form.missing" and finding.level in (Level.ADVICE, Level.INFO)
