"""Values that are possible each for itself, but hardly together: optics, wavelengths, pixels and time.

Rules after the metadata checks of the imaging community (QUAREP-LiMi 2026; OME 2016-06 units): an aperture cannot be
larger than the refractive index of what lies between lens and sample, light loses energy when it is re-emitted, and a
pixel larger than the resolution of the lens (Abbe) loses detail.
"""

from __future__ import annotations

from collections.abc import Iterator

from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.form.fields import Form
from depositor.form.rules.remarks import Record, number, records_of, remark
from depositor.form.spots import items, name_of

_INDEX = {"Air": 1.0, "Water": 1.34, "WaterDipping": 1.34, "Silicone": 1.41, "Glycerol": 1.48}  # at 20 °C, rounded up
_ONE_PHOTON_BELOW = 680  # nm; longer excitation may be that of a multi-photon microscope
_LOOK = msg("form.pixels.advice", "Look whether the two numbers were read rightly.")


def findings(form: Form, draft: Draft) -> Iterator[Finding]:
    """What is worth a second look; never more than a warning."""
    microscopes = tuple(records_of(draft, "light_microscopy"))
    images = tuple(records_of(draft, "image_data"))
    for path, record in microscopes:
        yield from _aperture(record, path)
        yield from _magnification(record, path)
        yield from _wavelengths(record, path)
    for path, record in images:
        yield from _pixels(record, path)
    if len(microscopes) == 1 and len(images) == 1:
        yield from _sampling(microscopes[0][1], images[0][1], f"{images[0][0]}.pixel_voxel_size")
    if form.module("light_microscopy"):
        yield from _interval(microscopes, images)


def _aperture(record: Record, path: str) -> Iterator[Finding]:
    na, medium = number(record, "numerical_aperture"), record.get("immersion")
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
        yield remark("aperture", Level.WARNING, said, why, advice, f"{path}.numerical_aperture")


def _magnification(record: Record, path: str) -> Iterator[Finding]:
    na, magnification = number(record, "numerical_aperture"), number(record, "magnification")
    if na and magnification and ((na > 0.8 and magnification < 10) or (na < 0.3 and magnification > 40)):
        said = msg(
            "form.lens",
            "Hardly any objective of {magnification}× has an aperture of {na}.",
            magnification=magnification,
            na=na,
        )
        why = msg("form.lens.why", "Both numbers stand side by side on the objective: 63x/1.4.")
        yield remark("lens", Level.ADVICE, said, why, _LOOK, f"{path}.magnification")


def _wavelengths(record: Record, path: str) -> Iterator[Finding]:
    for at, row in enumerate(items(record.get("channels"))):
        excitation, emission = number(row, "excitation"), number(row, "emission")
        where = f"{path}.channels[{at}]"
        if excitation and emission and emission < excitation < _ONE_PHOTON_BELOW:
            said = msg(
                "form.stokes",
                "Channel {record}: the emission ({emission} nm) is shorter than the excitation ({excitation} nm).",
                record=name_of(row, at),
                emission=emission,
                excitation=excitation,
            )
            why = msg("form.stokes.why", "Dyes give light of a longer wavelength than they take.")
            advice = msg("form.stokes.advice", "Are the two swapped?")
            yield remark("stokes", Level.WARNING, said, why, advice, f"{where}.emission")
        low, high = number(row, "emission_from"), number(row, "emission_to")
        if low and high and low > high:
            said = msg("form.band", "Channel {record}: the band ends before it begins.", record=name_of(row, at))
            why = msg("form.band.why", "The lower wavelength comes first.")
            advice = msg("form.band.advice", "Are the two swapped?")
            yield remark("band", Level.WARNING, said, why, advice, f"{where}.emission_from")


def _pixels(record: Record, path: str) -> Iterator[Finding]:
    size, extents = record.get("pixel_voxel_size"), record.get("dimension_extents")
    wide, high, planes = number(size, "x"), number(size, "y"), number(extents, "z")
    where = f"{path}.pixel_voxel_size"
    if wide and high and abs(wide - high) > 0.02 * max(wide, high):
        said = msg("form.pixels", "Pixels are not square: {wide} × {high} µm.", wide=wide, high=high)
        why = msg("form.pixels.why", "Cameras and most scanners make square pixels.")
        yield remark("pixels", Level.ADVICE, said, why, _LOOK, where)
    if wide and planes and planes > 1 and not number(size, "z"):
        said = msg("form.planes", "There are several planes, but not how far they are apart.")
        why = msg("form.planes.why", "Without it nobody can measure in depth.")
        advice = msg("form.planes.advice", "Add the distance between two planes.")
        yield remark("planes", Level.ADVICE, said, why, advice, f"{where}.z")


def _sampling(microscope: Record, image: Record, path: str) -> Iterator[Finding]:
    """Pixels larger than what the objective resolves, λ / (2 NA), for the shortest emission; advice alone, as it may be
    what was wanted."""
    na, pixel = number(microscope, "numerical_aperture"), number(image.get("pixel_voxel_size"), "x")
    light = [e for row in items(microscope.get("channels")) if (e := number(row, "emission"))]
    if not (na and na > 0 and pixel and light) or pixel <= min(light) / 1000 / (2 * na):
        return
    finest = round(min(light) / 1000 / (2 * na), 3)
    said = msg("form.sampling", "A pixel ({pixel} µm) is larger than what the objective resolves.", pixel=pixel)
    why = msg(
        "form.sampling.why", "It resolves {finest} µm; the finest details are lost between pixels.", finest=finest
    )
    advice = msg("form.sampling.advice", "Fine if you meant it, as for overviews. Else look at pixel size and binning.")
    yield remark("sampling", Level.ADVICE, said, why, advice, path)


def _interval(microscopes: tuple[tuple[str, Record], ...], images: tuple[tuple[str, Record], ...]) -> Iterator[Finding]:
    """A time lapse needs the time between two frames, somewhere."""
    longest = max((number(r.get("dimension_extents"), "t") or 1 for _, r in images), default=1)
    if longest <= 1 or any(number(r, "time_interval") for _, r in microscopes):
        return
    said = msg("form.interval", "There are {n} points in time, but not how far they are apart.", n=longest)
    why = msg("form.interval.why", "Without it nobody can measure how fast anything happens.")
    advice = msg("form.interval.advice", "Add the time between two frames.")
    place = f"{microscopes[0][0]}.time_interval" if microscopes else "light_microscopy"
    yield remark("interval", Level.WARNING, said, why, advice, place)
