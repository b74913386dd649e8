"""Step aside for the microscope's own software: the threads that send get disk and processor only when nobody else
wants them, as far as the system lets us."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from enum import StrEnum

_SYSTEM: str = sys.platform
_NICE = 10
_MAC_DISK, _MAC_THREAD, _MAC_THROTTLE, _MAC_DEFAULT = 0, 1, 3, 0  # sys/resource.h: IOPOL_*
_WINDOWS_BEGIN, _WINDOWS_END = 0x10000, 0x20000  # THREAD_MODE_BACKGROUND_BEGIN, _END


class Reach(StrEnum):
    """How far it worked."""

    FULL = "full"  # disk and processor
    DISK = "disk"
    PROCESSOR = "processor"
    NONE = "none"


class StepAside:
    """Call it in a thread that sends, before each file: it follows :attr:`wanted`, which may change at any moment.

    ``reach`` tells what the system agreed to for the thread that asked last. It never raises. On Linux a thread that
    was given the lower processor priority keeps it until it ends; the disk priority is given back at once.
    """

    def __init__(self, *, wanted: bool = False) -> None:
        self.wanted = wanted
        self.reach = Reach.NONE
        self._mine = threading.local()

    def __call__(self) -> None:
        if getattr(self._mine, "is_low", False) != self.wanted:
            self._mine.is_low = self.wanted
            self.reach = _set(low=self.wanted)


def _set(*, low: bool) -> Reach:
    disk, processor = _disk(low=low), _processor(low=low)
    if not low:
        return Reach.NONE
    if disk and processor:
        return Reach.FULL
    return Reach.DISK if disk else Reach.PROCESSOR if processor else Reach.NONE


def _disk(*, low: bool) -> bool:
    with contextlib.suppress(ImportError, OSError, AttributeError, ValueError):  # a system that refuses, or has none
        if _SYSTEM.startswith("linux"):
            return _linux_disk(low=low)
        if _SYSTEM == "darwin":
            policy = _MAC_THROTTLE if low else _MAC_DEFAULT
            return bool(ctypes.CDLL(None).setiopolicy_np(_MAC_DISK, _MAC_THREAD, policy) == 0)
        if _SYSTEM == "win32":
            return _windows(low=low)
    return False


def _processor(*, low: bool) -> bool:
    if not _SYSTEM.startswith("linux"):
        return _SYSTEM == "win32" and getattr(_windows_mode, "low", False)  # one call sets both there
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE if low else 0)
        return True
    return False


def _linux_disk(*, low: bool) -> bool:
    import psutil

    wanted = psutil.IOPRIO_CLASS_IDLE if low else psutil.IOPRIO_CLASS_NONE
    try:
        thread = psutil.Process(threading.get_native_id())  # the system keeps priorities by thread
        thread.ionice(wanted)
        return bool(thread.ionice().ioclass == wanted)
    except psutil.Error:
        return False


_windows_mode = threading.local()


def _windows(*, low: bool) -> bool:
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - there on Windows only
    this_thread = ctypes.c_void_p(-2)  # what GetCurrentThread gives
    mode = _WINDOWS_BEGIN if low else _WINDOWS_END
    _windows_mode.low = bool(kernel.SetThreadPriority(this_thread, mode)) and low
    return bool(_windows_mode.low) or not low
