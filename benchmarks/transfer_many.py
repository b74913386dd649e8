"""The engine over very many small files, against a carrier that keeps nothing: files per second, and memory.

    python benchmarks/transfer_many.py [--files N] [--bytes N] [--workers N]

Prints one JSON line: files per second of the engine alone (opening, stamps, SHA-256 and journal included), its CPU per
file, and the process's memory at a tenth of the way, at the end and at its peak: flat means that it does not grow with
the number of files. The rows share 1,000 real files, each of which is opened and read as often as it is named.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "transfer"))

import psutil  # noqa: E402
from keeps_nothing import KeepsNothing, fill  # noqa: E402
from transfer_world import SUBMISSION, migrate  # noqa: E402

from depositor.draft.cancel import Cancel  # noqa: E402
from depositor.transfer.engine import Engine, EngineSettings  # noqa: E402
from depositor.transfer.journal import SqliteJournal  # noqa: E402

_SHARED = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000_000)
    parser.add_argument("--bytes", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store.sqlite"
        migrate(store)
        paths = [Path(folder) / f"{number}.tif" for number in range(min(_SHARED, options.files))]
        for path in paths:
            path.write_bytes(bytes(options.bytes))
        fill(store, SUBMISSION, paths, options.files)
        print(json.dumps({"benchmark": "transfer_many"} | vars(options) | run(store, options.files, options.workers)))


def run(store: Path, files: int, workers: int) -> dict[str, float]:
    process, memory = psutil.Process(), {}
    journal = SqliteJournal(store)
    engine = Engine(journal, KeepsNothing, SUBMISSION, EngineSettings(workers=workers, keep_awake=False), Cancel())
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.25):
            if engine.progress().files_done >= files // 10 and "tenth" not in memory:
                memory["tenth"] = process.memory_info().rss

    threading.Thread(target=watch, daemon=True).start()
    started, cpu = time.perf_counter(), time.process_time()
    outcome = engine.run()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    over.set()
    assert outcome.sent == files, outcome
    journal.close()
    return {
        "seconds": round(seconds, 2),
        "files_per_s": round(files / seconds),
        "cpu_us_per_file": round(cpu / files * 1e6, 1),
        "rss_mb_at_tenth": memory.get("tenth", 0) >> 20,
        "rss_mb_at_end": process.memory_info().rss >> 20,
        "rss_mb_peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


if __name__ == "__main__":
    main()
