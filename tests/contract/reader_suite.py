"""What every reader of headers must hold: call :func:`check_reader` with the reader and files of its format.

Own samples are claimed by content and give images; the samples of others are not claimed; a file that is cut off, has
flipped bytes, or is empty never does worse than a Problem; pixels are never read. Folders (OME-Zarr) are damaged
through the JSON files in them.
"""

from __future__ import annotations

import random
import shutil
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.problem import Problem
from depositor.scan import headers
from depositor.scan.readers.base import Reader

CUTS = 60  # truncations per sample
FLIPS = 60  # damaged copies per sample
MOST_MEMORY = 48 << 20  # bytes, for a header read of a file with much behind it
BEHIND = 512 << 20  # bytes of a sparse tail that stand for pixels


def check_reader(reader: Reader, samples: Sequence[Path], foreign: Sequence[Path], folder: Path) -> None:
    """The whole suite for one reader; ``folder`` is for damaged copies."""
    assert samples, f"{reader.id} has no sample"
    for sample in samples:
        check_claims(reader, sample)
        check_facts(headers.read(sample, "shown/as.this"))
        check_truncations(sample, folder)
        check_flipped_bytes(sample, folder)
        check_memory(sample, folder)
    for other in foreign:
        assert not reader.claims(other.name, _first_bytes(other)), f"{reader.id} claims {other.name}"
    check_not_fooled_by_names(reader, samples, folder)


def check_claims(reader: Reader, sample: Path) -> None:
    """The registry gives the sample to this reader, and its content alone is enough where it has a magic number."""
    found = headers.reader_of(sample)
    assert found is not None
    assert found.id == reader.id, f"{sample.name} goes to {found.id}"


def check_facts(facts: FileFacts) -> None:
    """A sample gives images with sizes, each fact with the key it came from, and the path as it is shown."""
    assert facts.path == "shown/as.this"
    assert facts.format
    assert facts.images
    assert facts.problems == ()
    for image in facts.images:
        check_image(image)


def check_image(image: ImageFacts) -> None:
    """What any image must hold."""
    told = {name for name in ImageFacts.__slots__ if name not in ("keys",) and getattr(image, name) not in (None, ())}
    assert told <= image.keys.keys(), f"no key for {told - image.keys.keys()}"
    assert image.size_x
    assert image.size_y
    for axis in "xyzct":
        size = getattr(image, f"size_{axis}")
        assert size is None or size >= 1
    for axis in "xyz":
        um = getattr(image, f"pixel_size_{axis}_um")
        assert um is None or 1e-6 <= um <= 1e6


def check_survives(path: Path) -> FileFacts:
    """Reading never raises; what comes back is facts or problems, each told in full."""
    facts = headers.read(path)
    assert isinstance(facts, FileFacts)
    for problem in facts.problems:
        check_problem(problem)
    for image in facts.images:
        for axis in "xy":
            um = getattr(image, f"pixel_size_{axis}_um")
            assert um is None or 1e-6 <= um <= 1e6
    facts.as_json()
    return facts


def check_problem(problem: Problem) -> None:
    """Code, text and advice."""
    assert problem.code.startswith("header.")
    assert problem.message.english()
    assert problem.advice.english()


def check_truncations(sample: Path, folder: Path) -> None:
    """Cut at many places, the first bytes above all; an empty file is a Problem."""
    for target, raw in _copies(sample, folder):
        cuts = {0, 1, 3, 4, 7, 8, 15, 16, 131, 132}
        cuts |= {len(raw) * n // CUTS for n in range(CUTS)} | {min(len(raw), 2**n) for n in range(16)}
        for cut in sorted(c for c in cuts if c < len(raw)):
            target.write_bytes(raw[:cut])
            facts = check_survives(_object(sample, target, folder))
            if cut == 0 and sample.is_file():
                assert [p.code for p in facts.problems] == ["header.empty"]


def check_flipped_bytes(sample: Path, folder: Path) -> None:
    """Bytes at random places, most of them near the start, hold something else."""
    dice = random.Random(sample.name)  # the same damage in every run
    for target, raw in _copies(sample, folder):
        for _ in range(FLIPS):
            damaged = bytearray(raw)
            for _ in range(dice.randint(1, 8)):
                end = len(raw) if dice.random() < 0.4 else min(len(raw), 1024)
                damaged[dice.randrange(end)] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            target.write_bytes(damaged)
            check_survives(_object(sample, target, folder))


def check_memory(sample: Path, folder: Path) -> None:
    """Half a gigabyte behind the header is not read."""
    if sample.is_dir() or sample.name.endswith(".gz"):
        return
    copy = folder / sample.name
    shutil.copyfile(sample, copy)
    with copy.open("r+b") as file:
        file.truncate(sample.stat().st_size + BEHIND)
    headers.read(sample)  # libraries are imported before memory is counted
    tracemalloc.start()
    try:
        headers.read(copy)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
        copy.unlink()


def check_not_fooled_by_names(reader: Reader, samples: Sequence[Path], folder: Path) -> None:
    """A text with the name of a sample is no image."""
    for sample in samples:
        if sample.is_file():
            text = folder / sample.name
            text.write_text("This is a letter and not an image.\n" * 200)
            assert not reader.claims(text.name, _first_bytes(text))
            assert not check_survives(text).images
            text.unlink()


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        return "\n".join(p.name for p in path.iterdir()).encode()
    with path.open("rb") as file:
        return file.read(headers.FIRST_BYTES)


def _copies(sample: Path, folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Files to damage with their content: a copy of the sample, or each JSON file of a copy of the folder in turn."""
    copy = folder / sample.name
    if sample.is_file():
        yield copy, sample.read_bytes()
        copy.unlink()
        return
    shutil.copytree(sample, copy)
    for path in sorted(copy.rglob("*"))[:12]:
        if path.is_file() and path.name in (".zattrs", ".zgroup", ".zarray", "zarr.json", "attributes.json"):
            raw = path.read_bytes()
            yield path, raw
            path.write_bytes(raw)
    shutil.rmtree(copy)


def _object(sample: Path, target: Path, folder: Path) -> Path:
    return target if sample.is_file() else folder / sample.name
