"""Header reading against BioIO: ``python benchmarks/headers_peer.py FOLDER [--peer PYTHON]``.

Reads the header of every file below FOLDER with Depositor's readers and with ``bioio.BioImage(path)`` and its metadata,
in the same run, and prints one JSON line: how many files each read, the seconds on the files that both read (each
warm: one file was read before the clock started, so that neither pays for its imports), the ratio, and separately what
the first file costs with all imports. PYTHON is an interpreter that has bioio with its plug-ins (some are GPL and so
never part of this program; without ``--peer`` the one that runs this is tried). ``--small N`` measures N copies of a
small OME-TIFF instead of a peer: files per second of one core.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PEER = r"""
import json, sys, time, warnings, logging
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
begin = time.perf_counter()
from bioio import BioImage
out = {"import_s": time.perf_counter() - begin, "files": {}}

def read(path):
    image = BioImage(path)
    facts = [image.dims.order, image.shape, str(image.dtype)]
    for name in ("physical_pixel_sizes", "channel_names", "metadata"):
        try:
            facts.append(getattr(image, name))
        except Exception:
            facts.append(None)  # the peer cannot tell it; the file still counts as read
    return facts

for line in sys.stdin:
    path = json.loads(line)
    begin = time.perf_counter()
    try:
        read(path)
        out["files"][path] = time.perf_counter() - begin
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
print(json.dumps(out))
"""


def own(paths: list[str]) -> dict[str, float]:
    """Seconds for each file that Depositor's readers can tell something of."""
    from depositor.scan import headers

    out: dict[str, float] = {}
    for path in paths:
        begin = time.perf_counter()
        facts = headers.read(Path(path))
        if facts.images:
            out[path] = time.perf_counter() - begin
    return out


def peer(python: str, paths: list[str]) -> dict[str, Any]:
    """The same for BioIO, in a process of its own."""
    told = "\n".join(json.dumps(p) for p in paths)
    done = subprocess.run([python, "-c", PEER], input=told, capture_output=True, text=True, timeout=1800, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        sys.exit(f"The peer did not run: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def against_peer(folder: Path, python: str) -> dict[str, Any]:
    """All files below ``folder``, each read twice by both so that the second reading is warm; the second counts."""
    from depositor.scan import headers

    paths = [str(p) for p in headers.find([folder])]
    first = time.perf_counter()
    own(paths[:1])
    first = time.perf_counter() - first
    mine = own(paths)
    theirs = peer(python, [paths[0], *paths])
    both = sorted(mine.keys() & theirs["files"].keys())
    seconds, other = sum(mine[p] for p in both), sum(theirs["files"][p] for p in both)
    return {
        "benchmark": "headers_peer",
        "files": len(paths),
        "own_read": len(mine),
        "peer_read": len(theirs["files"]),
        "both": len(both),
        "own_s": round(seconds, 3),
        "peer_s": round(other, 3),
        "ratio": round(other / seconds, 1),
        "slowest_ratio": round(min(theirs["files"][p] / mine[p] for p in both), 1),
        "own_first_s": round(first, 3),
        "peer_import_s": round(theirs["import_s"], 2),
    }


def small(count: int) -> dict[str, Any]:
    """``count`` copies of a small OME-TIFF of two channels."""
    import numpy as np
    import tifffile

    from depositor.scan import headers

    folder = Path(tempfile.mkdtemp(prefix="depositor-headers-"))
    try:
        made = folder / "made.ome.tif"
        meta = {"axes": "CYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "Channel": {"Name": ["DAPI", "GFP"]}}
        tifffile.imwrite(made, np.zeros((2, 64, 64), "u2"), metadata=meta, ome=True)
        content = made.read_bytes()
        paths = [folder / f"image_{n:06}.ome.tif" for n in range(count)]
        for path in paths:
            path.write_bytes(content)
        headers.read(made)
        begin, cpu = time.perf_counter(), time.process_time()
        read = sum(1 for path in paths if headers.read(path).images)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        raw = time.perf_counter()
        for path in paths:
            path.read_bytes()
        raw = time.perf_counter() - raw
    finally:
        shutil.rmtree(folder)
    return {
        "benchmark": "headers_small",
        "files": count,
        "read": read,
        "per_s": round(count / seconds),
        "per_cpu_s": round(count / cpu),
        "ratio_to_reading_the_bytes": round(seconds / raw, 1),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--small", type=int, metavar="N")
    given = parser.parse_args()
    if given.small:
        print(json.dumps(small(given.small)))
    elif given.folder:
        print(json.dumps(against_peer(given.folder, given.peer)))
    else:
        parser.error("a folder, or --small N")


if __name__ == "__main__":
    main()
