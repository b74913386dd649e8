"""Write docs/formats.md: which facts come out of which format, found by reading the samples of the tests.

python docs/make_formats.py
"""

# ruff: noqa: SLF001 - the samples are those of the tests

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("formats.md")
DATA = ROOT / "tests" / "data" / "scan"
sys.path.insert(0, str(ROOT / "tests" / "scan"))
sys.path.insert(0, str(ROOT / "tests" / "contract"))

from depositor.draft.facts import Channel, FileFacts, ImageFacts  # noqa: E402
from depositor.scan import headers, thumbnails  # noqa: E402

COLUMNS: Mapping[str, Callable[[ImageFacts], bool]] = {
    "sizes": lambda i: bool(i.size_x and i.size_y),
    "pixel size": lambda i: i.pixel_size_x_um is not None,
    "z step": lambda i: i.pixel_size_z_um is not None,
    "time step": lambda i: i.time_increment_s is not None,
    "channels": lambda i: any(c != Channel() for c in i.channels),
    "objective": lambda i: i.objective is not None,
    "instrument": lambda i: i.instrument is not None,
    "detector": lambda i: i.detector is not None or any(c.detector for c in i.channels),
    "light": lambda i: bool(i.light_sources) or any(c.excitation_nm for c in i.channels),
    "date": lambda i: i.acquired is not None,
    "modality": lambda i: i.modality_id is not None,
    "well, field": lambda i: i.well is not None or i.field is not None,
    "pyramid": lambda i: i.levels is not None,
    "electrons": lambda i: i.electrons is not None,
    "ions": lambda i: i.ions is not None,
    "medical": lambda i: i.medical is not None,
    "lifetime": lambda i: i.lifetime is not None,
}
_HEAD = """# Formats and what their headers tell

Made by reading the samples of the tests: `python docs/make_formats.py`. A dot: the header of at least one sample told
it, with its native key. Another file of the format may tell more or less; Depositor never fills in what a file does not
say. Headers only: no pixel is read for a fact. "picture": a small picture is shown, from the smallest level there is.
"""
_UNTRIED = """
## Also recognised

Read after the public description of the format, or by the same reader as its neighbours above; the tests hold no sample
that may be passed on, so that nothing is claimed about single facts.
"""
_ELSEWHERE = """
## Sent, but not read

Files of these formats are deposited like all others; their description is filled in by hand. Where BioIO with a fitting
plug-in is installed beside Depositor, it is asked for sizes, pixel type and channel names.

| format | ending | read by |
|---|---|---|
"""


def objects(folder: Path) -> Iterator[Path]:
    """The samples: files and chunked folders of the tests, and those that tests make into ``folder``."""
    import test_reader_contract

    yield from headers.find([DATA])
    for reader in headers.readers():
        own = folder / reader.id
        own.mkdir()
        yield from (p for p in test_reader_contract._samples(reader.id, own) if DATA not in p.parents)
    yield from light(folder)
    yield from electrons(folder)
    yield from slides(folder)


def light(folder: Path) -> Iterator[Path]:
    """Containers of light microscopes, made with the words of real ones."""
    import scan_made
    import test_scan_headers

    text = (DATA / "light" / "leica" / "metadata" / "xzt.xlif").read_text("utf-8").partition("?>")[2]
    yield scan_made.lif(folder / "a.lif", text)
    yield scan_made.lof(folder / "a.lof", text)
    blocks = [{"X": (0, 10, 10), "Y": (0, 8, 8), "C": (0, 1, 1)}]
    yield scan_made.czi(folder / "a.czi", test_scan_headers._XML, blocks)


def electrons(folder: Path) -> Iterator[Path]:
    """Pictures of electron microscopes with the texts that their programs write."""
    import scan_made
    import test_scan_headers_electrons as sem

    yield sem._tagged(folder / "fei.tif", 34682, sem.FEI.format(beam="EBeam"))
    yield sem._tagged(folder / "zeiss.tif", 34118, sem.ZEISS.format(fib="SEM"))
    scan_made.write(folder / "hitachi.txt", sem.HITACHI.replace("\n", "\r\n").encode("utf-16"))
    yield scan_made.tiff(folder / "hitachi.tif")
    scan_made.write(folder / "jeol.txt", sem.JEOL)
    yield scan_made.tiff(folder / "jeol.tif")


def slides(folder: Path) -> Iterator[Path]:
    """Small slides of the scanners' own TIFF dialects."""
    import test_scan_planes_instruments as made

    for name, pages in made.SLIDES.items():
        yield made._slide(folder / name, pages)


def told() -> dict[tuple[str, str], list[FileFacts]]:
    """(format, reader) -> what its samples said."""
    found: dict[tuple[str, str], list[FileFacts]] = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in objects(Path(folder)):
            facts = headers.read(path)
            if facts.reader and facts.format and facts.images:
                found.setdefault((facts.format, facts.reader), []).append(facts)
    return found


def page() -> str:
    """The whole page."""
    found = told()
    lines = [_HEAD, f"| format | reader | {' | '.join(COLUMNS)} | picture |", "|---" * (len(COLUMNS) + 3) + "|"]
    for (name, reader), files in sorted(found.items(), key=lambda pair: pair[0][0].lower()):
        images = [image for facts in files for image in facts.images]
        dots = ["•" if any(says(i) for i in images) else "" for says in COLUMNS.values()]
        lines.append(f"| {name} | {reader} | {' | '.join(dots)} | {'•' if thumbnails.shows(reader) else ''} |")
    tried = {name for name, _ in found}
    lines += [_UNTRIED]
    for reader in sorted(headers.readers(), key=lambda r: r.id):
        others = [f for f in reader.formats if f not in tried and not any(t.startswith(f) for t in tried)]
        lines += [f"- {reader.id}: {', '.join(others)}"] if others else []
    endings: dict[tuple[str, str], list[str]] = {}
    for ending, known in headers.FORMATS_WITHOUT_READER.items():
        endings.setdefault(known, []).append(f"`.{ending}`")
    rows = [f"| {name} | {', '.join(ends)} | {by} |" for (name, by), ends in endings.items()]
    return "\n".join(lines) + "\n" + _ELSEWHERE + "\n".join(sorted(rows, key=str.lower)) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
