"""What stands beside a line for terms: a button to browse, and the way on line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget
from shiboken6 import isValid

from depositor.draft.message import msg
from depositor.gui.form.browse import BrowseTerms
from depositor.gui.form.editors import Editor
from depositor.gui.form.shrinking import ShrinkingButton
from depositor.gui.form.suggestions import TermLine
from depositor.gui.form.surroundings import path_of, workspace_of
from depositor.gui.texts import tr
from depositor.session import terms

if TYPE_CHECKING:
    from depositor.session.lookups.found import Found
    from depositor.session.terms import Term

# What a vocabulary is asked for on line, where it is not the ontologies themselves.
_KINDS = {"organisms": "organism", "fluorophores": "fluorophore"}


class TermTools(QWidget):
    """Belongs to ``editor``; ``take`` gets the term that was chosen elsewhere."""

    def __init__(self, editor: Editor, line: TermLine, vocabulary: str | None, take: Callable[[Term], None]) -> None:
        super().__init__()
        self._editor, self._line, self._take = editor, line, take
        self._vocabulary = vocabulary or ""
        self._question = ""
        self.browse = ShrinkingButton("search", tr("Browse"), self.open_tree)
        self.browse.setToolTip(tr("Browse the whole list"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.browse)
        if not (vocabulary and terms.has_tree(vocabulary)):
            self.hide()  # the other way round it would show as a window: it has no parent yet
        line.wanted_online.connect(self.look_up)

    def name(self, question: str) -> None:
        """Tell which question it belongs to."""
        self._question = question
        self.browse.setAccessibleName(tr("Browse the list: {question}", question=question))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._line.online = self._can_ask()

    def open_tree(self) -> None:
        """Open the tree, at the term that is chosen now."""
        online = self.look_up if self._can_ask() else None
        dialog = BrowseTerms(self.window(), self._vocabulary, self._question, self._chosen, online)
        words = self._line.text().strip()
        found = terms.suggest(self._vocabulary, words, 1) if words else ()
        if found and found[0].label == words:
            dialog.show_term(found[0])
        elif words:
            dialog.search.setText(words)
        dialog.open()
        dialog.search.setFocus()

    def look_up(self, words: str) -> None:
        """Search on line; what is chosen there counts as looked up."""
        from depositor.gui.form.lookup import LookupDialog

        space = workspace_of(self)
        if space is None:
            return
        kind = _KINDS.get(self._vocabulary, "term")
        LookupDialog(self.window(), space, kind, words, self._found, vocabulary=self._vocabulary).open()

    def _can_ask(self) -> bool:
        space = workspace_of(self)
        kind = _KINDS.get(self._vocabulary, "term")
        return space is not None and space.desk.lookups.can(kind, self._vocabulary)

    def _chosen(self, term: Term) -> None:
        if not isValid(self):  # the form was made anew meanwhile
            return
        self._line.remember(term)
        self._take(term)
        self._line.setFocus()

    def _found(self, found: Found) -> None:
        if not isValid(self):
            return
        self._take(_term(found))
        self._line.setFocus()
        space, path = workspace_of(self), path_of(self._editor)
        if space is None or space.work is None or path is None:
            return
        value: Any = self._editor.value()
        at = f"{path}[{len(value) - 1}]" if isinstance(value, list) else path
        origin = replace(found.origin, confirmed=True)
        space.work.update(
            msg("change.look-up", "Values from a look-up"),
            lambda draft: draft if draft.get(at) is None else draft.answer(at, draft.get(at), origin),
        )


def _term(found: Found) -> Term:
    """A found term, organism or protein as one of the list."""
    from depositor.session.terms import made_term

    identifier = str(found.record.get("id", ""))
    return made_term(identifier, found.title, found.detail)
