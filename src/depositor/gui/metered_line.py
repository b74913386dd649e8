"""Tells whether the line costs by the byte, on the systems where Qt knows and nobody else does."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

_SYSTEM: str = sys.platform


class MeteredLine(QObject):
    """Tells ``tell`` now and whenever it changes. On Linux the system is asked directly (``transfer.metered``)."""

    def __init__(self, parent: QObject, tell: Callable[[bool | None], None]) -> None:
        super().__init__(parent)
        self._tell = tell
        if _SYSTEM.startswith("linux"):
            return
        from PySide6.QtNetwork import QNetworkInformation

        feature = QNetworkInformation.Feature.Metered
        if QNetworkInformation.loadBackendByFeatures(feature):
            found = QNetworkInformation.instance()
            found.isMeteredChanged.connect(self._changed)
            self._changed(found.isMetered())

    @Slot(bool)
    def _changed(self, metered: bool) -> None:
        self._tell(metered)
