"""The metadata of an RO-Crate as entities that refer to each other: out of a file, a folder or a packed crate.

Nothing of a crate is unpacked but its metadata file, and no address in it is ever asked.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.problem import Damaged, NeedsUser
from depositor.form.sources.documents import load_json
from depositor.form.sources.source import listed, text
from depositor.form.workbook import safety

METADATA = "ro-crate-metadata.json"
_LARGEST = 64 << 20
Entity = Mapping[str, Any]


class Graph:
    """The entities of a crate by their ``@id``."""

    def __init__(self, data: Any, path: Path) -> None:
        entities = data.get("@graph") if isinstance(data, Mapping) else None
        if not isinstance(entities, list):
            raise Damaged(safety.unreadable(path))
        self.by_id: dict[str, Entity] = {}
        for one in entities:
            if isinstance(one, Mapping) and text(one.get("@id")):
                self.by_id.setdefault(text(one["@id"]), one)

    @property
    def root(self) -> Entity:
        """The crate itself: what its metadata file is about."""
        for name, one in self.by_id.items():
            about = one.get("about")
            if name.rpartition("/")[2].endswith(METADATA) and isinstance(about, Mapping):
                return self.by_id.get(text(about.get("@id")), {})
        return self.by_id.get("./", {})

    @property
    def published_by(self) -> str:
        """Who wrote the metadata file (``sdPublisher``), as notebooks say."""
        about = next((e for i, e in self.by_id.items() if i.rpartition("/")[2].endswith(METADATA)), {})
        return next((text(e.get("name")) for e in self.all(about.get("sdPublisher"))), "")

    def all(self, value: Any) -> Iterator[Entity]:
        """The entities that a property refers to, or holds."""
        for one in listed(value):
            if isinstance(one, Mapping):
                yield self.by_id.get(text(one.get("@id")), one)
            elif isinstance(one, str):
                yield self.by_id.get(one, {"@id": "", "name": one})


def kinds(entity: Entity) -> list[str]:
    """The types of an entity without their prefixes."""
    return [text(t).rpartition(":")[2].rpartition("/")[2] for t in listed(entity.get("@type"))]


# --- opening ---------------------------------------------------------------------------------------------------------


def graph_of(path: Path) -> Graph:
    """The entities of a crate. Damaged where it is none, or leads out of its folder."""
    if path.is_dir():
        return Graph(load_json(path / METADATA), path)
    with path.open("rb") as source:
        packed = source.read(4) == b"PK\x03\x04"
    if not packed:
        return Graph(load_json(path), path)
    with safety.opened(path) as archive:
        name = _metadata_name(archive)
        if name is None:
            raise Damaged(safety.unreadable(path))
        if archive.getinfo(name).file_size > _LARGEST:
            raise Damaged(safety.too_large(path))
        try:
            return Graph(json.loads(archive.read(name)), path)
        except (ValueError, RecursionError, zipfile.BadZipFile, OSError) as error:
            raise Damaged(safety.unreadable(path)) from error


def _metadata_name(archive: zipfile.ZipFile) -> str | None:
    """The metadata file at the top or in the one folder at the top; a path that leads out of the archive is none."""
    names = [n for n in archive.namelist() if safety.inside(n) and n.rpartition("/")[2] == METADATA]
    return min((n for n in names if n.count("/") <= 1), key=lambda n: n.count("/"), default=None)


def holds_metadata(path: Path) -> bool:
    """True for a packed file that is a crate."""
    try:
        with safety.opened(path) as archive:
            return _metadata_name(archive) is not None
    except (Damaged, NeedsUser):
        return False
