"""Labels, buttons, cards and notices in the look of the theme."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QApplication,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from depositor.gui import icons, theme

Item = QWidget | QLayout | int | None
Part = Item | tuple[QWidget | QLayout, int]
_SCALE = {"title": 1.6, "heading": 1.15, "huge": 2.1}
_WEIGHT = {"title": 600, "heading": 600, "huge": 700, "strong": 600}


class Label(QLabel):
    """Text that wraps and can be selected; ``kind``: title, heading, huge, strong, muted, ok, warn, bad, pill."""

    def __init__(self, text: str = "", kind: str = "", *, wrap: bool = True, select: bool = False) -> None:
        super().__init__(text)
        self._kind = kind
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if select:
            flags = Qt.TextInteractionFlag
            self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.setProperty("kind", kind)
        self._edge = Qt.AlignmentFlag.AlignLeading
        self._fit()
        self._align()

    def at_end(self) -> Label:
        """Put the text at the end of the line (right, where one reads from left to right); the label itself."""
        self._edge = Qt.AlignmentFlag.AlignTrailing
        self._align()
        return self

    def become(self, kind: str, tone: str = "") -> None:
        """Change the look."""
        if (kind, tone) != (self._kind, self.property("tone")):
            self._kind = kind
            restyle(self, kind=kind, tone=tone)
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        what = event.type()  # asked once: there are thousands of these events while a form is made
        if what == QEvent.Type.StyleChange:
            self._fit()
        elif what == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        """By the direction of the language, not of the text: an English title in an Arabic window stands right."""
        leading = self._edge is Qt.AlignmentFlag.AlignLeading
        right = self.isRightToLeft() == leading
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)

    def _fit(self) -> None:
        if self._kind in _WEIGHT:
            font = _font(self._kind, QApplication.font().toString())
            if font != self.font():
                self.setFont(font)


@functools.lru_cache(maxsize=32)
def _font(kind: str, usual: str) -> QFont:
    """The font of a kind of label; ``usual`` tells when the font of the program is another one."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * _SCALE.get(kind, 1.0))
    font.setWeight(QFont.Weight(_WEIGHT[kind]))
    return font


class Button(QPushButton):
    """A push button; ``kind``: main (the one action), quiet, danger or the usual one."""

    def __init__(self, icon: str | None = None, kind: str = "", clicked: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self._icon = icon
        self._look: tuple[str, str | None, int] | None = None
        if icon:
            self.dress(icon)
        if clicked:
            self._clicked = clicked
            self.clicked.connect(self._fire)

    def dress(self, icon: str) -> None:
        """Show icon ``icon``, tinted like the text."""
        self._icon = icon
        look = icon, _tint(str(self.property("kind"))), self.fontMetrics().height()
        if look != self._look:  # Qt asks again whenever a parent changes
            self._look = look
            self.setIcon(icons.icon(*look[:2]))
            self.setIconSize(QSize(look[2], look[2]))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._icon and event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.dress(self._icon)

    def _fire(self) -> None:
        self._clicked()


def _tint(kind: str) -> str | None:
    palette = QApplication.palette()
    if kind == "main":
        return palette.highlightedText().color().name()
    if kind == "quiet":
        return palette.highlight().color().name()
    return None


class Picture(QLabel):
    """An icon in the accent colour, ``lines`` lines of text high."""

    def __init__(self, icon: str, lines: float = 2) -> None:
        super().__init__()
        self._icon, self._lines = icon, lines
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._draw()

    def _draw(self) -> None:
        edge = round(QApplication.fontMetrics().height() * self._lines)
        self.setPixmap(icons.pixmap(self._icon, theme.current().accent, edge, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()


class Card(QFrame):
    """A surface with room around its content; ``body`` is its layout."""

    def __init__(self, kind: str = "card", *, across: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.body = QHBoxLayout(self) if across else QVBoxLayout(self)
        room = self.fontMetrics().height()
        self.body.setContentsMargins(room, round(room * 0.8), room, round(room * 0.8))
        self.body.setSpacing(round(room * 0.5))


class Notice(QFrame):
    """A message in the page: ``tone`` info, ok, warn or bad; an icon tells the tone to people who see no colours."""

    _ICONS = {"info": "info", "ok": "done", "warn": "attention", "bad": "error"}  # noqa: RUF012

    def __init__(self, tone: str = "info") -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.head = Label(kind="strong", select=True)
        self.text = Label(select=True)
        self._words = words = QVBoxLayout()
        words.addWidget(self.head)
        words.addWidget(self.text)
        layout = QHBoxLayout(self)
        room = round(self.fontMetrics().height() * 0.7)
        layout.setContentsMargins(room, room, room, room)
        layout.addWidget(self._picture)
        layout.addLayout(words, 1)
        self._tone = ""
        self.tone(tone)

    def tone(self, tone: str) -> None:
        self._tone = tone
        restyle(self, kind="notice", tone=tone)
        self._draw()

    def show_text(self, head: str, text: str = "") -> None:
        """Show the words; an empty part takes no room."""
        self.head.setText(head)
        self.head.setVisible(bool(head))
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setVisible(bool(head or text))

    def offer(self, offered: QWidget) -> None:
        """Put a button, or several that flow, below the words."""
        if isinstance(offered, QPushButton):
            self._words.addLayout(row(offered, 1))
        else:
            self._words.addWidget(offered)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        c = theme.current()
        color = {"info": c.accent, "ok": c.ok, "warn": c.warn, "bad": c.bad}[self._tone]
        edge = round(self.fontMetrics().height() * 1.2)
        self._picture.setPixmap(icons.pixmap(self._ICONS[self._tone], color, edge, self.devicePixelRatioF()))


def restyle(widget: QWidget, **properties: str) -> None:
    """Set dynamic properties and let the style sheet look at the widget again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def row(*items: Part, spacing: int | None = None) -> QHBoxLayout:
    """A row; an int is an empty stretch, (item, n) an item that stretches, None is left out."""
    return _fill(QHBoxLayout(), items, spacing)  # type: ignore[return-value]


def column(*items: Part, spacing: int | None = None) -> QVBoxLayout:
    """A column; an int is an empty stretch, (item, n) an item that stretches, None is left out."""
    return _fill(QVBoxLayout(), items, spacing)  # type: ignore[return-value]


def _fill(box: QHBoxLayout | QVBoxLayout, items: tuple[Part, ...], spacing: int | None) -> QHBoxLayout | QVBoxLayout:
    box.setContentsMargins(0, 0, 0, 0)
    if spacing is not None:
        box.setSpacing(spacing)
    for part in items:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        if isinstance(item, int):
            box.addStretch(item)
        elif isinstance(item, QWidget):
            box.addWidget(item, stretch)
        elif isinstance(item, QLayout):
            box.addLayout(item, stretch)
    return box


def line() -> QFrame:
    """A thin line between parts."""
    out = QFrame()
    out.setProperty("kind", "line")
    out.setMinimumHeight(1)
    return out


def clear_form(form: QFormLayout) -> None:
    """Take all rows out and let them go later: ``removeRow`` deletes at once what an event may still be meant for."""
    while form.rowCount():
        taken: Any = form.takeRow(0)
        for item in (taken.labelItem, taken.fieldItem):
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go. It stays a hidden child of its parent until the event loop deletes
    it: as a window of its own, each of its parts would be given the look of one before (measured: 30 ms for a form)."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
