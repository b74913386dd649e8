"""Zarr and N5 folders: the JSON of groups and arrays with all copies, and chunks; those of texts are read.

Pixels stay packed: that is said once for each array, beside its metadata, and not for each of a million chunks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from depositor.draft.finding import NotChecked
from depositor.privacy import judge
from depositor.privacy.checks import remarks
from depositor.privacy.checks.ports import Check
from depositor.privacy.checks.texts import read
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms, zarr_texts
from depositor.privacy.texts.forms import Part

MEBIBYTES = 64
_METADATA = frozenset({".zattrs", ".zgroup", ".zarray", ".zmetadata", "zarr.json"})
_CHUNK = re.compile(r"^(?:c|(?:c[./])?\d+(?:[./]\d+)*)$")
_KEY = re.compile(r'"((?:[^"\\]|\\.)+)"\s*:\s*\{')
_ABSOLUTE = re.compile(r"[A-Za-z]:|[\\/]|\w+://")
_LABELS = re.compile(r"(?:^|\.)labels\[\d+\]$")
_ARRAYS = (".zarray", "zarr.json", "attributes.json")
STRUCTURE = "path:"  # begins the location of a text that names a folder of the store


def cut(text: str) -> Iterator[Part]:
    """The parts of metadata. Those that name folders of the store, keys of copies among them, are located as such: they
    are renamed as the folders are, not emptied."""
    for part in forms.json_text(text):
        told = part.label == "path" or _LABELS.search(part.location)
        names_folder = told and not _ABSOLUTE.match(part.text)
        yield replace(part, location=STRUCTURE + part.location, label="name") if names_folder else part
    for number, match in enumerate(_KEY.finditer(text)):
        key = json.loads(f'"{match[1]}"', strict=False) if "\\" in match[1] else match[1]
        if not _ABSOLUTE.match(key):
            yield Part(f"{STRUCTURE}key:{number}", "name", key, match.start(1) - 1, match.end(1) + 1, json.dumps)


class Metadata:
    """The JSON files of a store; consolidated copies are files of their own and looked at as such."""

    id = "zarr"

    def claims(self, path: Path, head: bytes) -> bool:
        n5 = path.name == "attributes.json" and any(p.name.lower().endswith(".n5") for p in path.parents)
        return (path.name in _METADATA or n5) and b"\0" not in head

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(MEBIBYTES * 1024 * 1024 + 1)
        left = [remarks.too_long(shown, MEBIBYTES)] if len(raw) > MEBIBYTES * 1024 * 1024 else []
        left += self._arrays(path, shown)
        _parts, spots = parts_of(read(raw)[0])
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))

    def _arrays(self, path: Path, shown: str) -> list[NotChecked]:
        """What is not looked at of the array that this file describes."""
        array = zarr_texts.array_above(path.parent) if path.name in _ARRAYS else None
        if array is None or array.folder != path.parent or array.form in ("U", "S", "vlen"):
            return []
        folder = str(PurePosixPath(shown).parent)
        return [remarks.inner(folder) if array.form else remarks.chunk(folder)]


def parts_of(text: str) -> tuple[list[Part], list[Spot]]:
    """The parts of a store's metadata in the order of the text, and what is judged of them."""
    parts = sorted(documents.parts_of(text, cut), key=lambda p: p.start)
    return parts, documents.spots_of(parts, "")


class Chunks:
    """Chunks of arrays. Pixels are told of beside the array's metadata; arrays of texts have a check of their own."""

    id = "chunk"

    def claims(self, path: Path, head: bytes) -> bool:
        if _CHUNK.match(path.name) is None:
            return False
        return zarr_texts.array_above(path.parent) is not None or image_folder(path) is not None

    def at(self, path: Path) -> Check:
        array = zarr_texts.array_above(path.parent)
        return TextChunk(array) if array and array.form in ("U", "S", "vlen") else self

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        if zarr_texts.array_above(path.parent):
            return Examination()
        return Examination((), (remarks.chunk(_root(shown)),))


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Chunks of one array of texts: they are unpacked and judged."""

    array: zarr_texts.Array
    id = "zarr-text"

    def claims(self, path: Path, head: bytes) -> bool:
        return _CHUNK.match(path.name) is not None and zarr_texts.array_above(path.parent) == self.array

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        try:
            found = texts_of(path, self.array)
        except ValueError:
            return Examination((), (remarks.inner(shown),))
        return Examination(judge.findings(self.id, shown, spots_of(found, self.array.folder.name), known))


def texts_of(path: Path, array: zarr_texts.Array) -> list[str]:
    """The texts in the chunk at ``path``. Raises ValueError where it cannot be unpacked."""
    with path.open("rb") as file:
        raw = file.read(zarr_texts.MOST_CHUNK + 1)
    if len(raw) > zarr_texts.MOST_CHUNK:
        raise ValueError("too large")
    return zarr_texts.texts(zarr_texts.unpacked(raw, array), array)


def spots_of(found: list[str], label: str) -> list[Spot]:
    """What is judged of a chunk; the name of the array is that of the field, as columns of tables are arrays."""
    return [Spot(f"[{number}]", label, text) for number, text in enumerate(found) if text]


def image_folder(path: Path) -> Path | None:
    """The outermost Zarr or N5 folder that ``path`` lies in."""
    found = [p for p in path.parents if p.name.lower().endswith((".zarr", ".n5"))]
    return found[-1] if found else None


def _root(shown: str) -> str:
    parts = shown.split("/")
    ends = [at for at, part in enumerate(parts) if part.lower().endswith((".zarr", ".n5"))]
    return "/".join(parts[: ends[0] + 1]) if ends else shown


METADATA, CHUNKS = Metadata(), Chunks()
