"""PAR/REC of Philips MR scanners: a text (PAR) that tells its own columns, beside the pixels (REC)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, parts, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_MOST = 6 << 20
_MR = "OBI:0002985"
_COLUMN = re.compile(r"#\s+(.+?)\s*\(((?:(\d+)\*)?(?:integer|float|string))\)\s*$")
_GENERAL = re.compile(r"\.\s+(.+?)\s*:\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Par:
    """The general part by its words, and one row of numbers for each image."""

    said: Mapping[str, str]
    columns: Mapping[str, int]
    rows: Sequence[list[str]]

    def of(self, row: list[str], words: str, index: int = 0) -> float | None:
        """The number in the first column whose name begins with ``words``."""
        at = next((n for name, n in self.columns.items() if name.startswith(words)), None)
        return sane.number(row[at + index]) if at is not None and at + index < len(row) else None

    def general(self, words: str) -> str | None:
        """The value of the first general line that begins with ``words``."""
        return next((v for k, v in self.said.items() if k.startswith(words)), None)


class ParReader:
    """Philips PAR, versions 3 to 4.2."""

    id = "par-rec"
    formats: tuple[str, ...] = ("Philips PAR/REC",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.lstrip().startswith(b"# === DATA DESCRIPTION FILE ===")

    def read(self, path: Path) -> Reading:
        if path.stat().st_size > _MOST:
            raise Implausible("PAR too large")
        par = parsed(path.read_text("latin-1"))
        if not par.rows:
            raise Truncated("no image")
        facts = _scanner(_image(par), par)
        return Reading("Philips PAR/REC", (facts,), _pixels(path, facts, len(par.rows)))


def rec_of(path: Path) -> Path | None:
    """The file of the pixels of a PAR, where it is there."""
    return next((p for end in (".REC", ".rec", ".Rec") if (p := path.with_suffix(end)).is_file()), None)


def _pixels(path: Path, facts: ImageFacts, images: int) -> tuple[Problem, ...]:
    rec = rec_of(path)
    if rec is None:
        return (faults.part_missing(path.name, path.with_suffix(".REC").name),)
    width = {"uint8": 1, "uint16": 2}.get(facts.pixel_type or "", 0)
    return faults.cut_off(rec, (facts.size_x or 0) * (facts.size_y or 0) * width * images)


def parsed(text: str) -> Par:
    """The general part and the rows of a PAR."""
    said: dict[str, str] = {}
    columns: dict[str, int] = {}
    rows: list[list[str]] = []
    at = 0
    for line in text.splitlines():
        column, general = _COLUMN.match(line), _GENERAL.match(line)
        if column:
            columns[column[1]] = at
            at += int(column[3] or 1)
        elif general:
            said[general[1]] = general[2].strip()
        elif line[:1] in " 0123456789" and line.strip():
            rows.append(line.split())
    return Par(said, columns, rows)


def _image(par: Par) -> ImageFacts:
    first = par.rows[0]
    wide, high = (sane.size(par.of(first, "recon resolution", n)) for n in (0, 1))
    if wide is None or high is None:
        words = (par.general("Recon resolution") or "").split()
        wide, high = (sane.size(w) for w in words[:2]) if len(words) == 2 else (None, None)
    if wide is None or high is None:
        raise Implausible("no sizes")
    facts = with_facts(ImageFacts(), "recon resolution", size_x=wide, size_y=high)
    slices, times = (len({par.of(r, w) for r in par.rows}) for w in ("slice number", "dynamic scan number"))
    facts = with_facts(facts, "slice number", size_z=slices)
    if slices * times == len(par.rows):  # else echoes, phases or directions as well
        facts = with_facts(facts, "dynamic scan number", size_t=times)
    um = [sane.length_um(par.of(first, "pixel spacing", n), "mm") for n in (0, 1)]
    facts = with_facts(facts, "pixel spacing", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
    thick, gap = par.of(first, "slice thickness"), par.of(first, "slice gap")
    step = sane.length_um(thick + gap, "mm") if thick is not None and gap is not None and slices > 1 else None
    facts = with_facts(facts, "slice thickness + slice gap", pixel_size_z_um=step)
    bits = par.of(first, "image pixel size")
    return with_facts(facts, "image pixel size", pixel_type={8.0: "uint8", 16.0: "uint16"}.get(bits or 0))


def _scanner(facts: ImageFacts, par: Par) -> ImageFacts:
    first = par.rows[0]
    begins = sorted({t for r in par.rows if (t := par.of(r, "dyn_scan_begin_time")) is not None})
    steps = {round(b - a, 2) for a, b in itertools.pairwise(begins)}
    step = sane.seconds(steps.pop(), "s") if len(steps) == 1 and len(begins) == facts.size_t else None
    facts = with_facts(facts, "dyn_scan_begin_time", time_increment_s=step)
    date, _, time = (par.general("Examination date/time") or "").partition("/")
    facts = with_facts(facts, "Examination date/time", acquired=sane.when(f"{date.strip()} {time.strip()}".strip()))
    facts = with_facts(facts, "PAR", modality="MR", modality_id=_MR)
    repetition = (par.general("Repetition time [ms]") or "").split()
    return parts.with_medical(
        facts,
        repetition_ms=(repetition[0] if len(repetition) == 1 else None, "Repetition time [ms]"),
        echo_ms=(par.of(first, "echo_time"), "echo_time"),
        flip_angle_deg=(par.of(first, "image_flip_angle"), "image_flip_angle"),
        sequence=(par.general("Technique"), "Technique"),
        slice_thickness_um=(sane.length_um(par.of(first, "slice thickness"), "mm"), "slice thickness"),
    )
