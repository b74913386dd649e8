"""Values that are possible each for itself, but hardly together: optics and sizes.

Rules after the metadata checks of the imaging community (QUAREP-LiMi 2026; OME 2016-06 units): an aperture cannot be
larger than the refractive index of what lies between lens and sample, and light loses energy when it is re-emitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg
from depositor.form.spots import items, name_of

_INDEX = {"Air": 1.0, "Water": 1.34, "WaterDipping": 1.34}  # refractive indices at 20 °C, rounded up
_ONE_PHOTON_BELOW = 680  # nm; longer excitation may be that of a multi-photon microscope


def findings(draft: Draft) -> Iterator[Finding]:
    """What is worth a second look; never more than a warning."""
    for at, record in enumerate(items(draft.get("light_microscopy"))):
        if isinstance(record, Mapping):
            yield from _aperture(record, f"light_microscopy[{at}]")
            yield from _wavelengths(record, f"light_microscopy[{at}]")
    for at, record in enumerate(items(draft.get("image_data"))):
        if isinstance(record, Mapping):
            yield from _pixels(record, f"image_data[{at}]")


def _aperture(record: Mapping[str, Any], path: str) -> Iterator[Finding]:
    na, medium = _number(record.get("numerical_aperture")), record.get("immersion")
    limit = _INDEX.get(medium) if isinstance(medium, str) else None
    if na is not None and limit is not None and na > limit:
        said = msg(
            "form.aperture",
            "An objective of aperture {na} cannot work in {medium}.",
            na=na,
            medium=medium if isinstance(medium, str) else "",
        )
        why = msg("form.aperture.why", "The aperture is never larger than the refractive index of the medium.")
        advice = msg("form.aperture.advice", "Look at the engraving of the objective; it is probably for oil.")
        yield _found("aperture", Level.WARNING, said, why, advice, f"{path}.numerical_aperture")


def _wavelengths(record: Mapping[str, Any], path: str) -> Iterator[Finding]:
    for at, row in enumerate(items(record.get("channels"))):
        channel = row if isinstance(row, Mapping) else {}
        excitation, emission = _number(channel.get("excitation")), _number(channel.get("emission"))
        if excitation and emission and emission < excitation < _ONE_PHOTON_BELOW:
            said = msg(
                "form.stokes",
                "Channel {record}: the emission ({emission} nm) is shorter than the excitation ({excitation} nm).",
                record=name_of(channel, at),
                emission=emission,
                excitation=excitation,
            )
            why = msg("form.stokes.why", "Dyes give light of a longer wavelength than they take.")
            advice = msg("form.stokes.advice", "Are the two swapped?")
            yield _found("stokes", Level.WARNING, said, why, advice, f"{path}.channels[{at}].emission")


def _pixels(record: Mapping[str, Any], path: str) -> Iterator[Finding]:
    size, extents = record.get("pixel_voxel_size"), record.get("dimension_extents")
    size, extents = (size if isinstance(size, Mapping) else {}), (extents if isinstance(extents, Mapping) else {})
    wide, high, planes = _number(size.get("x")), _number(size.get("y")), _number(extents.get("z"))
    where = f"{path}.pixel_voxel_size"
    if wide and high and abs(wide - high) > 0.02 * max(wide, high):
        said = msg("form.pixels", "Pixels are not square: {wide} × {high} µm.", wide=wide, high=high)
        why = msg("form.pixels.why", "Cameras and most scanners make square pixels.")
        yield _found("pixels", Level.ADVICE, said, why, _LOOK, where)
    if wide and planes and planes > 1 and not size.get("z"):
        said = msg("form.planes", "There are several planes, but not how far they are apart.")
        why = msg("form.planes.why", "Without it nobody can measure in depth.")
        advice = msg("form.planes.advice", "Add the distance between two planes.")
        yield _found("planes", Level.ADVICE, said, why, advice, f"{where}.z")


_LOOK = msg("form.pixels.advice", "Look whether the two numbers were read rightly.")


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _found(what: str, level: Level, said: Message, why: Message, advice: Message, path: str) -> Finding:
    return Finding(f"form:{what}:{path}", f"form.{what}", level, said, why, advice, location=path)
