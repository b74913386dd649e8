"""Overlays that lie in unused bits of the pixels: their description goes with group 60xx, and so must the drawing.

Source: PS3.3 C.9.2 (retired there in 2004; older files have them).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from depositor.privacy.remedies.dicom import elements

_POSITION, _DATA = 0x0102, 0x3000


def mask_of(dataset: Any, little: bool) -> Callable[[bytes], bytes] | None:
    """What clears the drawn bits in blocks of plain pixel data; None where there are none."""
    allocated, stored, high = (_number(dataset, tag) for tag in (0x00280100, 0x00280101, 0x00280102))
    if allocated not in (8, 16):
        return None
    drawn = 0
    for group in range(0x6000, 0x6020, 2):
        position = _number(dataset, group << 16 | _POSITION)
        if 0 < position < allocated and (group << 16 | _DATA) not in dataset:
            drawn |= 1 << position
    image = ((1 << stored) - 1) << max(high - stored + 1, 0)
    drawn &= ~image
    return _clearing(drawn, allocated, little) if drawn else None


def _clearing(drawn: int, allocated: int, little: bool) -> Callable[[bytes], bytes]:
    import numpy as np

    form = np.dtype("u1" if allocated == 8 else ("<u2" if little else ">u2"))

    def clear(block: bytes) -> bytes:
        whole = len(block) - len(block) % form.itemsize
        words = np.frombuffer(block[:whole], form) & form.type(~drawn & (1 << allocated) - 1)
        cleared: bytes = words.astype(form).tobytes()
        return cleared + block[whole:]

    return clear


def _number(dataset: Any, tag: int) -> int:
    element = elements.look(dataset, tag) if tag in dataset else None
    try:
        return int(element.value) if element is not None else 0
    except (TypeError, ValueError):
        return 0
