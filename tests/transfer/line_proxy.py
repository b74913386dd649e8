"""A line between client and server that can be cut, or go mute without anybody being told."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from typing import Any


class LineProxy:
    """Forwards TCP to ``port``. ``forwarded``: bytes that went to the server."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._guard = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self.forwarded = 0
        self.connections = 0

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> LineProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.flow()
        self.cut()

    def cut(self) -> None:
        """Break all connections; new ones are taken."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for line in (line for pair in pairs for line in pair):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Nothing goes through any more, in either direction, while all connections stand."""
        self._open.clear()

    def flow(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._guard:
                self._pairs.append((near, far))
                self.connections += 1
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target, source is near), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, to_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                target.sendall(data)
                self.forwarded += len(data) if to_server else 0
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


def waits_for_port(port: int, process: subprocess.Popen[Any], seconds: float = 20) -> bool:
    """True once something listens there; False where the process ended instead."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.02)
    return False
