"""Facts that belong together (electrons, ions, a scanner's settings), each with the native key it came from."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from depositor.draft.facts import Electrons, ImageFacts, Ions, Lifetime, Medical
from depositor.scan.readers import sane

TEM, STEM, SEM, EELS = "FBbi:00000258", "FBbi:00000380", "FBbi:00000257", "FBbi:00000381"
BRIGHT_FIELD = "FBbi:00000243"
"""Terms of the Biological Imaging Methods Ontology that a format or a word in its header leaves no choice about."""

Told = tuple[Any, str]
"""A value and the native key it came from; a value of None tells nothing."""

Part = TypeVar("Part", Electrons, Ions, Lifetime, Medical)


def with_part(facts: ImageFacts, name: str, empty: Part, said: dict[str, Told]) -> ImageFacts:
    """``facts`` with what is ``said`` in its part ``name``; what the part says already stays.

    ``keys`` gets ``name`` (all native keys) and ``name.fact`` for each fact.
    """
    old: Part = getattr(facts, name) or empty
    new = {fact: told for fact, told in said.items() if told[0] is not None and getattr(old, fact) is None}
    if not new:
        return facts
    keys = {**facts.keys, **{f"{name}.{fact}": key for fact, (_, key) in new.items()}}
    listed = dict.fromkeys(keys[f"{name}.{f.name}"] for f in fields(empty) if f"{name}.{f.name}" in keys)
    keys[name] = ", ".join(listed)
    values = {fact: value for fact, (value, _) in new.items()}
    changed: dict[str, Any] = {name: replace(old, **values), "keys": keys}
    return replace(facts, **changed)


def with_electrons(facts: ImageFacts, **said: Told) -> ImageFacts:
    """``facts`` with facts of the beam, as far as they can be true (see :func:`plausible`)."""
    checked = {fact: (plausible(fact, value), key) for fact, (value, key) in said.items()}
    return with_part(facts, "electrons", Electrons(), checked)


def with_ions(facts: ImageFacts, **said: Told) -> ImageFacts:
    """``facts`` with facts of a mass spectrometer."""
    return with_part(facts, "ions", Ions(), said)


def with_medical(facts: ImageFacts, **said: Told) -> ImageFacts:
    """``facts`` with the settings of a medical scanner, as far as they can be true."""
    checked = {fact: (plausible(fact, value), key) for fact, (value, key) in said.items()}
    return with_part(facts, "medical", Medical(), checked)


def with_lifetime(facts: ImageFacts, **said: Told) -> ImageFacts:
    """``facts`` with facts of a lifetime measurement."""
    return with_part(facts, "lifetime", Lifetime(), said)


# Least and most that an instrument can have; zero is what headers hold where nothing was measured.
_POSITIVE: dict[str, tuple[float, float]] = {
    "voltage_kv": (0.01, 3100), "magnification": (1, 1e8), "dose_e_per_a2": (1e-6, 1e5),
    "frame_dose_e_per_a2": (1e-6, 1e5), "tilt_step_deg": (1e-3, 90), "spot_size": (1e-3, 200), "slit_ev": (1e-3, 1000),
    "cs_mm": (1e-4, 20), "dwell_us": (1e-4, 1e7), "beam_current_na": (1e-7, 1e6), "working_distance_mm": (1e-3, 500),
    "exposure_s": (1e-9, 1e6), "camera_length_mm": (0.1, 1e6),
    "field_strength_t": (1e-3, 50), "repetition_ms": (1e-3, 1e6), "echo_ms": (1e-4, 1e5), "inversion_ms": (1e-3, 1e6),
    "flip_angle_deg": (1e-3, 360), "tube_kv": (1, 1000), "tube_ma": (1e-3, 1e5), "ctdi_mgy": (1e-6, 1e4),
    "slice_thickness_um": (1e-3, 1e6),
}  # fmt: skip
_ANGLES = frozenset(("tilt_deg", "tilt_min_deg", "tilt_max_deg"))
_NOT_ZERO = {"tilt_axis_deg": 360.0, "defocus_um": 1000.0}
_COUNTS = frozenset(("frames", "tilts"))


def plausible(fact: str, value: Any) -> Any:
    """``value`` as a fact of that name if an instrument can have it, else None."""
    if fact in _POSITIVE:
        least, most = _POSITIVE[fact]
        found = sane.number(value)
        return rounded(found) if found is not None and least <= found <= most else None
    if fact in _ANGLES:
        return _angle(value, 120)
    if fact in _NOT_ZERO:
        found = _angle(value, _NOT_ZERO[fact])
        return found if found is not None and abs(found) > 1e-6 else None
    if fact in _COUNTS:
        return sane.size(value)
    return sane.text(value)


def _angle(value: Any, most: float) -> float | None:
    found = sane.number(value)
    return rounded(found) if found is not None and abs(found) <= most else None


def rounded(value: float) -> float:
    """Nine significant digits: what a 32-bit number or a change of unit leaves beyond them is noise."""
    return float(f"{value:.9g}") + 0.0


def scaled(value: Any, factor: float) -> float | None:
    """A number times the factor of its unit, or None."""
    found = sane.number(value)
    return None if found is None else rounded(found * factor)
