"""Facts in a few English words: parts of an instrument, numbers with units, ranges.

What is written here becomes part of the published description, so it is English as the archives' own words are, and
does not change with the language of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from depositor.draft.facts import Device, LightSource, Objective

_SMALL_UM, _LARGE_UM = 0.01, 1000


def device(found: Device | None) -> str:
    """Maker and model, the maker not twice: ``Carl Zeiss Axio Observer.Z1 / 7, inverted``."""
    if found is None:
        return ""
    maker, model = (found.manufacturer or "").strip(), (found.model or "").strip()
    name = model if maker and model.casefold().startswith(maker.casefold()) else f"{maker} {model}".strip()
    kind = (found.kind or "").strip()
    return ", ".join(filter(None, (name, kind.lower()))) if name else kind


def detector_name(found: Device | None) -> str:
    """Maker and model of a camera or detector, else its kind: in a name the kind says little."""
    return device(replace(found, kind=None)) or device(found) if found else ""


def objective(found: Objective | None) -> str:
    """As engraved: ``Plan-Apochromat 63x/1.4 Oil``; what the name of the model says already is not said again."""
    if found is None:
        return ""
    model = " ".join((found.model or "").split())
    parts = [model]
    if number(found.magnification) + "x" not in model.casefold().replace(" ", ""):
        parts.append(lens(found))
    elif found.na and number(found.na) not in model:
        parts.append(f"NA {number(found.na)}")
    if found.immersion and found.immersion.casefold() not in model.casefold() and found.immersion != "Other":
        parts.append(found.immersion.lower() if any(parts) else found.immersion)
    return " ".join(filter(None, parts))


def lens(found: Objective | None) -> str:
    """Magnification and aperture: ``63x/1.4``."""
    if found is None or not found.magnification:
        return ""
    return f"{number(found.magnification)}x" + (f"/{number(found.na)}" if found.na else "")


def light_source(found: LightSource) -> str:
    """``Coherent OBIS laser, 488 nm, 20 mW``."""
    kind = (found.kind or "").strip()
    name = device(Device(found.manufacturer, found.model))
    if kind.casefold() not in name.casefold():
        name = f"{name} {kind if kind.isupper() else kind.lower()}".strip()
    numbers = (quantity(found.wavelength_nm, "nm"), quantity(found.power_mw, "mW"))
    return ", ".join(filter(None, (name, *numbers)))


def of_part(value: Any) -> str:
    """A part of an instrument in words."""
    if isinstance(value, Objective):
        return objective(value)
    if isinstance(value, Device):
        return device(value)
    return light_sources(value)


def light_sources(found: Sequence[LightSource]) -> str:
    """``laser, 488 nm and 561 nm``: what all share is said once."""
    alike = {(one.kind, one.manufacturer, one.model, one.power_mw) for one in found}
    waves = sorted({one.wavelength_nm for one in found if one.wavelength_nm})
    if len(found) > 1 and len(alike) == 1 and len(waves) == len(found):
        name = light_source(replace(found[0], wavelength_nm=None))
        numbers = f"{', '.join(number(w) for w in waves[:-1])} and {number(waves[-1])} nm"
        return f"{name}, {numbers}" if name else numbers
    return " and ".join(dict.fromkeys(filter(None, (light_source(one) for one in found))))


def number(value: float | None) -> str:
    """A number without noise: at most four significant digits."""
    return "" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def quantity(value: Any, unit: str) -> str:
    """A number with its unit (``0.3 µm``, ``63×``, ``−60°``), or the text that there is."""
    if isinstance(value, bool) or value is None:
        return ""
    if not isinstance(value, (int, float)):
        return " ".join(str(value).split())
    return with_unit(number(value), unit)


def with_unit(told: str, unit: str) -> str:
    """Some units stand close to their number."""
    if not unit or unit == "m/z":
        return told
    return f"{told}{unit}" if unit in ("×", "°") else f"{told} {unit}"


def span(values: Sequence[float], unit: str = "") -> str:
    """One number, or ``20 to 50 ms`` where they differ; small and large lengths in the unit of their size."""
    factor, unit = _sized(max(abs(v) for v in values), unit)
    low, high = number(min(values) * factor), number(max(values) * factor)
    return with_unit(low if low == high else f"{low} to {high}", unit)


def _sized(largest: float, unit: str) -> tuple[float, str]:
    if unit == "µm" and 0 < largest < _SMALL_UM:
        return 1000, "nm"
    if unit == "µm" and largest >= _LARGE_UM:
        return 0.001, "mm"
    return 1, unit
