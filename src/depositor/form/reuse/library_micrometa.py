"""Microscope files of Micro-Meta App as entries of a library.

The layout (4DN-BINA-OME, model version 2): an ``Instrument.json`` object with a ``MicroscopeStand`` and a list of
``components``, each with its ``Schema_ID`` (``Objective.json``); filter cubes name their filters as
``ExcitationFilter/<ID>``. Source: github.com/WU-BIMAC/MicroMetaApp-React and its docs/intro/output.rst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft.message import Message, msg
from depositor.draft.problem import Damaged, Problem, Side
from depositor.form.reuse.library import Entry, EntryKind, Part, PartKind

_EMPTY = re.compile(r"(9{3,}|n/?a|none|null|unknown|-+|not applicable)?", re.IGNORECASE)  # what people type to go on
_IN_CUBE = ("ExcitationFilter", "StandardDichroic", "EmissionFilter")
_IMMERSION = {
    "mineraloil": "Oil",
    "oil": "Oil",
    "siliconeoil": "Silicone",
    "silicone": "Silicone",
    "air": "Air",
    "water": "Water",
    "waterdipping": "WaterDipping",
    "glycerin": "Glycerol",
    "glycerine": "Glycerol",
    "glycerol": "Glycerol",
    "multi": "Multi",
    "multiimmersion": "Multi",
}
_KINDS = (  # the first pattern that fits the Schema_ID
    (re.compile(r"Objective"), PartKind.OBJECTIVE),
    (re.compile(r"LightSource|Laser|Arc$|Filament|LightEmittingDiode|ExcitationSource"), PartKind.LIGHT_SOURCE),
    (re.compile(r"CCD|CMOS|Detector|PhotoMultiplier|AvalanchePhotoDiode|AnalogVideo|Camera"), PartKind.DETECTOR),
    (re.compile(r"Filter|Dichroic|BeamSplitter"), PartKind.FILTER),
    (re.compile(r"Software"), PartKind.SOFTWARE),
)
_STANDS = {  # as the form calls them
    "inverted": "inverted",
    "upright": "upright",
    "lightsheet": "light sheet",
    "stereo": "stereo",
    "dissection": "dissection",
    "electrophysiology": "electrophysiology",
}
_DETECTORS = {"CCD": "CCD", "CMOS": "CMOS", "PhotoMultiplier": "PMT", "AvalanchePhotoDiode": "APD"}
_NO_PART = re.compile(r"Turret|Wheel|Slider|Lens|Piezo|Calibration|Holder|PolarizationOptics")


@dataclass(frozen=True, slots=True)
class Left:
    """A component that was not taken over, and why."""

    name: str
    kind: str
    why: Message


@dataclass(frozen=True, slots=True)
class Imported:
    """The entry that a file gives, and what was left out."""

    entry: Entry
    left: tuple[Left, ...]


def read(data: Any, entry_id: str) -> Imported:
    """The microscope of a file of Micro-Meta App. Raises Damaged for what is none."""
    found = _instrument(data)
    stand = found["MicroscopeStand"]
    components = _components(found.get("components"))
    inside = _in_cubes(components)
    parts, left = [_stand(stand)], list[Left]()
    for one in components:
        kind = _kind(one)
        if kind is None:
            left.append(
                Left(_name(one), _schema(one), msg("micrometa.no-question", "The form has no question for it."))
            )
        elif not _named(one):
            left.append(Left(_name(one), _schema(one), msg("micrometa.nameless", "It has no name and no model.")))
        elif _id(one) not in inside:
            parts.append(_part(one, kind, components))
    name = _said(found, "Name") or _said(stand, "Name") or parts[0].text
    note = _said(found, "Description") or _said(stand, "Description")
    return Imported(Entry(entry_id, EntryKind.INSTRUMENT, name, note, parts=tuple(parts)), tuple(left))


def _instrument(data: Any) -> Mapping[str, Any]:
    """The instrument itself, also where a portal wrapped it (``{"microscope": {...}}``)."""
    inner = data.get("microscope") if isinstance(data, Mapping) else None
    found = inner if isinstance(inner, Mapping) else data
    if not isinstance(found, Mapping) or not isinstance(found.get("MicroscopeStand"), Mapping):
        image = isinstance(found, Mapping) and str(found.get("Schema_ID", "")).startswith("Image")
        raise Damaged(_settings() if image else _not_one())
    return found


def _components(raw: Any) -> list[Mapping[str, Any]]:
    """A list in newer files, an object by number in older ones."""
    rows = list(raw.values()) if isinstance(raw, Mapping) else raw if isinstance(raw, list) else []
    return [r for r in rows if isinstance(r, Mapping)]


def _schema(one: Mapping[str, Any]) -> str:
    return str(one.get("Schema_ID") or "").removesuffix(".json")


def _id(one: Mapping[str, Any]) -> str:
    return f"{_schema(one)}/{one.get('ID', '')}"


def _kind(one: Mapping[str, Any]) -> PartKind | None:
    schema = _schema(one)
    if _NO_PART.search(schema):
        return None
    return next((kind for pattern, kind in _KINDS if pattern.search(schema)), None)


def _in_cubes(components: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The filters that are told with their cube."""
    cubes = (c for c in components if _schema(c) in ("FilterCube", "FilterSet"))
    return frozenset(str(cube.get(key)) for cube in cubes for key in _IN_CUBE if cube.get(key))


def _said(one: Mapping[str, Any], key: str) -> str:
    """A text that says something: not what people type to get past a required field."""
    value = one.get(key)
    text = " ".join(str(value).split()) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    return "" if _EMPTY.fullmatch(text) else text


def _name(one: Mapping[str, Any]) -> str:
    return _said(one, "Name") or _said(one, "Model") or _schema(one)


def _named(one: Mapping[str, Any]) -> bool:
    empty_cube = (
        _schema(one) == "FilterCube" and not any(_said(one, key) for key in _IN_CUBE) and not _said(one, "Model")
    )
    return bool(_said(one, "Name") or _said(one, "Model")) and not empty_cube


def _stand(stand: Mapping[str, Any]) -> Part:
    schema = _schema(stand)
    kind = next((said for word, said in _STANDS.items() if word in schema.casefold()), "")
    return Part(PartKind.STAND, _said(stand, "Name"), _said(stand, "Manufacturer"), _said(stand, "Model"), kind)


def _part(one: Mapping[str, Any], kind: PartKind, components: Sequence[Mapping[str, Any]]) -> Part:
    name = _said(one, "Name")
    if kind is PartKind.FILTER:
        inside = [_glass(components, str(one.get(key))) for key in _IN_CUBE if one.get(key)]
        name = f"{name}: {', '.join(filter(None, inside))}" if any(inside) else name
    maker = _said(one, "Manufacturer") or _said(one, "Developer")
    type_of = _DETECTORS.get(_schema(one), "") if kind is PartKind.DETECTOR else ""
    part = Part(kind, name, maker, _said(one, "Model"), type_of, version=_said(one, "Version"))
    if kind is not PartKind.OBJECTIVE:
        return part
    immersion = re.sub(r"[^a-z]", "", _said(one, "ImmersionType").casefold())
    return Part(
        kind,
        name,
        maker,
        part.model,
        magnification=_number(one, "Magnification", 1000),
        na=_number(one, "LensNA", 2),
        immersion=_IMMERSION.get(immersion, ""),
    )


def _glass(components: Sequence[Mapping[str, Any]], reference: str) -> str:
    """What a filter of a cube is called in short: its model."""
    found: Iterator[Mapping[str, Any]] = (c for c in components if _id(c) == reference)
    one = next(found, None)
    return (_said(one, "Model") or _said(one, "Name")) if one else ""


def _number(one: Mapping[str, Any], key: str, most: float) -> float | None:
    try:
        value = float(str(one.get(key)).replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < most else None


def _not_one() -> Problem:
    return Problem(
        "micrometa.not-one",
        Side.COMPUTER,
        msg("micrometa.not-one", "This is not a microscope file of Micro-Meta App."),
        msg(
            "micrometa.not-one.advice",
            "In Micro-Meta App, save the microscope (Manage Instrument) and choose that file.",
        ),
    )


def _settings() -> Problem:
    return Problem(
        "micrometa.settings",
        Side.COMPUTER,
        msg("micrometa.settings", "This file holds the settings of one image, not a microscope."),
        msg(
            "micrometa.settings.advice",
            "In Micro-Meta App, save the microscope (Manage Instrument) and choose that file.",
        ),
    )
