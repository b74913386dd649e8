"""The box for a speed limit: kB/s or MB/s as fits, and "no limit" only where there is none."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QSpinBox

from depositor.gui.texts import speed, tr

MOST_KB = 100_000_000  # kB/s, as the setting allows
_RUNGS = (0, *(n * 10**power for power in range(2, 8) for n in (1, 2, 5)), MOST_KB)
_TYPED = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*(k|m|g)?[a-z]*(?:/[a-z]*)?\s*", re.IGNORECASE)
_FACTORS = {"k": 1, "m": 1000, "g": 1_000_000}


class SpeedLimit(QSpinBox):
    """A limit in kB per second; 0 is none. ``5 MB/s``, ``0.3 MB``, ``300 kB/s`` can be typed; a bare number is MB/s."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, MOST_KB)
        self.setKeyboardTracking(False)  # half a number is no limit
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("8" * 18))

    def textFromValue(self, value: int) -> str:
        return speed(value * 1000) if value else tr("no limit")

    def valueFromText(self, text: str) -> int:
        if text == self.textFromValue(self.value()):  # which is rounded
            return self.value()
        found = _TYPED.fullmatch(text)
        if found is None:
            return 0
        number = float(found[1].replace(",", "."))
        return min(MOST_KB, round(number * _FACTORS[(found[2] or "m").lower()]))

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        fits = _TYPED.fullmatch(text) is not None or text == tr("no limit")
        return (QValidator.State.Acceptable if fits else QValidator.State.Intermediate), text, at

    def fixup(self, text: str) -> str:
        """What cannot be understood changes nothing."""
        return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:
        """Along 100, 200, 500 kB/s, 1, 2, 5 MB/s ..., because single kB lead nowhere."""
        now = self.value()
        rungs = [r for r in _RUNGS if (r > now if steps > 0 else r < now)]
        if rungs:
            self.setValue(rungs[0] if steps > 0 else rungs[-1])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Somebody scrolls the page; that is no wish for another speed."""
        event.ignore()

    def show_kb(self, value: int) -> None:
        """Show a limit without telling anybody, and in the language of now."""
        self.blockSignals(True)
        self.setValue(value)
        self.lineEdit().setText(self.textFromValue(self.value()))
        self.blockSignals(False)
