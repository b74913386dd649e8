"""A line that suggests terms of a vocabulary while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from depositor.gui.form.surroundings import workspace_of
from depositor.gui.form.terms_shown import TERM, Suggestion
from depositor.gui.texts import say, tr
from depositor.session import terms

if TYPE_CHECKING:
    from depositor.session.terms import Term

_PAUSE_MS = 15  # keys that come in one burst are answered once
_SHOWN = 12
_FROM = 3  # letters: with fewer, nothing found says little
_ACTION = Qt.ItemDataRole.UserRole + 1


class TermLine(QLineEdit):
    """``chosen`` carries the Term that was taken from the list, ``entered`` tells that Enter was pressed elsewhere,
    ``wanted_online`` that these words are to be looked up.

    The list never changes the text by itself: only taking a line does.
    """

    chosen = Signal(object)
    entered = Signal()
    wanted_online = Signal(str)
    _prepared = False  # of the whole program: what the lists need is read once

    def __init__(self, vocabulary: str | None, hint: str) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self.online = False  # whether there is more to be found on line
        self.setPlaceholderText(hint)
        self._model = QStandardItemModel(self)
        self._list = QCompleter(self._model, self)
        self._list.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._list.setMaxVisibleItems(_SHOWN)
        self._list.setWidget(self)
        popup = self._list.popup()
        assert popup is not None
        self._popup = popup
        popup.setItemDelegate(Suggestion(self))
        self._list.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.browse)
        self.textEdited.connect(self._typed)

    @property
    def choosing(self) -> bool:
        """True while the list is open."""
        return self._popup.isVisible()

    def browse(self) -> None:
        """Open the list for what is typed; of the first page where nothing is."""
        words = self.text().strip()
        found = self._suggested(words)
        self._model.clear()
        for term in found:
            self._model.appendRow(_line(term))
        if not found and len(words) >= _FROM:
            self._model.appendRow(_remark(self._nothing()))
        if self.online and len(words) >= _FROM and self._vocabulary:
            self._model.appendRow(_action(tr("Look up “{words}” on line …", words=words)))
        if self._model.rowCount() and self.hasFocus():
            self._popup.setMinimumWidth(max(self.width(), self.fontMetrics().height() * 24))
            self._list.complete()
            self._fit()
        else:
            self._popup.hide()

    def _fit(self) -> None:
        """As high as its lines, which are not all of one height; as far as the screen goes."""
        lines = sum(self._popup.sizeHintForRow(at) for at in range(self._model.rowCount()))
        wanted = lines + 2 * self._popup.frameWidth() + 4
        place, least = self._popup.geometry(), self.fontMetrics().height() * 2
        if place.top() > self.mapToGlobal(self.rect().center()).y():
            room = self.screen().availableGeometry().bottom() - place.top()
            place.setHeight(max(min(wanted, room), least))
        else:
            place.setTop(place.bottom() - max(min(wanted, place.height()), least))
        self._popup.setGeometry(place)

    def remember(self, term: Term) -> None:
        """Offer a term first the next time."""
        space = workspace_of(self)
        if space is not None and self._vocabulary:
            space.desk.picks.note(self._vocabulary, term.id or term.label)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._vocabulary and not TermLine._prepared:
            TermLine._prepared = True
            terms.prepare()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.choosing and self._vocabulary:
            self.browse()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._pointed():
            self._pause.stop()
            self._popup.hide()
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def _suggested(self, words: str) -> tuple[Term, ...]:
        if not self._vocabulary:
            return ()
        space = workspace_of(self)
        recent = space.desk.picks.recent(self._vocabulary) if space else ()
        species = terms.organisms_of(space.work.draft) if space and space.work else frozenset()
        return terms.suggest(self._vocabulary, words, _SHOWN, recent, species)

    def _nothing(self) -> str:
        trouble = terms.trouble()
        return say(trouble.message) if trouble else tr("Nothing in the list is called so. Your own words are kept.")

    def _pointed(self) -> bool:
        """True while a line of the open list is marked."""
        return self.choosing and self._popup.currentIndex().isValid()

    def _typed(self) -> None:
        if self._vocabulary:
            self._pause.start()

    def _take(self, index: QModelIndex) -> None:
        self._pause.stop()
        term: Any = index.data(TERM)
        if term is not None:
            self.setText(term.label)
            self.remember(term)
            self.chosen.emit(term)
        elif index.data(_ACTION):
            self.wanted_online.emit(self.text().strip())


def _line(term: Term) -> QStandardItem:
    item = QStandardItem(term.label)
    item.setData(term, TERM)
    spoken = (term.label, tr("also {synonym}", synonym=term.matched) if term.matched else "", term.id, term.description)
    item.setData(", ".join(part for part in spoken if part), Qt.ItemDataRole.AccessibleTextRole)
    item.setToolTip(term.description)
    return item


def _remark(words: str) -> QStandardItem:
    item = QStandardItem(words)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _action(words: str) -> QStandardItem:
    item = QStandardItem(words)
    item.setData(True, _ACTION)
    return item
