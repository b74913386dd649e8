"""DICOM, through pydicom: only the tags below, never the pixels, never a person's.

A whole-slide image has its size in TotalPixelMatrixColumns; Columns is one tile. Enhanced multi-frame images keep their
spacing in the shared functional groups.
"""

from __future__ import annotations

import logging
import struct
import warnings
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import dicom_file, dicom_settings, faults, sane
from depositor.scan.readers.base import Reading, Truncated, with_facts

_TAGS = (
    *("ImageType", "SOPClassUID", "AcquisitionDateTime", "AcquisitionDate", "AcquisitionTime", "ContentDate"),
    *("ContentTime", "Modality", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "NumberOfFrames"),
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation"),
    *("PixelSpacing", "ImagerPixelSpacing", "SpacingBetweenSlices", "SliceThickness", "TotalPixelMatrixColumns"),
    *("TotalPixelMatrixRows", "TotalPixelMatrixFocalPlanes", "SharedFunctionalGroupsSequence", "OpticalPathSequence"),
    *("FrameTime", "FloatPixelData", "DoubleFloatPixelData", "SeriesDescription", "NumberOfTemporalPositions"),
    *("FrameIncrementPointer", "DimensionOrganizationType"),
    *dicom_settings.TAGS,
)
_PER_FRAME = "PerFrameFunctionalGroupsSequence"
_MOST_FRAMES = 2000  # with a group for each; more would take long to parse
_FIRST_ELEMENTS = frozenset(
    struct.pack("<HH", group, element)
    for group, element in ((2, 0), (2, 1), (8, 0), (8, 1), (8, 5), (8, 8), (8, 0x12), (8, 0x16), (8, 0x18))
)


class DicomReader:
    """DICOM files with a preamble, and those without one that begin with an element of group 2 or 8."""

    id = "dicom"
    formats: tuple[str, ...] = ("DICOM",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes[128:132] == b"DICM":
            return True
        # Without a preamble the first element tells: one of those that a data set begins with.
        begins = first_bytes[:4] in _FIRST_ELEMENTS
        explicit = first_bytes[4:6] in (b"UL", b"CS", b"UI", b"DA", b"OB")
        named = name.lower().endswith((".dcm", ".dicom", ".ima"))
        implicit = named and first_bytes[6:8] == b"\0\0" and first_bytes[4:5] != b"\0"
        return begins and (explicit or implicit)

    def read(self, path: Path) -> Reading:
        import pydicom

        logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it repeats values in its warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            has_preamble = _has_preamble(path)
            # ``force`` only where claims() saw the first element: it "opens" anything.
            with dicom_file.opened(path) as file:
                deflated = dicom_file.is_deflated(file)
                data = pydicom.dcmread(file, stop_before_pixels=True, force=not has_preamble, specific_tags=list(_TAGS))
            if not len(data):
                raise Truncated("no element")
            if 1 < (sane.size(data.get("NumberOfFrames")) or 1) <= _MOST_FRAMES and "TotalPixelMatrixRows" not in data:
                tags = [_PER_FRAME]
                with dicom_file.opened(path) as file:
                    more = pydicom.dcmread(file, stop_before_pixels=True, force=not has_preamble, specific_tags=tags)
                if _PER_FRAME in more:
                    data[_PER_FRAME] = more[_PER_FRAME]
            images = _images(data)
            cut = images and not deflated and path.stat().st_size < _pixel_bytes(data)
            return Reading("DICOM", images, (faults.truncated(path.name),) if cut else ())


def _pixel_bytes(data: Any) -> int:
    """How long the pixels are at least: their size where they are not compressed, else 0."""
    syntax = getattr(getattr(data, "file_meta", None), "TransferSyntaxUID", None)
    if syntax is None or syntax.is_compressed:
        return 0
    counts = [sane.size(data.get(k)) or 1 for k in ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames")]
    bits = sane.size(data.get("BitsAllocated")) or 8
    return counts[0] * counts[1] * counts[2] * counts[3] * bits // 8


def _has_preamble(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _images(data: Any) -> tuple[ImageFacts, ...]:
    """One image; none for reports, plans, waveforms and other objects without pixels."""
    facts = _device(ImageFacts(), data)
    if sane.size(data.get("Rows")) is None or sane.size(data.get("Columns")) is None:
        return ()
    facts = _packed(_spaced(_sized(facts, data), data), data)
    facts = dicom_settings.ultrasound(dicom_settings.frames(facts, data), data)
    facts = dicom_settings.scanner(dicom_settings.method(facts, data), data)
    return (dicom_settings.stain(_slide(facts, data), data) if "OpticalPathSequence" in data else facts,)


def _packed(facts: ImageFacts, data: Any) -> ImageFacts:
    """Bits that carry values, and how pixels are packed, in the words of the standard."""
    syntax = getattr(getattr(data, "file_meta", None), "TransferSyntaxUID", None)
    name = sane.text(syntax.name, 80) if syntax is not None and syntax.is_compressed else None
    facts = with_facts(facts, "(0002,0010)", compression=name)
    stored = sane.size(data.get("BitsStored"))
    return with_facts(facts, "(0028,0101)", significant_bits=stored if stored and stored <= 64 else None)


def _sized(facts: ImageFacts, data: Any) -> ImageFacts:
    wide, high = sane.size(data.get("TotalPixelMatrixColumns")), sane.size(data.get("TotalPixelMatrixRows"))
    if wide and high:
        planes = sane.size(data.get("TotalPixelMatrixFocalPlanes")) or 1
        facts = with_facts(facts, "(0048,0006) (0048,0007)", size_x=wide, size_y=high, size_z=planes)
    else:
        columns, rows = sane.size(data.get("Columns")), sane.size(data.get("Rows"))
        facts = with_facts(facts, "(0028,0011) (0028,0010)", size_x=columns, size_y=rows)
        facts = _frames(facts, data)
    facts = with_facts(facts, "(0028,0002)", size_c=sane.size(data.get("SamplesPerPixel")))
    bits, signed = sane.size(data.get("BitsAllocated")), data.get("PixelRepresentation")
    kind = {1: "bool", 8: "8", 16: "16", 32: "32", 64: "64"}.get(bits or 0)
    if kind and bits != 1:
        kind = f"{'int' if signed == 1 else 'uint'}{kind}"
    return with_facts(facts, "(0028,0100) (0028,0103)", pixel_type=kind)


def _frames(facts: ImageFacts, data: Any) -> ImageFacts:
    """Frames are time points where the object has a frame time, else slices; a plain object is one plane."""
    frames = sane.size(data.get("NumberOfFrames")) or 1
    step = sane.seconds(data.get("FrameTime"), "ms")
    if frames > 1 and step is not None:
        facts = with_facts(facts, "(0028,0008) (0018,1063)", size_t=frames)
        return with_facts(facts, "(0018,1063)", time_increment_s=step)
    return with_facts(facts, "(0028,0008)", size_z=frames, size_t=1)


def _spaced(facts: ImageFacts, data: Any) -> ImageFacts:
    """Spacing in mm: rows first. The spacing at the detector is not that in the object, so it is left out."""
    shared = _first(data.get("SharedFunctionalGroupsSequence"))
    measures = _first(shared.get("PixelMeasuresSequence")) if shared is not None else None
    for source, key in ((data, "(0028,0030)"), (measures, "(5200,9229).(0028,9110).(0028,0030)")):
        spacing = source.get("PixelSpacing") if source is not None else None
        if spacing is not None and len(spacing) == 2:
            y, x = (sane.length_um(n, "mm") for n in spacing)
            facts = with_facts(facts, key, pixel_size_x_um=x, pixel_size_y_um=y)
    between = data.get("SpacingBetweenSlices")
    if not between and measures is not None:
        between = measures.get("SpacingBetweenSlices")
    return with_facts(facts, "(0018,0088)", pixel_size_z_um=sane.length_um(between, "mm"))


def _device(facts: ImageFacts, data: Any) -> ImageFacts:
    facts = with_facts(facts, "(0008,0060)", modality=sane.text(data.get("Modality")))
    stand = Device(sane.text(data.get("Manufacturer")), sane.text(data.get("ManufacturerModelName")))
    facts = with_facts(facts, "(0008,0070) (0008,1090)", instrument=stand if stand != Device() else None)
    versions = data.get("SoftwareVersions")
    listed = versions if isinstance(versions, str) or versions is None else str(next(iter(versions), ""))
    facts = with_facts(facts, "(0018,1020)", software=sane.text(listed))
    joined = f"{data.get('AcquisitionDate') or ''}{str(data.get('AcquisitionTime') or '').partition('.')[0]}"
    taken = sane.when(_zoned(data.get("AcquisitionDateTime"))) or sane.when(joined)
    return with_facts(facts, "(0008,002A)", acquired=taken)


def _zoned(moment: Any) -> str:
    """DICOM's ``20230106104151.72+0100`` without the fraction, the zone as ISO writes it."""
    text = str(moment or "")
    head, sign, zone = next(((h, s, z) for s in "+-" for h, _, z in [text.partition(s)] if z), (text, "", ""))
    return f"{head.partition('.')[0]}{sign}{zone[:2]}:{zone[2:]}" if len(zone) == 4 else head.partition(".")[0]


def _slide(facts: ImageFacts, data: Any) -> ImageFacts:
    """Objective and channels of the optical paths of a slide."""
    paths = list(data.get("OpticalPathSequence") or ())[:100]
    lenses = {_lens(p) for p in paths}
    power, na = lenses.pop() if len(lenses) == 1 else (None, None)
    lens = Objective(magnification=power, na=na) if power or na else None
    facts = with_facts(facts, "(0048,0105).(0048,0112)", objective=lens)
    channels = tuple(_path(p) for p in paths)
    told = channels if any(c != Channel() for c in channels) else ()
    return with_facts(facts, "(0048,0105)", channels=told)


def _lens(path: Any) -> tuple[float | None, float | None]:
    power, na = path.get("ObjectiveLensPower"), path.get("ObjectiveLensNumericalAperture")
    return sane.magnification(power), sane.aperture(na)


def _path(path: Any) -> Channel:
    wavelength = sane.wavelength_nm(path.get("IlluminationWaveLength"))
    return Channel(sane.text(path.get("OpticalPathDescription")), excitation_nm=wavelength)


def _first(sequence: Any) -> Any:
    return sequence[0] if sequence else None
