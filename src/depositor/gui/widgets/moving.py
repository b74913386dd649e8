"""Cards of a transfer that moves: how far it is, and the files that are being sent right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QWidget

from depositor.gui.texts import count, duration, percent, size, speed, tr
from depositor.gui.widgets.basics import Card, Label, column, row
from depositor.gui.widgets.charts import Curve

if TYPE_CHECKING:
    from depositor.gui.transfers import Transfer
    from depositor.transfer.ports import FileProgress

_ACTIVE = 6  # files under way that are listed


class HowFar(Card):
    """How far it is, in large."""

    def __init__(self) -> None:
        super().__init__()
        self._percent, self._moved = Label(kind="huge", wrap=False), Label(kind="muted")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._left = Label(kind="heading", wrap=False).at_end()
        self._speed = Label(kind="muted", wrap=False).at_end()
        self._curve = Curve()
        self.body.addLayout(row((column(self._percent, self._moved, spacing=0), 1), column(self._left, self._speed)))
        self.body.addWidget(self._bar)
        self.body.addWidget(self._curve)

    def show_transfer(self, found: Transfer) -> None:
        done = found.progress
        share = done.bytes_done / done.bytes if done.bytes else float(found.receipt is not None)
        self._percent.setText(percent(share))
        self._bar.setValue(round(share * 1000))
        moved = tr("{done} of {all}", done=size(done.bytes_done), all=size(done.bytes))
        files = tr("{done} of {all} files", done=count(done.files_done), all=count(done.files))
        self._moved.setText(f"{moved} · {files}")
        self._bar.setAccessibleName(tr("Sent: {moved}", moved=moved))
        self._speed.setText(speed(done.speed) if found.running else "")
        known = found.running and done.remaining_s is not None and done.waiting is None
        self._left.setText(tr("{time} left", time=duration(done.remaining_s or 0)) if known else "")
        self._curve.show_curve(done.curve)


class UnderWay(Card):
    """The files that are being sent right now."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[QWidget, Label, QProgressBar]] = []
        for _ in range(_ACTIVE):
            name, bar, line = Label(wrap=False), QProgressBar(), QWidget()
            name.setSizePolicy(name.sizePolicy().Policy.Ignored, name.sizePolicy().Policy.Preferred)
            bar.setTextVisible(False)
            bar.setMaximumWidth(self.fontMetrics().height() * 14)
            line.setLayout(row((name, 3), (bar, 2)))
            self.body.addWidget(line)
            self._rows.append((line, name, bar))

    def show_transfer(self, found: Transfer) -> None:
        active = found.progress.active if found.running else ()
        self.setVisible(bool(active))
        for at, (line, name, bar) in enumerate(self._rows):
            line.setVisible(at < len(active))
            if at < len(active):
                file = active[at]
                name.setText(_file_words(file))
                name.setToolTip(file.name)
                bar.setAccessibleName(file.name)
                bar.setRange(0, 1000)
                bar.setValue(round(1000 * file.sent / file.size) if file.size else 1000)


def _file_words(file: FileProgress) -> str:
    if file.checking:
        return tr("{name}: checking what is already there", name=file.name)
    return tr("{name} ({size})", name=file.name, size=size(file.size))
