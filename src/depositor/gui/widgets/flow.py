"""A row that breaks into more rows where there is no room: buttons stay whole at large text and in small windows."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class Flow(QLayout):
    """Items one after another, in the direction of the language."""

    def __init__(self, *widgets: QWidget, trailing: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._trailing = trailing
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(8)
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return sum(h for h, _ in self._rows(width)) + self.spacing() * max(0, len(self._rows(width)) - 1)

    def sizeHint(self) -> QSize:
        shown = [i for i in self._items if not i.isEmpty()]
        width = sum(i.sizeHint().width() for i in shown) + self.spacing() * max(0, len(shown) - 1)
        return QSize(width, max((i.sizeHint().height() for i in shown), default=0))

    def minimumSize(self) -> QSize:
        shown = [i for i in self._items if not i.isEmpty()]
        return QSize(
            max((i.minimumSize().width() for i in shown), default=0),
            max((i.minimumSize().height() for i in shown), default=0),
        )

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        owner = self.parentWidget()
        mirrored = owner is not None and owner.isRightToLeft()
        y = rect.top()
        for height, items in self._rows(rect.width()):
            widths = [min(i.sizeHint().width(), rect.width()) for i in items]
            whole = sum(widths) + self.spacing() * (len(items) - 1)
            x = rect.width() - whole if self._trailing else 0
            for item, width in zip(items, widths, strict=True):
                left = rect.right() + 1 - x - width if mirrored else rect.left() + x
                item.setGeometry(QRect(QPoint(left, y), QSize(width, height)))
                x += width + self.spacing()
            y += height + self.spacing()

    def _rows(self, width: int) -> list[tuple[int, list[QLayoutItem]]]:
        rows: list[tuple[int, list[QLayoutItem]]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if not rows or used + self.spacing() + size.width() > width:
                rows.append((size.height(), [item]))
                used = size.width()
            else:
                rows[-1] = (max(rows[-1][0], size.height()), [*rows[-1][1], item])
                used += self.spacing() + size.width()
        return rows


def flow(*widgets: QWidget, trailing: bool = False) -> QWidget:
    """A widget whose children flow."""
    out = QWidget()
    out.setLayout(Flow(*widgets, trailing=trailing))
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    out.setSizePolicy(policy)
    return out
