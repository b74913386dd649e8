"""Keep the computer awake while bytes move, as far as the system lets us, and say honestly whether it does."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

_SYSTEMS_SAY = (ImportError, OSError, RuntimeError, ValueError, AttributeError)  # D-Bus, ctypes, a missing library


class Awake:
    """A context: sleep is held off inside it, but not while :meth:`hold` was told that nothing is to come soon.
    ``active`` tells whether the system agreed; it never raises. Belongs to one thread.

    A closed lid still sends most laptops to sleep; nothing can hold that off.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._mode: Any = None
        self._held = False
        self.active = False

    def __enter__(self) -> Awake:
        self.hold(held=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.hold(held=False)

    def hold(self, *, held: bool) -> None:
        """Hold sleep off, or let the computer sleep; cheap where nothing changes."""
        if held == self._held or not self._wanted:
            return
        self._held = held
        # The library warns where a system has no way to hold off sleep, and D-Bus may answer anything.
        with contextlib.suppress(*_SYSTEMS_SAY), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._begin() if held else self._end()

    def _begin(self) -> None:
        from wakepy import keep

        mode = keep.running(on_fail="pass")
        mode.__enter__()
        self._mode = mode
        self.active = bool(mode.active)

    def _end(self) -> None:
        self.active = False
        mode, self._mode = self._mode, None
        if mode is not None:
            mode.__exit__(None, None, None)
