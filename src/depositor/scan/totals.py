"""The running totals of a scan."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from depositor.draft.inventory import Batch, FileRow, Summary
from depositor.scan import kinds


@dataclass(slots=True)
class Totals:
    """Sums over batches. ``by_type``: ending -> [files, bytes]; the files of a Zarr or N5 count under its ending."""

    files: int = 0
    bytes: int = 0
    largest: int = 0
    sets: int = 0
    ignored: int = 0
    problems: int = 0
    images: int = 0
    other_files: int = 0
    by_type: dict[str, list[int]] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        by_type, sizes = self.by_type, [row.size for row in batch.files]
        for row in batch.files:
            kind = _type(row)
            found = by_type.get(kind)
            if found is None:
                found = by_type[kind] = [0, 0]
            found[0] += 1
            found[1] += row.size
        self.files += len(sizes)
        self.bytes += sum(sizes)
        self.largest = max(self.largest, max(sizes, default=0))
        self.sets += len(batch.sets)
        self.images += sum(one.is_image for one in batch.sets)
        self.other_files += sum(one.files for one in batch.sets if not one.is_image)
        self.ignored += len(batch.ignored)
        self.problems += len(batch.problems)

    def summary(self, *, complete: bool) -> Summary:
        """The totals as a value, the types with the most bytes first."""
        types = sorted(((k, f, b) for k, (f, b) in self.by_type.items()), key=lambda t: (-t[2], -t[1], t[0]))
        return Summary(
            self.files,
            self.bytes,
            self.sets,
            self.ignored,
            self.problems,
            self.largest,
            tuple(types),
            complete,
            self.images,
            self.other_files,
        )

    def as_json(self) -> str:
        """What the store keeps beside files, bytes and largest."""
        others = {"sets": self.sets, "ignored": self.ignored, "problems": self.problems}
        others |= {"images": self.images, "other_files": self.other_files}
        return json.dumps({**others, "types": self.by_type}, ensure_ascii=False)

    @staticmethod
    def from_json(files: int, size: int, largest: int, text: str) -> Totals:
        """The opposite of :meth:`as_json`."""
        data = json.loads(text)
        return Totals(
            files,
            size,
            largest,
            data.get("sets", 0),
            data.get("ignored", 0),
            data.get("problems", 0),
            data.get("images", data.get("sets", 0)),  # looked through before images were counted apart
            data.get("other_files", 0),
            {k: list(v) for k, v in data.get("types", {}).items()},
        )


def _type(row: FileRow) -> str:
    path = row.path
    if row.set_path is not None and ".zarr/" in path:
        return "zarr"
    if row.set_path is not None and ".n5/" in path:
        return "n5"
    end = kinds.ending(path)
    if not end and row.set_path is not None and (row.set_path == "." or path.startswith(f"{row.set_path}/")):
        return "zarr"  # chunks and metadata of a store whose folder has another name
    return end
