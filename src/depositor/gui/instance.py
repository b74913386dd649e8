"""One window per home: a second start hands its paths to the first and goes away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 2000
_MOST_BYTES = 1 << 20


class Instance(QObject):
    """This start of the program. ``asked`` carries the paths that a later start brought (maybe none: just show)."""

    asked = Signal(list)

    def __init__(self, state: Path) -> None:
        super().__init__()
        state.mkdir(parents=True, exist_ok=True)
        self._name = "depositor-" + hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]
        self._lock = QLockFile(str(state / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def first(self) -> bool:
        """True when no other window works in this home; then it soon listens for later starts."""
        if not self._lock.tryLock(0):
            return False
        QTimer.singleShot(0, self, self._listen)
        return True

    def _listen(self) -> None:
        from PySide6.QtNetwork import QLocalServer  # after the first frame: the network library takes its time

        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)
        self._server.listen(self._name)

    @property
    def listening(self) -> bool:
        """True once later starts are heard."""
        return self._server is not None and self._server.isListening()

    def hand_over(self, paths: Sequence[str]) -> bool:
        """Give the paths to the first start; False if it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        socket.write(json.dumps([str(Path(p).absolute()) for p in paths]).encode() + b"\n")
        sent = socket.waitForBytesWritten(_WAIT_MS)
        socket.disconnectFromServer()
        return bool(sent)

    def close(self) -> None:
        """Let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @Slot()
    def _called(self) -> None:
        assert self._server is not None
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(socket.deleteLater)
        if socket.canReadLine():
            self._take(socket)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        assert socket is not None
        self._take(cast("QLocalSocket", socket))

    def _take(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > _MOST_BYTES:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        try:
            paths = json.loads(bytes(socket.readLine().data()))
        except ValueError:
            return
        if isinstance(paths, list):
            self.asked.emit([p for p in paths if isinstance(p, str)])
