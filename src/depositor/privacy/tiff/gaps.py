"""What lies in a TIFF file where no tag points to: texts that editors left behind, pages that were only unlinked.

Not all of it is rubbish: ImageJ, MetaMorph and others keep planes there that only they know. So nothing but what was
found is ever overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from depositor.privacy.tiff.tags import Directory, Tiff

Range = tuple[int, int]  # start and end
FAR = 1 << 63  # behind every place in a file
EDGE = 1 << 19  # bytes that are read at each end of a long gap
BUDGET = 8 << 20  # bytes of gaps that are read in one file
UNLINKED = "unlinked "  # the name of such a page begins so, its place follows
SHORTEST = 8  # bytes of a gap that is looked at
PADDING = 16  # bytes that may stand between two tiles
MOST_RUNS = 2000
_ORPHANS = 64
_LONG = 12  # characters
_BEFORE = 48  # bytes in front of plain characters in which letters of other scripts may stand
_UIC2 = 33629  # MetaMorph: a row for each plane
_COMPACT = 100_000
_PLAIN = re.compile(rb"[\x20-\x7e\t\r\n]{6,}")
_TEXT = re.compile(
    rb"(?:[\x20-\x7e\t\r\n]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2})+"
)
_NAME = re.compile(rb"(?:[A-Za-z .,'-]|[\xc3-\xdf][\x80-\xbf]){6,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e\t\r\n\xa0-\xff]\0){6,}")
_WORD = re.compile(rb"[A-Za-z\xc3-\xdf][a-z\x80-\xbf]{3}|[A-Z]{4}")
_BETWEEN = re.compile(rb"[ =:|/\\@.<\"]")


@dataclass(slots=True)
class Claimed:
    """The parts of a file that some tag points to.

    Strips and tiles up to ``near`` bytes apart become one range, so that a million of them take little memory.
    """

    ranges: list[Range] = field(default_factory=list)
    near: int = PADDING

    def add(self, start: int, end: int, near: int = 0) -> None:
        last = self.ranges[-1] if self.ranges else (-1, -1)
        if self.ranges and last[0] <= start <= last[1] + near:
            self.ranges[-1] = (last[0], max(last[1], end))
        elif end > start:
            self.ranges.append((start, end))
            if len(self.ranges) % _COMPACT == 0:
                self.ranges = self.sorted()

    def sorted(self) -> list[Range]:
        out: list[Range] = []
        for start, end in sorted(self.ranges):
            if out and start <= out[-1][1]:
                out[-1] = (out[-1][0], max(out[-1][1], end))
            else:
                out.append((start, end))
        return out

    def gaps(self, size: int) -> Iterator[Range]:
        """The parts between, up to ``size``."""
        at = 0
        for start, end in self.sorted():
            if start - at >= SHORTEST:
                yield at, start
            at = max(at, end)
        if size - at >= SHORTEST:
            yield at, size


def claimed(tiff: Tiff, directories: list[Directory], near: int = PADDING) -> Claimed:
    """What the directories of a file point to, with planes that only the first page knows of."""
    out = Claimed(near=near)
    out.add(0, 16 if tiff.big or tiff.ndpi else 8)
    for directory in directories:
        claim(tiff, directory, out)
    if directories:
        _planes(tiff, directories[0], len(directories), out)
    return out


def claim(tiff: Tiff, directory: Directory, out: Claimed) -> None:
    """Add a directory with its values and its picture."""
    out.add(directory.offset, directory.end)
    for entry in directory.entries:
        if not directory.offset <= entry.offset < directory.end:
            out.add(entry.offset, entry.offset + entry.length)
    for start, end in tiff.extents(directory, out.near):
        out.add(start, end, out.near)


def _planes(tiff: Tiff, page: Directory, pages: int, out: Claimed) -> None:
    count, size = planes(tiff, page) if pages == 1 or page.get(_UIC2) else (1, 0)
    first = next(tiff.segments(page), None)
    if count > 1 and first:
        out.add(first[0], min(first[0] + count * size, tiff.end))


def planes(tiff: Tiff, page: Directory) -> tuple[int, int]:
    """How many planes lie behind one page, and the bytes of each: ImageJ and MetaMorph list one page for a stack."""
    uic, text = page.get(_UIC2), page.get(270)
    found = re.match(rb"ImageJ=[^\0\n]{1,40}\nimages=(\d{1,9})\n", tiff.raw(text, 256)) if text else None
    count = uic.count if uic else int(found[1]) if found and page.following == 0 else 1
    if count <= 1 or tiff.number(page, 259, 1) != 1:
        return 1, 0
    return count, sum(length for _offset, length in tiff.segments(page))


@dataclass(frozen=True, slots=True)
class Leftover:
    """Readable bytes in a gap."""

    offset: int
    length: int
    encoding: str


def windows(gaps: list[Range]) -> tuple[list[Range], bool]:
    """The parts of the gaps that are read, and whether that is all of them."""
    out: list[Range] = []
    left, whole = BUDGET, True
    for start, end in gaps:
        parts = [(start, end)] if end - start <= 2 * EDGE else [(start, start + EDGE), (end - EDGE, end)]
        for one, two in parts:
            if two - one > left:
                return out, False
            out.append((one, two))
            left -= two - one
        whole = whole and len(parts) == 1
    return out, whole


def leftovers(tiff: Tiff, parts: list[Range]) -> Iterator[Leftover]:
    """Runs of text with a word in them, in UTF-8 or UTF-16; short ones only where they look like a name."""
    count = 0
    for start, end in parts:
        tiff.file.seek(tiff.base + start)
        raw = tiff.file.read(end - start)
        for one, two, encoding in (*_runs(raw), *((m.start(), m.end(), "utf-16-le") for m in _WIDE.finditer(raw))):
            span = _telling(raw[one:two] if encoding == "utf-8" else raw[one:two:2])
            if span and count < MOST_RUNS:
                count += 1
                wide = 1 if encoding == "utf-8" else 2
                yield Leftover(start + one + span[0] * wide, (span[1] - span[0]) * wide, encoding)


def _telling(bare: bytes) -> Range | None:
    """The part of a run that may tell something: all of a long one, what looks like a name in a short one."""
    if not _WORD.search(bare):
        return None
    if len(bare) >= _LONG:
        return (0, len(bare)) if _BETWEEN.search(bare) else None
    name = _NAME.search(bare)
    return name.span() if name else None


def _runs(raw: bytes) -> Iterator[tuple[int, int, str]]:
    """Runs of UTF-8 around each run of plain characters, which are found faster."""
    end = 0
    for plain in _PLAIN.finditer(raw):
        if plain.start() < end:
            continue
        begin = max(end, plain.start() - _BEFORE)
        around = next((m for m in _TEXT.finditer(raw, begin) if m.end() > plain.start()), plain)
        end = around.end()
        yield around.start(), end, "utf-8"


def orphans(tiff: Tiff, parts: list[Range], known: set[int]) -> Iterator[Directory]:
    """Directories that nothing points to any more: their width and height stand one behind the other in a gap."""
    order, wide = ("little" if tiff.order == "<" else "big"), tiff.big
    count = (1).to_bytes(8 if wide else 4, order)  # type: ignore[arg-type]
    value = rb"[\s\S]{8}" if wide else rb"[\s\S]{4}"
    width, height = (
        re.escape(code.to_bytes(2, order))  # type: ignore[arg-type]
        + (rb"[\x03\x04\x10]\0" if order == "little" else rb"\0[\x03\x04\x10]")
        + re.escape(count)
        for code in (256, 257)
    )
    pattern, found = re.compile(width + value + height), 0
    for start, end in parts:
        tiff.file.seek(tiff.base + start)
        for match in pattern.finditer(tiff.file.read(end - start)):
            directory = _orphan(tiff, start + match.start())
            if directory and directory.offset not in known and found < _ORPHANS:
                found += 1
                known.add(directory.offset)
                yield directory


def _orphan(tiff: Tiff, at: int) -> Directory | None:
    """The directory whose ImageWidth entry is at ``at``: up to two entries stand in front of that one."""
    head, size = (8, 20) if tiff.big else (2, 12)
    damaged = tiff.damaged
    try:
        for before in range(3):
            start = at - head - before * size
            found = tiff.directory(start, f"{UNLINKED}{start}")
            width = found[0].get(256) if found and _ascending(found[0]) else None
            if found and width and width.at == at and next(tiff.segments(found[0]), None):
                return found[0]
    finally:
        tiff.damaged = damaged  # bytes that were no directory say nothing about the file
    return None


def _ascending(directory: Directory) -> bool:
    """True for a directory as writers make them; other bytes hardly ever look so."""
    codes = [e.code for e in directory.entries]
    return len(codes) >= 4 and codes == sorted(codes)
