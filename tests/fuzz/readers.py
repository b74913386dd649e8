"""Fuzzing the header readers: ``python tests/fuzz/readers.py FOLDER... [--minutes 10] [--seed 1] [--keep DIR]``.

Takes the files below the folders, changes them (bits, lengths, extremes of integers, cuts, splices of two files, long
runs), and reads each in a child process with limits. What a reader must never do, whatever it is given: raise out of
``headers.read``, take longer than 5 s, need more than 500 MB, or die. Each such file is kept in DIR, as small as it
could be made; what was found belongs into ``tests/data/fuzz`` as a test. One JSON line at the end tells per reader how
many files were tried, and which kinds of exceptions ended as a Problem. Not collected by pytest: a search, no test.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS, MEGABYTES = 5, 500
LARGEST = 4 << 20
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1)
WORDS = (
    b"nan",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"\0" * 64,
    b"&#x0;",
    b"../",
)


def changed(content: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """``content`` after one to eight changes, most of them near its ends, where headers are."""
    out = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        if not out:
            break
        at = min(int(abs(dice.gauss(0, 1)) * dice.choice((64, 1024, len(out) / 2 + 1))), len(out) - 1)
        if dice.random() < 0.25:
            at = len(out) - 1 - at
        match dice.randrange(8):
            case 0:
                out[at] ^= 1 << dice.randrange(8)
            case 1:
                form = dice.choice("BHIQ")
                size, order = struct.calcsize(form), dice.choice("<>")
                value = dice.choice(EXTREMES) & (1 << 8 * size) - 1
                out[at : at + size] = struct.pack(order + form, value)
            case 2:
                del out[at:]
            case 3:
                del out[at : at + dice.choice((1, 2, 4, 8, 100, 5000))]
            case 4:
                out[at:at] = out[max(at - dice.choice((4, 64, 4000)), 0) : at] * dice.choice((1, 2, 50))
            case 5:
                other = dice.choice(others)
                start = dice.randrange(len(other) or 1)
                out[at : at + 64] = other[start : start + dice.choice((4, 64, 2000))]
            case 6:
                out[at : at + 8] = dice.choice(WORDS)
            case _:
                out[at : at + dice.choice((4, 100))] = dice.choice((b"\0", b"\xff", b"<a>", b"[", b'{"a":')) * 200
    return bytes(out[:LARGEST])


def limited() -> None:
    """A child that asks for much more memory than a header needs gets none."""
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def child(link: Any) -> None:
    """Read what is sent; answer (seconds, megabytes more, reader, kinds of exceptions, complaint)."""
    limited()
    from depositor.scan import headers

    seen: list[str] = []
    original = headers._failed

    def failed(error: Exception, name: str, reader: Any) -> Any:
        seen.append(type(error).__name__)
        return original(error, name, reader)

    headers._failed = failed
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    while True:
        path = link.recv()
        seen.clear()
        before, begin, complaint, reader = peak(), time.perf_counter(), "", None
        signal.alarm(SECONDS)
        try:
            facts = headers.read(Path(path))
            reader = facts.reader
        except BaseException as error:
            complaint = f"raised {type(error).__name__}"
        signal.alarm(0)
        seconds, more = time.perf_counter() - begin, peak() - before
        if seconds >= SECONDS or "TimeoutError" in seen:
            complaint = "too slow"
        elif more > MEGABYTES or "MemoryError" in seen:
            complaint = complaint or "too much memory"
        link.send((seconds, more, reader, list(seen), complaint))


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Child:
    """One process that reads; started anew when it died or hangs."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._link, other = context.Pipe()
        self._process = context.Process(target=child, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def read(self, path: Path) -> tuple[float, float, str | None, list[str], str]:
        try:
            self._link.send(str(path))
            if self._link.poll(SECONDS + 55):  # the first reading waits for the start of the process
                found: tuple[float, float, str | None, list[str], str] = self._link.recv()
                return found
            complaint = "hangs"
        except (EOFError, OSError):
            complaint = "died"
        self._process.kill()
        self._process.join()
        self._start()
        return 0.0, 0.0, None, [], complaint


def smaller(content: bytes, complaint: str, path: Path, reads: Child) -> bytes:
    """The content cut to what still brings the complaint."""
    size = len(content)
    while size > 64:
        path.write_bytes(content[: size // 2])
        if reads.read(path)[4] != complaint:
            break
        size //= 2
    return content[:size]


def files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        listed = folder.rglob("*") if folder.is_dir() else (folder,)
        yield from (f for f in listed if f.is_file() and 0 < f.stat().st_size <= LARGEST)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    given = parser.parse_args()
    dice = random.Random(given.seed)
    known = [(f.name, f.read_bytes()) for f in files(given.folders)]
    contents = [c for _, c in known]
    folder, reads = Path(tempfile.mkdtemp(prefix="depositor-fuzz-")), Child()
    tried: collections.Counter[str] = collections.Counter()
    kinds: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    found: list[tuple[str, str]] = []
    slowest, end = 0.0, time.monotonic() + 60 * given.minutes
    while time.monotonic() < end:
        name, content = dice.choice(known)
        made = changed(content, contents, dice)
        path = folder / name
        path.write_bytes(made)
        seconds, _, reader, seen, complaint = reads.read(path)
        slowest = max(slowest, seconds)
        tried[reader or "none"] += 1
        kinds[reader or "none"].update(seen)
        if complaint:
            given.keep.mkdir(exist_ok=True)
            kept = given.keep / f"{len(found):03}-{complaint.replace(' ', '-')}-{name}"
            kept.write_bytes(smaller(made, complaint, path, reads))
            found.append((complaint, kept.name))
            print(complaint, kept.name, file=sys.stderr)
        path.unlink()
    shutil.rmtree(folder)
    told = {r: {"tried": n, "ended_as_problem": dict(kinds[r])} for r, n in sorted(tried.items())}
    print(json.dumps({"fuzz": "readers", "tried": sum(tried.values()), "slowest_s": round(slowest, 2),
                      "found": len(found), "first": found[:20], "readers": told}))  # fmt: skip
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
