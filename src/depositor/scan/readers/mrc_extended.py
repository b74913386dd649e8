"""What microscopes put between the header of an MRC file and its pixels: FEI1 and FEI2 of Thermo Fisher, the older 32
numbers of FEI, and the packed words of SerialEM.

Layouts: "MRC2014 File Image Format Specification" of Thermo Fisher, and "The MRC file format" of the IMOD handbook.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan.readers import parts, sane
from depositor.scan.readers.base import with_facts

MOST_BYTES = 16 << 20
_IMOD = 1146047817
# (name, type as struct knows it, bit of the current mask that says the value is valid); "mask" begins the next mask.
_FEI: tuple[tuple[str, str], ...] = (
    ("mask", "I"), ("time", "d"), ("type", "16s"), ("number", "16s"), ("application", "16s"), ("version", "16s"),
    ("ht", "d"), ("dose", "d"), ("alpha", "d"), ("beta", "d"), ("x", "d"), ("y", "d"), ("z", "d"), ("axis", "d"),
    ("dual", "d"), ("pixel_x", "d"), ("pixel_y", "d"), *((f"unused {n}", "8s") for n in range(6)), ("defocus", "d"),
    ("stem_defocus", "d"), ("applied_defocus", "d"), ("instrument", "i"), ("projection", "i"), ("lens", "16s"),
    ("high", "16s"), ("probe", "i"), ("eftem", "?"), ("magnification", "d"),
    ("mask", "I"), ("camera_length", "d"), ("spot", "i"), ("area", "d"), ("intensity", "d"), ("convergence", "d"),
    ("illumination", "16s"), ("wide", "?"), ("slit_in", "?"), ("slit", "d"), ("offset_ht", "d"), ("drift", "d"),
    ("shift_ev", "d"), ("off_x", "d"), ("off_y", "d"), ("shift_x", "d"), ("shift_y", "d"), ("integration", "d"),
    ("bin_x", "i"), ("bin_y", "i"), ("camera", "16s"), ("left", "i"), ("top", "i"), ("right", "i"), ("bottom", "i"),
    ("noise", "?"), ("summed", "i"), ("counting", "?"), ("aligned", "?"), *((f"camera {n}", "i") for n in range(4)),
    ("mask", "I"), *((f"camera {n}", "i") for n in range(4, 10)), ("plate", "?"), ("stem", "16s"), ("gain", "d"),
    ("offset", "d"), *((f"stem {n}", "i") for n in range(5)), ("dwell", "d"), ("frame_time", "d"),
    ("scan_left", "i"), ("scan_top", "i"), ("scan_right", "i"), ("scan_bottom", "i"), ("fov_x", "d"), ("fov_y", "d"),
    ("element", "16s"), ("low", "d"), ("high_ev", "d"), ("method", "i"), ("fractions", "?"), ("fraction", "i"),
)  # fmt: skip


def described(facts: ImageFacts, head: bytes, extended: bytes, order: str) -> ImageFacts:
    """``facts`` with what the extended header says; ``head`` are the 1024 bytes before it."""
    sections = facts.size_z or 1
    kind = head[104:108]
    if kind in (b"FEI1", b"FEI2"):
        facts = _fei(facts, extended, order, sections)
    elif kind in (b"SERI", b"\0\0\0\0", b"    ") and _is_serial(head, order):
        facts = _serial(facts, head, extended, order, sections)
    elif kind in (b"\0\0\0\0", b"    ", b"AGAR") and len(extended) >= 128 and (facts.size_z or 0) <= 1024:
        facts = _numbers(facts, extended, order, sections)
    return _labels(facts, head)


# --- FEI1, FEI2 ----------------------------------------------------------------------------------------------------


def _fei(facts: ImageFacts, extended: bytes, order: str, sections: int) -> ImageFacts:
    size = struct.unpack(order + "i", extended[:4])[0] if len(extended) >= 8 else 0
    if not 768 <= size <= 1 << 14:
        return facts
    blocks = [extended[at : at + size] for at in range(0, min(len(extended), sections * size), size)]
    said = [v for block in blocks if len(block) == size and (v := _fei_values(block, order))]
    if not said:
        return facts
    facts = _fei_stand(facts, said[0])
    facts = _fei_beam(facts, said[0], len(said))
    doses = [d for v in said if (d := parts.scaled(v.get("dose"), 1e-20)) and d > 0]
    whole = sum(doses) if len(doses) == len(said) else None
    facts = parts.with_electrons(facts, dose_e_per_a2=(whole, "FEI Dose"))
    return tilted(facts, [a for v in said if (a := sane.number(v.get("alpha"))) is not None], "FEI Alpha tilt")


def _fei_values(block: bytes, order: str) -> dict[str, Any]:
    """The values whose bit says that they are valid."""
    found: dict[str, Any] = {}
    at, mask, bit = 8, 0, 0
    for name, kind in _FEI:
        width = struct.calcsize(kind)
        # The masks are little-endian whatever the order of the rest.
        value = struct.unpack(("<" if name == "mask" else order) + kind, block[at : at + width])[0]
        at += width
        if name == "mask":
            mask, bit = value, 0
            continue
        if mask >> bit & 1:
            found[name] = value.split(b"\0")[0].decode("latin-1").strip() if isinstance(value, bytes) else value
        bit += 1
    if struct.unpack(order + "i", block[4:8])[0] >= 2 and len(block) >= 888:
        found["microseconds"] = struct.unpack(order + "q", block[796:804])[0]
    return found


def _fei_stand(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    model = sane.text(said.get("type"), 40)
    facts = with_facts(facts, "FEI Microscope type", instrument=Device(model=model) if model else None)
    camera = sane.text(said.get("camera") or said.get("stem"), 40)
    facts = with_facts(facts, "FEI Camera name", detector=Device(model=camera) if camera else None)
    software = sane.text(" ".join(filter(None, (said.get("application"), said.get("version")))), 60)
    facts = with_facts(facts, "FEI Application", software=software)
    word = {1: "TEM", 2: "STEM"}.get(said.get("instrument", 0))
    term = {"TEM": parts.TEM, "STEM": parts.STEM}.get(word or "")
    facts = with_facts(facts, "FEI Instrument mode", modality=word, modality_id=term)
    if facts.pixel_size_x_um is None and said.get("projection") != 1:
        x, y = (sane.length_um(said.get(f"pixel_{a}"), "m") for a in "xy")
        facts = with_facts(facts, "FEI Pixel size", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = with_facts(facts, "FEI Acquisition time stamp", acquired=_epoch(said.get("microseconds")))
    binning = (sane.size(said.get("bin_x")), sane.size(said.get("bin_y")))
    channel = Channel(
        exposure_s=sane.seconds(said.get("integration"), "s"),
        binning=f"{binning[0]}x{binning[1]}" if all(binning) else None,
    )
    return with_facts(facts, "FEI Integration time", channels=(channel,) if channel != Channel() else ())


def _epoch(value: Any) -> str | None:
    """Microseconds since 1970, where they can be such."""
    if not isinstance(value, int) or not 1_262_304_000_000_000 <= value <= 4_102_444_800_000_000:
        return None
    return sane.when(datetime.fromtimestamp(value // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _fei_beam(facts: ImageFacts, said: Mapping[str, Any], sections: int) -> ImageFacts:
    def told(name: str, label: str, factor: float = 1.0) -> tuple[Any, str]:
        return parts.scaled(said.get(name), factor), f"FEI {label}"

    slit = told("slit", "Slit width") if said.get("slit_in", True) else (None, "")
    return parts.with_electrons(
        facts,
        voltage_kv=told("ht", "HT", 1e-3),
        magnification=told("magnification", "Magnification"),
        mode=(facts.modality, "FEI Instrument mode"),
        defocus_um=told("applied_defocus" if "applied_defocus" in said else "defocus", "Defocus", 1e6),
        spot_size=told("spot", "Spot index"),
        slit_ev=slit,
        exposure_s=told("integration", "Integration time"),
        dwell_us=told("dwell", "Dwell time", 1e6),
        tilt_axis_deg=told("axis", "Tilt axis angle") if sections > 1 else (None, ""),
        frames=(said.get("fraction"), "FEI Fraction number") if said.get("fractions") else (None, ""),
    )


# --- FEI, 32 numbers for each section ------------------------------------------------------------------------------


def _numbers(facts: ImageFacts, extended: bytes, order: str, sections: int) -> ImageFacts:
    """Believed only where voltage and pixel size can both be true, and the block is as long as FEI makes it."""
    if len(extended) < 131072:
        return facts
    first = struct.unpack(order + "16f", extended[:64])
    pixel, volts = first[11], first[13]
    if not (20_000 <= volts <= 1_500_000 and 1e-12 < pixel < 1e-6):
        return facts
    facts = parts.with_electrons(
        facts,
        voltage_kv=(volts / 1000, "FEI ht"),
        magnification=(first[12], "FEI magnification"),
        tilt_axis_deg=(first[10] if sections > 1 else None, "FEI tilt_axis"),
    )
    facts = with_facts(facts, "FEI ht", modality="TEM", modality_id=parts.TEM)
    if facts.pixel_size_x_um is None:
        um = sane.length_um(pixel, "m")
        facts = with_facts(facts, "FEI pixel_size", pixel_size_x_um=um, pixel_size_y_um=um)
    angles = [struct.unpack(order + "f", extended[at : at + 4])[0] for at in range(0, sections * 128, 128)]
    return tilted(facts, [float(a) for a in angles if abs(a) <= 120], "FEI a_tilt")


# --- SerialEM ------------------------------------------------------------------------------------------------------

_WORDS = ((1, 2), (2, 6), (4, 4), (8, 2), (16, 2), (32, 4), (64, 2), (128, 4), (256, 2), (512, 4), (1024, 2))


def _is_serial(head: bytes, order: str) -> bool:
    """SerialEM's words: as many bytes for each section as the flags say."""
    width, flags = struct.unpack(order + "hh", head[128:132])
    marked = head[104:108] == b"SERI" or struct.unpack(order + "i", head[152:156])[0] == _IMOD
    fits = sum(size for bit, size in _WORDS if flags & bit) == width
    return bool(marked and 0 < flags < 2048 and fits)


def _serial(facts: ImageFacts, head: bytes, extended: bytes, order: str, sections: int) -> ImageFacts:
    width, flags = struct.unpack(order + "hh", head[128:132])
    if len(extended) < width * sections:
        return facts

    def column(bit: int, form: str, change: Callable[[float], float]) -> list[float]:
        if not flags & bit:
            return []
        at = sum(size for b, size in _WORDS if flags & b and b < bit)
        step = struct.calcsize(form)
        raw = (extended[n * width + at : n * width + at + step] for n in range(sections))
        return [change(float(struct.unpack(order + form, r)[0])) for r in raw]

    facts = tilted(facts, column(1, "h", lambda v: v / 100), "SERI tilt angle")
    scales = set(column(8, "h", lambda v: v * 100))
    doses = column(32, "f", lambda v: v)
    whole = sum(doses) if doses and all(d > 0 for d in doses) else None
    facts = parts.with_electrons(
        facts,
        magnification=(scales.pop() if len(scales) == 1 else None, "SERI magnification"),
        dose_e_per_a2=(whole, "SERI exposure dose"),
    )
    if head[104:108] == b"SERI" and facts.modality is None:
        facts = with_facts(facts, "exttyp SERI", modality="TEM", modality_id=parts.TEM, software="SerialEM")
    return facts


# --- all -----------------------------------------------------------------------------------------------------------

_AXIS = re.compile(rb"Tilt axis angle\s*=\s*(-?\d+(?:\.\d+)?)")


def _labels(facts: ImageFacts, head: bytes) -> ImageFacts:
    """The axis that SerialEM writes into the labels. Nothing else of them is read: they hold names of people."""
    found = _AXIS.search(head[224:1024])
    axis = found[1].decode("ascii") if found else None
    return parts.with_electrons(facts, tilt_axis_deg=(axis, "label: Tilt axis angle"))


def tilted(facts: ImageFacts, angles: list[float], key: str) -> ImageFacts:
    """One angle, or the range and step of a series of tilts in degrees; a step where nearly all are the same."""
    angles = sorted(a for a in angles if abs(a) <= 120)
    if not angles:
        return facts
    if angles[-1] - angles[0] < 1:
        return parts.with_electrons(facts, tilt_deg=(round(sum(angles) / len(angles), 3), key))
    distinct = [angles[0], *(b for a, b in itertools.pairwise(angles) if b - a > 0.2)]
    return parts.with_electrons(
        facts,
        tilt_min_deg=(round(angles[0], 2), key),
        tilt_max_deg=(round(angles[-1], 2), key),
        tilts=(len(distinct), key),
        tilt_step_deg=(_step(distinct), key),
    )


def _step(angles: list[float]) -> float | None:
    steps = sorted(b - a for a, b in itertools.pairwise(angles))
    if len(steps) < 2:
        return None
    middle = steps[len(steps) // 2]
    regular = sum(abs(s - middle) <= 0.15 for s in steps) >= 0.9 * len(steps)
    return round(middle, 1) if regular else None
