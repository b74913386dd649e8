"""Pictures of the images: small, made by the worker process when they come into view."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import ImageSet, SetKind
from depositor.gui import icons

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.open_draft import OpenDraft

MOST = 240  # pictures that are offered; the table shows all sets
EDGE = 256  # pixels of a picture


class Gallery(QListWidget):
    """Thumbnails of the image sets, in the order of their names."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._space = workspace
        self._work: OpenDraft | None = None
        self._sets: list[ImageSet] = []
        self._made: OrderedDict[tuple[int, str], QPixmap] = OrderedDict()
        self._busy: Cancel | None = None
        self._asked: set[tuple[int, str]] = set()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._size()
        self._soon = QTimer(self, singleShot=True, interval=120)
        self._soon.timeout.connect(self._render_next)
        self.verticalScrollBar().valueChanged.connect(self._soon.start)
        self._name()

    def show_draft(self, work: OpenDraft) -> None:
        """Show the images of this draft."""
        if work is not self._work:
            self._made.clear()
        self._work = work
        self._asked.clear()
        self._space.bridge.ask(lambda _: (work, _images(work)), self._found)

    def _found(self, found: tuple[OpenDraft, list[tuple[ImageSet, str]]]) -> None:
        work, images = found
        if work is not self._work:
            return
        self.clear()
        self._sets = [one for one, _ in images]
        for one, shown in images:
            item = QListWidgetItem(shown.rsplit("/", 1)[-1], self)
            item.setToolTip(shown)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, shown)
            picture = self._made.get((one.root, one.path))
            item.setIcon(QIcon(picture) if picture is not None else icons.icon("image", "border"))
        self._soon.start()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._soon.start()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._soon.start()

    @property
    def pictures(self) -> int:
        """How many pictures are made so far."""
        return len(self._made)

    # --- one after another, those in view first ------------------------------------------------------------------

    def _render_next(self) -> None:
        work = self._work
        if self._busy is not None or work is None or not self.isVisible():
            return
        at = next(
            (n for n in self._in_view() if self._key(n) not in self._made and self._key(n) not in self._asked), None
        )
        if at is None:
            return
        one = self._sets[at]
        self._asked.add(self._key(at))
        task = self._space.bridge.run(
            lambda cancel: (at, one, self._render(work, one, cancel)), self._rendered, self._not_rendered
        )
        self._busy = task.cancel

    def _render(self, work: OpenDraft, one: ImageSet, _: Cancel) -> bytes | None:
        from depositor.session.pictures import picture

        desk = self._space.desk
        return picture(work, desk.worker(), desk.home, one, EDGE)

    def _rendered(self, found: tuple[int, ImageSet, bytes | None]) -> None:
        at, one, png = found
        self._busy = None
        if png is not None:
            image = QImage.fromData(png)
            if not image.isNull():
                picture = _framed(image)
                self._made[one.root, one.path] = picture
                while len(self._made) > MOST:
                    self._made.popitem(last=False)
                if at < len(self._sets) and self._sets[at] is one:
                    self.item(at).setIcon(QIcon(picture))
        self._render_next()

    def _not_rendered(self, _: object) -> None:
        self._busy = None
        self._render_next()

    def _in_view(self) -> list[int]:
        seen = self.viewport().rect()
        return [n for n in range(len(self._sets)) if self.visualItemRect(self.item(n)).intersects(seen)]

    def _key(self, at: int) -> tuple[int, str]:
        return self._sets[at].root, self._sets[at].path

    # --- looks ---------------------------------------------------------------------------------------------------

    def _size(self) -> None:
        line = self.fontMetrics().height()
        self.setIconSize(QSize(line * 8, line * 8))
        self.setGridSize(QSize(round(line * 9.5), round(line * 11)))

    def _name(self) -> None:
        from depositor.gui.texts import tr

        self.setAccessibleName(tr("Pictures of the images"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
        elif event.type() == QEvent.Type.StyleChange:
            self._size()


def _framed(image: QImage) -> QPixmap:
    """The image in the middle of a square, so that all stand on one line."""
    out = QPixmap(EDGE, EDGE)
    out.fill(Qt.GlobalColor.transparent)
    fitted = image.scaled(EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter = QPainter(out)
    painter.drawImage((EDGE - fitted.width()) // 2, (EDGE - fitted.height()) // 2, fitted)
    painter.end()
    return out


def _images(work: OpenDraft) -> list[tuple[ImageSet, str]]:
    found = []
    for one in work.inventory().sets(0, MOST * 4):
        if one.kind is not SetKind.OTHER:
            found.append((one, work.places.shown(one.root, one.path)))
        if len(found) == MOST:
            break
    return found
