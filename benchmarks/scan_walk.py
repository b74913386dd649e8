"""Walk and inventory against ``find``: ``python benchmarks/scan_walk.py [--files 1000000] [--folder DIR]``.

Makes the files (1,000 in a folder, one byte each), runs ``find DIR -printf '%s %p\\n'`` and the scan into a fresh store
(WAL, synchronous FULL) in turn, in the same run, and prints one JSON line: seconds of both by the clock and of the
processor (the best of ``--rounds``), their ratios, and the peak memory of the process that scans. ``--cancel`` also
measures how long a cancel takes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

NAMES = {
    "stack": "img_{n:07}.tif",
    "single": "cell{n:x}.czi",
    "other": "table_{n}.csv",
    "zarr": "0.{n}",
}


def make(folder: Path, files: int, kind: str, per_folder: int) -> None:
    """``files`` files of one byte, ``per_folder`` in each folder."""
    if kind == "zarr":
        folder = folder / "image.zarr"
        folder.mkdir()
        (folder / ".zgroup").write_text('{"zarr_format": 2}')
    for number in range(files):
        if number % per_folder == 0:
            below = folder / f"d{number // per_folder:05}"
            below.mkdir()
        handle = os.open(below / NAMES[kind].format(n=number), os.O_CREAT | os.O_WRONLY)
        os.write(handle, b"x")
        os.close(handle)


def scan(folder: Path, store: Path, cancel_after: float | None) -> dict[str, object]:
    """One scan in this process, with its time and peak memory."""
    import resource

    from depositor import resources
    from depositor.draft.cancel import Cancel
    from depositor.draft.problem import Stopped
    from depositor.scan.inventory import Inventory
    from depositor.scan.walk import walk

    connection = sqlite3.connect(store, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.executescript(resources.text("migrations/0001.sql"))
    cancel, asked = Cancel(), [0.0]
    if cancel_after is not None:
        threading.Timer(cancel_after, lambda: (asked.__setitem__(0, time.perf_counter()), cancel.set())).start()
    begin = time.perf_counter()
    try:
        files = Inventory(connection, "benchmark").fill(walk([folder], [()], cancel), [folder]).files
    except Stopped:
        return {"cancel_s": round(time.perf_counter() - asked[0], 3)}
    seconds = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak, cpu = used.ru_maxrss / 1024, time.process_time()
    return {"files": files, "scan_s": round(seconds, 2), "scan_cpu_s": round(cpu, 2), "peak_mb": round(peak, 1)}


def find(folder: Path) -> tuple[float, float]:
    """Seconds that ``find`` takes: by the clock, of the processor."""
    begin, before = time.perf_counter(), os.times()
    subprocess.run(["find", str(folder), "-printf", "%s %p\n"], stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begin, cpu


def child(folder: Path, store: Path, cancel_after: float | None) -> dict[str, object]:
    """A scan in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--child", str(folder), str(store), json.dumps(cancel_after)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, object] = json.loads(out.stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--per-folder", type=int, default=1000)
    parser.add_argument("--kind", choices=sorted(NAMES), default="stack")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cancel", action="store_true")
    options = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="scan_walk_", dir=options.folder))
    try:
        data = base / "data"
        data.mkdir()
        make(data, options.files, options.kind, options.per_folder)
        finds, scans = [], []
        for number in range(options.rounds):
            finds.append(find(data))
            scans.append(child(data, base / f"{number}.db", None))
        best = min(scans, key=lambda s: s["scan_s"])
        wall, cpu = min(f[0] for f in finds), min(f[1] for f in finds)
        out = {**best, "kind": options.kind, "find_s": round(wall, 2), "find_cpu_s": round(cpu, 2)}
        out["ratio"] = round(float(best["scan_s"]) / wall, 2)
        out["cpu_ratio"] = round(float(best["scan_cpu_s"]) / max(cpu, 0.01), 2)  # what a busy machine does not blur
        out["peak_mb"] = max(s["peak_mb"] for s in scans)
        if options.cancel:
            out |= child(data, base / "cancel.db", float(best["scan_s"]) / 2)
        print(json.dumps(out))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(scan(Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4]))))
    else:
        main()
