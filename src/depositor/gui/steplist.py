"""The list of steps at the left: an icon for the state, the name, and in a few words why it is not done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from depositor.draft.steps import Step, StepId, StepState
from depositor.gui import icons, theme
from depositor.gui.texts import say, tr

_STATE = int(Qt.ItemDataRole.UserRole)
_WHY = _STATE + 1
_ID = _STATE + 2


def step_title(step: StepId) -> str:
    """The name of a step."""
    return {
        StepId.ARCHIVE: tr("Archive"),
        StepId.FILES: tr("Files"),
        StepId.DESCRIBE: tr("Describe"),
        StepId.LICENSE: tr("Licence and release"),
        StepId.PRIVACY: tr("Privacy"),
        StepId.REVIEW: tr("Review"),
        StepId.SEND: tr("Send"),
        StepId.RECEIPT: tr("Receipt"),
    }[step]


def state_word(state: StepState) -> str:
    """The state of a step, for people who hear the list."""
    return {
        StepState.TODO: tr("to do"),
        StepState.PARTLY: tr("partly done"),
        StepState.ATTENTION: tr("needs attention"),
        StepState.RUNNING: tr("running"),
        StepState.DONE: tr("done"),
        StepState.LOCKED: tr("not yet"),
    }[state]


def state_color(state: StepState) -> str:
    c = theme.current()
    return {
        StepState.TODO: c.muted,
        StepState.PARTLY: c.accent,
        StepState.ATTENTION: c.warn,
        StepState.RUNNING: c.accent,
        StepState.DONE: c.ok,
        StepState.LOCKED: c.muted,
    }[state]


class StepList(QListWidget):
    """The steps. ``chosen`` fires when the user wants to go to one; the list itself never moves on its own."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "steps")
        self.setItemDelegate(_StepDelegate(self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.itemClicked.connect(self._chose)
        self.itemActivated.connect(self._chose)
        for step in StepId:
            item = QListWidgetItem(self)
            item.setData(_ID, str(step))
            item.setData(_STATE, str(StepState.TODO))
        self.show_steps([Step(s, StepState.TODO) for s in StepId])

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Show how the steps stand."""
        self.setAccessibleName(tr("Steps"))
        for row, step in enumerate(steps):
            item = self.item(row)
            why = say(step.why) if step.why else ""
            title = step_title(step.id)
            item.setText(title)
            item.setData(_STATE, str(step.state))
            item.setData(_WHY, why)
            spoken = tr(
                "Step {number}: {title}, {state}. {why}",
                number=row + 1,
                title=title,
                state=state_word(step.state),
                why=why,
            )
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken.strip())
            item.setToolTip(why)
            usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(usable if step.reachable else Qt.ItemFlag.NoItemFlags)
        self.scheduleDelayedItemsLayout()
        self.updateGeometry()

    def show_current(self, step: StepId) -> None:
        """Mark the step whose page is shown."""
        self.setCurrentRow(list(StepId).index(step))

    def _chose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(StepId(item.data(_ID)))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.scheduleDelayedItemsLayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.scheduleDelayedItemsLayout()
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(max(line * 12, self.minimumSizeHint().width()), line * 24)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than the longest word needs: lines wrap between words, and a word is never cut."""
        rows = (self.item(n) for n in range(self.count()))
        widest = max((_narrowest(i.text(), str(i.data(_WHY) or "")) for i in rows), default=0)
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(widest + bar + 2 * self.frameWidth(), self.fontMetrics().height() * 4)


class _StepDelegate(QStyledItemDelegate):
    """Paints one step; the reason wraps below the title, so nothing is cut at large text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        c = theme.current()
        state = StepState(index.data(_STATE))
        place = _Places(option, index)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._background(painter, option, place, selected=selected)
        icons.paint(painter, QRectF(place.icon), str(state), state_color(state), c.side)
        painter.setFont(_title_font(selected=selected))
        painter.setPen(QColor(c.muted if state is StepState.LOCKED else c.text))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(place.title, int(left | Qt.TextFlag.TextWordWrap), index.data())
        if place.why:
            painter.setFont(place.why_font)
            painter.setPen(QColor(c.warn if state is StepState.ATTENTION else c.muted))
            painter.drawText(place.reason, int(Qt.AlignmentFlag.AlignLeading | Qt.TextFlag.TextWordWrap), place.why)
        painter.restore()

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, place: _Places, *, selected: bool) -> None:
        c = theme.current()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if not (selected or hovered):
            return
        painter.setBrush(QColor(c.surface if selected else c.raised))
        focused = selected and bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(c.focus if focused else (c.border if selected else c.raised)))
        painter.drawRoundedRect(QRectF(place.box), 8, 8)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.accent))
            painter.drawRoundedRect(QRectF(place.mark), 2, 2)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return _Places(option, index, self.parent()).size()


def _title_font(*, selected: bool) -> QFont:
    font = QFont(QApplication.font())
    font.setWeight(QFont.Weight.DemiBold if selected else QFont.Weight.Normal)
    return font


def _why_font() -> QFont:
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * 0.88)
    return font


def _beside_words(line: int) -> int:
    """The width of a step that its words do not get: the icon and the room around."""
    return round(line * 1.25) + 3 * round(line * 0.6) + 8


def _narrowest(title: str, why: str) -> int:
    """The least width of a step in which no word is cut."""
    titles, whys = QFontMetrics(_title_font(selected=True)), QFontMetrics(_why_font())
    words = [titles.horizontalAdvance(w) for w in title.split()] + [whys.horizontalAdvance(w) for w in why.split()]
    return max(words, default=0) + 2 + _beside_words(QFontMetrics(QApplication.font()).height())


class _Places:
    """Where the parts of one step go."""

    def __init__(self, option: QStyleOptionViewItem, index: QModelIndex, view: object = None) -> None:
        why, text = str(index.data(_WHY) or ""), str(index.data() or "")
        self.why, self.why_font = why, _why_font()
        line = QFontMetrics(QApplication.font()).height()
        area = QRect(option.rect)
        if isinstance(view, QListWidget):
            area.setWidth(view.viewport().width())
        self._line = line
        self.box = area.adjusted(4, 2, -4, -2)
        rtl = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
        edge = round(line * 1.25)
        pad = round(line * 0.6)
        words = max(line * 3, area.width() - _beside_words(line))
        x = self.box.left() + pad
        top = self.box.top() + round(line * 0.45)
        self.icon = QRect(x, top, edge, edge)
        self.mark = QRect(self.box.left(), self.box.top() + 6, 4, self.box.height() - 12)
        title_height = self._height(_title_font(selected=True), words, text)
        self.title = QRect(x + edge + pad, top, words, max(edge, title_height))
        under = self._height(self.why_font, words, why) if why else 0
        self.reason = QRect(x + edge + pad, self.title.bottom() + 2, words, under)
        if rtl:
            for name in ("icon", "mark", "title", "reason"):
                rect: QRect = getattr(self, name)
                rect.moveRight(area.right() - (rect.left() - area.left()))

    def _height(self, font: QFont, width: int, text: str) -> int:
        flags = int(Qt.TextFlag.TextWordWrap)
        return QFontMetrics(font).boundingRect(QRect(0, 0, width, 10_000), flags, text).height()

    def size(self) -> QSize:
        height = self.title.height() + (self.reason.height() + 2 if self.why else 0) + round(self._line * 0.9) + 4
        return QSize(self._line * 8, height)
