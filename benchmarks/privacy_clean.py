"""Cleaning a large TIFF: by a recipe (the changed pages alone) and by a whole copy, beside reading and copying it.

    python benchmarks/privacy_clean.py [MEGABYTES] [FOLDER]

Prints one JSON line. The file is noise, which no file system packs, with a description that names twenty people and
numbers; FOLDER (else one of the system's) has to hold three of it. Reading is a plain loop into one buffer, copying is
``shutil.copyfile`` and the wait until the copy is on the disk, as cleaning waits too. Where the system can be asked to
forget a file (Linux), all begin with the disk, as with a file that is larger than the memory. A ratio of 1 is as fast
as that. Of three times the best counts, for other programs are at work too; ``cpu`` is the same ratio for the time of
the processor, which they change less. Memory is the highest of the whole run, in MB.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile

from depositor.privacy import clean, examine
from depositor.privacy.policy import PUBLIC

TIMES = 3
WIDTH = 4096
ROWS = 1024  # of the plane that is written at once
PEOPLE = (
    *("Jadwiga Wojciechowska", "Chidi Okonkwo", "Lucía García Márquez", "Jürgen Weißhaupt", "Siobhan Gallagher"),
    *("Ivan Petrov", "Weiming Zhang", "Ingrid Halvorsen", "Aylin Yıldırım", "Giulia Bellandi"),
)


def main() -> None:
    size = int(sys.argv[1]) * 1_000_000 if len(sys.argv) > 1 else 2_000_000_000
    above = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(dir=above) as folder:
        source = Path(folder, "slide.tif")
        _make(source, size)
        result = {"benchmark": "privacy_clean", "mb": source.stat().st_size // 1_000_000, **_measured(source)}
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({**result, "highest_mb": highest, "cpus": os.cpu_count()}))


def _measured(source: Path) -> dict[str, Any]:
    policy = PUBLIC.fresh()
    findings = [f for f in examine.file(source, source.name).findings if policy.wants(f)]
    recipe, copy, plain = (source.with_name(name) for name in ("recipe", "cleaned.tif", "copied.tif"))
    megabytes = source.stat().st_size / 1e6
    reading = _best(source, lambda: _read(source))
    patching = _best(source, lambda: _done(clean.patch(source, recipe, findings, policy)))
    copying = _best(source, lambda: _copied(source, plain))
    plain.unlink()
    cleaning = _best(source, lambda: _done(clean.clean(source, copy, findings, policy)))
    return {
        "findings": len(findings),
        "reading_mb_per_s": round(megabytes / reading.wall),
        "recipe_mb_per_s": round(megabytes / patching.wall),
        "recipe_to_reading": round(reading.wall / patching.wall, 2),
        "recipe_to_reading_cpu": round(reading.cpu / patching.cpu, 2),
        "recipe_bytes": recipe.stat().st_size,
        "copying_mb_per_s": round(megabytes / copying.wall),
        "copy_mb_per_s": round(megabytes / cleaning.wall),
        "copy_to_copying_and_reading": round((copying.wall + reading.wall) / cleaning.wall, 2),
        "copy_to_copying_and_reading_cpu": round((copying.cpu + reading.cpu) / cleaning.cpu, 2),
    }


def _make(path: Path, size: int) -> None:
    told = [f"operator: {name}" for name in PEOPLE]
    told += [f"patient id: HX-77302{number:02d}" for number in range(len(PEOPLE))]
    rows = size // WIDTH // ROWS * ROWS
    tifffile.imwrite(
        path,
        _noise(rows // ROWS),
        shape=(rows, WIDTH),
        dtype="u1",
        bigtiff=True,
        rowsperstrip=ROWS,
        description="\n".join(told).encode(),
        metadata=None,
    )


def _noise(strips: int) -> Iterator[bytes]:
    random = np.random.default_rng(1)
    for _ in range(strips):
        yield random.bytes(ROWS * WIDTH)


def _read(path: Path) -> None:
    buffer = bytearray(8 * 1024 * 1024)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def _forgotten(path: Path) -> None:
    """Take the file out of the system's memory."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _copied(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        os.fsync(file.fileno())


def _done(cleaned: clean.Cleaned | None) -> None:
    if cleaned is None or cleaned.path is None:
        raise SystemExit(f"not cleaned: {cleaned}")


class _Took(NamedTuple):
    wall: float  # seconds
    cpu: float


def _best(source: Path, work: Callable[[], None]) -> _Took:
    took = [_timed(source, work) for _ in range(TIMES)]
    return _Took(min(t.wall for t in took), min(t.cpu for t in took))


def _timed(source: Path, work: Callable[[], None]) -> _Took:
    _forgotten(source)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return _Took(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
