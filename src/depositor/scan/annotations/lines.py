"""Annotation formats that are lines of numbers: SWC, YOLO, and the tracks of the Cell Tracking Challenge."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.scan.annotations.base import Examined, Faults

_MEND = msg("annotations.lines.advice", "Export the file again from the program that made it.")
_CLASS_FILES = ("classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml", "labels.txt", "_darknet.labels")
_YOLO = re.compile(r"\s*[0-9]+(?:\s+-?[0-9.]+(?:[eE][-+]?[0-9]+)?){4,}\s*")


def swc(text: str, faults: Faults) -> Examined:
    """A traced neuron: seven columns, parents that were there before."""
    why = msg("annotations.swc.why", "Programs cannot follow the branches of this tracing.")
    seen: set[int] = set()
    kinds: Counter[str] = Counter()
    for at, line in _data_lines(text):
        cells = line.split()
        try:
            node, kind, parent = int(cells[0]), int(float(cells[1])), int(float(cells[6]))
            [float(c) for c in cells[2:6]]
        except (ValueError, IndexError, OverflowError):
            said = msg("annotations.swc-columns", "A line is not the seven numbers id, type, x, y, z, radius, parent.")
            faults.add("swc-columns", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
            continue
        if node in seen:
            said = msg("annotations.swc-ids", "The id {number} stands for two points.", number=node)
            faults.add("swc-ids", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
        if parent != -1 and parent not in seen:
            said = msg("annotations.swc-parent", "A point has a parent that does not come before it.")
            faults.add("swc-parent", said, _MEND, why=why, location=f"line {at}")
        seen.add(node)
        kinds[str(kind)] += 1
    if not seen:
        faults.add("swc-empty", msg("annotations.swc-empty", "The file holds no point."), _MEND)
    return Examined("swc", len(seen), dict(kinds), findings=faults.findings())


def is_yolo(text: str) -> bool:
    """True where the first line is a class and at least four numbers."""
    first = [line for line in text[:4096].splitlines() if line.strip()][:1]
    return bool(first) and _YOLO.fullmatch(first[0]) is not None


def yolo(text: str, path: Path, faults: Faults) -> Examined:
    """Boxes or outlines as shares of the image's width and height; class numbers that a list of names explains."""
    names = _class_names(path)
    if names is None:
        said = msg("annotations.yolo-classes", "Nothing tells what the class numbers mean.")
        advice = msg(
            "annotations.yolo-classes.advice", "Put a classes.txt or data.yaml with the names beside the files."
        )
        why = msg("annotations.yolo-classes.why", "Nobody else can know that class 0 is a nucleus.")
        faults.add("yolo-classes", said, advice, why=why)
    classes: Counter[str] = Counter()
    for at, line in enumerate(text.splitlines(), 1):
        cells = line.split()
        if cells:
            _yolo_line(cells, at, names, classes, faults)
    return Examined("yolo", classes.total(), dict(classes), findings=faults.findings())


def _yolo_line(
    cells: Sequence[str], at: int, names: Sequence[str] | None, classes: Counter[str], faults: Faults
) -> None:
    why = msg("annotations.yolo.why", "Boxes would be drawn in the wrong place, or training stops.")
    try:
        kind, shares = int(cells[0]), [float(c) for c in cells[1:]]
    except ValueError:
        kind, shares = -1, []
    if kind < 0 or len(shares) < 4 or (len(shares) > 5 and len(shares) % 2):
        said = msg("annotations.yolo-line", "A line is not a class number and four shares (or an outline).")
        faults.add("yolo-line", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
        return
    if any(not 0 <= s <= 1 for s in shares):
        said = msg("annotations.yolo-range", "A number is not between 0 and 1: places are shares of width and height.")
        faults.add("yolo-range", said, _MEND, why=why, location=f"line {at}")
    if names is not None and kind >= len(names):
        said = msg("annotations.yolo-class", "The class {number} is not in the list of names.", number=kind)
        advice = msg("annotations.yolo-class.advice", "Add its name to the list, or mend the number.")
        faults.add("yolo-class", said, advice, location=f"line {at}")
    classes[names[kind] if names is not None and kind < len(names) else str(kind)] += 1


def _class_names(path: Path) -> list[str] | None:
    for folder in (path.parent, *path.parent.parents[:3]):
        for name in _CLASS_FILES:
            file = folder / name
            try:
                text = file.read_text("utf-8", "replace") if 0 < file.stat().st_size < 1_000_000 else ""
            except OSError:
                continue
            if text and file != path:
                return (
                    _from_yaml(text) if name.endswith(("yaml", "yml")) else [x for x in text.split("\n") if x.strip()]
                )
    return None


def _from_yaml(text: str) -> list[str]:
    """The names of a data.yaml: ``names: [a, b]``, or one below the other."""
    inline = re.search(r"^names\s*:\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if inline:
        return [n.strip().strip("'\"") for n in inline[1].split(",") if n.strip()]
    block = re.search(r"^names\s*:\s*\n((?:[ \t]+[^\n]*\n?|-[^\n]*\n?)+)", text, re.MULTILINE)
    rows = block[1].splitlines() if block else []
    return [re.sub(r"^\s*(?:-|[0-9]+\s*:)\s*", "", r).strip().strip("'\"") for r in rows if r.strip()]


def tracks(text: str, path: Path, faults: Faults) -> Examined:
    """``man_track.txt`` or ``res_track.txt``: label, first frame, last frame, parent."""
    why = msg("annotations.ctc.why", "The lineage cannot be put together from it.")
    ends: dict[int, int] = {}
    rows: list[tuple[int, int, int, int, int]] = []
    for at, line in _data_lines(text):
        try:
            label, begin, end, parent = (int(c) for c in line.split())
        except ValueError:
            said = msg("annotations.ctc-columns", "A line is not the four whole numbers label, begin, end, parent.")
            faults.add("ctc-columns", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
            continue
        if label in ends:
            said = msg("annotations.ctc-labels", "The label {number} stands for two tracks.", number=label)
            faults.add("ctc-labels", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
        ends[label] = end
        rows.append((at, label, begin, end, parent))
    for at, _, begin, end, parent in rows:
        if begin > end:
            said = msg("annotations.ctc-order", "A track ends before it begins.")
            faults.add("ctc-order", said, _MEND, why=why, location=f"line {at}", level=Level.BLOCKER)
        if parent and (parent not in ends or ends[parent] >= begin):
            said = msg(
                "annotations.ctc-parent", "A track has a parent that is not there, or goes on after the division."
            )
            faults.add("ctc-parent", said, _MEND, why=why, location=f"line {at}")
    _frames(max(ends.values(), default=-1), path, faults)
    return Examined("ctc", len(rows), findings=faults.findings())


def _frames(last: int, path: Path, faults: Faults) -> None:
    kind = "man_track" if path.name.startswith("man") else "mask"
    frames = [int(m[1]) for f in _names(path.parent) if (m := re.fullmatch(rf"{kind}([0-9]{{3,6}})\.tif", f))]
    if frames and last > max(frames):
        said = msg("annotations.ctc-frames", "The tracks go on after the last mask of this folder.")
        faults.add("ctc-frames", said, _MEND)


def _names(folder: Path) -> list[str]:
    try:
        return [p.name for p in folder.iterdir()]
    except OSError:
        return []


def _data_lines(text: str) -> list[tuple[int, str]]:
    each = ((at, line.strip()) for at, line in enumerate(text.splitlines(), 1))
    return [(at, line) for at, line in each if line and not line.startswith("#")]
