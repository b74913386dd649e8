"""A privacy check over many small files: files per second, and memory at its highest, per process.

    python benchmarks/privacy_many.py [FILES]

Prints one JSON line. Half of the files are text with a colleague's name in each tenth, half are small TIFFs. The ratio
is to reading the same files once with nothing else done, in the same run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

PER_FOLDER = 1000


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        _make(study, files)
        begun = time.perf_counter()
        for path in _each(study):
            path.read_bytes()
        raw = time.perf_counter() - begun
        environment = {**os.environ, "DEPOSITOR_HOME": str(Path(folder) / "home")}
        line = [sys.executable, "-m", "depositor", "check", str(study), "--pixels", "none", "--json"]
        begun = time.perf_counter()
        done = subprocess.run(line, capture_output=True, env=environment)
        took = time.perf_counter() - begun
    found = json.loads(done.stdout)
    highest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        json.dumps(
            {
                "benchmark": "privacy_many",
                "files": found["files"],
                "findings": len(found["findings"]),
                "files_per_s": round(files / took, 1),
                "ratio_to_reading": round(took / raw, 1),
                "highest_mb": round(highest / 1024),
                "cpus": os.cpu_count(),
            }
        )
    )


def _make(study: Path, files: int) -> None:
    for number in range(files):
        folder = study / f"{number // PER_FOLDER:04d}"
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True)
        if number % 2:
            name = "operator: Jadwiga Wojciechowska" if number % 20 == 1 else "stain: May-Gruenwald"
            (folder / f"notes_{number:06d}.txt").write_text(f"well A{number % 12:02d}\n{name}\nexposure: 12 ms\n")
        else:
            tifffile.imwrite(folder / f"scan_{number:06d}.tif", np.zeros((4, 4), "u1"), software="maker 1.0")


def _each(study: Path) -> list[Path]:
    return [Path(top, name) for top, _, names in os.walk(study) for name in names]


if __name__ == "__main__":
    main()
