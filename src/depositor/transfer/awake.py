"""Keep the computer awake while bytes move, as far as the system lets us, and say honestly whether it does."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

_SYSTEMS_SAY = (ImportError, OSError, RuntimeError, ValueError, AttributeError)  # D-Bus, ctypes, a missing library


class Awake:
    """A context: sleep is held off inside it. ``active`` tells whether the system agreed; it never raises.

    A closed lid still sends most laptops to sleep; nothing can hold that off.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._mode: Any = None
        self.active = False

    def __enter__(self) -> Awake:
        if self._wanted:
            # The library warns where a system has no way to hold off sleep, and D-Bus may answer anything.
            with contextlib.suppress(*_SYSTEMS_SAY), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from wakepy import keep

                mode = keep.running(on_fail="pass")
                mode.__enter__()
                self._mode = mode
                self.active = bool(mode.active)
        return self

    def __exit__(self, *_: object) -> None:
        self.active = False
        if self._mode is not None:
            with contextlib.suppress(*_SYSTEMS_SAY), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._mode.__exit__(None, None, None)
            self._mode = None
