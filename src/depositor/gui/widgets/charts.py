"""Small pictures of numbers: the data set as bars by type, completeness as a ring, throughput as a curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from depositor.gui import theme
from depositor.gui.texts import size, speed, tr, trn

_MOST_TYPES = 6


class TypeBars(QWidget):
    """The data set by type of file: one bar in parts, and a legend that says the same in words."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[str, int, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_types(self, by_type: Sequence[tuple[str, int, int]]) -> None:
        """(ending, files, bytes), the largest first; the small ones are put together."""
        parts = [(name or tr("no ending"), files, held) for name, files, held in by_type[:_MOST_TYPES]]
        rest = by_type[_MOST_TYPES:]
        if rest:
            parts.append((tr("other"), sum(f for _, f, _ in rest), sum(b for _, _, b in rest)))
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleName(tr("Data by type"))
            self.setAccessibleDescription("; ".join(self._words(p) for p in parts))
            self.updateGeometry()
            self.update()

    def _words(self, part: tuple[str, int, int]) -> str:
        files = trn("{n} file", "{n} files", part[1])
        return tr("{type}: {files}, {size}", type=part[0], files=files, size=size(part[2]))

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        lines = -(-len(self._parts) // self._columns()) if self._parts else 0
        return QSize(line * 20, round(line * 1.3 + lines * line * 1.45))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 10, self.sizeHint().height())

    def resizeEvent(self, event: object) -> None:
        self.updateGeometry()

    def _columns(self) -> int:
        return max(1, self.width() // (self.fontMetrics().height() * 13))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.series()
        self._bar(painter, colors)
        self._legend(painter, colors)

    def _bar(self, painter: QPainter, colors: Sequence[str]) -> None:
        whole = sum(held for _, _, held in self._parts)
        line = self.fontMetrics().height()
        left, width = 0.0, float(self.width())
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        painter.setPen(Qt.PenStyle.NoPen)
        for at, (_, _, held) in enumerate(self._parts):
            part = width * held / whole if whole else width / len(self._parts)
            x = width - left - part if mirrored else left
            painter.setBrush(QColor(colors[at % len(colors)]))
            painter.drawRoundedRect(QRectF(x, 0, max(part - 2, 2), line * 0.8), 3, 3)
            left += part

    def _legend(self, painter: QPainter, colors: Sequence[str]) -> None:
        line, columns = self.fontMetrics().height(), self._columns()
        cell = self.width() / columns
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for at, part in enumerate(self._parts):
            x = (columns - 1 - at % columns if mirrored else at % columns) * cell
            y = line * 1.4 + (at // columns) * line * 1.45
            dot = x + cell - line if mirrored else x
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors[at % len(colors)]))
            painter.drawRoundedRect(QRectF(dot, y + line * 0.2, line * 0.65, line * 0.65), 3, 3)
            painter.setPen(QColor(theme.current().text))
            area = QRectF(x if mirrored else x + line, y, cell - line * 1.4, line * 1.2)
            text = self.fontMetrics().elidedText(self._words(part), Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter), text)


class Ring(QWidget):
    """How complete something is: ``filled`` of ``asked`` required answers, and the recommended ones as a thin ring; as
    the thick one where nothing is required, so that nothing looks done that is not."""

    def __init__(self) -> None:
        super().__init__()
        self._required, self._recommended = (0, 0), (0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_completeness(self, required: tuple[int, int], recommended: tuple[int, int] = (0, 0)) -> None:
        """(filled, asked) of both."""
        self._required, self._recommended = required, recommended
        words = tr(
            "{filled} of {asked} required and {more} of {all} recommended answers",
            filled=required[0],
            asked=required[1],
            more=recommended[0],
            all=recommended[1],
        )
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        edge = round(self.fontMetrics().height() * 1.9)
        return QSize(edge, edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        outer = self._required if self._required[1] else self._recommended
        done = outer[0] >= outer[1]
        area = QRectF(self.rect()).adjusted(line * 0.2, line * 0.2, -line * 0.2, -line * 0.2)
        self._arc(painter, area, line * 0.28, c.ok if done else c.accent, *outer)
        inner = area.adjusted(line * 0.3, line * 0.3, -line * 0.3, -line * 0.3)
        if self._required[1] and self._recommended[1]:
            self._arc(painter, inner, line * 0.12, c.muted, *self._recommended)

    def _arc(self, painter: QPainter, area: QRectF, width: float, color: str, filled: int, asked: int) -> None:
        pen = QPen(QColor(theme.current().border), width)
        painter.setPen(pen)
        painter.drawEllipse(area)
        share = filled / asked if asked else 1.0
        pen.setColor(QColor(color))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if share > 0:
            painter.drawArc(area, 90 * 16, round(-360 * 16 * min(share, 1.0)))


class Curve(QWidget):
    """The throughput of the last minute, or of the whole time."""

    def __init__(self) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self._least = 59  # steps that the width holds at least
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_curve(self, values: Sequence[float], *, whole: bool = False) -> None:
        """Bytes per second, the latest last; ``whole``: since the start, and as wide as there is room."""
        self._values = tuple(values)
        self._least = 1 if whole else 59
        now = speed(values[-1]) if values else speed(0)
        minute = tr("Speed over the last minute, now {speed}", speed=now)
        name = tr("Speed since the start, now {speed}", speed=now) if whole else minute
        if name != self.accessibleName():
            self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 16, self.fontMetrics().height() * 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, self.fontMetrics().height() * 1.2, -1, -2)
        painter.setPen(QPen(QColor(c.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if len(self._values) < 2 or max(self._values) <= 0:
            return
        top = max(self._values) * 1.05
        step = area.width() / max(self._least, len(self._values) - 1)
        start = area.right() - step * (len(self._values) - 1)
        points = [
            QPointF(start + n * step, area.bottom() - area.height() * v / top) for n, v in enumerate(self._values)
        ]
        fill = QColor(c.accent)
        fill.setAlphaF(0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([QPointF(start, area.bottom()), *points, area.bottomRight()]))
        painter.setPen(QPen(QColor(c.accent), 2))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QColor(c.muted))
        painter.drawText(QPointF(2, self.fontMetrics().ascent()), tr("peak {speed}", speed=speed(max(self._values))))
