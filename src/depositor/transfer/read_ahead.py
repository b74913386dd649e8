"""The next blocks of a large body are read and summed by a thread of their own while the last one is being sent."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from depositor.transfer.ports import Body

BLOCK = 512 << 10
WORTH = 4 << 20  # smaller bodies go faster without a thread
_AHEAD = 3
_TICK_S = 0.2


class Ahead:
    """``body`` in blocks of up to ``size`` bytes, to be sent once. What reading raises comes out where the blocks are
    taken.

    :meth:`close` must be called when the sending has ended, well or not: nobody reads ``body`` any more then. (A sender
    that fails lets go of its iterator only some time later.)
    """

    def __init__(self, body: Body, size: int = BLOCK) -> None:
        self._body, self._size = body, size
        self._reader: _Reader | None = None

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        if len(self._body) < WORTH:
            return iter(lambda: self._body.read(self._size), b"")
        self._reader = _Reader(self._body, self._size)
        self._reader.start()
        return self._reader.taken()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.stop()


class _Reader(threading.Thread):
    def __init__(self, body: Body, size: int) -> None:
        super().__init__(name="read", daemon=True)
        self._body, self._size = body, size
        self._read: queue.Queue[bytes | BaseException] = queue.Queue(_AHEAD)
        self._over = threading.Event()

    def run(self) -> None:
        try:
            while not self._over.is_set():
                block = self._body.read(self._size)
                self._give(block)
                if not block:
                    return
        except BaseException as error:  # raised again where the bytes are sent
            self._give(error)

    def _give(self, item: bytes | BaseException) -> None:
        while not self._over.is_set():
            try:
                self._read.put(item, timeout=_TICK_S)
            except queue.Full:
                continue
            return

    def taken(self) -> Iterator[bytes]:
        while True:
            item = self._read.get()
            if isinstance(item, BaseException):
                raise item
            if not item:
                return
            yield item

    def stop(self) -> None:
        """Returns when the thread has let go of the body."""
        self._over.set()
        self.join()
