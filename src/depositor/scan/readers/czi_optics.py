"""How a CZI image was taken: what its metadata document says of lens, stand, channels, light and surroundings.

Paths after the document of ZEN: ``Information/Image``, ``Information/Instrument``, ``Information/TimelineTracks``.
"""

from __future__ import annotations

import re

from depositor.draft.facts import Channel, Device, Environment, ImageFacts, LightSource, Objective
from depositor.scan.plate_names import well_name
from depositor.scan.readers import modality, sane
from depositor.scan.readers.base import with_facts, without_silent
from depositor.scan.readers.xml import Element, attribute, child, children, value

_LIGHT = {"Laser": "Laser", "LightEmittingDiode": "LED", "Arc": "Arc lamp", "Filament": "Filament lamp"}
_RANGE = re.compile(r"(\d{3,4}(?:\.\d+)?)\s*-\s*(\d{3,4}(?:\.\d+)?)")


def facts(found: ImageFacts, metadata: Element | None) -> ImageFacts:
    """``found`` with what the document says of the acquisition."""
    information = child(metadata, "Information")
    image, instrument = child(information, "Image"), child(information, "Instrument")
    found = _document(found, information, image)
    listed = list(children(image, "Dimensions/Channels/Channel"))[:1000]
    channels = tuple(_channel(c, instrument) for c in listed)
    found = with_facts(found, "Dimensions/Channels/Channel", channels=without_silent(channels))
    found = with_facts(found, "Channel/AcquisitionMode", modality=modality.shared_mode(channels) if channels else None)
    found = with_facts(found, "Channel/AcquisitionMode, ContrastMethod", modality_id=modality.of(channels))
    found = with_facts(found, "Instrument/Objectives/Objective", objective=_objective(image, instrument))
    found = with_facts(found, "Instrument/Microscopes/Microscope", instrument=_microscope(image, instrument))
    found = with_facts(found, "Instrument/Detectors/Detector", detector=_detector(instrument, listed))
    found = with_facts(found, "Instrument/LightSources/LightSource", light_sources=_light(instrument, listed))
    found = with_facts(found, "TimelineTracks/IncubationRecording", environment=_environment(information))
    bits = sane.size(value(image, "ComponentBitCount"))
    found = with_facts(
        found, "Information/Image/ComponentBitCount", significant_bits=bits if bits and bits <= 64 else None
    )
    step = sane.seconds(value(image, "Dimensions/T/Positions/Interval/Increment"), "s")
    several = (found.size_t or 1) > 1
    return with_facts(found, "Dimensions/T/Positions/Interval", time_increment_s=step if several else None)


def _document(found: ImageFacts, information: Element | None, image: Element | None) -> ImageFacts:
    name = sane.text(value(information, "Document/Name") or value(information, "Document/Title"))
    found = with_facts(found, "Information/Document/Name", name=name)
    about = sane.text(value(information, "Document/Description"), 2000)
    found = with_facts(found, "Information/Document/Description", description=about)
    taken = sane.when(value(image, "AcquisitionDateAndTime"))
    found = with_facts(found, "Information/Image/AcquisitionDateAndTime", acquired=taken)
    application = child(information, "Application")
    software = " ".join(filter(None, (value(application, "Name"), value(application, "Version"))))
    return with_facts(found, "Information/Application", software=sane.text(software))


def _told(word: str | None) -> str | None:
    return None if word in (None, "Other", "Unknown", "Undefined", "Unspecified", "n/a", "none") else word


# --- channels ------------------------------------------------------------------------------------------------------


def _channel(channel: Element, instrument: Element | None) -> Channel:
    color = value(channel, "Color") or ""
    settings = child(channel, "DetectorSettings")
    detector = _by_id(instrument, "Detectors/Detector", attribute(child(settings, "Detector"), "Id"))
    low, high = _band(channel, instrument)
    return Channel(
        name=sane.text(attribute(channel, "Name")),
        fluorophore=sane.text(value(channel, "Fluor")),
        excitation_nm=sane.wavelength_nm(value(channel, "ExcitationWavelength")),
        emission_nm=sane.wavelength_nm(value(channel, "EmissionWavelength")),
        exposure_s=sane.seconds(value(channel, "ExposureTime"), "ns"),
        color=f"#{color[-6:].upper()}" if len(color) == 9 and color.startswith("#") else None,
        contrast=_told(value(channel, "ContrastMethod")),
        mode=_mode(channel),
        illumination=_told(value(channel, "IlluminationType")),
        emission_from_nm=low,
        emission_to_nm=high,
        filter=_filter_names(channel, instrument),
        detector=_detector_name(detector),
        gain=sane.positive(value(settings, "Gain") or value(settings, "EMGain")),
        binning=_binning(value(settings, "Binning")),
        laser_percent=_power(channel),
        pinhole_um=sane.length_um(value(channel, "PinholeSize"), "um"),
    )


def _mode(channel: Element) -> str | None:
    """The acquisition mode; a lattice light sheet says of itself what its mode does not."""
    mode = _told(value(channel, "AcquisitionMode"))
    sheet = child(channel, "LightsheetSettings") is not None or "LatticeLightsheet" in (mode or "")
    return "SPIM" if sheet and mode in (None, "WideField", "LatticeLightsheet") else mode


def _binning(text: str | None) -> str | None:
    found = re.fullmatch(r"(\d{1,2})\s*[x,]\s*(\d{1,2})", text or "")
    return f"{found[1]}x{found[2]}" if found else None


def _power(channel: Element) -> float | None:
    """Per cent of the only light source: its intensity, or what the attenuator lets through."""
    settings = list(children(channel, "LightSourcesSettings/LightSourceSettings"))
    if len(settings) != 1:
        return None
    percent = re.fullmatch(r"([\d.,]+)\s*%", value(settings[0], "Intensity") or "")
    if percent:
        return sane.positive(percent[1])
    blocked = sane.number(value(settings[0], "Attenuation"))
    return round((1 - blocked) * 100, 6) if blocked is not None and 0 < blocked < 1 else None


def _band(channel: Element, instrument: Element | None) -> tuple[float | None, float | None]:
    """The band of detection: as the scanner was set, else of the only emission filter."""
    ranges = _RANGE.fullmatch((value(channel, "DetectionWavelength/Ranges") or "").strip())
    if ranges:
        return sane.wavelength_nm(ranges[1]), sane.wavelength_nm(ranges[2])
    filters = _filters(channel, instrument)
    bands = [b for f in filters for b in children(f, "TransmittanceRange") if child(b, "CutIn") is not None]
    if len(bands) != 1:
        return None, None
    return sane.wavelength_nm(value(bands[0], "CutIn")), sane.wavelength_nm(value(bands[0], "CutOut"))


def _filters(channel: Element, instrument: Element | None) -> list[Element]:
    reference = child(channel, "FilterSetRef")
    reference = child(channel, "FilterSet") if reference is None else reference
    inner = _by_id(instrument, "FilterSets/FilterSet", attribute(reference, "Id"))
    named = [attribute(r, "Id") for r in children(inner, "EmissionFilters/EmissionFilterRef")]
    found = (_by_id(instrument, "Filters/Filter", name) for name in named)
    return [f for f in found if f is not None]


def _filter_names(channel: Element, instrument: Element | None) -> str | None:
    names = [n for f in _filters(channel, instrument) if (n := attribute(f, "Name"))]
    return sane.text(", ".join(dict.fromkeys(names)) or None) or _told(sane.text(value(channel, "Reflector")))


def _by_id(instrument: Element | None, path: str, wanted: str | None) -> Element | None:
    return next((e for e in children(instrument, path) if wanted and e.get("Id") == wanted), None)


# --- instrument ----------------------------------------------------------------------------------------------------


def _objective(image: Element | None, instrument: Element | None) -> Objective | None:
    """The lens that the image names, or the only one of the document."""
    settings = child(image, "ObjectiveSettings")
    named = attribute(child(settings, "ObjectiveRef"), "Id")
    lenses = list(children(instrument, "Objectives/Objective"))
    lens = next((o for o in lenses if named and o.get("Id") == named), lenses[0] if len(lenses) == 1 else None)
    index = sane.number(value(settings, "RefractiveIndex") or value(lens, "ImmersionRefractiveIndex"))
    found = Objective(
        sane.text(value(lens, "Manufacturer/Model") or attribute(lens, "Name")),
        sane.magnification(value(lens, "NominalMagnification")),
        sane.aperture(value(lens, "LensNA")),
        _told(value(lens, "Immersion") or value(settings, "Medium")),
        sane.text(value(lens, "Manufacturer/Manufacturer")),
        _told(sane.text(value(lens, "Correction"))),
        sane.length_um(value(lens, "WorkingDistance"), "um"),
        index if index is not None and 1.0 <= index <= 1.8 else None,
    )
    return None if found == Objective() else found


def _microscope(image: Element | None, instrument: Element | None) -> Device | None:
    """The stand that the image names, else the first; the format itself names its maker."""
    named = _by_id(instrument, "Microscopes/Microscope", attribute(child(image, "MicroscopeRef"), "Id"))
    for stand in (*([named] if named is not None else []), *children(instrument, "Microscopes/Microscope")):
        model = sane.text(attribute(stand, "Name") or value(stand, "System") or value(stand, "Manufacturer/Model"))
        if model:
            return Device("Carl Zeiss", model, _told(value(stand, "Type")))
    return None


def _detector_name(detector: Element | None) -> str | None:
    model = value(detector, "Manufacturer/Model") or attribute(detector, "Name")
    return sane.text(model or _told(value(detector, "Type")))


def _detector(instrument: Element | None, channels: list[Element]) -> Device | None:
    """The detector that all channels use; of several of one kind, their kind."""
    used = [attribute(child(c, "DetectorSettings/Detector"), "Id") for c in channels]
    found = [d for d in (_by_id(instrument, "Detectors/Detector", u) for u in dict.fromkeys(used)) if d is not None]
    devices = {
        Device(
            sane.text(value(d, "Manufacturer/Manufacturer")),
            sane.text(value(d, "Manufacturer/Model") or attribute(d, "Name")),
            _told(value(d, "Type")),
        )
        for d in found
    }
    return devices.pop() if len(devices) == 1 and devices != {Device()} else None


def _light(instrument: Element | None, channels: list[Element]) -> tuple[LightSource, ...]:
    """The light sources that the channels name; lasers with the wavelength that the channel set."""
    found: list[LightSource] = []
    for settings in (s for c in channels for s in children(c, "LightSourcesSettings/LightSourceSettings")):
        source = _by_id(instrument, "LightSources/LightSource", attribute(child(settings, "LightSource"), "Id"))
        inner = child(source, "LightSourceType")
        kind = next((_LIGHT[e.tag] for e in inner if e.tag in _LIGHT), None) if inner is not None else None
        nm = sane.wavelength_nm(value(settings, "Wavelength") or value(inner, "Laser/Wavelength"))
        model = sane.text(value(source, "Manufacturer/Model") or attribute(source, "Name"))
        found.append(LightSource(kind, sane.text(value(source, "Manufacturer/Manufacturer")), model, nm))
    return tuple(dict.fromkeys(one for one in found if one != LightSource()))[:50]


def _environment(information: Element | None) -> Environment | None:
    """Incubation as it was measured when the image was taken, of the components that were switched on."""
    said = next(
        (e for e in children(information, "TimelineTracks/TimelineTrack/TimelineElements/TimelineElement")
         if child(e, "EventInformation/IncubationRecording") is not None),
        None,
    )  # fmt: skip
    temperatures: set[float] = set()
    gas: set[float] = set()
    for component in child(said, "EventInformation/IncubationRecording/Components") or ():
        number = sane.number(value(component, "Value"))
        if number is None or value(component, "IsEnabled") != "true" or number <= 0:
            continue
        if "CO2" in component.tag:
            gas.add(number)
        elif (
            "Temperature" in component.tag
            and number < 60
            and "humid" not in (attribute(component, "Name") or "").lower()
        ):
            temperatures.add(number)
    found = Environment(
        temperature_c=temperatures.pop() if len(temperatures) == 1 else None,
        co2_percent=gas.pop() if len(gas) == 1 else None,
    )
    return None if found == Environment() else found


# --- scenes --------------------------------------------------------------------------------------------------------


def scenes(metadata: Element | None) -> dict[int, Element]:
    """The scenes of the document by their number."""
    listed = children(metadata, "Information/Image/Dimensions/S/Scenes/Scene")
    numbered = ((sane.number(attribute(s, "Index")), s) for s in listed)
    return {int(n): s for n, s in numbered if n is not None}


def placed(found: ImageFacts, scene: Element | None, *, named: bool) -> ImageFacts:
    """``found`` with the place of its scene on the stage and, where its shape is a well, on the plate."""
    shape = child(scene, "Shape")
    if named:
        name = value(scene, "ArrayName") or attribute(shape, "Name") or attribute(scene, "Name")
        found = with_facts(found, "Scenes/Scene", name=sane.text(name))
    row, column = sane.size(value(shape, "RowIndex")), sane.size(value(shape, "ColumnIndex"))
    well = well_name(row - 1, column - 1) if row and column else None
    if well and attribute(shape, "Name") in (well, f"{well[:-2]}{int(well[-2:])}"):
        found = with_facts(found, "Scenes/Scene/Shape", well=well)
    center = [sane.number(n) for n in (value(scene, "CenterPosition") or "").split(",")]
    position = child(scene, "Positions/Position")
    if position is not None:
        center = [sane.number(attribute(position, axis)) for axis in "XYZ"]
    known = len(center) >= 2 and None not in center[:2]
    return with_facts(found, "Scenes/Scene/CenterPosition", stage_um=tuple(center[:3]) if known else ())
