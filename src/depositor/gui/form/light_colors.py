"""The colour of light, so that one finds a channel with the eyes: of the emission, else of the excitation."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtGui import QColor

# Wavelengths in nm and the hue that a person sees there (degrees of the colour circle); between them it is a line.
_HUES = ((380, 280), (440, 250), (490, 185), (510, 130), (580, 60), (620, 15), (645, 0), (780, 0))
_KEYS = ("emission", "excitation")


def swatch(record: Mapping[str, Any]) -> QColor | None:
    """The colour of a channel; None where no wavelength is told, or none that one sees."""
    for key in _KEYS:
        value = record.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return color_of(float(value))
    return None


def color_of(wavelength: float) -> QColor | None:
    """The colour of a wavelength in nm; None outside of 380 to 780."""
    for (low, one), (high, other) in pairwise(_HUES):
        if low <= wavelength <= high:
            hue = one + (other - one) * (wavelength - low) / (high - low)
            return QColor.fromHsv(round(hue), 210, 215)
    return None
