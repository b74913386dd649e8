"""What Qt knows of the network line: whether it costs by the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from depositor.session.sending.conductor import Conductor


class Line(QObject):
    """Tells the conductor, now and whenever it changes; nothing where Qt knows nothing on this system."""

    def __init__(self, parent: QObject, conductor: Conductor) -> None:
        super().__init__(parent)
        from PySide6.QtNetwork import QNetworkInformation  # not on the way to the first picture

        self._conductor = conductor
        if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Metered):
            return
        known = QNetworkInformation.instance()
        if known is not None:
            self._tell(known.isMetered())
            known.isMeteredChanged.connect(self._tell)

    @Slot(bool)
    def _tell(self, metered: bool) -> None:
        # Without NetworkManager Qt says "no" where it does not know (measured): then the system is asked.
        self._conductor.metered(True if metered else None)
