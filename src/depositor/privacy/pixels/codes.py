"""QR codes on labels. Other bar codes (Code 128, Data Matrix) have no reader under a permissive licence at hand: that
they are not read is said."""

from __future__ import annotations

from typing import Any

from depositor.privacy.pixels.ports import Line


def read(pixels: Any) -> tuple[Line, ...]:
    """What the QR codes in a picture of 8 bit say, with their boxes. OpenCV comes with the engine for text."""
    import cv2
    import numpy as np

    found, texts, corners, _ = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(np.ascontiguousarray(pixels))
    if not found or corners is None:
        return ()
    return tuple(_line(t, c) for t, c in zip(texts, corners, strict=True) if t)


def _line(text: str, corners: Any) -> Line:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Line(text.strip(), 1.0, float(left), float(top), float(right - left), float(bottom - top))
