"""3DHISTECH MIRAX (MRXS): a slide file whose facts stand in ``Slidedat.ini`` of the folder of the same name."""

from __future__ import annotations

import configparser
from pathlib import Path

from depositor.draft.facts import Device, ImageFacts, Objective
from depositor.scan import kinds
from depositor.scan.readers import dates, parts, sane
from depositor.scan.readers.base import Implausible, Reading, Unsupported, with_facts

_MOST = 1 << 20
_HIER = "HIERARCHICAL"


class MrxsReader:
    """MRXS with its folder."""

    id = "mrxs"
    formats: tuple[str, ...] = ("3DHISTECH MRXS",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return kinds.ending(name) == "mrxs" and first_bytes.startswith(b"\xff\xd8\xff")

    def read(self, path: Path) -> Reading:
        ini = path.with_suffix("") / "Slidedat.ini"
        if not ini.is_file():
            raise Unsupported("the folder of the slide is not beside it")
        if ini.stat().st_size > _MOST:
            raise Implausible("Slidedat.ini too large")
        said = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            said.read_string(ini.read_bytes().decode("utf-8-sig", "replace"))
        except configparser.Error:
            raise Implausible("no ini") from None
        return Reading("3DHISTECH MRXS", (_slide(said),))


def _slide(said: configparser.ConfigParser) -> ImageFacts:
    def told(section: str, key: str) -> str | None:
        return said.get(section, key, fallback=None)

    count = sane.size(told(_HIER, "HIER_COUNT")) or 0
    zoom = next((n for n in range(min(count, 100)) if told(_HIER, f"HIER_{n}_NAME") == "Slide zoom level"), None)
    if zoom is None:
        raise Implausible("no levels")
    finest = told(_HIER, f"HIER_{zoom}_VAL_0_SECTION") or ""
    x, y = (sane.length_um(told(finest, f"MICROMETER_PER_PIXEL_{a}"), "um") for a in "XY")
    facts = with_facts(ImageFacts(), "MICROMETER_PER_PIXEL_X", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = with_facts(facts, "HIER_COUNT", levels=sane.size(told(_HIER, f"HIER_{zoom}_COUNT")))
    facts = _sized(facts, said, finest)
    power = sane.magnification(told("GENERAL", "OBJECTIVE_MAGNIFICATION"))
    lens = Objective(sane.text(told("GENERAL", "OBJECTIVE_NAME"), 80), power)
    facts = with_facts(facts, "OBJECTIVE_MAGNIFICATION", objective=lens if lens != Objective() else None)
    camera = sane.text(told("GENERAL", "CAMERA_TYPE"), 80)
    facts = with_facts(facts, "CAMERA_TYPE", detector=Device(model=camera) if camera else None)
    kind = told("GENERAL", "SLIDE_TYPE") or ""
    if kind == "SLIDE_TYPE_BRIGHTFIELD":
        facts = with_facts(facts, "SLIDE_TYPE", modality="Brightfield", modality_id=parts.BRIGHT_FIELD)
    words = (told("GENERAL", "SLIDE_CREATIONDATETIME") or "").split()
    when = dates.numbered(*words) if len(words) == 2 else None
    return with_facts(facts, "SLIDE_CREATIONDATETIME", acquired=when)


def _sized(facts: ImageFacts, said: configparser.ConfigParser, finest: str) -> ImageFacts:
    """The whole scan as OpenSlide counts it: pictures side by side, less the overlap after each picture of the camera,
    which may be divided."""
    divisions = sane.size(said.get("GENERAL", "CameraImageDivisionsPerSide", fallback="1")) or 1
    for axis, side in (("x", "WIDTH"), ("y", "HEIGHT")):
        tiles = sane.size(said.get("GENERAL", f"IMAGENUMBER_{axis.upper()}", fallback=None))
        edge = sane.size(said.get(finest, f"DIGITIZER_{side}", fallback=None))
        overlap = sane.number(said.get(finest, f"OVERLAP_{axis.upper()}", fallback=None))
        if not tiles or not edge or overlap is None or not 0 <= overlap < edge or overlap != int(overlap):
            return facts
        size = sane.size(tiles * edge - int(overlap) * ((tiles - 1) // divisions))
        facts = with_facts(facts, "IMAGENUMBER, DIGITIZER, OVERLAP", **{f"size_{axis}": size})
    return facts
