"""Cards of which one can be chosen, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from depositor.gui import icons, theme
from depositor.gui.widgets.basics import Label, row


class ChoiceCard(QFrame):
    """A card with a radio button as its head; a click anywhere on it chooses it."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.radio = QRadioButton()
        self.picture = QLabel()
        self.picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.badge = Label(kind="pill", wrap=False)
        self.badge.hide()
        self.text = Label()
        self.facts = Label(kind="muted")
        self.warning = Label(kind="warn")
        self.warning.hide()
        self.extra = QVBoxLayout()
        self._lay_out()
        self.radio.toggled.connect(self._redraw)
        self._draw()

    def _lay_out(self) -> None:
        room = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(room, round(room * 0.7), room, round(room * 0.8))
        layout.setSpacing(round(room * 0.4))
        layout.addLayout(row(self.radio, 1, self.picture))
        layout.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignLeading)  # beside a long name there is no room for it
        layout.addWidget(self.text)
        layout.addWidget(self.facts)
        layout.addWidget(self.warning)
        layout.addLayout(self.extra)
        layout.addStretch(1)

    def _redraw(self) -> None:
        self._draw()
        self.update()

    def _draw(self) -> None:
        c = theme.current()
        font = self.radio.font()
        font.setBold(True)
        self.radio.setFont(font)
        color = c.accent if self.radio.isChecked() else (c.muted if self.isEnabled() else c.border)
        edge = round(self.fontMetrics().height() * 1.5)
        self.picture.setPixmap(icons.pixmap(self._icon, color, edge, self.devicePixelRatioF()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.isEnabled() else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isEnabled() and self.rect().contains(event.position().toPoint()):
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange, QEvent.Type.StyleChange)
        if event.type() in kinds:
            self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.current()
        chosen = self.radio.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.accent if chosen else c.border), 2 if chosen else 1))
        painter.setBrush(QColor(c.accent_soft if chosen else (c.surface if self.isEnabled() else c.window)))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)


class CardGrid(QWidget):
    """Cards in columns of at least ``column`` line heights each."""

    def __init__(self, column: float = 20) -> None:
        super().__init__()
        self._column = column
        self._cards: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(round(self.fontMetrics().height() * 0.8))

    def show_cards(self, cards: Sequence[QWidget]) -> None:
        """Show these cards in this order."""
        for old in self._cards:
            self._grid.removeWidget(old)
            if old not in cards:
                old.hide()
                old.deleteLater()
        self._cards = list(cards)
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = max(1, int(self.width() // (self.fontMetrics().height() * self._column)))
        columns = min(columns, max(1, len(self._cards)))
        if columns == self._columns:
            return
        self._columns = columns
        for at in range(12):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        for at, card in enumerate(self._cards):
            self._grid.addWidget(card, at // columns, at % columns)
            card.show()
