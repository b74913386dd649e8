"""What Leica's XML says of one image: the same in LIF, XLIF and LOF (LAS AF and LAS X)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from depositor.draft.facts import Channel, Device, ImageFacts, LightSource, Objective
from depositor.scan.readers import modality, sane
from depositor.scan.readers.base import with_facts, without_silent
from depositor.scan.readers.xml import Element, attribute, child, children

_AXES = {"1": "x", "2": "y", "3": "z", "4": "t"}
_TICKS = 10_000_000  # of 100 ns per second, counted from 1601; the file tells no zone
_INFRARED_NM = 690  # lasers beyond it excite with two photons, and no pinhole then makes a confocal
_SETTINGS = ("ATLConfocalSettingDefinition", "ATLCameraSettingDefinition")
_CONTRASTS = {"FLUO": "Fluorescence", "TL-BF": "Brightfield", "BF": "Brightfield", "TL-PH": "Phase", "PH": "Phase",
              "TL-DIC": "DIC", "DIC": "DIC", "TL-POL": "PolarizedLight", "TL-DF": "Darkfield"}  # fmt: skip
_COLORS = {"Red": "#FF0000", "Green": "#00FF00", "Blue": "#0000FF", "Cyan": "#00FFFF", "Magenta": "#FF00FF",
           "Yellow": "#FFFF00", "Gray": "#FFFFFF", "Grey": "#FFFFFF"}  # fmt: skip


def images(element: Element) -> Iterator[tuple[str, Element]]:
    """Each image below ``element`` with its name."""
    for one in (*children(element, "Element"), *children(element, "Children/Element")):
        image = child(one, "Data/Image")
        if image is not None:
            yield attribute(one, "Name") or "", image
        yield from images(one)


def facts(name: str, image: Element) -> ImageFacts:
    """The facts of one ``Image`` element."""
    found = with_facts(ImageFacts(), "Element@Name", name=sane.text(name))
    for axis in children(image, "ImageDescription/Dimensions/DimensionDescription"):
        found = _axis(found, axis)
    if found.size_x or found.size_y:  # an axis that is not listed has one element
        missing = {f"size_{a}": 1 for a in "xyzt" if getattr(found, f"size_{a}") is None}
        found = with_facts(found, "DimensionDescription", **missing)
    listed = list(children(image, "ImageDescription/Channels/ChannelDescription"))
    found = with_facts(found, "ChannelDescription", size_c=len(listed) or None)
    bits = {attribute(c, "Resolution") for c in listed}
    resolution = sane.size(bits.pop()) if len(bits) == 1 else None
    kind = {8: "uint8", 12: "uint16", 16: "uint16", 32: "float32"}.get(resolution or 0)
    found = with_facts(found, "ChannelDescription@Resolution", pixel_type=kind)
    found = with_facts(
        found, "ChannelDescription@Resolution", significant_bits=resolution if kind != "float32" else None
    )
    found = with_facts(found, "TimeStampList", acquired=_first_time(image))
    for attachment in children(image, "Attachment"):
        if attribute(attachment, "Name") == "HardwareSetting":
            found = _hardware(found, attachment, listed)
    return found


def _axis(found: ImageFacts, axis: Element) -> ImageFacts:
    name = _AXES.get(attribute(axis, "DimID") or "")
    count, length = sane.size(attribute(axis, "NumberOfElements")), sane.number(attribute(axis, "Length"))
    if name is None or count is None:
        return found
    found = with_facts(found, "DimensionDescription", **{f"size_{name}": count})
    if length is None or count < 2:
        return found
    step, unit = abs(length) / (count - 1), attribute(axis, "Unit")
    if name == "t":
        return with_facts(found, "DimensionDescription@Length", time_increment_s=sane.seconds(step, unit))
    return with_facts(found, "DimensionDescription@Length", **{f"pixel_size_{name}_um": sane.length_um(step, unit)})


def _first_time(image: Element) -> str | None:
    stamps = child(image, "TimeStampList")
    first = child(stamps, "TimeStamp")
    if first is not None:
        high, low = sane.number(first.get("HighInteger")), sane.number(first.get("LowInteger"))
        ticks = int(high or 0) << 32 | int(low or 0)
    else:
        text = (stamps.text or "").split() if stamps is not None else []
        try:
            ticks = int(text[0], 16) if text else 0
        except ValueError:
            return None
    seconds = ticks // _TICKS
    if not 0 < seconds < 20_000_000_000:
        return None
    return sane.when((datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S"))


# --- hardware ------------------------------------------------------------------------------------------------------


def _hardware(found: ImageFacts, attachment: Element, listed: list[Element]) -> ImageFacts:
    """Stand, lens, lasers, detectors and channels of the hardware settings."""
    system = sane.text(attribute(attachment, "SystemTypeName"))
    found = with_facts(found, "HardwareSetting@SystemTypeName", instrument=Device("Leica", system) if system else None)
    found = with_facts(found, "HardwareSetting@Software", software=sane.text(attribute(attachment, "Software"), 80))
    for tag in _SETTINGS:
        master, each = _steps(attachment, tag)
        if master is not None:
            found = _stand(found, master, tag)
            found = _lit(found, each, tag)
            confocal = tag == _SETTINGS[0] and attribute(attachment, "DataSourceTypeName") == "Confocal"
            found = _channels(found, each, listed, _mode(found, master) if confocal else None)
    return found


def _steps(attachment: Element, tag: str) -> tuple[Element | None, list[Element]]:
    """The settings of the whole image, and those of each step of a sequence (of the one where there is none)."""
    alone = child(attachment, tag)
    each = [s for block in attachment.iter("LDM_Block_Sequential_List") for s in children(block, tag)]
    masters = [s for block in attachment.iter("LDM_Block_Sequential_Master") for s in children(block, tag)]
    if alone is not None and not each:
        return alone, [alone]
    master = alone if alone is not None else next(iter(masters), None)
    return (master if master is not None else next(iter(each), None)), each


def _stand(found: ImageFacts, setting: Element, tag: str) -> ImageFacts:
    lens = Objective(
        sane.text(" ".join((attribute(setting, "ObjectiveName") or "").split())),
        sane.magnification(attribute(setting, "Magnification")),
        sane.aperture(attribute(setting, "NumericalAperture")),
        sane.medium(attribute(setting, "Immersion")),
        refractive_index=_index(attribute(setting, "RefractionIndex")),
    )
    found = with_facts(found, f"{tag}@ObjectiveName", objective=lens if lens != Objective() else None)
    if found.instrument is not None and found.instrument.kind is None:
        kind = {"1": "Inverted", "0": "Upright"}.get(attribute(setting, "IsInverseMicroscopeModel") or "")
        model = sane.text(attribute(setting, "MicroscopeModel"))
        whole = f"{found.instrument.model}, {model}" if model and found.instrument.model else found.instrument.model
        found = with_facts(found, "HardwareSetting@SystemTypeName", instrument=Device("Leica", whole, kind))
    stage = tuple(_metres(attribute(setting, f"StagePos{axis}")) for axis in "XY")
    return with_facts(found, f"{tag}@StagePosX", stage_um=stage if None not in stage and any(stage) else ())


def _index(text: str | None) -> float | None:
    found = sane.number(text)
    return found if found is not None and 1.0 <= found <= 1.8 else None


def _metres(text: str | None) -> float | None:
    found = sane.number(text)
    return round(found * 1e6, 3) if found is not None else None


def _lines(setting: Element) -> Iterator[tuple[float, float | None]]:
    """(wavelength in nm, per cent) of the laser lines that are open."""
    for aotf in children(setting, "AotfList/Aotf"):
        for line in children(aotf, "LaserLineSetting"):
            nm, power = sane.wavelength_nm(attribute(line, "LaserLine")), sane.positive(attribute(line, "IntensityDev"))
            if nm and power and attribute(line, "IsLineChecked") != "0":
                yield nm, round(power, 3)


def _lit(found: ImageFacts, each: list[Element], tag: str) -> ImageFacts:
    light = tuple(dict.fromkeys(LightSource("Laser", wavelength_nm=nm) for s in each for nm, _ in _lines(s)))
    return with_facts(found, f"{tag}/AotfList/Aotf/LaserLineSetting@LaserLine", light_sources=light)


def _mode(found: ImageFacts, setting: Element) -> str | None:
    """How the point scanner was used; None with an infrared laser, which leaves it open."""
    if attribute(setting, "IsSTEDActive") == "1":
        return "STED"
    infrared = any((one.wavelength_nm or 0) > _INFRARED_NM for one in found.light_sources)
    return None if infrared else "LaserScanningConfocalMicroscopy"


def _channels(found: ImageFacts, each: list[Element], listed: list[Element], mode: str | None) -> ImageFacts:
    """The channels, where the settings name as many detectors, or cameras' channels, as the image has channels."""
    active = [(d, s) for s in each for d in children(s, "DetectorList/Detector") if attribute(d, "IsActive") == "1"]
    wide = [(i, s) for s in each for i in s.iter("WideFieldChannelInfo") if attribute(i, "Active") != "0"]
    colors = [_COLORS.get(attribute(c, "LUTName") or "") for c in listed]
    if active and len(active) == len(listed):
        made = tuple(_scanned(d, s, c, mode) for (d, s), c in zip(active, colors, strict=True))
    elif wide and len(wide) == len(listed):
        made = tuple(_camera(info, s, color) for (info, s), color in zip(wide, colors, strict=True))
    else:
        made = tuple(Channel(color=color, mode=mode) for color in colors)
    found = with_facts(found, "HardwareSetting channels", channels=without_silent(made))
    found = with_facts(
        found, "HardwareSetting@DataSourceTypeName", modality=modality.shared_mode(made) if made else None
    )
    names = {c.detector for c in made if c.detector}
    if len(names) == 1:
        found = with_facts(found, "Detector@Name", detector=Device(model=names.pop()))
    return with_facts(found, "HardwareSetting@DataSourceTypeName", modality_id=modality.of(made))


def _scanned(detector: Element, setting: Element, color: str | None, mode: str | None) -> Channel:
    """A detector with its band; where one laser line alone is open, also what excites."""
    number = attribute(detector, "Channel")
    band = next((b for b in children(setting, "Spectro/MultiBand") if attribute(b, "Channel") == number), None)
    lines = list(_lines(setting))
    line = lines[0] if len(lines) == 1 else (None, None)
    pinhole = sane.length_um(attribute(setting, "Pinhole"), "m") if mode else None
    transmitted = (
        attribute(detector, "ScanType") == "Transmission" or "trans" in (attribute(detector, "Name") or "").lower()
    )
    low, high = (sane.wavelength_nm(attribute(band, name)) for name in ("LeftWorld", "RightWorld"))
    dye = sane.text((attribute(band, "DyeName") or "").removeprefix("Leica/"))
    return Channel(
        fluorophore=None if transmitted else dye,
        excitation_nm=line[0],
        laser_percent=line[1],
        color=color,
        mode=None if transmitted else mode,
        illumination="Transmitted" if transmitted else None,
        emission_from_nm=None if transmitted or not low else round(low, 2),
        emission_to_nm=None if transmitted or not high else round(high, 2),
        detector=sane.text(attribute(detector, "Name")),
        gain=sane.number(attribute(detector, "Gain")),
        pinhole_um=None if transmitted or pinhole is None else round(pinhole, 3),
    )


def _camera(info: Element, setting: Element, color: str | None) -> Channel:
    """A channel of a camera; older programs write the exposure as ``50 ms``, later ones in seconds without unit."""
    exposure = re.fullmatch(r"([\d.,]+(?:[eE][-+]?\d+)?)\s*(ms|s)?", attribute(info, "ExposureTime") or "")
    camera = child(setting, "WideFieldChannelConfigurator")
    return Channel(
        name=sane.text(attribute(info, "UserDefName") or attribute(info, "FluoCubeName")),
        emission_nm=sane.wavelength_nm(attribute(info, "EmissionWavelength")),
        exposure_s=sane.seconds(exposure[1], exposure[2] or "s") if exposure else None,
        color=color,
        contrast=_CONTRASTS.get((attribute(info, "ContrastingMethodName") or "").upper()),
        filter=sane.text(attribute(info, "FluoCubeName")),
        detector=sane.text(attribute(camera, "CameraName")),
        gain=sane.positive(attribute(info, "Gain")),
    )
