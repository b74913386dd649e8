"""One of several records: its head with name and buttons, and its questions; or, folded, one line that opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from depositor.draft.finding import Level
from depositor.gui import theme
from depositor.gui.form.in_words import record_name, record_rest
from depositor.gui.form.told import Place, Told
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Label
from depositor.gui.widgets.flow import flow
from depositor.session.forms import Field

if TYPE_CHECKING:
    from depositor.gui.form.records import RecordEditor


class RecordCard(QWidget):
    """``make`` makes the questions, which happens when the card is opened for the first time; ``typed`` is called when
    a person changed an answer, ``opened`` when the card was folded or unfolded."""

    def __init__(
        self,
        field: Field,
        make: Callable[[], RecordEditor],
        typed: Callable[[], None],
        move: Callable[[RecordCard, int], None],
        take_away: Callable[[RecordCard], None],
    ) -> None:
        super().__init__()
        self._field, self._make, self._typed = field, make, typed
        self._move, self._take_away = move, take_away
        self._record: Any = None
        self._found: Sequence[Place] = ()
        self._place = (0, 1)
        self.editor: RecordEditor | None = None
        self.line: FoldedLine | None = None
        self._open: OpenCard | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    # --- the answer ----------------------------------------------------------------------------------------------

    def value(self) -> Any:
        """The record; None for an empty one."""
        return self.editor.value() if self.editor is not None else (self._record or None)

    def show_value(self, record: Any) -> None:
        self._record = record
        if self.editor is not None:
            self.editor.show_value(record)

    def show_findings(self, found: Sequence[Place]) -> None:
        """Tell what is wrong at its place; folded, how much there is."""
        self._found = found
        if self._open is not None and self.editor is not None:
            self._open.told.show_findings([f for _, f in self.editor.show_findings(found)])
        self._describe_line()

    # --- open or folded ------------------------------------------------------------------------------------------

    @property
    def folded(self) -> bool:
        """Whether the questions are hidden."""
        return self._open is None or self._open.isHidden()

    def unfold(self) -> RecordEditor:
        """Show the questions; their editor."""
        if self.editor is None or self._open is None:
            self.editor = self._make()
            self.editor.show_value(self._record)
            self.editor.changed.connect(self._typed)
            self._open = OpenCard(self)
            self._layout.addWidget(self._open)
            self.show_findings(self._found)
        self._open.show()
        if self.line is not None:
            self.line.hide()
        self.show_place(*self._place)
        return self.editor

    def fold(self) -> None:
        """Show one line in place of the questions."""
        if self.line is None:
            self.line = FoldedLine(self._unfold_here)
            self._layout.insertWidget(0, self.line)
        self.line.show()
        if self._open is not None:
            self._open.hide()
        self._describe_line()

    def _unfold_here(self) -> None:
        self.unfold().put_keyboard()

    def fold_here(self) -> None:
        """As a person asks for it: the keyboard stays with the card."""
        self.fold()
        if self.line is not None:
            self.line.setFocus()

    def take_keyboard(self) -> None:
        """The keyboard stays at this card, not in one of its questions: Ctrl+Z brings back what was taken away."""
        target = self.line if self.folded and self.line is not None else self.buttons.away
        target.setFocus()

    # --- names ---------------------------------------------------------------------------------------------------

    @property
    def buttons(self) -> OpenCard:
        """The open card, which has the buttons."""
        if self._open is None:
            self.unfold()
        assert self._open is not None
        return self._open

    def show_place(self, at: int, of: int) -> None:
        """Show which of how many it is."""
        self._place = (at, of)
        whose = f"{say(self._field.label)} {at + 1}"
        if self.editor is not None and self._open is not None:
            self.editor.name_within(whose)
            self._open.show_place(self._head(), whose, at, of)
        self._describe_line()

    def move_by(self, by: int) -> None:
        """A person wants it further up (-1) or down (1)."""
        self._move(self, by)

    def take_away(self) -> None:
        """A person wants it no more."""
        self._take_away(self)

    def let_go(self) -> None:
        """It is taken away: what is typed in it counts no more."""
        if self.editor is not None:
            self.editor.changed.disconnect(self._typed)
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def _head(self) -> str:
        at = self._place[0]
        name = record_name(self.value())
        return f"{at + 1} · {name}" if name else tr("{what} {n}", what=say(self._field.label), n=at + 1)

    def _describe_line(self) -> None:
        if self.line is None or self.line.isHidden():
            return
        grave = [f for _, f in self._found if f.level in (Level.BLOCKER, Level.WARNING)]
        told = trn("{n} thing to look at", "{n} things to look at", len(grave)) if grave else ""
        self.line.show_words(self._head(), record_rest(self.value(), self._field), told)


class OpenCard(QFrame):
    """The frame with head, buttons and questions."""

    def __init__(self, card: RecordCard) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        assert card.editor is not None
        self.told = Told()
        self._name = Label(kind="strong")
        self.fold = Button(None, "quiet", card.fold_here)
        self.up = Button(None, "quiet", partial(card.move_by, -1))
        self.down = Button(None, "quiet", partial(card.move_by, 1))
        self.away = Button("close", "quiet", card.take_away)
        self.fold.setText(tr("Fold"))
        self.up.setText(tr("Up"))
        self.down.setText(tr("Down"))
        self.away.setText(tr("Remove"))
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(flow(self.fold, self.up, self.down, self.away, trailing=True))
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(card.editor)
        layout.addWidget(self.told)

    def show_place(self, name: str, whose: str, at: int, of: int) -> None:
        """Name the card and its buttons."""
        self._name.setText(name)
        for button in (self.fold, self.up, self.down):
            button.setVisible(of > 1)
            button.setAccessibleName(f"{button.text()}: {whose}")
        self.away.setAccessibleName(f"{self.away.text()}: {whose}")
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < of - 1)


class FoldedLine(QPushButton):
    """A button as wide as the page: the name, a few answers beside it, and how much is wrong inside."""

    def __init__(self, opened: Callable[[], None]) -> None:
        super().__init__()
        self._opened = opened
        self._words = ("", "", "")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._fire)

    def show_words(self, name: str, rest: str, told: str) -> None:
        """Show these; screen readers hear all of it."""
        if (name, rest, told) == self._words:
            return
        self._words = (name, rest, told)
        self.setAccessibleName(", ".join(w for w in (name, rest, told) if w))
        self.setAccessibleDescription(tr("Folded; press to open"))
        self.update()

    @property
    def words(self) -> tuple[str, str, str]:
        """Name, further answers, and what is wrong."""
        return self._words

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 12, round(line * 2.1))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._fire()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        self._draw_words(painter)

    def _draw_words(self, painter: QPainter) -> None:
        """Name, then the rest in grey; what is wrong at the end of the line. From the right in mirrored windows."""
        name, rest, told = self._words
        colors, metrics, line = theme.current(), self.fontMetrics(), self.fontMetrics().height()
        left, right = line // 2, self.width() - line // 2
        if told:
            width = min(metrics.horizontalAdvance(told) + 2, (right - left) // 2)
            self._text(painter, right - width, width, told, colors.warn)
            right -= width + line // 2
        self._chevron(painter, left + line * 0.35)
        left += line
        width = min(metrics.horizontalAdvance(name) + 2, max(0, right - left))
        self._text(painter, left, width, name, colors.text)
        left += width + line
        if rest and right - left > line * 3:
            self._text(painter, left, right - left, rest, colors.muted)

    def _chevron(self, painter: QPainter, middle: float) -> None:
        """Pointing down: there is more below."""
        x = self.width() - middle if self.isRightToLeft() else middle
        y, arm = self.height() / 2, self.fontMetrics().height() * 0.22
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().muted), max(1.5, arm * 0.4)))
        painter.drawPolyline([QPointF(x - arm, y - arm / 2), QPointF(x, y + arm / 2), QPointF(x + arm, y - arm / 2)])

    def _text(self, painter: QPainter, left: int, width: int, text: str, color: str) -> None:
        x = self.width() - left - width if self.isRightToLeft() else left
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.setPen(QColor(color))
        flags = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(x, 0, width, self.height()), flags, shown)

    def _fire(self, _: bool = False) -> None:
        self._opened()
