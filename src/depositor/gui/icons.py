"""The program's own line icons, tinted in the colours of the theme and sharp at every scale."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from depositor import resources
from depositor.gui import theme


@functools.cache
def _source(name: str) -> str:
    return resources.text(f"icons/{name}.svg")


@functools.lru_cache(maxsize=256)
def _renderer(name: str, color: str, paper: str) -> QSvgRenderer:
    tinted = _source(name).replace('"#000"', f'"{color}"').replace('"#fff"', f'"{paper}"')
    return QSvgRenderer(QByteArray(tinted.encode()))


def paint(painter: QPainter, area: QRectF, name: str, color: str, paper: str = "#ffffff") -> None:
    """Draw icon ``name`` into ``area``; ``paper`` is the colour of what is cut out of filled shapes."""
    _renderer(name, color, paper).render(painter, area)


class _Tinted(QIconEngine):
    """Paints at the size and with the colours that are wanted at that moment: a new theme needs no new icon."""

    def __init__(self, name: str, color: str | None) -> None:
        super().__init__()
        self._name, self._color = name, color

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        colors = QApplication.palette()
        group = QPalette.ColorGroup.Disabled if mode is QIcon.Mode.Disabled else QPalette.ColorGroup.Active
        named = getattr(theme.current(), self._color or "", self._color)
        color = named or colors.color(group, QPalette.ColorRole.ButtonText).name()
        paper = colors.color(QPalette.ColorRole.Base).name()
        _mirror(painter, QRectF(rect), self._name)  # type: ignore[call-overload]
        _renderer(self._name, color, paper).render(painter, QRectF(rect))  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        out = QPixmap(size)
        out.fill(Qt.GlobalColor.transparent)
        painter = QPainter(out)
        self.paint(painter, out.rect(), mode, state)
        painter.end()
        return out

    def clone(self) -> QIconEngine:
        return _Tinted(self._name, self._color)


_DIRECTED = frozenset(("back", "jump", "undo", "redo"))


def _mirror(painter: QPainter, area: QRectF, name: str) -> None:
    """Arrows that mean "back" and "on" turn round where one reads from right to left."""
    if name in _DIRECTED and QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        painter.translate(area.center().x() * 2, 0)
        painter.scale(-1, 1)


def icon(name: str, color: str | None = None) -> QIcon:
    """A tinted icon; without ``color`` in the colour of button text, whichever theme is shown.

    ``color`` is a name of :class:`theme.Colors` (``warn``), which follows the theme too, or a fixed one (``#a52a24``).
    """
    return QIcon(_Tinted(name, color))


@functools.lru_cache(maxsize=512)
def pixmap(name: str, color: str, edge: int, ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of ``edge`` device-independent pixels for a screen of ``ratio``."""
    out = QPixmap(round(edge * ratio), round(edge * ratio))
    out.fill(QColor(0, 0, 0, 0))
    painter = QPainter(out)
    paint(painter, QRectF(QPointF(0, 0), QRectF(out.rect()).size()), name, color)
    painter.end()
    out.setDevicePixelRatio(ratio)
    return out


def app_icon() -> QIcon:
    """The icon of the program, in the sizes that desktops ask for."""
    out = QIcon()
    renderer = QSvgRenderer(QByteArray(_source("depositor").encode()))
    for edge in (16, 32, 64, 128):
        picture = QPixmap(edge, edge)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter)
        painter.end()
        out.addPixmap(picture)
    return out
