"""Sentences about an acquisition out of facts: each part only where the headers say it.

What is written here becomes part of the published description, so it is English as the archives' own words are, and
does not change with the language of the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from depositor.draft.facts import Channel, Device, Objective
from depositor.form.gathering import Group

_MOST_CHANNELS = 40


def device(found: Device | None) -> str:
    """Maker and model, the maker not twice: ``Carl Zeiss Axio Observer.Z1 / 7, inverted``."""
    if found is None:
        return ""
    maker, model = (found.manufacturer or "").strip(), (found.model or "").strip()
    name = model if maker and model.casefold().startswith(maker.casefold()) else f"{maker} {model}".strip()
    kind = (found.kind or "").strip()
    return ", ".join(filter(None, (name, kind.lower())))


def detector_name(found: Device | None) -> str:
    """Maker and model of a camera or detector; its kind is in the name or says little."""
    return device(replace(found, kind=None)) if found else ""


def objective(found: Objective | None) -> str:
    """As engraved: ``Plan-Apochromat 63x/1.4 Oil``; what the name of the model says already is not said again."""
    if found is None:
        return ""
    model = " ".join((found.model or "").split())
    parts = [model]
    if number(found.magnification) + "x" not in model.casefold().replace(" ", ""):
        parts.append(lens(found))
    elif found.na and number(found.na) not in model:
        parts.append(f"NA {number(found.na)}")
    if found.immersion and found.immersion.casefold() not in model.casefold() and found.immersion != "Other":
        parts.append(found.immersion.lower() if any(parts) else found.immersion)
    return " ".join(filter(None, parts))


def lens(found: Objective | None) -> str:
    """Magnification and aperture: ``63x/1.4``."""
    if found is None or not found.magnification:
        return ""
    return f"{number(found.magnification)}x" + (f"/{number(found.na)}" if found.na else "")


def number(value: float | None) -> str:
    """A number without noise: at most four significant digits."""
    return "" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def title(group: Group) -> str:
    """A short name for an acquisition: ``Celldiscoverer 7 5x/0.35``; else its method; empty where nothing is known."""
    signature = group.signature
    model = (signature.instrument.model or signature.instrument.manufacturer or "") if signature.instrument else ""
    parts = [model.strip(), lens(signature.objective)]
    name = " ".join(filter(None, parts))
    if not model and signature.methods:
        name = f"{signature.methods[0][1]} {name}".strip()
    return (name or objective(signature.objective))[:120]


def instrument(group: Group) -> str:
    """Stand, objective and detector in one line; empty where the headers say nothing of them."""
    lens_said = objective(group.signature.objective)
    detector = detector_name(group.tally("detector").top())
    parts = (
        device(group.signature.instrument),
        lens_said and f"objective {lens_said}",
        detector and f"detector {detector}",
    )
    return "; ".join(filter(None, parts))


def parameters(group: Group) -> str:
    """Channels, pixel size, step and interval in one line; a range where the files differ."""
    return "; ".join(filter(None, (*_channels(group), *_sizes(group), _interval(group), _software(group))))


def channel(name: str, alike: Sequence[Channel]) -> str:
    """``EGFP: mEGFP, excitation 488 nm, exposure 20 to 50 ms``; empty for a channel of which nothing is known."""
    dyes = dict.fromkeys(c.fluorophore for c in alike if c.fluorophore and c.fluorophore != name)
    facts = (
        " or ".join(d for d in dyes if d),
        _spread("excitation", (c.excitation_nm for c in alike), "nm"),
        _spread("emission", (c.emission_nm for c in alike), "nm"),
        _spread("exposure", (c.exposure_s and c.exposure_s * 1000 for c in alike), "ms"),
    )
    told = ", ".join(fact for fact in facts if fact)
    return f"{name}: {told}" if told else ""


def _spread(what: str, values: Iterable[float | None], unit: str) -> str:
    known = [v for v in values if v]
    return f"{what} {_span(known)} {unit}" if known else ""


def channels(group: Group) -> dict[str, list[Channel]]:
    """Each channel of a group by its name (or number), as each of the differing files has it."""
    found: dict[str, list[Channel]] = {}
    for value, _, _ in group.tally("channels").ranked():
        for at, one in enumerate(value):
            found.setdefault(one.name or one.fluorophore or f"Channel {at + 1}", []).append(one)
    return found


def _channels(group: Group) -> Iterator[str]:
    for name, alike in list(channels(group).items())[:_MOST_CHANNELS]:
        yield channel(name, alike)


def _sizes(group: Group) -> Iterator[str]:
    sizes = [dict(s) for s in group.tally("pixel_size").values()]
    across, steps = [s["x"] for s in sizes if "x" in s], [s["z"] for s in sizes if "z" in s]
    if across:
        yield f"pixel size {_span(across)} µm"
    if steps:
        yield f"z step {_span(steps)} µm"


def _interval(group: Group) -> str:
    found = group.tally("time_increment_s")
    return f"time interval {_span(list(found.values()))} s" if found else ""


def _software(group: Group) -> str:
    found = str(group.tally("software").top() or "").partition(";")[0].strip()
    return f"recorded with {found}" if re.search(r"[^\W\d_]{3}", found) else ""  # "05" tells nobody anything


def _span(values: list[float]) -> str:
    low, high = number(min(values)), number(max(values))
    return low if low == high else f"{low} to {high}"
