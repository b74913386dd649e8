"""SerialEM's ``mdoc``: a text beside a tilt series or beside movie frames that says how each picture was taken.

Format: SerialEM and IMOD handbooks ("Autodoc files"). Paths in it are read for the names of files alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan import kinds
from depositor.scan.readers import dates, parts, sane
from depositor.scan.readers.base import Implausible, Reading, Unsupported, with_facts
from depositor.scan.readers.mrc_extended import tilted

_MOST_BYTES = 4 << 20
_MOST_SECTIONS = 20_000
_SECTION = re.compile(rb"^\[(?:ZValue|FrameSet|MontSection)\s*=", re.MULTILINE)
_SIGNS = re.compile(rb"^(?:PixelSpacing|TiltAngle|SubFramePath|ImageFile|Voltage|DataMode)\s*=", re.MULTILINE)
_AXIS = re.compile(r"Tilt axis angle\s*=\s*(-?[\d.]+)")
_MODES = {0: "uint8", 1: "int16", 2: "float32", 4: "complex64", 6: "uint16"}

Section = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mdoc:
    """The lines before the first section, the titles (``T = ...``), and the sections, one for each picture."""

    head: Section
    titles: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    def numbers(self, key: str) -> list[float]:
        """What the sections say under ``key``, as far as it is a number."""
        return [n for s in self.sections if (n := sane.number(s.get(key))) is not None]

    def same(self, key: str) -> str | None:
        """What all sections, or the head, say under ``key`` in the same words; None where they differ."""
        said = {s[key] for s in self.sections if key in s} or {self.head[key] for _ in (0,) if key in self.head}
        return said.pop() if len(said) == 1 else None


class MdocReader:
    """An ``mdoc`` for itself; its images are those it describes."""

    id = "mdoc"
    formats: tuple[str, ...] = ("SerialEM mdoc",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return bool(_SECTION.search(first_bytes) and _SIGNS.search(first_bytes)) and name.lower().endswith(".mdoc")

    def read(self, path: Path) -> Reading:
        said = parse(path)
        facts = with_facts(ImageFacts(), "ImageSize", **_size(said))
        mode = sane.number(said.head.get("DataMode"))
        facts = with_facts(facts, "DataMode", pixel_type=_MODES.get(int(mode)) if mode is not None else None)
        return Reading("SerialEM mdoc", (described(facts, said),))


def beside(path: Path) -> Mdoc | None:
    """The mdoc of an image: ``a.mrc.mdoc``, else ``a.mdoc``; None where there is none or it cannot be understood."""
    for name in (f"{path.name}.mdoc", f"{kinds.stem(path.name)}.mdoc"):
        found = path.with_name(name)
        if found.is_file():
            try:
                return parse(found)
            except (OSError, Implausible, Unsupported):
                return None
    return None


def parse(path: Path) -> Mdoc:
    """Read an mdoc. Raises Implausible for one without a section, Unsupported for one that is too large."""
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise Unsupported("an mdoc of more pictures than one series has")
    head: dict[str, str] = {}
    titles: list[str] = []
    sections: list[dict[str, str]] = []
    here = head
    for line in raw.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            key, _, value = text[1:-1].partition("=")
            if key.strip() == "T":
                titles.append(value.strip())
            elif len(sections) < _MOST_SECTIONS:
                here = {}
                sections.append(here)
        elif "=" in text:
            key, _, value = text.partition("=")
            if key.strip() == "T":
                titles.append(value.strip())
            here.setdefault(key.strip(), value.strip())
    if not sections:
        raise Implausible("no section")
    return Mdoc(head, tuple(titles), tuple(sections))


def _size(said: Mdoc) -> dict[str, int | None]:
    """Columns, rows and the number of pictures; nothing where the pictures differ."""
    words = (said.head.get("ImageSize") or said.same("ImageSize") or "").split()
    if len(words) != 2:
        return {}
    found = [sane.size(w) for w in words]
    return {"size_x": found[0], "size_y": found[1], "size_z": len(said.sections)} if None not in found else {}


def described(facts: ImageFacts, said: Mdoc) -> ImageFacts:
    """``facts`` with what the mdoc adds; what the image says of itself stays."""
    um = sane.length_um(said.same("PixelSpacing") or said.head.get("PixelSpacing"), "angstrom")
    if facts.pixel_size_x_um is None:
        facts = with_facts(facts, "mdoc PixelSpacing", pixel_size_x_um=um, pixel_size_y_um=um)
    moments = sorted(d for s in said.sections if (d := dates.named(s.get("DateTime"))))
    if facts.acquired is None and moments:
        facts = with_facts(facts, "mdoc DateTime", acquired=moments[0])
    if facts.software is None and any("SerialEM" in t for t in said.titles):
        facts = with_facts(facts, "mdoc T", software="SerialEM")
    facts = with_facts(facts, "mdoc", modality="TEM", modality_id=parts.TEM) if facts.modality is None else facts
    return _exposed(_beam(_tilts(facts, said), said), said)


def _tilts(facts: ImageFacts, said: Mdoc) -> ImageFacts:
    facts = tilted(facts, said.numbers("TiltAngle"), "mdoc TiltAngle")
    axis = next((f[1] for t in said.titles if (f := _AXIS.search(t))), None)
    return parts.with_electrons(facts, tilt_axis_deg=(axis, "mdoc T: Tilt axis angle"))


def _beam(facts: ImageFacts, said: Mdoc) -> ImageFacts:
    doses = [d for d in said.numbers("ExposureDose") if d > 0]
    whole = round(sum(doses), 4) if len(doses) == len(said.sections) else None
    frames = said.same("NumSubFrames")
    slit = (said.same("FilterSlitAndLoss") or "").split()
    return parts.with_electrons(
        facts,
        voltage_kv=(said.head.get("Voltage") or said.same("Voltage"), "mdoc Voltage"),
        magnification=(said.same("Magnification"), "mdoc Magnification"),
        dose_e_per_a2=(whole, "mdoc ExposureDose"),
        frame_dose_e_per_a2=(_frame_dose(said), "mdoc FrameDosesAndNumber"),
        frames=(frames, "mdoc NumSubFrames"),
        defocus_um=(_defocus(said), "mdoc TargetDefocus"),
        spot_size=(said.same("SpotSize"), "mdoc SpotSize"),
        slit_ev=(slit[0] if slit else None, "mdoc FilterSlitAndLoss"),
        exposure_s=(said.same("ExposureTime"), "mdoc ExposureTime"),
    )


def _defocus(said: Mdoc) -> str | None:
    """The defocus aimed at; for a single picture without one, the one measured."""
    return said.same("TargetDefocus") or (said.same("Defocus") if len(said.sections) == 1 else None)


def _frame_dose(said: Mdoc) -> str | None:
    """``0.63824 12``: 12 frames of that dose; nothing where frames differ."""
    words = (said.same("FrameDosesAndNumber") or "").split()
    return words[0] if len(words) == 2 else None


def _exposed(facts: ImageFacts, said: Mdoc) -> ImageFacts:
    time, binning = sane.seconds(said.same("ExposureTime"), "s"), sane.positive(said.same("Binning"))
    channel = Channel(exposure_s=time, binning=f"{binning:g}x{binning:g}" if binning else None)
    if facts.channels or channel == Channel():
        return facts
    return with_facts(facts, "mdoc ExposureTime", channels=(channel,))


def with_beside(path: Path, images: Iterable[ImageFacts]) -> tuple[ImageFacts, ...]:
    """The one image of ``path`` with what the mdoc beside it says."""
    found = tuple(images)
    if len(found) != 1:
        return found
    said = beside(path)
    return (described(found[0], said),) if said else found
