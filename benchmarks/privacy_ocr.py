"""Text in pictures: lines found and read exactly, and seconds per megapixel, beside tesseract where it is installed.

    python benchmarks/privacy_ocr.py [--pictures FOLDER]

The labelled pictures are made here: several sizes of letters, contrasts, grounds, turns, a large picture.
``--pictures`` adds those of a folder with a ``planted.json`` (``{"planted": [{"file", "kind", "value"}]}``, kinds
``burned-in*``; only files that Pillow opens). Prints one JSON line per engine; both read the same pictures, one thread
each.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LINES = ("KOWALCZYK, HALINA", "DOB: 17/08/1956", "ID 88120457-B", "St. Gertrud Hospital", "12 Mar 2019 14:07")
FOUND = 0.8  # likeness from which a line counts as found
FONTS = (None, "DejaVuSans.ttf", "DejaVuSansMono.ttf", "LiberationSans-Regular.ttf")


@dataclass(frozen=True)
class Case:
    """A picture, the lines that stand in it, and whether they may be turned."""

    name: str
    pixels: Any
    lines: tuple[str, ...]
    turned: bool = False


def cases() -> Iterator[Case]:
    for height in (8, 9, 10, 12, 14, 18, 28):
        for ink, paper in ((250, 20), (95, 60), (15, 225)):
            yield Case(f"{height}px {ink} on {paper}", written(height, ink, paper), LINES)
    for font in FONTS[1:]:
        yield Case(f"12px {font}", written(12, 240, 30, font=font), LINES)
    yield Case("14px over tissue", written(14, 255, 0, ground=tissue((512, 512))), LINES)
    yield Case("10px over tissue", written(10, 255, 0, ground=tissue((512, 512))), LINES)
    yield Case("10px in 2048", written(10, 200, 40, size=(2048, 2048), at=(1500, 1800)), LINES)
    yield Case("40px in 2048", written(40, 200, 40, size=(2048, 2048), at=(60, 60)), LINES)
    for quarters in (1, 2, 3):
        yield Case(f"label {90 * quarters}", np.rot90(written(22, 20, 230, size=(420, 260)), quarters), LINES, True)


def written(
    height: int,
    ink: int,
    paper: int,
    *,
    size: tuple[int, int] = (512, 512),
    at: tuple[int, int] = (10, 10),
    font: str | None = None,
    ground: Any = None,
) -> Any:
    if ground is None:
        ground = np.random.default_rng(5).normal(paper, 4, (size[1], size[0])).clip(0, 255).astype("uint8")
    picture = Image.fromarray(ground)
    draw = ImageDraw.Draw(picture)
    try:
        letters: Any = ImageFont.truetype(font, height) if font else ImageFont.load_default(height)
    except OSError:
        letters = ImageFont.load_default(height)
    for number, line in enumerate(LINES):
        draw.text((at[0], at[1] + number * round(height * 1.7)), line, fill=ink, font=letters)
    return np.asarray(picture)


def tissue(size: tuple[int, int]) -> Any:
    """Smooth structures of many sizes with noise on them, as in a slice."""
    rng = np.random.default_rng(11)
    total = np.zeros(size)
    for cells in (8, 16, 32, 64):
        rough = Image.fromarray(rng.normal(0, 255 / cells, (cells, cells)).astype("float32"))
        total += np.asarray(rough.resize(size, Image.Resampling.BICUBIC))
    return (100 + 2.2 * total + rng.normal(0, 6, size)).clip(0, 235).astype("uint8")


def planted(folder: Path) -> Iterator[Case]:
    key = json.loads((folder / "planted.json").read_text("utf-8"))["planted"]
    files = sorted({p["file"] for p in key if p["kind"].startswith("burned-in") and p["where"] == "pixels"})
    for name in files:
        lines = tuple(p["value"] for p in key if p["file"] == name and p["kind"].startswith("burned-in"))
        try:
            with Image.open(folder / name) as picture:
                yield Case(name, np.asarray(picture.convert("L")), lines)
        except OSError:
            continue


def ours() -> tuple[str, Callable[[Case], list[str]]] | None:
    from depositor.privacy.pixels import engine, look
    from depositor.privacy.pixels.ports import Picture

    reader = engine.reader()
    if reader is None:
        return None
    reader.read(np.zeros((64, 64, 3), "uint8"))  # models are loaded before the clock starts
    return reader.name, lambda c: [n.text for n in look.read(Picture("pixels", None, c.pixels, 1, c.turned), reader)]


def tesseract() -> tuple[str, Callable[[Case], list[str]]] | None:
    program = shutil.which("tesseract")
    if program is None:
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]

    def read(case: Case) -> list[str]:
        turns = (0, 1, 2, 3) if case.turned else (0,)
        return [line for t in turns for line in _by_tesseract(program, np.rot90(case.pixels, t))]

    return version, read


def _by_tesseract(program: str, pixels: Any) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.png")
        Image.fromarray(pixels).save(path)
        call = [program, str(path), "-", "--psm", "11"]
        found = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    return [line for line in found.stdout.splitlines() if line.strip()]


def bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def measured(name: str, read: Callable[[Case], list[str]], listed: list[Case]) -> dict[str, Any]:
    total = found = exact = extra = 0
    seconds = pixels = 0.0
    missed = []
    for case in listed:
        begun = time.perf_counter()
        texts = [bare(t) for t in read(case)]
        seconds += time.perf_counter() - begun
        pixels += case.pixels.size / 1e6
        for line in map(bare, case.lines):
            best = max((difflib.SequenceMatcher(None, line, t).ratio() for t in texts), default=0.0)
            total, found, exact = total + 1, found + (best >= FOUND), exact + (line in texts)
            if best < FOUND:
                missed.append(case.name)
        extra += max(0, sum(len(t) > 2 for t in texts) - len(case.lines))
    return {
        "engine": name,
        "lines": total,
        "found": found,
        "exact": exact,
        "extra": extra,
        "pictures": len(listed),
        "seconds": round(seconds, 1),
        "seconds_per_megapixel": round(seconds / pixels, 2),
        "missed_in": sorted(set(missed)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="a folder with planted.json")
    given = parser.parse_args()
    listed = [*cases(), *(planted(given.pictures) if given.pictures else ())]
    for engine in (ours(), tesseract()):
        if engine is not None:
            print(json.dumps(measured(*engine, listed), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
