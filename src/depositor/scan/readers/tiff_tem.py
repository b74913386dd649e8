"""TIFF files of transmission electron microscopes: JEOL, DigitalMicrograph, EER and other movies. Names of people stay
out."""

from __future__ import annotations

from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan.readers import mdoc, parts, sane, xml
from depositor.scan.readers.base import with_facts
from depositor.scan.readers.tiff_page import Page, Vendor

_EER = 65001
_MOST_TEXT = 1 << 20

# --- JEOL ----------------------------------------------------------------------------------------------------------

_EOS = {"eosTEM": ("TEM", parts.TEM), "eosASID": ("STEM", parts.STEM)}


def jeol(page: Page) -> tuple[str, ImageFacts] | None:
    """JEOL TEM (TemReporter): XML in the description."""
    if "<TemReporter" not in page.description[:1000]:
        return None
    root = xml.parse(page.description)
    stand = Device(sane.text(xml.value(root, "Manufacturer"), 80), sane.text(xml.value(root, "Instruments"), 80))
    facts = with_facts(page.facts, "TemReporter.Instruments", instrument=stand if stand != Device() else None)
    facts = with_facts(facts, "TemReporter.DateTime", acquired=sane.when(xml.value(root, "DateTime")))
    word, term = _EOS.get(xml.value(root, "Eos/EosMode") or "", (None, None))
    facts = with_facts(facts, "TemReporter.EosMode", modality=word, modality_id=term)
    forming = xml.child(root, "ImageFormingSystem")
    is_scale = xml.value(forming, "SelectorUnitString") == "X"
    slit = xml.value(root, "FilterSystem/OmegaFilterSlitWidth")
    slit_in = xml.value(root, "FilterSystem/OmegaFilterSlitInOut") == "SlitIn"
    facts = parts.with_electrons(
        facts,
        voltage_kv=(parts.scaled(xml.value(root, "ElectronGun/AccelerationVoltage"), 1e-3), "AccelerationVoltage"),
        magnification=(xml.value(forming, "SelectorValue") if is_scale else None, "SelectorValue"),
        mode=(word, "EosMode"),
        spot_size=(xml.value(root, "IlluminationSystem/SpotSizeString"), "SpotSizeString"),
        tilt_deg=(xml.value(root, "GonioStage/StagePosition/TX"), "StagePosition.TX"),
        slit_ev=(slit if slit_in else None, "OmegaFilterSlitWidth"),
    )
    place = tuple(sane.number(xml.value(root, f"GonioStage/StagePosition/M{axis}")) for axis in "XYZ")
    return "JEOL TIFF", with_facts(facts, "StagePosition.MX", stage_um=place if None not in place else ())


# --- DigitalMicrograph ---------------------------------------------------------------------------------------------


def digital_micrograph(page: Page) -> tuple[str, ImageFacts] | None:
    """TIFF saved by DigitalMicrograph: unit and scale of the axes in tags 65003 and 65009 on."""
    if not {65003, 65004, 65009, 65010} <= page.tags.keys():
        return None
    units = [page.tiff.text(page.tags[n], 100) for n in (65003, 65004)]
    steps = [next(iter(page.tiff.numbers(page.tags[n], 1)), None) for n in (65009, 65010)]
    um = [sane.length_um(step, unit) for step, unit in zip(steps, units, strict=True)]
    return "Gatan TIFF", with_facts(page.facts, "tag 65009", pixel_size_x_um=um[0], pixel_size_y_um=um[1])


# --- EER -----------------------------------------------------------------------------------------------------------


def eer(page: Page) -> tuple[str, ImageFacts] | None:
    """EER movies of Falcon cameras: XML items in tag 65001, one page for each frame."""
    text = page.tiff.text(page.tags.get(_EER), _MOST_TEXT)
    if "<metadata" not in text[:400]:
        return None
    root = xml.parse(text)
    items = {i.get("name", ""): (i.text or "", i.get("unit")) for i in root.iter() if i.tag == "item"}

    def told(name: str) -> Any:
        return items.get(name, (None, None))[0]

    facts = with_facts(page.facts, "pages", size_z=1, size_t=page.pages)
    camera = sane.text(told("commercialName") or told("cameraName"), 80)
    facts = with_facts(facts, "EER commercialName", detector=Device(model=camera) if camera else None)
    facts = with_facts(facts, "EER timestamp", acquired=sane.when(told("timestamp")))
    exposure = sane.seconds(told("exposureTime"), items.get("exposureTime", ("", None))[1] or "s")
    channel = Channel(exposure_s=exposure)
    facts = with_facts(facts, "EER exposureTime", channels=(channel,) if exposure else ())
    facts = with_facts(facts, "EER", modality="TEM", modality_id=parts.TEM)
    frames = told("numberOfFrames") or page.pages
    facts = parts.with_electrons(
        facts, frames=(frames, "EER numberOfFrames"), exposure_s=(exposure, "EER exposureTime")
    )
    said = mdoc.beside(page.path) if page.path else None
    return "EER", mdoc.described(facts, said) if said else facts


def movie(page: Page) -> tuple[str, ImageFacts] | None:
    """Frames in a plain TIFF with SerialEM's text beside it. Pages are frames where the text counts as many."""
    said = mdoc.beside(page.path) if page.path else None
    if said is None:
        return None
    facts = mdoc.described(page.facts, said)
    if page.pages > 1 and facts.electrons is not None and facts.electrons.frames == page.pages:
        facts = with_facts(facts, "mdoc NumSubFrames", size_z=1, size_t=page.pages)
    return "TIFF movie", facts


VENDORS: tuple[Vendor, ...] = (jeol, digital_micrograph, eer)
"""Dialects that are told by the first page."""
