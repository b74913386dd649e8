"""Fuzzing the header readers: ``python tests/fuzz/readers.py FOLDER... [--minutes 10] [--keep DIR] [--pictures]``.

Takes the images below the folders, and small ones made for readers that those leave out, changes them (bits, lengths,
extremes of integers, numbers in texts, cuts, splices of two files, long runs), and reads each in a child process with
limits. All readers get the same share. What belongs to an image is changed too: files in a chunked folder, the index of
a plate, the data or the notes beside a header. What a reader must never do, whatever it is given: raise out of
``headers.read``, take longer than 5 s, need more than 500 MB, or die. Each such file is kept in DIR, as small as it
could be made (or its whole folder, where it is more than one file); what was found belongs into ``tests/data/fuzz`` as
a test. With ``--pictures`` the small pictures are made instead, within 20 s and 1.2 GB. One JSON line at the end tells
per reader how many files were tried, and which kinds of exceptions ended as a Problem. Not collected by pytest: a
search, no test.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS, MEGABYTES = 5, 500
PICTURE_SECONDS, PICTURE_MEGABYTES, EDGE = 20, 1200, 256
LARGEST = 4 << 20
MOST_PARTS = 60  # files of one image that may be changed
MOST_CASES = 40  # images of one reader
BESIDE = 0.4  # how often a file beside the one that is read is changed
NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
ALONE = ("czi", "nd2", "lif", "gatan", "dicom", "picture", "heif", "jpeg2000", "mrc", "tiff", "sdt", "avi", "mp4")
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
        change = dice.choice((flip, number, number, cut, splice, word, text, text, run))
        change(out, at, others, dice)
    return bytes(out[:LARGEST])


def flip(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """One bit."""
    out[at] ^= 1 << dice.randrange(8)


def number(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """An integer at the edge of what fits."""
    form = dice.choice("BHIQ")
    size, order = struct.calcsize(form), dice.choice("<>")
    value = dice.choice(EXTREMES) & (1 << 8 * size) - 1
    out[at : at + size] = struct.pack(order + form, value)


def cut(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """The end, or some bytes, taken away."""
    del out[at : at + dice.choice((1, 2, 4, 8, 100, 5000, len(out)))]


def splice(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """Bytes of the same or of another file."""
    if dice.random() < 0.5:
        out[at:at] = out[max(at - dice.choice((4, 64, 4000)), 0) : at] * dice.choice((1, 2, 50))
    else:
        other = dice.choice(others)
        start = dice.randrange(len(other) or 1)
        out[at : at + 64] = other[start : start + dice.choice((4, 64, 2000))]


def word(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """What parsers stumble over."""
    out[at : at + 8] = dice.choice(WORDS)


def text(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """Another number in a text, or a part of it many times or not at all."""
    found = NUMBER.search(out, at)
    if found and dice.random() < 0.5:
        out[found.start() : found.end()] = str(dice.choice((-1, *EXTREMES))).encode()
        return
    mark = dice.choice((b"<", b"\n", b"{", b"["))
    first = out.find(mark, at)
    last = out.find(mark, first + 1 + dice.choice((0, 100, 2000)))
    if 0 <= first < last:
        out[first:last] = out[first:last] * dice.choice((0, 2, 20))


def run(out: bytearray, at: int, others: list[bytes], dice: random.Random) -> None:
    """A long run of the same."""
    out[at : at + dice.choice((4, 100))] = dice.choice((b"\0", b"\xff", b"<a>", b"[", b'{"a":')) * 200


def limited() -> None:
    """A child that asks for much more memory than a header needs gets none."""
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def child(link: Any, pictures: bool) -> None:
    """Read what is sent; answer (seconds, megabytes more, reader, kinds of exceptions, complaint)."""
    limited()
    from depositor.scan import headers, thumbnails

    most_seconds, most_megabytes = (PICTURE_SECONDS, PICTURE_MEGABYTES) if pictures else (SECONDS, MEGABYTES)

    seen: list[str] = []
    original = headers._failed

    def failed(error: Exception, name: str, reader: Any) -> Any:
        seen.append(type(error).__name__)
        return original(error, name, reader)

    headers._failed = failed
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    while True:
        try:
            path = link.recv()
        except EOFError:
            return
        seen.clear()
        before, begin, complaint, reader = forget_peak(), time.perf_counter(), "", None
        signal.alarm(most_seconds)
        try:
            if pictures:
                thumbnails.render(Path(path), EDGE)
            else:
                reader = headers.read(Path(path)).reader
        except BaseException as error:
            complaint = f"raised {type(error).__name__}"
        signal.alarm(0)
        seconds, more = time.perf_counter() - begin, peak() - before
        if seconds >= most_seconds or "TimeoutError" in seen:
            complaint = "too slow"
        elif more > most_megabytes or "MemoryError" in seen:
            complaint = complaint or "too much memory"
        link.send((seconds, more, reader, list(seen), complaint))


def forget_peak() -> float:
    """The memory in use now, in MB; from here on the most is counted anew (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> float:
    """The most memory that this process had, in MB."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s*([0-9]+)", Path("/proc/self/status").read_text())
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Child:
    """One process that reads; started anew when it died or hangs."""

    def __init__(self, *, pictures: bool = False) -> None:
        self._pictures = pictures
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._link, other = context.Pipe()
        self._process = context.Process(target=child, args=(other, self._pictures), daemon=True)
        self._process.start()
        other.close()

    def read(self, path: Path) -> tuple[float, float, str | None, list[str], str]:
        try:
            self._link.send(str(path))
            if self._link.poll(PICTURE_SECONDS + 55):  # the first reading waits for the start of the process
                found: tuple[float, float, str | None, list[str], str] = self._link.recv()
                return found
            complaint = "hangs"
        except (EOFError, OSError):
            complaint = "died"
        self._process.kill()
        self._process.join()
        self._start()
        return 0.0, 0.0, None, [], complaint

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def smaller(content: bytes, complaint: str, path: Path, reads: Child) -> bytes:
    """The content cut to what still brings the complaint."""
    size = len(content)
    while size > 64:
        path.write_bytes(content[: size // 2])
        if reads.read(path)[4] != complaint:
            break
        size //= 2
    return content[:size]


@dataclass(frozen=True)
class Case:
    """An image to change: what is asked, and the files that may be changed, all in a copy of their own."""

    asked: Path
    parts: tuple[Path, ...]


def cases(folders: Sequence[Path], room: Path) -> dict[str, list[Case]]:
    """The images below ``folders``, and made ones, by the reader that takes them; each copied into ``room``."""
    from depositor.scan import headers

    found: dict[str, list[Case]] = collections.defaultdict(list)
    for path in (*headers.find([f.resolve() for f in folders]), *made(room / "made")):
        reader = headers.read(path).reader or "none"
        if len(found[reader]) < MOST_CASES and (path.is_dir() or path.stat().st_size <= LARGEST):
            copied = copy(path, reader, room / f"{sum(map(len, found.values())):05}")
            if copied.parts:
                found[reader].append(copied)
    return {r: c for r, c in found.items() if c}


def made(folder: Path) -> Iterator[Path]:
    """Small images made by the tests, for readers of whose formats nobody gives samples away."""
    tests = Path(__file__).parents[1]
    sys.path += [str(tests / "scan"), str(tests / "contract")]
    import scan_made
    import test_reader_contract

    from depositor.scan import headers

    for reader in headers.readers():
        below = folder / reader.id
        below.mkdir(parents=True)
        found = test_reader_contract._samples(reader.id, below)
        yield from (p for p in found if below in p.parents)
    yield scan_made.oib(folder / "a.oib")


def copy(path: Path, reader: str, room: Path) -> Case:
    """The image with what lies beside it, as far as its reader may look there."""
    if path.is_dir():
        shutil.copytree(path, room / path.name, ignore=_large)
        return Case(room / path.name, _some(room / path.name))
    room.mkdir()
    beside = [path] if reader in ALONE else [f for f in sorted(path.parent.iterdir()) if f.is_file()][:MOST_PARTS]
    for file in {path, *beside}:
        if file.stat().st_size <= LARGEST:
            shutil.copyfile(file, room / file.name)
    for folder in (path.parent / f"{path.name}.files", path.with_suffix(""), path.parent / "metadata"):
        if reader not in ALONE and folder.is_dir():
            shutil.copytree(folder, room / folder.name, ignore=_large)
    return Case(room / path.name, _some(room))


def _large(folder: str, names: list[str]) -> list[str]:
    found = (Path(folder, n) for n in names)
    return [f.name for f in found if f.is_file() and f.stat().st_size > LARGEST]


def _some(folder: Path) -> tuple[Path, ...]:
    return tuple(f for f in sorted(folder.rglob("*")) if f.is_file() and f.stat().st_size)[:MOST_PARTS]


def keep(case: Case, part: Path, content: bytes, complaint: str, folder: Path, reads: Child) -> str:
    """Put away what brought the complaint: one file as small as may be, or the whole folder; its name there."""
    folder.mkdir(exist_ok=True)
    name = f"{len(list(folder.iterdir())):03}-{complaint.replace(' ', '-')}-{part.name}"
    if len(case.parts) > 1:
        shutil.copytree(case.asked if case.asked.is_dir() else case.asked.parent, folder / name)
    else:
        (folder / name).write_bytes(smaller(content, complaint, case.asked, reads))
    return name


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--pictures", action="store_true", help="the small pictures instead of the headers")
    given = parser.parse_args()
    dice = random.Random(given.seed)
    room, reads = Path(tempfile.mkdtemp(prefix="depositor-fuzz-")), Child(pictures=given.pictures)
    known = cases(given.folders, room)
    order = sorted(known)
    others = [c.parts[0].read_bytes()[:LARGEST] for r in order for c in known[r][:5]]
    tried: collections.Counter[str] = collections.Counter()
    kinds: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    found: list[tuple[str, str]] = []
    slowest, most, end = 0.0, 0.0, time.monotonic() + 60 * given.minutes
    while time.monotonic() < end:
        share = order[sum(tried.values()) % len(order)]
        case = dice.choice(known[share])
        alone = case.asked.is_file() and dice.random() >= BESIDE
        part = case.asked if alone else dice.choice(case.parts)
        original = part.read_bytes()
        content = changed(original, others, dice)
        part.write_bytes(content)
        seconds, more, reader, seen, complaint = reads.read(case.asked)
        slowest, most = max(slowest, seconds), max(most, more)
        tried[share] += 1
        kinds[reader or share].update(seen)
        if complaint:
            found.append((complaint, keep(case, part, content, complaint, given.keep, reads)))
            print(*found[-1], file=sys.stderr)
        part.write_bytes(original)
    reads.close()
    shutil.rmtree(room)
    told = {r: {"tried": n, "ended_as_problem": dict(kinds[r])} for r, n in sorted(tried.items())}
    what = "pictures" if given.pictures else "readers"
    print(json.dumps({"fuzz": what, "tried": sum(tried.values()), "slowest_s": round(slowest, 2),
                      "most_mb": round(most), "found": len(found), "first": found[:20], "readers": told}))  # fmt: skip
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
