"""How soon a journal with a million entries starts to send again after a restart.

    python benchmarks/transfer_resume.py [--entries N] [--done SHARE]

A fresh process opens the journal, makes an engine and runs it, until the first byte of the first file is asked for.
Prints one JSON line: seconds from opening the journal to that byte (imports apart), and the process's peak memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "transfer"))

from keeps_nothing import KeepsNothing, fill  # noqa: E402
from transfer_world import SUBMISSION, migrate  # noqa: E402

from depositor.draft.cancel import Cancel  # noqa: E402
from depositor.transfer.engine import Engine, EngineSettings  # noqa: E402
from depositor.transfer.journal import SqliteJournal  # noqa: E402


def prepare(folder: Path, entries: int, done: float) -> Path:
    """A journal that was killed on the way: ``done`` of it is there, some files were under way, the rest waits."""
    store = folder / "store.sqlite"
    migrate(store)
    paths = []
    for number in range(50):
        paths.append(folder / f"{number}.tif")
        paths[-1].write_bytes(bytes([number]) * 200)
    there = int(entries * done)
    fill(store, SUBMISSION, paths, there, "verified")
    fill(store, SUBMISSION, paths, 48, "sending", there)
    fill(store, SUBMISSION, paths, entries - there - 48, "waiting", there + 48)
    return store


def resume(store: Path) -> None:
    """In a process of its own; prints the figures."""
    import resource

    started = time.perf_counter()
    journal = SqliteJournal(store)
    engine = Engine(journal, KeepsNothing, SUBMISSION, EngineSettings(keep_awake=False), Cancel())
    thread = threading.Thread(target=engine.run)
    thread.start()
    while KeepsNothing.first is None:
        time.sleep(0.001)
    engine.cancel()
    thread.join()
    journal.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": round(KeepsNothing.first - started, 3), "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--done", type=float, default=0.5)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.store:
        resume(options.store)
        return
    with tempfile.TemporaryDirectory() as folder:
        store = prepare(Path(folder), options.entries, options.done)
        command = [sys.executable, __file__, "--store", str(store)]
        told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(json.dumps({"benchmark": "transfer_resume", "entries": options.entries, "done": options.done} | told))


if __name__ == "__main__":
    main()
