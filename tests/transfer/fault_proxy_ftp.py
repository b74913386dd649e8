"""A line with a script for FTP: lines for data, which the server offers at ports of their own, go through it too."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Any

from fault_proxy import FaultProxy

_OFFER = re.compile(rb"^229 .*\(\|\|\|(\d+)\|\)")


class FtpFaultProxy(FaultProxy):
    """For FTP without encryption, by EPSV. What is counted and scripted holds for commands and data together."""

    def _pump(self, source: socket.socket, target: socket.socket, to_server: bool) -> None:
        with self._guard:
            commands = any(far is source for _, far in self._pairs)
        if to_server or not commands:
            super()._pump(source, target, to_server)
            return
        with contextlib.suppress(OSError), source.makefile("rb") as lines:
            for line in lines:
                self._open.wait()
                offer = _OFFER.match(line)
                target.sendall(_offered(self._opened(int(offer[1]))) if offer else line)
        if self._stands(target):
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

    def _stands(self, near: socket.socket) -> bool:
        """False once it was left half-open."""
        with self._guard:
            return not any(pair == (near, near) for pair in self._pairs)

    def _opened(self, port: int) -> int:
        """A port here that leads to one line for data at the server."""
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._one, args=(listener, port), daemon=True).start()
        return int(listener.getsockname()[1])

    def _one(self, listener: socket.socket, port: int) -> None:
        listener.settimeout(10)
        with contextlib.suppress(OSError), listener:
            near, _ = listener.accept()
            near.settimeout(None)
            far: Any = socket.create_connection(("127.0.0.1", port))
            with self._guard:
                self._pairs.append((near, far))
            threading.Thread(target=FaultProxy._pump, args=(self, far, near, False), daemon=True).start()
            FaultProxy._pump(self, near, far, to_server=True)


def _offered(port: int) -> bytes:
    return b"229 Entering extended passive mode (|||%d|).\r\n" % port
