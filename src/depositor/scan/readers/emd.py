"""EMD, two formats of one name in HDF5: Velox of Thermo Fisher, with a JSON text per image, and the open format of the
NCEM (emdatasets.com), with calibrated axes. Data sets are not loaded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan import kinds
from depositor.scan.readers import hdf5, hdf5_heap, parts, sane
from depositor.scan.readers.base import Reading, Unsupported, with_facts

_MOST_IMAGES = 500
_MOST_TEXT = 1 << 20
_SCANNING = ("ScanningDetector", "AnalyticalDetector")


class EmdReader:
    """Velox EMD and NCEM EMD."""

    id = "emd"
    formats: tuple[str, ...] = ("Velox EMD", "NCEM EMD")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(hdf5.MAGIC) and kinds.ending(name) == "emd"

    def read(self, path: Path) -> Reading:
        with hdf5.opened(path) as file:
            images = hdf5.group(hdf5.group(file, "Data"), "Image")
            if images is not None:
                return Reading("Velox EMD", _velox(file, images))
            found = tuple(_ncem_images(file))
            if not found:
                raise Unsupported("no image that this reader knows")
            return Reading("NCEM EMD", found)


# --- Velox ---------------------------------------------------------------------------------------------------------


def _velox(file: Any, images: Any) -> tuple[ImageFacts, ...]:
    info = _json(hdf5.dataset(file, "Info"))
    version = sane.text(info.get("applicationVersion"), 60)
    found = (_velox_image(hdf5.group(images, name)) for name in hdf5.members(images, _MOST_IMAGES))
    software = f"Velox {version}" if version else None
    return tuple(with_facts(f, "Info.applicationVersion", software=software) for f in found if f is not None)


def _velox_image(image: Any) -> ImageFacts | None:
    data = hdf5.dataset(image, "Data")
    if data is None or len(data.shape) != 3:
        return None
    height, width, frames = data.shape
    facts = with_facts(ImageFacts(), "Data", size_x=sane.size(width), size_y=sane.size(height), size_z=1, size_c=1,
                       size_t=sane.size(frames), pixel_type=_pixel_type(data.dtype))  # fmt: skip
    return _described(facts, _metadata(hdf5.dataset(image, "Metadata")))


def _pixel_type(dtype: Any) -> str | None:
    if dtype.kind in "iufc":
        return str(dtype.name)
    names = dtype.names or ()
    return f"complex{8 * dtype.itemsize}" if len(names) == 2 and all(dtype[n].kind == "f" for n in names) else None


def _metadata(data: Any) -> Mapping[str, Any]:
    """The JSON text of the first frame: zero-padded bytes, one column for each frame."""
    if data is None or len(data.shape) != 2 or data.dtype.itemsize != 1 or data.shape[0] > _MOST_TEXT:
        return {}
    column = hdf5.start(data, (slice(None), 0), _MOST_TEXT)
    return _object(column.tobytes().rstrip(b"\0")) if column is not None else {}


def _json(data: Any) -> Mapping[str, Any]:
    """The JSON object that a data set of one text holds."""
    if data is None or data.shape != (1,) or data.id.get_storage_size() > _MOST_TEXT:
        return {}
    return _object(hdf5_heap.first(data) or "") if data.dtype.hasobject else {}


def _object(raw: bytes | str) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _in(said: Any, *path: str) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, Mapping) else None
    return said


def _described(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    result, stand = _in(said, "BinaryResult"), _in(said, "Instrument")
    x, y = (sane.length_um(_in(result, "PixelSize", side), _in(result, f"PixelUnit{a}"))
            for side, a in (("width", "X"), ("height", "Y")))  # fmt: skip
    facts = with_facts(facts, "BinaryResult.PixelSize", pixel_size_x_um=x, pixel_size_y_um=y)
    started = _epoch(_in(said, "Acquisition", "AcquisitionStartDatetime", "DateTime"))
    facts = with_facts(facts, "Acquisition.AcquisitionStartDatetime", acquired=started)
    words = dict.fromkeys(sane.text(_in(stand, f"Instrument{n}"), 80) for n in ("Class", "Model"))
    model = " ".join(w for w in words if w)
    device = Device(sane.text(_in(stand, "Manufacturer"), 80), model or None)
    facts = with_facts(facts, "Instrument.InstrumentModel", instrument=device if device != Device() else None)
    return _beam(_detected(facts, said), said)


def _epoch(value: Any) -> str | None:
    seconds = sane.positive(value)
    if seconds is None or seconds > 1e11:
        return None
    return sane.when(datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _detector(said: Mapping[str, Any]) -> Mapping[str, Any]:
    name, listed = _in(said, "BinaryResult", "Detector"), _in(said, "Detectors")
    found = listed.values() if isinstance(listed, Mapping) else ()
    named = [d for d in found if isinstance(d, Mapping) and name and str(d.get("DetectorName", "")).startswith(name)]
    return named[0] if named else {}


def _detected(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    """The detector, its exposure, and scanned or not: a scanning detector has an image only of a scanned beam."""
    name, detector = sane.text(_in(said, "BinaryResult", "Detector"), 80), _detector(said)
    facts = with_facts(facts, "BinaryResult.Detector", name=name, detector=Device(model=name) if name else None)
    kind = detector.get("DetectorType")
    scanned = sane.positive(_in(said, "Scan", "ScanSize", "width")) is not None
    if kind in _SCANNING and (scanned or kind == "ScanningDetector"):
        facts = with_facts(facts, "Detectors.DetectorType", modality="STEM", modality_id=parts.STEM)
        dwell = parts.scaled(_in(said, "Scan", "DwellTime"), 1e6)
        length = parts.scaled(_in(said, "Optics", "CameraLength"), 1e3)
        return parts.with_electrons(
            facts,
            mode=("STEM", "Detectors.DetectorType"),
            dwell_us=(dwell, "Scan.DwellTime"),
            camera_length_mm=(length, "Optics.CameraLength"),
        )
    if kind == "ImagingDetector" and not scanned:
        facts = with_facts(facts, "Detectors.DetectorType", modality="TEM", modality_id=parts.TEM)
        facts = parts.with_electrons(facts, mode=("TEM", "Detectors.DetectorType"))
    if kind == "ImagingDetector":
        exposure = sane.seconds(detector.get("ExposureTime"), "s")
        facts = parts.with_electrons(facts, exposure_s=(exposure, "Detectors.ExposureTime"))
        wide, high = (sane.size(_in(detector, "Binning", side)) for side in ("width", "height"))
        channel = Channel(exposure_s=exposure, binning=f"{wide}x{high}" if wide and high else None)
        facts = with_facts(facts, "Detectors.Binning", channels=(channel,) if channel != Channel() else ())
    return facts


def _beam(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    optics, stage = _in(said, "Optics"), _in(said, "Stage")
    facts = parts.with_electrons(
        facts,
        voltage_kv=(parts.scaled(_in(optics, "AccelerationVoltage"), 1e-3), "Optics.AccelerationVoltage"),
        magnification=(_in(optics, "NominalMagnification"), "Optics.NominalMagnification"),
        defocus_um=(parts.scaled(_in(optics, "Defocus"), 1e6), "Optics.Defocus"),
        spot_size=(_in(optics, "SpotIndex"), "Optics.SpotIndex"),
        tilt_deg=(parts.scaled(_in(stage, "AlphaTilt"), 180 / math.pi), "Stage.AlphaTilt"),
    )
    place = tuple(parts.scaled(_in(stage, "Position", axis), 1e6) for axis in "xyz")
    return with_facts(facts, "Stage.Position", stage_um=place if None not in place else ())


# --- NCEM ----------------------------------------------------------------------------------------------------------

_AXES = {"x": "x", "y": "y", "z": "z", "t": "t", "time": "t"}


def _ncem_images(file: Any) -> list[ImageFacts]:
    """The groups that say ``emd_group_type`` 1 (an array) at most four levels deep."""
    found: list[ImageFacts] = []
    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    looked = 0
    while waiting and looked < 2000 and len(found) < _MOST_IMAGES:
        name, here, depth = waiting.pop(0)
        looked += 1
        if hdf5.attribute(here, "emd_group_type") in (1, "1", "array"):
            image = _ncem_image(name, here)
            if image is not None:
                found.append(_ncem_stand(image, file))
        elif depth < 4:
            inner = ((n, hdf5.group(here, n), depth + 1) for n in hdf5.members(here))
            waiting.extend(i for i in inner if i[1] is not None)
    return found


def _ncem_image(name: str, here: Any) -> ImageFacts | None:
    data = hdf5.dataset(here, "data")
    if data is None or not 2 <= len(data.shape) <= 8:
        return None
    first = 0 if hdf5.dataset(here, "dim0") is not None else 1
    dims = [hdf5.dataset(here, f"dim{first + n}") for n in range(len(data.shape))]
    axes = [_AXES.get(str(hdf5.attribute(d, "name") or "").strip().lower()) for d in dims]
    if axes.count("x") != 1 or axes.count("y") != 1:
        axes = [None] * (len(dims) - 2) + ["y", "x"]  # the slowest comes first
    facts = with_facts(ImageFacts(), "data", pixel_type=_pixel_type(data.dtype))
    facts = with_facts(facts, "group", name=None if name.startswith("__") else sane.text(name, 200))
    for axis, dim, size in zip(axes, dims, data.shape, strict=True):
        if axis is not None:
            facts = _ncem_axis(facts, axis, dim, size)
    return facts


def _ncem_axis(facts: ImageFacts, axis: str, dim: Any, size: int) -> ImageFacts:
    facts = with_facts(facts, "data", **{f"size_{axis}": sane.size(size)})
    unit = re.sub(r"[\[\]_]", "", str(hdf5.attribute(dim, "units") or ""))
    values = hdf5.start(dim, slice(0, 2), 2) if dim is not None and len(dim.shape) == 1 else None
    if values is None or len(values) != 2 or values.dtype.kind not in "iuf":
        return facts
    step = abs(float(values[1]) - float(values[0]))
    if axis == "t":
        return with_facts(facts, "dim", time_increment_s=sane.seconds(step, unit))
    return with_facts(facts, "dim", **{f"pixel_size_{axis}_um": sane.length_um(step, unit)})


def _ncem_stand(facts: ImageFacts, file: Any) -> ImageFacts:
    stand = hdf5.group(file, "microscope")
    name = sane.text(hdf5.attribute(stand, "name"), 80)
    facts = with_facts(facts, "microscope.name", instrument=Device(model=name) if name else None)
    told = hdf5.attribute(stand, "voltage")
    unit = hdf5.attribute(stand, "voltage units") or hdf5.attribute(stand, "voltage_units")
    text = re.fullmatch(r"([\d.]+)\s*\[?(k?V)\]?", f"{told}{unit or ''}".strip())
    kilovolts = parts.scaled(text[1], 1.0 if text[2] == "kV" else 1e-3) if text else None
    return parts.with_electrons(facts, voltage_kv=(kilovolts, "microscope.voltage"))
