"""What a DICOM object says of the scanner's settings, of the slide, and of the places of its frames.

Attributes of DICOM PS3.3; a multi-frame object keeps them in functional groups (PS3.3 C.7.6.16). Nothing of the patient
is read but the part of the body, which is a coded word.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import parts, sane
from depositor.scan.readers.base import with_facts

TAGS = (
    *("KVP", "XRayTubeCurrent", "CTDIvol", "MagneticFieldStrength", "RepetitionTime", "EchoTime", "InversionTime"),
    *("FlipAngle", "ConvolutionKernel", "ScanningSequence", "ContrastBolusAgent", "BodyPartExamined", "BitsStored"),
    *("RadiopharmaceuticalInformationSequence", "SequenceOfUltrasoundRegions", "SpecimenDescriptionSequence"),
)
"""Attributes that are asked for here."""

MODALITIES = {
    "CT": "FBbi:00001002", "MR": "OBI:0002985", "PT": "OBI:0002987", "CR": "FBbi:00001000", "DX": "FBbi:00001000",
    "MG": "FBbi:00001000", "RG": "FBbi:00001000", "OPT": "FBbi:00000371", "OCT": "FBbi:00000371",
}  # fmt: skip
"""Modality (0008,0060) -> the term that it leaves no choice about."""

_FLUORESCENCE = "FBbi:00000246"
_MOST_ITEMS = 200


def first(sequence: Any) -> Any:
    """The first item of a sequence, or None."""
    return sequence[0] if sequence else None


def _in(item: Any, *path: str) -> Any:
    """The value at a path through the first items of sequences, or None."""
    for name in path[:-1]:
        item = first(item.get(name)) if item is not None else None
    return item.get(path[-1]) if item is not None else None


def scanner(facts: ImageFacts, data: Any) -> ImageFacts:
    """Field, times, tube, dose, tracer and contrast agent, of the object or of its shared functional groups."""
    if data.get("Modality") == "SM":
        return facts  # a slide
    shared = first(data.get("SharedFunctionalGroupsSequence"))

    def told(name: str, key: str, *group: str) -> parts.Told:
        own = data.get(name)
        return (
            (_single(own), key) if own not in (None, "") else (_single(_in(shared, *group, name)), f"(5200,9229) {key}")
        )

    thickness, key = told("SliceThickness", "(0018,0050)", "PixelMeasuresSequence")
    echo = told("EchoTime", "(0018,0081)")
    if echo[0] is None:
        echo = _single(_in(shared, "MREchoSequence", "EffectiveEchoTime")), "(5200,9229) (0018,9082)"
    timing = "MRTimingAndRelatedParametersSequence"
    return parts.with_medical(
        facts,
        field_strength_t=told("MagneticFieldStrength", "(0018,0087)"),
        sequence=(_words(data.get("ScanningSequence")), "(0018,0020)"),
        repetition_ms=told("RepetitionTime", "(0018,0080)", timing),
        echo_ms=echo,
        inversion_ms=told("InversionTime", "(0018,0082)"),
        flip_angle_deg=told("FlipAngle", "(0018,1314)", timing),
        tube_kv=told("KVP", "(0018,0060)", "CTXRayDetailsSequence"),
        tube_ma=told("XRayTubeCurrent", "(0018,1151)"),
        ctdi_mgy=told("CTDIvol", "(0018,9345)", "CTExposureSequence"),
        slice_thickness_um=(sane.length_um(thickness, "mm"), key),
        kernel=(_words(data.get("ConvolutionKernel")), "(0018,1210)"),
        tracer=(_tracer(data), "(0054,0016)"),
        contrast_agent=(_words(data.get("ContrastBolusAgent")), "(0018,0010)"),
        body_part=(_words(data.get("BodyPartExamined")), "(0018,0015)"),
    )


def _single(value: Any) -> float | None:
    """A number; of several the one that they share."""
    if value is None or isinstance(value, str):
        return sane.number(value)
    several = set(value) if hasattr(value, "__iter__") else {value}
    return sane.number(several.pop()) if len(several) == 1 else None


def _words(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return sane.text(value, 80)
    return sane.text("; ".join(str(v) for v in value), 80)


def _tracer(data: Any) -> str | None:
    """The substance, else the isotope, by its code."""
    item = first(data.get("RadiopharmaceuticalInformationSequence"))
    for name in ("RadiopharmaceuticalCodeSequence", "RadionuclideCodeSequence"):
        found = sane.text(_in(item, name, "CodeMeaning"), 80)
        if found:
            return found
    return sane.text(_in(item, "Radiopharmaceutical"), 80)


def method(facts: ImageFacts, data: Any) -> ImageFacts:
    """The term of the modality; of a slide by its light, else by its three colours."""
    word = str(data.get("Modality") or "")
    if word != "SM":
        return with_facts(facts, "(0008,0060)", modality_id=MODALITIES.get(word))
    paths = list(data.get("OpticalPathSequence") or ())[:_MOST_ITEMS]
    lights = {str(_in(p, "IlluminationTypeCodeSequence", "CodeMeaning") or "").lower() for p in paths} - {""}
    if len(lights) == 1 and "fluorescence" in next(iter(lights)):
        return with_facts(facts, "(0022,0016)", modality_id=_FLUORESCENCE)
    if lights and not all("bright" in light for light in lights):
        return facts
    bright = bool(lights) or facts.size_c == 3
    return with_facts(facts, "(0022,0016)", modality_id=parts.BRIGHT_FIELD if bright else None)


def stain(facts: ImageFacts, data: Any) -> ImageFacts:
    """The stains that the preparation of the specimen names by code."""
    found: dict[str, None] = {}
    for specimen in list(data.get("SpecimenDescriptionSequence") or ())[:_MOST_ITEMS]:
        for step in list(specimen.get("SpecimenPreparationSequence") or ())[:_MOST_ITEMS]:
            found |= dict.fromkeys(_substances(step))
    return with_facts(facts, "(0040,0560).(0040,0610)", stain=sane.text("; ".join(found), 200))


def _substances(step: Any) -> Iterator[str]:
    items = list(step.get("SpecimenPreparationStepContentItemSequence") or ())[:_MOST_ITEMS]
    named = [
        (str(_in(i, "ConceptNameCodeSequence", "CodeMeaning") or "").lower(),
         sane.text(_in(i, "ConceptCodeSequence", "CodeMeaning"), 80))
        for i in items
    ]  # fmt: skip
    if any(name == "processing type" and value and "stain" in value.lower() for name, value in named):
        yield from (value for name, value in named if name == "using substance" and value)


def ultrasound(facts: ImageFacts, data: Any) -> ImageFacts:
    """Pixel sizes of the one region that shows tissue in two dimensions; centimetres (PS3.3 C.8.5.5)."""
    regions = list(data.get("SequenceOfUltrasoundRegions") or ())[:_MOST_ITEMS]
    flat = [r for r in regions if r.get("RegionSpatialFormat") == 1 and r.get("PhysicalUnitsXDirection") == 3]
    steps = {(r.get("PhysicalDeltaX"), r.get("PhysicalDeltaY")) for r in flat if r.get("PhysicalUnitsYDirection") == 3}
    if len(steps) != 1 or facts.pixel_size_x_um is not None:
        return facts
    x, y = (sane.length_um(abs(n), "cm") if (n := sane.number(v)) else None for v in steps.pop())
    return with_facts(facts, "(0018,6011).(0018,602C)", pixel_size_x_um=x, pixel_size_y_um=y)


def frames(facts: ImageFacts, data: Any) -> ImageFacts:
    """Slices and their distance from the places of the frames. Where frames share places, only the slices are told."""
    count = facts.size_z or 1
    places = list(_places(data))
    if count < 2 or len(places) != count:
        return facts
    distinct = sorted({round(p, 4) for p in places})
    if len(distinct) != count and (len(distinct) < 2 or count % len(distinct)):
        return facts
    if len(distinct) != count:
        facts = replace(facts, size_t=None, keys={k: v for k, v in facts.keys.items() if k != "size_t"})
        facts = with_facts(facts, "(5200,9230).(0020,0032)", size_z=len(distinct))
    steps = [b - a for a, b in itertools.pairwise(distinct)]
    even = steps and max(steps) - min(steps) <= 0.02 * max(steps)
    if facts.pixel_size_z_um is None and even:
        um = sane.length_um(parts.rounded(sum(steps) / len(steps)), "mm")
        facts = with_facts(facts, "(5200,9230).(0020,0032)", pixel_size_z_um=um)
    return facts


def _places(data: Any) -> Iterator[float]:
    """How far each frame lies along the normal of its plane, in millimetres."""
    shared = first(data.get("SharedFunctionalGroupsSequence"))
    for frame in data.get("PerFrameFunctionalGroupsSequence") or ():
        place = _in(frame, "PlanePositionSequence", "ImagePositionPatient")
        turn = _in(frame, "PlaneOrientationSequence", "ImageOrientationPatient")
        turn = turn or _in(shared, "PlaneOrientationSequence", "ImageOrientationPatient")
        if place is None or turn is None or len(place) != 3 or len(turn) != 6:
            return
        a, b = [float(n) for n in turn[:3]], [float(n) for n in turn[3:]]
        normal = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
        far = sum(float(p) * n for p, n in zip(place, normal, strict=True))
        if not math.isfinite(far):
            return
        yield far
