"""Previews for the page of a study, drawn once, in a process that may crash without taking the archive along."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.archives.practice.process import program

if TYPE_CHECKING:
    from depositor.archives.practice.archive import PracticeArchive

EDGE = 360
MOST = 12
_MOST_TRIED = 48
_STRIDE = 4  # the first that are drawn come from all over the study
_MOST_LOOKED_AT = 20_000
_MOST_IN_ZARR = 5_000
_DRAW_S = 120.0
_LIST = "list.json"
# fmt: off
_ENDINGS = (
    ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".czi", ".dcm", ".nd2", ".lif", ".lsm", ".svs", ".mrc", ".bmp",
    ".oib", ".oif", ".ndpi", ".scn", ".vsi", ".stk", ".zvi", ".vms",
)
# fmt: on


def pictures(folder: Path, deposition: str) -> list[tuple[str, str]]:
    """(id, name of the image) of the previews of a study."""
    try:
        content = json.loads((_place(folder, deposition) / _LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [(str(key), str(name)) for key, name in content]


def picture_path(folder: Path, deposition: str, key: str) -> Path | None:
    """Where a preview lies; None where there is none of this id."""
    if not (key.isascii() and key.isdigit() and len(key) < 4):
        return None
    path = _place(folder, deposition) / f"{key}.png"
    return path if path.is_file() else None


def draw(archive: PracticeArchive, deposition: str) -> None:
    """Draw the previews of a study. Whatever goes wrong, the study merely has fewer of them."""
    place = _place(archive.folder, deposition)
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.folder, prefix="drawing-") as scratch:
            jobs = list(_jobs(archive, deposition, Path(scratch), place))
            if jobs:
                _run(jobs)
        done = [(number, name) for number, name, _, _ in jobs if (place / f"{number}.png").is_file()]
        (place / _LIST).write_text(json.dumps(sorted(done, key=lambda one: one[1])[:MOST]), "utf-8")


def render_all(lines: Iterator[str]) -> None:
    """In the drawing process: each line is a JSON list (number, name, source, target)."""
    from depositor.scan.thumbnails import render

    made = 0
    for line in lines:
        _, _, source, target = json.loads(line)
        picture = render(Path(source), EDGE) if made < MOST else None
        if picture:
            part = Path(target).with_suffix(".part")
            part.write_bytes(picture)
            part.replace(target)
            made += 1


def _run(jobs: list[tuple[str, str, str, str]]) -> None:
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    subprocess.run(
        [*program(), "--draw"], input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        timeout=_DRAW_S, check=False,
    )  # fmt: skip


def _jobs(archive: PracticeArchive, deposition: str, scratch: Path, place: Path) -> Iterator[tuple[str, str, str, str]]:
    """Images under the names they were sent with, because readers look at names too."""
    for number, (name, parts) in enumerate(images(archive, deposition)):
        for part in parts:
            linked = scratch / str(number) / part[1]
            linked.parent.mkdir(parents=True, exist_ok=True)
            _link(archive.shelves.path(part[0]), linked)
        yield str(number), name, str(scratch / str(number) / name), str(place / f"{number}.png")


def images(archive: PracticeArchive, deposition: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(name, its uploads as (id, name)) of what may be an image, a ``.zarr`` folder being one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for upload in archive.catalogue.uploads(deposition, limit=_MOST_LOOKED_AT):
        zarr = _zarr_root(upload.name)
        if zarr:
            members = found.setdefault(zarr, [])
            if len(members) < _MOST_IN_ZARR:
                members.append((upload.id, upload.name))
        elif upload.name.lower().endswith(_ENDINGS):
            found[upload.name] = [(upload.id, upload.name)]
    step = max(-(-len(found) // _MOST_TRIED), 1)
    some = list(found.items())[::step][:_MOST_TRIED]
    return [image for first in range(_STRIDE) for image in some[first::_STRIDE]]


def _zarr_root(name: str) -> str | None:
    parts = name.split("/")
    at = next((n for n, part in enumerate(parts[:-1]) if part.lower().endswith(".zarr")), None)
    return None if at is None else "/".join(parts[: at + 1])


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        target.symlink_to(source.resolve())


def _place(folder: Path, deposition: str) -> Path:
    return folder / "pictures" / deposition
