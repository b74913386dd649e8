"""The picture in which text was found, with a box around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from depositor.draft.finding import Finding
from depositor.draft.region import parse
from depositor.gui import theme
from depositor.gui.texts import tr

if TYPE_CHECKING:
    from depositor.gui.bridge import Work
    from depositor.gui.workspace import Workspace
    from depositor.session.evidence import EvidencePicture as Shown

LINES = 11  # height in lines of text


Ask = Callable[[Finding], "Shown | None"]


class EvidencePicture(QWidget):
    """Hidden while there is nothing to show. The text itself stays covered until the person wants to see it in full."""

    def __init__(self, workspace: Workspace, ask: Ask) -> None:
        super().__init__()
        self._workspace, self._ask = workspace, ask
        self._image: QImage | None = None
        self._boxes: list[QRectF] = []
        self._covered = True
        self._finding: Finding | None = None
        self._work: Work | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 24, line * LINES)

    def cover(self, covered: bool) -> None:
        """Cover the text in the picture, or show it."""
        self._covered = covered
        self.update()

    def show_finding(self, finding: Finding | None) -> None:
        """Show the picture of ``finding`` as soon as it is there; nothing for one that is in no picture."""
        if finding is not None and self._finding is not None and finding.key == self._finding.key:
            return
        self.forget()
        if finding is None or parse(finding.location) is None:
            return
        self._finding = finding
        key, ask = finding.key, self._ask
        self._work = self._workspace.bridge.ask(lambda _: (key, ask(finding)), self._came)

    def forget(self) -> None:
        if self._work is not None:
            self._work.cancel.set()
        self._finding, self._image, self._boxes = None, None, []
        self.hide()

    def _came(self, found: tuple[str, Shown | None]) -> None:
        key, picture = found
        if self._finding is None or key != self._finding.key or picture is None:
            return
        image = QImage.fromData(picture.png)
        if image.isNull():
            return
        self._image = image
        self._boxes = [QRectF(b.x, b.y, b.width, b.height) for b in picture.boxes]
        self.setAccessibleName(tr("The picture with a box around the text"))
        self.show()
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        at = self._place()
        painter.drawImage(at, self._image)
        factor = at.width() / self._image.width()
        colors = theme.current()
        for at_first, box in reversed([(n == 0, box) for n, box in enumerate(self._boxes)]):
            where = QRectF(box.x() * factor, box.y() * factor, box.width() * factor, box.height() * factor)
            where.translate(at.topLeft())
            where.adjust(-3, -3, 3, 3)
            if self._covered:
                painter.fillRect(where, QColor(colors.raised))
            painter.setPen(QPen(QColor(colors.bad if at_first else colors.warn), 3 if at_first else 1))
            painter.drawRect(where)
        painter.end()

    def _place(self) -> QRectF:
        """The whole picture as large as there is room, at the side where reading begins."""
        assert self._image is not None
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = self.width() - size.width() if self.isRightToLeft() else 0
        return QRectF(left, 0, size.width(), size.height())
