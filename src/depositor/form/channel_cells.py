"""How single cells of channel tables are written and read: isotopes in two columns, dilutions as factors, yes and no.

``write`` takes a value of the form; ``read`` a text and what an earlier column said for the same key. A text that does
not have the shape is kept as it is: the checks of the form tell of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_ISOTOPE = re.compile(r"([A-Z][a-z]?)-?(\d{2,3})|(\d{2,3})-?([A-Z][a-z]?)")
_FACTOR = re.compile(r"1\s*[:/]\s*(\d+(?:\.\d+)?)")
_AMOUNT = re.compile(r"([\d.]+)\s*(\D.*)?")
_YES, _NO = ("true", "yes", "1", "y"), ("false", "no", "0", "n")


@dataclass(frozen=True, slots=True)
class Shape:
    """Both directions of one kind of cell."""

    write: Callable[[Any], str]
    read: Callable[[str, Any], Any]


def plain_text(cell: Any) -> str:
    """A cell without what says nothing: blanks, and the words that tables use for nothing."""
    text = str(cell).strip() if cell is not None else ""
    return "" if text.casefold() in ("na", "n/a", "nan", "none", "-") else text


def _label(value: Any) -> str:
    return str(value.get("label") or value.get("id") or "") if isinstance(value, Mapping) else str(value)


def _number(text: str, _before: Any) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value == int(value) else value


def _number_text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _isotope(value: Any, part: int) -> str:
    found = _ISOTOPE.fullmatch(str(value).strip())
    return (found[1] or found[4], found[2] or found[3])[part] if found else str(value) if part == 0 else ""


def _factor(value: Any) -> str:
    found = _FACTOR.fullmatch(str(value).strip())
    return found[1] if found else ""


def _amount(value: Any, part: int) -> str:
    found = _AMOUNT.fullmatch(str(value).strip())
    if not found:
        return ""
    return found[1] if part == 0 else (found[2] or "").replace("µ", "u").replace("μ", "u").strip()


def _truth(text: str, _before: Any) -> Any:
    folded = text.casefold()
    return True if folded in _YES else False if folded in _NO else text


def _band(row: Any) -> str:
    low, high = row.get("emission_from"), row.get("emission_to")
    both = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (low, high))
    return _number_text(high - low) if both else ""


def _band_read(text: str, row: Any) -> dict[str, float]:
    """The band around the middle that the column before told."""
    width, middle = _number(text, None), row.get("emission")
    if not all(isinstance(v, (int, float)) for v in (width, middle)):
        return {}
    return {
        "emission_from": _number(str(middle - width / 2), None),
        "emission_to": _number(str(middle + width / 2), None),
    }


SHAPES: Mapping[str, Shape] = {
    "text": Shape(str, lambda text, _before: text),
    "label": Shape(_label, lambda text, _before: text),
    "number": Shape(_number_text, _number),
    "truth": Shape(lambda v: "true" if v is True else "false" if v is False else str(v), _truth),
    "rrid": Shape(lambda v: str(v).removeprefix("RRID:").strip(), lambda t, _b: t if ":" in t else f"RRID:{t}"),
    "element": Shape(lambda v: _isotope(v, 0), lambda text, before: f"{text}{before or ''}"),
    "mass": Shape(lambda v: _isotope(v, 1), lambda text, before: f"{before or ''}{text}"),
    "factor": Shape(_factor, lambda text, _before: f"1:{text}" if re.fullmatch(r"[\d.]+", text) else text),
    "amount": Shape(lambda v: _amount(v, 0), lambda text, before: f"{text} {before}" if before else text),
    "unit": Shape(lambda v: _amount(v, 1), lambda text, before: f"{before} {text}" if before else text),
    "band": Shape(_band, _band_read),
}
