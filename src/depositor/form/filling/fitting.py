"""Facts as an answer of the form takes them: in its unit, out of its choices, within its bounds, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.facts import Device, LightSource, Objective
from depositor.form.fields import Field, Kind
from depositor.form.filling import wording
from depositor.form.filling.tally import rounded

# unit -> (what it measures, how many of the base unit); only lengths, times and beams ever need to be converted
_SCALES: Mapping[str, tuple[str, float]] = {
    "m": ("length", 1.0), "mm": ("length", 1e-3), "µm": ("length", 1e-6), "nm": ("length", 1e-9),
    "Å": ("length", 1e-10), "h": ("time", 3600.0), "min": ("time", 60.0), "s": ("time", 1.0), "ms": ("time", 1e-3),
    "µs": ("time", 1e-6), "ns": ("time", 1e-9), "V": ("beam", 1e-3), "kV": ("beam", 1.0), "keV": ("beam", 1.0),
}  # fmt: skip
_NO_UNIT = ("", "×", "m/z", "bit")
_WORDED = (Kind.TEXT, Kind.LONG_TEXT, Kind.TEXT_OR_TERM)


def fitted(field: Field, value: Any, unit: str = "") -> Any:
    """``value`` (a number in ``unit``, a text, or a part of an instrument) as the answer of ``field``; None where the
    field has no place for it."""
    if isinstance(value, (Device, Objective)) or _sources(value):
        value = wording.of_part(value)
    if field.kind is Kind.NUMBER:
        return _number(field, value, unit)
    if field.kind is Kind.ENUM:
        return _choice(field, wording.quantity(value, ""))
    if field.kind in _WORDED:
        return wording.quantity(value, unit) or None
    return None


def listed(field: Field, values: Iterator[Any] | tuple[Any, ...], unit: str = "") -> Any:
    """Several values: a list where the field takes many, else the one that there is."""
    found = list(dict.fromkeys(v for v in (fitted(field, value, unit) for value in values) if v is not None))
    if field.many:
        return found or None
    return found[0] if len(found) == 1 else None


def converted(value: float, unit: str, wanted: str) -> float | None:
    """A number in another unit; None where the two measure different things."""
    if unit == wanted or (unit in _NO_UNIT and wanted in _NO_UNIT):
        return value
    one, other = _SCALES.get(unit), _SCALES.get(wanted)
    if one is None or other is None or one[0] != other[0]:
        return None
    return rounded(value * one[1] / other[1])


def _sources(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, LightSource) for one in value)


def _number(field: Field, value: Any, unit: str) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    number = converted(value, unit, field.unit or "")
    if number is None or (field.above is not None and not number > field.above):
        return None
    low = field.minimum is None or number >= field.minimum
    return number if low and (field.maximum is None or number <= field.maximum) else None


def _choice(field: Field, value: str) -> str | None:
    if not value:
        return None
    words = {_bare(value), *(_bare(part) for part in value.split(","))}  # "profile, continuous" is a profile
    known = next((c.value for c in field.choices if _bare(c.value) in words), None)
    return known or (value if field.open else None)


def _bare(word: str) -> str:
    """How two spellings of one choice are compared: ``NonLinear`` and ``non-linear``."""
    return "".join(c for c in word.casefold() if c.isalnum() or c == "&")
