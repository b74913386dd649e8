"""One annotation file or labelled image: which format it has, what it holds, what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

from depositor.draft.message import msg
from depositor.scan.annotations import coco, geojson, lines, masks, tables, zarr_labels
from depositor.scan.annotations.base import Examined, Faults, read_json, read_text

_TRACKS = re.compile(r"(?:man|res)_track\.txt", re.IGNORECASE)
_NO_DATA = re.compile(r"(?:classes|labels|readme.*|license.*|notes?)\.(?:txt|md)", re.IGNORECASE)


def examine(path: Path, shown: str, size: tuple[int, int] | None = None) -> Examined | None:
    """What ``path`` holds, with findings that call it ``shown``; None where it is no format that is known here.

    ``size`` is (width, height) of its source image in pixels, where that is known. Never raises for bad input. Runs in
    the worker process.
    """
    faults = Faults(shown)
    try:
        return _examined(path, faults, size)
    except Exception:  # libraries raise anything on a damaged file
        said = msg("annotations.damaged", "This annotation file is damaged, or not what its name says.")
        advice = msg("annotations.damaged.advice", "Open it in the program that made it, and save it again.")
        faults.add("damaged", said, advice)
        return Examined("", findings=faults.findings())


def _examined(path: Path, faults: Faults, size: tuple[int, int] | None) -> Examined | None:
    if path.is_dir():
        return zarr_labels.examine(path, faults)
    end = path.name.rpartition(".")[2].lower()
    if end in ("json", "geojson"):
        return _json(path, faults, size)
    if end == "swc":
        text = read_text(path, faults)
        return lines.swc(text, faults) if text is not None else Examined("swc", findings=faults.findings())
    if end == "txt":
        return _text(path, faults)
    if end in ("csv", "tsv"):
        text = read_text(path, faults)
        return tables.examine(text, faults) if text is not None else Examined("table", findings=faults.findings())
    return masks.examine(path, faults) if end in masks.ENDINGS else None


def _json(path: Path, faults: Faults, size: tuple[int, int] | None) -> Examined | None:
    data = read_json(path, faults)
    if data is None:
        return Examined("", findings=faults.findings())
    if coco.is_coco(data):
        return coco.examine(data, faults)
    return geojson.examine(data, faults, size) if geojson.is_geojson(data) else None


def _text(path: Path, faults: Faults) -> Examined | None:
    if _NO_DATA.fullmatch(path.name):
        return None
    text = read_text(path, faults)
    if text is None:
        return Examined("", findings=faults.findings())
    if _TRACKS.fullmatch(path.name):
        return lines.tracks(text, path, faults)
    return lines.yolo(text, path, faults) if lines.is_yolo(text) else None
