"""Finding a question by a word, over all parts of the form."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.gui import theme
from depositor.gui.form.in_words import short
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Label
from depositor.session.forms import Asked, Field, Form, Module

_PLACE = Qt.ItemDataRole.UserRole
_BELOW = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_MOST = 60
_MOVING = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


@dataclass(frozen=True, slots=True)
class Question:
    """Where it is asked (``biosample[0].organism``), how it is called, and the words by which it is found."""

    place: str
    part: str
    name: str
    answer: str
    words: str


def questions(form: Form, draft: Draft) -> Iterator[Question]:
    """Every question of the form, in its order; of parts that repeat those of the first record."""
    for module in form.modules:
        base = f"{module.key}[0]" if module.repeats else module.key
        for field in module.fields:
            if field.asked is Asked.FORM and not field.const:
                yield from _of_field(module, field, f"{base}.{field.key}", (), draft)


def _of_field(module: Module, field: Field, place: str, above: tuple[str, ...], draft: Draft) -> Iterator[Question]:
    name = " · ".join((*above, say(field.label)))
    answer = draft.get(place)
    texts = (say(module.label), name, say(field.help), field.label.english(), field.key.replace("_", " "))
    told = short(answer, field) if not is_empty(answer) and not field.subfields else ""
    yield Question(place, say(module.label), name, told, _folded(" ".join(texts)))
    for one in field.subfields:
        if one.asked is Asked.FORM and not one.const:
            inner = f"{place}[0].{one.key}" if field.many else f"{place}.{one.key}"
            yield from _of_field(module, one, inner, (*above, say(field.label)), draft)


def found(known: list[Question], text: str) -> list[Question]:
    """Those that have all the words; where the name begins with them first."""
    words = _folded(text).split()
    fitting = [q for q in known if all(word in q.words for word in words)]
    return sorted(fitting, key=lambda q: _rank(q, words))[:_MOST]


def _rank(question: Question, words: list[str]) -> int:
    name = _folded(question.name.rpartition(" · ")[2])
    if not words or name.startswith(words[0]):
        return 0
    return 1 if all(word in name for word in words) else 2


def _folded(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


class FindQuestion(QDialog):
    """A line and what it finds; ``jump`` gets the place of the chosen question."""

    def __init__(self, parent: QWidget, form: Form, draft: Draft, jump: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._known, self._jump = list(questions(form, draft)), jump
        self.setWindowTitle(tr("Find a question"))
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("A word, as in “pixel size” or “antibody”"))
        self.line.setAccessibleName(tr("Find a question"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Questions that were found"))
        self.list.setItemDelegate(_TwoLines(self.list))
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self._told = Label(kind="muted")
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, room, room, room)
        for part in (self.line, self._told, self.list):
            layout.addWidget(part)
        self.resize(room * 34, room * 28)
        self._search("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk the list while one types; Enter goes to the marked question."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _MOVING:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._go(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        self.list.clear()
        shown = found(self._known, text)
        for question in shown:
            self.list.addItem(_line(question))
        self.list.setCurrentRow(0)
        number = len(shown)
        self._told.setText(
            trn("{n} question", "{n} questions", number)
            if number
            else tr("No question has these words. Try another one.")
        )

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.accept()
            self._jump(str(item.data(_PLACE)))


def _line(question: Question) -> QListWidgetItem:
    item = QListWidgetItem(question.name)
    below = " · ".join(w for w in (question.part, question.answer) if w)
    item.setData(_PLACE, question.place)
    item.setData(_BELOW, below)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{question.name}, {below}")
    return item


class _TwoLines(QStyledItemDelegate):
    """The question, and below it in grey its part and the answer there is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        line = option.fontMetrics.height()
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        area = option.rect.adjusted(line // 2, line // 4, -line // 2, -line // 4)
        painter.save()
        for at, (role, color) in enumerate(((Qt.ItemDataRole.DisplayRole, "text"), (_BELOW, "muted"))):
            place = QRect(area.left(), area.top() + at * area.height() // 2, area.width(), area.height() // 2)
            painter.setPen(QColor(getattr(theme.current(), color)))
            words = option.fontMetrics.elidedText(str(index.data(role)), Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, flags, words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(option.fontMetrics.height() * 10, round(option.fontMetrics.height() * 2.8))
