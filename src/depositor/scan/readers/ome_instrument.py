"""The instrument in OME-XML: lenses, detectors, light sources, filters, and how a channel used them.

The names of elements changed between schemas (``DetectorRef`` became ``DetectorSettings``, a ``LightSource`` with an
inner ``Laser`` became ``Laser``); both are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from depositor.draft.facts import Channel, Device, Environment, LightSource, Objective
from depositor.scan.readers import sane
from depositor.scan.readers.xml import Element, attribute, child, children, value

_LIGHT = {"Laser": "Laser", "Arc": "Arc lamp", "Filament": "Filament lamp", "LightEmittingDiode": "LED",
          "GenericExcitationSource": None}  # fmt: skip
_UNMEASURED = (-1.0, 0.0)  # what programs put where there is no sensor
_METAL = re.compile(
    r"(?:Y|Rh|Pd|Ag|Cd|In|I|Xe|Cs|Ba|La|Ce|Pr|Nd|Sm|Eu|Gd|Tb|Dy|Ho|Er|Tm|Yb|Lu|Ta|Os|Ir|Pt|Bi)\(?\d{2,3}\)?"
)  # the isotopes that imaging mass cytometry uses as tags
_MILLIWATT = {"mW": 1.0, "W": 1e3, "kW": 1e6, "µW": 1e-3, "nW": 1e-6}


def told(word: str | None) -> str | None:
    """The word, unless it is one of those that say nothing."""
    return None if word in (None, "Other", "Unknown", "Undefined") else word


def by_id(instrument: Element | None, tag: str, wanted: str | None) -> Element | None:
    """The part of an instrument that a reference names."""
    return next((e for e in children(instrument, tag) if wanted and e.get("ID") == wanted), None)


def device(element: Element | None) -> Device | None:
    """Maker, model and type of a microscope or a detector. Serial numbers are not read."""
    maker, model = (sane.text(attribute(element, name)) for name in ("Manufacturer", "Model"))
    found = Device(maker, model, told(attribute(element, "Type")))
    return None if found == Device() else found


def objective(lens: Element | None, settings: Element | None) -> Objective | None:
    """A lens with how it was used: the medium and its refractive index are settings of the image."""
    power = attribute(lens, "NominalMagnification") or value(lens, "NominalMagnification")
    medium = told(attribute(lens, "Immersion") or value(lens, "Immersion"))
    index = sane.number(attribute(settings, "RefractiveIndex"))
    distance = attribute(lens, "WorkingDistance") or value(lens, "WorkingDistance")
    found = Objective(
        model=sane.text(attribute(lens, "Model")),
        magnification=sane.magnification(power),
        na=sane.aperture(attribute(lens, "LensNA") or value(lens, "LensNA")),
        immersion=medium or told(attribute(settings, "Medium")),
        manufacturer=sane.text(attribute(lens, "Manufacturer")),
        correction=told(attribute(lens, "Correction") or value(lens, "Correction")),
        working_distance_um=sane.length_um(distance, attribute(lens, "WorkingDistanceUnit") or "µm"),
        refractive_index=index if index is not None and 1.0 <= index <= 1.8 else None,
    )
    return None if found == Objective() else found


# --- light ---------------------------------------------------------------------------------------------------------


def _sources(instrument: Element | None) -> Iterator[tuple[str | None, Element, Element, str]]:
    """(id, the element that names maker and power, the one that tells the kind, its tag)."""
    for element in instrument if instrument is not None else ():
        if element.tag in _LIGHT:
            yield element.get("ID"), element, element, element.tag
        elif element.tag == "LightSource":
            for inner in element:
                if inner.tag in _LIGHT:
                    yield element.get("ID"), element, inner, inner.tag


def light_sources(instrument: Element | None, channels: list[Element]) -> tuple[LightSource, ...]:
    """The light sources that the channels name; all of the instrument where no channel names any."""
    used = {attribute(s, "ID") for c in channels for s in _light_settings(c)}
    found = [_light(outer, inner, tag) for id_, outer, inner, tag in _sources(instrument) if not used or id_ in used]
    return tuple(dict.fromkeys(one for one in found if one != LightSource()))[:100]


def _light_settings(channel: Element) -> Iterator[Element]:
    yield from children(channel, "LightSourceSettings")
    yield from children(channel, "LightSourceRef")


def _light(outer: Element, inner: Element, tag: str) -> LightSource:
    power = sane.positive(attribute(outer, "Power"))
    factor = _MILLIWATT.get(attribute(outer, "PowerUnit") or "mW")
    nm = sane.wavelength_nm(attribute(inner, "Wavelength"), attribute(inner, "WavelengthUnit") or "nm")
    return LightSource(
        _LIGHT[tag],
        sane.text(attribute(outer, "Manufacturer")),
        sane.text(attribute(outer, "Model")),
        nm,
        power * factor if power is not None and factor is not None else None,
    )


# --- channels ------------------------------------------------------------------------------------------------------


def channel(element: Element, instrument: Element | None, exposure_s: float | None) -> Channel:
    """One channel, with the detector, filters and light source that it names."""
    settings = child(element, "DetectorSettings")
    settings = child(element, "DetectorRef") if settings is None else settings
    sensor = device(by_id(instrument, "Detector", attribute(settings, "ID")))
    low, high, glass = _emission_filter(element, instrument)
    binning = told(attribute(settings, "Binning"))
    dye = sane.text(attribute(element, "Fluor"))
    metal = dye if dye and _METAL.fullmatch(dye) else None
    return Channel(
        name=sane.text(attribute(element, "Name")),
        fluorophore=None if metal else dye,
        excitation_nm=_wave(element, "ExcitationWavelength", "ExWave") or _setting_nm(element),
        emission_nm=_wave(element, "EmissionWavelength", "EmWave"),
        exposure_s=exposure_s,
        color=sane.color(attribute(element, "Color")),
        contrast=told(attribute(element, "ContrastMethod")),
        mode=told(attribute(element, "AcquisitionMode", "Mode")),
        illumination=told(attribute(element, "IlluminationType")),
        emission_from_nm=low,
        emission_to_nm=high,
        filter=glass,
        detector=" ".join(filter(None, (sensor.manufacturer, sensor.model))) or sensor.kind if sensor else None,
        gain=sane.positive(attribute(settings, "Gain")),
        binning=binning,
        pinhole_um=sane.length_um(attribute(element, "PinholeSize"), attribute(element, "PinholeSizeUnit") or "µm"),
        metal=metal,
    )


def _wave(element: Element, name: str, old: str) -> float | None:
    return sane.wavelength_nm(attribute(element, name, old), attribute(element, f"{name}Unit") or "nm")


def _setting_nm(element: Element) -> float | None:
    """The wavelength that the only light source was set to."""
    found = {_wave(s, "Wavelength", "Wavelength") for s in _light_settings(element)}
    return found.pop() if len(found) == 1 else None


def _emission_filter(element: Element, instrument: Element | None) -> tuple[float | None, float | None, str | None]:
    """The band of the emission filter, and its model, where the channel names one."""
    named = [attribute(r, "ID") for r in children(element, "LightPath/EmissionFilterRef")]
    if not named:
        inner = by_id(instrument, "FilterSet", attribute(child(element, "FilterSetRef"), "ID"))
        named = [attribute(r, "ID") for r in children(inner, "EmissionFilterRef")]
    glass = by_id(instrument, "Filter", named[0]) if len(named) == 1 else None
    band = child(glass, "TransmittanceRange")
    low = sane.wavelength_nm(attribute(band, "CutIn"), attribute(band, "CutInUnit") or "nm")
    high = sane.wavelength_nm(attribute(band, "CutOut"), attribute(band, "CutOutUnit") or "nm")
    return low, high, sane.text(attribute(glass, "Model"))


# --- surroundings --------------------------------------------------------------------------------------------------


def environment(element: Element | None) -> Environment | None:
    """Temperature, gas and air around the sample; shares of OME are fractions."""
    celsius = sane.number(attribute(element, "Temperature"))
    unit = attribute(element, "TemperatureUnit") or "°C"
    celsius = celsius - 273.15 if celsius is not None and unit == "K" else celsius
    known = unit in ("°C", "C", "K") and celsius is not None and -196 <= celsius <= 150 and celsius not in _UNMEASURED
    pressure = sane.positive(attribute(element, "AirPressure"))
    found = Environment(
        temperature_c=round(celsius, 4) if known and celsius is not None else None,
        co2_percent=_percent(attribute(element, "CO2Percent")),
        humidity_percent=_percent(attribute(element, "Humidity")),
        pressure_hpa=pressure if (attribute(element, "AirPressureUnit") or "mbar") in ("mbar", "hPa") else None,
    )
    return None if found == Environment() else found


def _percent(text: str | None) -> float | None:
    found = sane.number(text)
    if found is None or not 0 <= found <= 100:
        return None
    return round(found * 100, 6) if found <= 1 else found
