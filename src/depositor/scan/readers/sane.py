"""Numbers of headers, only as far as they can be true: a wrong prefilled value is worse than an empty box."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Any

_TO_UM = {
    "m": 1e6, "meter": 1e6, "metre": 1e6, "dm": 1e5, "cm": 1e4, "centimeter": 1e4, "mm": 1e3, "millimeter": 1e3,
    "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0,
    "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3, "pm": 1e-6, "picometer": 1e-6, "å": 1e-4, "a": 1e-4,
    "angstrom": 1e-4, "inch": 25400.0, "in": 25400.0,
    "centimetre": 1e4, "millimetre": 1e3, "picometre": 1e-6, "fm": 1e-9, "km": 1e9,
}  # fmt: skip
_TO_S = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "µs": 1e-6,
    "μs": 1e-6, "us": 1e-6, "microsecond": 1e-6, "ns": 1e-9, "nanosecond": 1e-9, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0,
}  # fmt: skip
_SMALLEST_UM, _LARGEST_UM = 1e-6, 1e6
_MAX_EDGE = 1 << 31
_SCREEN_DPI = (1, 72, 96, 300)


def number(value: Any) -> float | None:
    """A finite number, also from text (a comma may stand for the point), or None."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(str(value).strip().replace(",", ".")) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def positive(value: Any) -> float | None:
    """A number above zero, or None."""
    found = number(value)
    return found if found is not None and found > 0 else None


def size(value: Any) -> int | None:
    """A number of pixels, planes or channels, or None."""
    found = number(value)
    return int(found) if found is not None and 1 <= found < _MAX_EDGE and found == int(found) else None


def length_um(value: Any, unit: str | None) -> float | None:
    """A pixel size in µm; None for a unit that is no length (``pixel``), for 0, and for what no microscope or scanner
    has (below 1 pm or above 1 m)."""
    found, factor = positive(value), _TO_UM.get((unit or "").strip().lower())
    if found is None or factor is None:
        return None
    found *= factor
    return found if _SMALLEST_UM <= found <= _LARGEST_UM and not is_screen(found) else None


def to_um(unit: str | None) -> float | None:
    """How many micrometres one of ``unit`` is; None for what is no length."""
    return _TO_UM.get((unit or "").strip().lower())


def is_screen(um: float) -> bool:
    """True for the pixel of a screen or a printer (72, 96 or 300 dpi) or one pixel per inch: put there by a program,
    measured by none."""
    return any(abs(um - 25400.0 / dpi) <= 1e-3 * um for dpi in _SCREEN_DPI)


def seconds(value: Any, unit: str | None) -> float | None:
    """A time in seconds, or None."""
    found, factor = positive(value), _TO_S.get((unit or "").strip().lower())
    return found * factor if found is not None and factor is not None else None


def wavelength_nm(value: Any, unit: str = "nm") -> float | None:
    """A wavelength in nm between X-ray optics and far infrared, or None."""
    found, factor = positive(value), _TO_UM.get(unit.strip().lower())
    if found is None or factor is None:
        return None
    nm = found * factor * 1000
    return round(nm, 6) if 100 <= nm <= 20_000 else None


def aperture(value: Any) -> float | None:
    """A numerical aperture that a lens can have (0.01 to 1.7), or None."""
    found = positive(value)
    return found if found is not None and 0.01 <= found <= 1.7 else None


def magnification(value: Any) -> float | None:
    """A magnification of a lens (up to 1000), or None."""
    found = positive(value)
    return found if found is not None and found <= 1000 else None


def text(value: Any, limit: int = 500) -> str | None:
    """A text that says something, without control characters, or None."""
    if value is None:
        return None
    found = "".join(c if c.isprintable() or c in "\n\t" else " " for c in str(value)).strip()
    return found[:limit] or None


_ISO = re.compile(
    r"(\d{4})[-:./]?(\d{2})[-:./]?(\d{2})"
    r"(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?)?"
)


def when(value: Any) -> str | None:
    """A date or time in ISO 8601 as far as the text tells it (no zone where none is told), or None. Dates before 1970
    and the zero days of clocks (1899-12-30, 1601-01-01, 1970-01-01) are none."""
    found = _ISO.match(str(value or "").strip())
    if not found:
        return None
    year, month, day, hour, minute, second, _, zone = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    if not _is_date(moment):
        return None
    if hour is None:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (zone or "")


def _is_date(moment: datetime) -> bool:
    return datetime(1970, 1, 2) <= moment <= datetime.now() + timedelta(days=2)  # noqa: DTZ001, DTZ005 - files tell no zone


def color(rgba: Any) -> str | None:
    """An OME colour (a signed 32-bit RGBA) as #RRGGBB, or None."""
    found = number(rgba)
    if found is None or found != int(found) or not -(1 << 31) <= found < 1 << 32:
        return None
    return f"#{(int(found) & 0xFFFFFFFF) >> 8:06X}"


_LENS = re.compile(r"(\d+(?:[.,]\d+)?)\s*[xX×]\s*(?:/\s*(\d+(?:[.,]\d+)?))?")
_NA = re.compile(r"(?:NA|N\.A\.)\s*[=:]?\s*(\d(?:[.,]\d+)?)", re.IGNORECASE)
_MEDIA = {"oil": "Oil", "water": "Water", "glyc": "Glycerol", "dry": "Air", " air": "Air"}


def lens(model: Any) -> tuple[float | None, float | None, str | None]:
    """(magnification, NA, immersion) as engraved in the name: ``Plan-Apochromat 63x/1.4 Oil DIC M27``."""
    name = text(model) or ""
    found, named = _LENS.search(name), _NA.search(name)
    na = aperture(found[2]) if found and found[2] else aperture(named[1]) if named else None
    return magnification(found[1]) if found else None, na, medium(name)


def medium(name: Any) -> str | None:
    """The immersion medium that a text names, in the word of OME (Oil, Water, Glycerol, Air), or None."""
    words = f" {text(name) or ''}".lower()
    return next((v for k, v in _MEDIA.items() if k in words), None)
