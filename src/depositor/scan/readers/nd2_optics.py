"""How an ND2 image was taken: lens, stand, camera or scanner, and its planes (channels).

Names of values after the public descriptions of the format; the mask of modalities after Nikon's SDK.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import modality, sane
from depositor.scan.readers.base import with_facts, without_silent

Values = Mapping[str, Any]

_MODES = {
    0x200: "LaserScanningConfocalMicroscopy",
    0x400: "SpinningDiskConfocal",
    0x800: "SlitScanConfocal",
    0x1000: "SweptFieldConfocal",
    0x4000: "StructuredIllumination",
    0x8000: "StructuredIllumination",
    0x10000: "MultiPhotonMicroscopy",
    0x20000: "TIRF",
}
_FLUORESCENCE, _BRIGHT, _PHASE, _DIC, _CAMERA, _TRANSMITTED = 0x1, 0x2, 0x10, 0x20, 0x100, 0x1000000
_JULIAN_1970 = 2440587.5
_LASER = re.compile(r"CH(\d)\s+\{Laser Wavelength\}:\s*([\d.]+)")
_DATE = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})\s+(\d\d?):(\d\d):(\d\d)\s*([AP]M)?", re.IGNORECASE)


def group(values: Any, name: str) -> Values:
    """The values below ``name``; empty where there are none."""
    found = values.get(name) if isinstance(values, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def facts(found: ImageFacts, picture: Values) -> ImageFacts:
    """What the picture's metadata say of the microscope and of each plane."""
    model = sane.text(picture.get("wsObjectiveName"))
    power, _, medium = sane.lens(model)
    power = sane.magnification(picture.get("dObjectiveMag")) or power
    index = sane.number(picture.get("dRefractIndex1"))
    lens = Objective(
        model,
        power,
        sane.aperture(picture.get("dObjectiveNA")),
        medium,
        refractive_index=index if model and index is not None and 1.0 <= index <= 1.8 else None,
    )
    named = lens.model or lens.magnification or lens.na
    found = with_facts(found, "PictureMetadata.wsObjectiveName", objective=lens if named else None)
    place = tuple(sane.number(picture.get(f"d{axis}Pos")) for axis in "XYZ")
    found = with_facts(found, "PictureMetadata.dXPos", stage_um=place if None not in place and any(place) else ())
    planes = group(picture, "sPicturePlanes")
    sample = next((v for v in group(planes, "sSampleSetting").values() if isinstance(v, Mapping)), {})
    camera, devices = group(sample, "pCameraSetting"), group(sample, "pDeviceSetting")
    sensor = sane.text(camera.get("CameraUserName") or camera.get("CameraFamilyName"))
    found = with_facts(found, "pCameraSetting.CameraUserName", detector=Device(model=sensor) if sensor else None)
    found = with_facts(found, "pDeviceSetting.m_sMicroscopePhysFullName", instrument=_stand(devices))
    listed = [p for p in (group(planes, "sPlaneNew") or group(planes, "sPlane")).values() if isinstance(p, Mapping)]
    channels = tuple(_channel(p, sample, camera) for p in listed[:100])
    found = with_facts(found, "sPicturePlanes.sDescription", channels=without_silent(channels))
    found = with_facts(found, "sPlane.uiModalityMask", modality=modality.shared_mode(channels) if channels else None)
    return with_facts(found, "sPlane.uiModalityMask", modality_id=modality.of(channels))


def _stand(devices: Values) -> Device | None:
    """The microscope, where one was connected."""
    name = sane.text(devices.get("m_sMicroscopePhysFullName") or devices.get("m_sMicroscopeFullName"))
    if not name or not devices.get("m_iMicroscopeUse", 1):
        return None
    return (
        Device("Nikon", name.removeprefix("Nikon").strip() or None) if "nikon" in name.lower() else Device(model=name)
    )


# --- planes --------------------------------------------------------------------------------------------------------


def _channel(plane: Values, sample: Values, camera: Values) -> Channel:
    color = sane.number(plane.get("uiColor"))
    bgr = int(color) if color is not None and 0 <= color < 1 << 24 else None
    name = sane.text(plane.get("sDescription"))
    mask = int(sane.number(plane.get("uiModalityMask")) or 0)
    mode = _mode(mask)
    scanned = _scanned(name, sample, camera) if mask & 0x200 else {}
    exposed = mask & _CAMERA and not mask & 0x200
    pinhole = sane.length_um(plane.get("dPinholeDiameter"), "um")
    low, high = _band(plane)
    return Channel(
        name=name,
        fluorophore=sane.text(group(plane, "pFluorescentProbe").get("m_sName")),
        excitation_nm=scanned.get("excitation_nm") or _excitation(name, camera),
        emission_nm=_emission(plane),
        exposure_s=sane.seconds(sample.get("dExposureTime"), "ms") if exposed else None,
        color=f"#{bgr & 255:02X}{bgr >> 8 & 255:02X}{bgr >> 16 & 255:02X}" if bgr is not None else None,
        contrast=_contrast(mask),
        mode=mode,
        illumination="Transmitted" if mask & _TRANSMITTED else None,
        emission_from_nm=low,
        emission_to_nm=high,
        gain=scanned.get("gain"),
        binning=_binning(camera) if exposed else None,
        laser_percent=scanned.get("laser_percent"),
        pinhole_um=round(pinhole, 4) if pinhole and mask & 0x200 else None,
    )


def _mode(mask: int) -> str | None:
    """The one hardware that the mask names; wide field where a camera looks without any of it."""
    found = {mode for bit, mode in _MODES.items() if mask & bit}
    if len(found) == 1:
        return found.pop()
    return "WideField" if not found and mask & _CAMERA else None


def _contrast(mask: int) -> str | None:
    if mask & _PHASE:
        return "Phase"
    if mask & _DIC:
        return "DIC"
    light = mask & (_FLUORESCENCE | _BRIGHT)
    return {_FLUORESCENCE: "Fluorescence", _BRIGHT: "Brightfield"}.get(light)


def _scanned(name: str | None, sample: Values, camera: Values) -> dict[str, float | None]:
    """Laser and detector of the scanner's channel that has the name of the plane, where only one has."""
    said = group(camera, "PropertiesQuality")
    numbers = [n for n in range(1, 9) if name and said.get(f"CH{n}ChannelDyeName") == name]
    if len(numbers) != 1:
        return {}
    lasers = dict(_LASER.findall(str(sample.get("sSpecSettings") or "")[:10_000]))
    power = f"CH{numbers[0]}LaserPower"
    return {
        "excitation_nm": sane.wavelength_nm(lasers.get(str(numbers[0]))),
        "laser_percent": sane.positive(said.get(power)),
        "gain": sane.positive(said.get(f"CH{numbers[0]}PMTHighVoltage")),
    }


def _excitation(name: str | None, camera: Values) -> float | None:
    """The excitation of the camera's channel that has the name of the plane."""
    listed = (c for c in group(group(camera, "Metadata"), "Channels").values() if isinstance(c, Mapping))
    found = {sane.wavelength_nm(c.get("ExWavelength")) for c in listed if name and c.get("Name") == name}
    return found.pop() if len(found) == 1 else None


def _binning(camera: Values) -> str | None:
    described = group(group(camera, "FormatQuality"), "fmtDesc")
    x, y = sane.size(described.get("dBinningX")), sane.size(described.get("dBinningY"))
    return f"{x}x{y}" if x and y else None


def _spectra(plane: Values) -> list[tuple[Values, list[Values]]]:
    """The emission spectra of the plane's filters, with their points."""
    found = []
    for one in group(group(plane, "pFilterPath"), "m_pFilter").values():
        spectrum = group(one, "m_EmissionSpectrum")
        found.append((spectrum, [p for p in group(spectrum, "pPoint").values() if isinstance(p, Mapping)]))
    return found


def _emission(plane: Values) -> float | None:
    """The middle of the emission band, where the filters of the plane have one in all."""
    found = {
        sane.wavelength_nm(points[0].get("dWavelength"))
        for spectrum, points in _spectra(plane)
        if sane.size(spectrum.get("uiCount")) == 1 and points
    }
    return found.pop() if len(found) == 1 else None


def _band(plane: Values) -> tuple[float | None, float | None]:
    """The edges of the emission band: a peak with half of its width, as NIS-Elements writes 525/50 as (525, 25)."""
    spectra = [(s, p) for s, p in _spectra(plane) if sane.size(s.get("uiCount")) == 1 and p]
    middle = sane.wavelength_nm(spectra[0][1][0].get("dWavelength")) if len(spectra) == 1 else None
    half = sane.positive(spectra[0][1][0].get("dTValue")) if middle else None
    if middle is None or half is None or half > 200:
        return None, None
    return middle - half, middle + half


# --- texts ---------------------------------------------------------------------------------------------------------


def told(found: ImageFacts, texts: Values, picture: Values) -> ImageFacts:
    """Date of the text block; its author and the path of the file stay there. Which of two numbers is the month is told
    by the day that the picture counts."""
    day = _julian(picture.get("dTimeAbsolute"))
    for value in texts.values():
        match = _DATE.fullmatch(str(value).strip())
        if match:
            return with_facts(found, "ImageTextInfo", acquired=_moment(match, day))
    when = day.strftime("%Y-%m-%dT%H:%M:%SZ") if day else None
    return with_facts(found, "PictureMetadata.dTimeAbsolute", acquired=sane.when(when))


def _julian(days: Any) -> datetime | None:
    found = sane.number(days)
    if found is None or not _JULIAN_1970 < found < _JULIAN_1970 + 60_000:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=found - _JULIAN_1970)


def _moment(match: re.Match[str], day: datetime | None) -> str | None:
    first, second, year, hour = int(match[1]), int(match[2]), int(match[3]), int(match[4])
    if match[7]:
        hour = hour % 12 + (12 if match[7].upper() == "PM" else 0)
    found = []
    for month, date in {(first, second), (second, first)}:
        try:
            found.append(datetime(year, month, date, hour, int(match[5]), int(match[6]), tzinfo=UTC))
        except ValueError:
            continue
    if day is not None:
        found = [m for m in found if abs((m - day).total_seconds()) <= 26 * 3600] or found
    return sane.when(found[0].strftime("%Y-%m-%dT%H:%M:%S")) if len(found) == 1 else None


def software(raw: bytes) -> str | None:
    """Name and version of the program, out of the XML that it leaves."""
    text = raw[:20_000].decode("utf-8", "replace")
    found = [re.search(rf'<{tag} [^>]*value="([^"]+)"', text) for tag in ("m_SWNameString", "m_VersionString")]
    return sane.text(" ".join(m[1] for m in found if m), 80) if found[0] else None
