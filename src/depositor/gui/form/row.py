"""One question on the page: label, help, editor, where the value came from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.finding import Finding, Level
from depositor.gui.form.editors import Editor
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Button, Label
from depositor.session.forms import Field, Requirement

_OTHERS_SHOWN = 3


class FieldRow(QWidget):
    """The row of one field. ``path`` is that of its answer (``biosample[0].organism``)."""

    def __init__(self, field: Field, path: str, editor: Editor, edited: Callable[[str, Any], None]) -> None:
        super().__init__()
        self.field, self.path, self.editor = field, path, editor
        self._edited = edited
        self._take: Any = None
        self._label = QLabel(say(field.label))
        font = self._label.font()
        font.setBold(True)
        self._label.setFont(font)
        self._label.setBuddy(editor.focusProxy() or editor)
        self._origin = Label(kind="muted", select=True)
        self._confirm = Button("check", "quiet", self._agree)
        self._others = QVBoxLayout()
        self._finding = Label(select=True)
        self.confirmed: Callable[[str], None] = lambda _: None
        editor.name(say(field.label), say(field.help))
        editor.changed.connect(self._on_change)
        self._lay_out()

    def show_answer(self, value: Any, origin: Origin | None, proposal: Proposal | None) -> None:
        """Show what the draft holds."""
        self.editor.show_value(value)
        words = origin_words(origin, proposal) if value is not None else ""
        self._origin.setText(words)
        self._origin.setVisible(bool(words))
        offered = origin is not None and origin.kind is not OriginKind.PERSON and not origin.confirmed
        self._confirm.setVisible(bool(words) and offered)
        self._show_others(proposal if offered or value is None else None)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show the weightiest finding about this answer."""
        order = [Level.BLOCKER, Level.WARNING, Level.ADVICE, Level.INFO]
        worst = min(findings, key=lambda f: order.index(f.level), default=None)
        self._finding.setVisible(worst is not None)
        if worst is None:
            return
        words = [say(worst.message), say(worst.advice) if worst.advice else ""]
        self._finding.setText(" ".join(w for w in words if w))
        self._finding.become({Level.BLOCKER: "bad", Level.WARNING: "warn"}.get(worst.level, "muted"))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._label)
        pill = self._pill()
        if pill:
            head.addWidget(pill)
        head.addStretch(1)
        came = QHBoxLayout()
        came.addWidget(self._origin, 1)
        came.addWidget(self._confirm)
        self._confirm.setText(tr("Right"))
        self._confirm.setToolTip(tr("The value is right: keep it, whatever other headers say."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        room = self.fontMetrics().height()
        layout.setSpacing(room // 5)
        layout.addLayout(head)
        help_text = Label(say(self.field.help), "muted")
        layout.addWidget(help_text)
        layout.addWidget(self.editor)
        layout.addLayout(came)
        layout.addLayout(self._others)
        layout.addWidget(self._finding)
        for hidden in (self._origin, self._confirm, self._finding):
            hidden.hide()
        if self.field.why:
            self._label.setToolTip(say(self.field.why))
            help_text.setToolTip(say(self.field.why))

    def _pill(self) -> Label | None:
        words = {Requirement.REQUIRED: tr("needed"), Requirement.RECOMMENDED: tr("recommended")}
        text = words.get(self.field.requirement)
        return Label(text, "pill", wrap=False) if text else None

    def _show_others(self, proposal: Proposal | None) -> None:
        from depositor.gui.widgets.basics import clear

        clear(self._others)
        if proposal is None or not proposal.others:
            return
        for value, files, example in proposal.others[:_OTHERS_SHOWN]:
            line = QHBoxLayout()
            words = trn("{value} in {n} file, as in {file}", "{value} in {n} files, as in {file}", files)
            line.addWidget(Label(words.format(value=_short(value), n=count(files), file=example), "muted"), 1)
            take = Button(None, "quiet", _Use(self, value))
            take.setText(tr("Use this"))
            line.addWidget(take)
            self._others.addLayout(line)
        more = len(proposal.others) - _OTHERS_SHOWN
        if more > 0:
            self._others.addWidget(
                Label(trn("and {n} more value", "and {n} more values", more).format(n=more), "muted")
            )

    def take(self, value: Any) -> None:
        """A person chose one of the other values."""
        self.editor.show_value(value)
        self._on_change()

    def _on_change(self) -> None:
        self._origin.hide()
        self._confirm.hide()
        self._edited(self.path, self.editor.value())

    def _agree(self) -> None:
        self.confirmed(self.path)


class _Use:
    """Takes one value: a callable that keeps it."""

    def __init__(self, row: FieldRow, value: Any) -> None:
        self._row, self._value = row, value

    def __call__(self) -> None:
        self._row.take(self._value)


def origin_words(origin: Origin | None, proposal: Proposal | None) -> str:
    """Where a value came from, in words; nothing for what a person typed."""
    if origin is None or origin.kind is OriginKind.PERSON:
        return ""
    files = proposal.files if proposal else 1
    if origin.kind is OriginKind.HEADER:
        where = origin.file or ""
        if files > 1:
            text = trn(
                "From the header of {n} file, as in {file}", "From the headers of {n} files, as in {file}", files
            )
            return text.format(n=count(files), file=where)
        return tr("From the header of {file}").format(file=where)
    words = {
        OriginKind.FOLDER: tr("From the name of the folder"),
        OriginKind.TEMPLATE: tr("From your template"),
        OriginKind.LOOKUP: tr("Looked up"),
        OriginKind.DEFAULT: tr("Proposed by Depositor"),
    }
    return words[origin.kind]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value.get("label") or "") if isinstance(value, dict) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
