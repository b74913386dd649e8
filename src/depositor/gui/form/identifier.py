"""A line for an identifier: what is pasted or scanned becomes the identifier, and a button asks who or what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from depositor.draft.message import msg
from depositor.draft.problem import Problem
from depositor.gui.form.editors import LineEditor, words_of
from depositor.gui.form.lookup import LookupDialog
from depositor.gui.form.lookup_preview import Preview
from depositor.gui.form.shrinking import ShrinkingButton
from depositor.gui.form.surroundings import path_of, workspace_of
from depositor.gui.texts import tr
from depositor.session import terms
from depositor.session.forms import Kind

if TYPE_CHECKING:
    from depositor.session.lookups.found import Found

ASKED = {Kind.ORCID: "person", Kind.ROR: "organisation", Kind.DOI: "publication", Kind.PMID: "publication"}
RRID = "rrid"
_SCHEMES = {Kind.ORCID: "orcid", Kind.ROR: "ror", Kind.DOI: "doi", Kind.PMID: "pmid"}


class IdentifierEditor(LineEditor):
    """One identifier of a kind: ``scheme`` as in :func:`depositor.session.terms.parse`, ``asked`` as the look-ups call
    what is behind it."""

    def __init__(self, hint: str, scheme: str, asked: str) -> None:
        super().__init__(hint, left_to_right=True)
        self._scheme, self._asked = scheme, asked
        self.button = ShrinkingButton("search", tr("Look up"), self.look_up)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.button)
        self.line.editingFinished.connect(self._settle)
        self.line.textEdited.connect(self._pasted)
        self._before = ""

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self._before = self.line.text()

    def name(self, label: str, description: str) -> None:
        super().name(label, description)
        self.button.setAccessibleName(tr("Look up: {question}", question=label))

    def look_up(self) -> None:
        """Ask for what stands here; where nothing does, for the name beside it."""
        space, path = workspace_of(self), path_of(self)
        if space is None or space.work is None or path is None:
            return
        self._settle()
        work, base = space.work, path.rpartition(".")[0]
        dialog: LookupDialog | None = None

        def preview(found: Found) -> Preview:
            return Preview(found, work.draft, work.form(), base)

        def take(_: Found) -> None:
            shown = dialog.shown if dialog else None
            if shown is not None:
                work.update(msg("change.look-up", "Values from a look-up"), shown.chosen)

        dialog = LookupDialog(self.window(), space, self._asked, self._words(base), take, preview=preview)
        dialog.open()

    def _words(self, base: str) -> str:
        space = workspace_of(self)
        typed = self.line.text().strip()
        if typed or space is None or space.work is None:
            return typed
        beside: Any = space.work.draft.get(base)
        named = self._asked in ("person", "organisation") and isinstance(beside, dict)
        return words_of({"name": beside.get("name")}) if named else ""

    def _pasted(self, text: str) -> None:
        """A whole address or a scan came at once: put the identifier in its place."""
        if len(text) - len(self._before) > 1:
            self._settle()
        self._before = self.line.text()

    def _settle(self) -> None:
        """Write an identifier as the document holds it; what is none stays as typed."""
        typed = self.line.text()
        if not typed.strip():
            return
        found = terms.parse(self._scheme, typed)
        if not isinstance(found, Problem) and found.value != typed:
            self.line.setText(found.value)
            self._edited()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A scanner ends with Enter: the identifier is settled, nothing else happens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.focusProxy(), QLineEdit):
            self._settle()
        super().keyPressEvent(event)


def scheme_of(kind: Kind, key: str) -> tuple[str, str] | None:
    """The scheme of a field and what can be asked about it; None where there is no identifier to type."""
    if kind in _SCHEMES:
        return _SCHEMES[kind], ASKED[kind]
    return (RRID, "reagent") if kind is Kind.TEXT and key.endswith(RRID) else None
