"""Connections to hosts with several addresses, of which some may be dead: they are tried in turn, a quarter second
apart, and the first that answers wins (RFC 8305, "happy eyeballs"). The winner is tried first the next time."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any

_STEP_S = 0.25
_REMEMBERED = 64
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, getattr(errno, "WSAEWOULDBLOCK", -1)})

Address = tuple[int, int, int, Any]  # family, type, protocol, socket address
Option = tuple[int, int, "int | bytes"]

_guard = threading.Lock()
_winners: dict[tuple[str, int], int] = {}


def connect(
    host: str,
    port: int,
    timeout: float | None,
    source: tuple[str, int] | None = None,
    options: Iterable[Option] = (),
    given_up: Callable[[], bool] = lambda: False,
) -> socket.socket:
    """A connected socket with ``timeout``. Raises OSError: gaierror where the name is not known, TimeoutError where
    nobody answered in time, InterruptedError where ``given_up()`` came true, else what the last address said."""
    bare = host.strip("[]")
    found = socket.getaddrinfo(bare, port, 0, socket.SOCK_STREAM)
    addresses = in_turn(
        [(family, kind, protocol, place) for family, kind, protocol, _, place in found], _won(bare, port)
    )
    race = _Race(source, tuple(options), given_up)
    try:
        line = race.run(addresses, timeout)
    finally:
        race.close()
    with _guard:
        if len(_winners) >= _REMEMBERED:
            _winners.clear()
        _winners[bare, port] = line.family
    line.settimeout(timeout)
    return line


def in_turn(addresses: Sequence[Address], first: int | None = None) -> list[Address]:
    """Families by turns, beginning with ``first``, else with that of the first address; the system's order within."""
    if not addresses:
        return []
    begin = first if any(a[0] == first for a in addresses) else addresses[0][0]
    one = [a for a in addresses if a[0] == begin]
    other = [a for a in addresses if a[0] != begin]
    return [a for a in chain.from_iterable(zip_longest(one, other)) if a is not None]


def forget() -> None:
    """The network has changed: who won before says nothing any more."""
    with _guard:
        _winners.clear()


def _won(host: str, port: int) -> int | None:
    with _guard:
        return _winners.get((host, port))


class _Race:
    """Connections under way, of which one is kept."""

    def __init__(
        self, source: tuple[str, int] | None, options: tuple[Option, ...], given_up: Callable[[], bool]
    ) -> None:
        self._source, self._options, self._given_up = source, options, given_up
        self._selector = selectors.DefaultSelector()
        self._error: OSError = OSError("no address")

    def run(self, addresses: Sequence[Address], timeout: float | None) -> socket.socket:
        end = time.monotonic() + timeout if timeout is not None else None
        waiting = list(addresses)
        while waiting or self._selector.get_map():
            if waiting:
                self._start(waiting.pop(0))
            won = self._step(end)
            if won is not None:
                return won
            if self._given_up():
                raise InterruptedError("nobody waits any more")
            if end is not None and time.monotonic() >= end:
                raise TimeoutError("nobody answered")
        raise self._error

    def _start(self, address: Address) -> None:
        family, kind, protocol, place = address
        try:
            line = socket.socket(family, kind, protocol)
        except OSError as error:  # a family that this system does not have
            self._error = error
            return
        try:
            for option in self._options:
                line.setsockopt(*option)
            if self._source:
                line.bind(self._source)
            line.setblocking(False)
            _begin(line, place)
            self._selector.register(line, selectors.EVENT_WRITE)
        except OSError as error:
            self._error = error
            line.close()

    def _step(self, end: float | None) -> socket.socket | None:
        """The first that stands within a quarter second; None where nobody does, or somebody failed: the next need not
        wait then."""
        if not self._selector.get_map():
            return None
        left = _STEP_S if end is None else min(_STEP_S, max(end - time.monotonic(), 0.0))
        for key, _ in self._selector.select(left):
            if (line := self._settled(key.fileobj)) is not None:
                return line
        return None

    def _settled(self, line: Any) -> socket.socket | None:
        self._selector.unregister(line)
        code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            won: socket.socket = line
            return won
        self._error = OSError(code, "cannot connect")  # becomes the subclass that the number stands for
        line.close()
        return None

    def close(self) -> None:
        """Give up those that came too late."""
        for key in list(self._selector.get_map().values()):
            with contextlib.suppress(OSError):
                line: Any = key.fileobj
                line.close()
        self._selector.close()


def _begin(line: socket.socket, place: Any) -> None:
    code = line.connect_ex(place)
    if code not in _UNDER_WAY and code != 0:
        raise OSError(code, "cannot connect")
