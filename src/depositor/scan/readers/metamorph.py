"""MetaMorph ``.nd`` and MetaXpress (ImageXpress) ``.HTD``: text beside the image files that says how they belong
together. How they were taken stands in the image files: the first file of each wavelength is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan.plate_names import well_name
from depositor.scan.readers import faults, modality, sane
from depositor.scan.readers.base import Reading, Truncated, with_facts

_MOST_TEXT = 4 << 20
_MOST_NAMES = 200_000  # entries of a folder that are looked through
_MOST_WAVES = 64
_MOST_IMAGES = 500
_LINE = re.compile(r'"([^"]*)"\s*(?:,\s*(.*))?$')
_OF_FILE = ("size_x", "size_y", "pixel_type", "pixel_size_x_um", "pixel_size_y_um", "significant_bits", "objective",
            "instrument", "detector", "software", "acquired")  # fmt: skip

ReadFile = Callable[[Path], Reading]


class MetaMorphReader:
    """MetaMorph ND and MetaXpress HTD."""

    id = "imagexpress"
    formats: tuple[str, ...] = ("MetaXpress TIFF", "MetaMorph ND")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        head = first_bytes.lstrip(b"\xef\xbb\xbf")[:32]
        return head.startswith((b'"HTSInfoFile"', b'"NDInfoFile"'))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            text = file.read(_MOST_TEXT).decode("utf-8-sig", "replace")
        said = settings(text)
        if "EndFile" not in said:
            raise Truncated("the list breaks off")
        found = _plate(path, said) if "HTSInfoFile" in said else _dataset(path, said)
        missing = found.images and found.images[0].size_x is None
        problem = (faults.part_missing(path.name, f"{path.stem}….tif"),) if missing else ()
        return replace(found, problems=(*problem, *found.problems))


def settings(text: str) -> Mapping[str, str]:
    """``"Key", value`` lines; quotes taken off."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:20_000]:
        match = _LINE.match(line.strip())
        if match:
            found[match[1]] = (match[2] or "").strip()
    return found


def _word(said: Mapping[str, str], key: str) -> str | None:
    return sane.text(said.get(key, "").strip('"'))


def _waves(said: Mapping[str, str]) -> list[str | None]:
    count = min(sane.size(said.get("NWavelengths")) or 0, _MOST_WAVES)
    used = [n for n in range(1, count + 1) if said.get(f"WaveCollect{n}", "1") != "0"]
    return [_word(said, f"WaveName{n}") for n in used]


# --- MetaMorph -----------------------------------------------------------------------------------------------------


def _dataset(path: Path, said: Mapping[str, str]) -> Reading:
    """One image for each stage position; its stacks are named after the dataset, wavelength, position and time."""
    waves = _waves(said) if said.get("DoWave") == "TRUE" else []
    facts = with_facts(ImageFacts(), "NDInfoFile", name=path.stem)
    facts = with_facts(facts, "StartTime1", acquired=sane.when(said.get("StartTime1")))
    slices = sane.size(said.get("NZSteps")) if said.get("DoZSeries") == "TRUE" else 1
    times = sane.size(said.get("NTimePoints")) if said.get("DoTimelapse") == "TRUE" else 1
    facts = with_facts(facts, "NZSteps", size_z=slices)
    facts = with_facts(facts, "NTimePoints", size_t=times)
    step = sane.length_um(said.get("ZStepSize"), "um") if (slices or 1) > 1 else None
    facts = with_facts(facts, "ZStepSize", pixel_size_z_um=step)
    names = _names(path, lambda n: n.startswith(path.stem) and n.lower().endswith((".stk", ".tif", ".tiff")))
    marks = [rf"{re.escape(path.stem)}.*_w{n + 1}(?!\d)" for n in range(len(waves))]
    told = _first_images(path, names, marks)
    facts = _with_files(facts, told, waves, "WaveName1")
    planes = {(t.size_z or 1) * (t.size_t or 1) for t in told if t is not None}
    wrong = slices is not None and bool(planes) and planes != {slices}
    if wrong:  # each stack holds the slices of one time
        facts = _without(facts, "size_z", "pixel_size_z_um")
    places = sane.size(said.get("NStagePositions")) if said.get("DoStage") == "TRUE" else None
    each = [_word(said, f"Stage{n + 1}") for n in range(min(places or 0, _MOST_IMAGES))]
    images = tuple(with_facts(facts, "Stage1", name=name, field=str(n + 1)) for n, name in enumerate(each))
    return Reading("MetaMorph ND", images or (facts,), (faults.contradiction(path.name),) if wrong else ())


def _without(facts: ImageFacts, *names: str) -> ImageFacts:
    keys = {k: v for k, v in facts.keys.items() if k not in names}
    return replace(facts, **dict.fromkeys(names), keys=keys)  # type: ignore[arg-type]


# --- MetaXpress ----------------------------------------------------------------------------------------------------


def _plate(path: Path, said: Mapping[str, str]) -> Reading:
    """One image for each site of each well, the first 500. All of a plate is taken with the same settings."""
    waves = _waves(said) if said.get("Waves") != "FALSE" else []
    slices = sane.size(said.get("ZSteps")) if said.get("ZSeries") == "TRUE" else 1
    facts = with_facts(ImageFacts(), "HTSInfoFile", plate=path.stem)
    facts = with_facts(facts, "ZSteps", size_z=slices)
    facts = with_facts(facts, "TimePoints", size_t=sane.size(said.get("TimePoints")))
    names = _names(path, lambda n: n.lower().endswith((".tif", ".tiff")) and "_thumb" not in n.lower())
    marks = [rf".*_w{n + 1}(?=[.\dA-Fa-f-])" for n in range(len(waves))]
    facts = _with_files(facts, _first_images(path, names, marks), waves, "WaveName1")
    images = [
        with_facts(facts, "WellsSelection, SiteSelection", well=well, field=site)
        for (well, site), _ in zip(_places(said), range(_MOST_IMAGES), strict=False)
    ]
    return Reading("MetaXpress TIFF", tuple(images) or (facts,))


def _places(said: Mapping[str, str]) -> Iterator[tuple[str | None, str | None]]:
    """Well and site of each image that was taken."""
    sites = _chosen(said, "SiteSelection", "XSites", "YSites") if said.get("Sites") == "TRUE" else []
    numbers: list[str | None] = [str(n) for n in range(1, len(sites) + 1)]  # the chosen cells are counted, not all
    for row, column in _chosen(said, "WellsSelection", "XWells", "YWells"):
        for number in numbers or [None]:
            yield well_name(row, column), number


def _chosen(said: Mapping[str, str], key: str, columns: str, rows: str) -> list[tuple[int, int]]:
    """(row, column) of what is TRUE in the lines ``key1``, ``key2`` ..."""
    height, width = min(sane.size(said.get(rows)) or 0, 64), min(sane.size(said.get(columns)) or 0, 96)
    lines = [[w.strip() == "TRUE" for w in said.get(f"{key}{n + 1}", "").split(",")[:width]] for n in range(height)]
    return [(row, column) for row, line in enumerate(lines) for column, chosen in enumerate(line) if chosen]


# --- the files beside ----------------------------------------------------------------------------------------------


def _names(path: Path, wanted: Callable[[str], bool]) -> list[str]:
    """The image files beside ``path`` that count, or those of its first time point, sorted."""
    for below in ("", "TimePoint_1", "TimePoint_1/ZStep_1", "ZStep_1"):
        folder = path.parent / below
        listed = (p.name for p, _ in zip(folder.iterdir(), range(_MOST_NAMES), strict=False)) if folder.is_dir() else ()
        found = sorted(n for n in listed if wanted(n))
        if found:
            return [f"{below}/{n}" if below else n for n in found]
    return []


def _first_images(path: Path, names: list[str], marks: list[str]) -> list[ImageFacts | None]:
    """The facts of the first file with each of the ``marks``; of the first file of all where none has a mark."""
    found = [next((n for n in names if re.match(mark, n)), None) for mark in marks]
    if not any(found):
        found = [*names[:1]]
    return [_first_image(path.parent / name) if name else None for name in found]


def _with_files(facts: ImageFacts, told: list[ImageFacts | None], waves: list[str | None], key: str) -> ImageFacts:
    """What the first file of each wavelength says: its channel, and what all of them agree on."""
    said = [t for t in told if t is not None]
    for name in _OF_FILE:
        values = {getattr(t, name) for t in said}
        if len(values) == 1 and (value := values.pop()) is not None and getattr(facts, name) is None:
            facts = with_facts(facts, said[0].keys.get(name, name), **{name: value})
    named = waves or [None] * len(told)
    channels = tuple(_channel(t, name) for t, name in zip(told, named, strict=False))
    facts = with_facts(
        facts, key, size_c=len(named) or None, channels=channels if any(c != Channel() for c in channels) else ()
    )
    return with_facts(facts, key, modality=modality.shared_mode(channels) if channels else None)


def _channel(told: ImageFacts | None, name: str | None) -> Channel:
    own = told.channels[0] if told is not None and told.channels else Channel()
    return replace(own, name=name or own.name)


def _first_image(path: Path) -> ImageFacts | None:
    from depositor.scan.readers.tiff import TiffReader

    try:
        return TiffReader().read(path).images[0]
    except Exception:  # what is wrong with an image file is told where that file is read
        return None
