"""The example study as a sealed submission over real (small) files."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.bundle import naming
from depositor.bundle.sealed import Sealed
from depositor.draft.capabilities import Capabilities, NamingRule
from depositor.draft.message import msg
from depositor.draft.submission import Role, Submission, SubmissionFile

DATA = Path(__file__).resolve().parents[1] / "data" / "bundle"
BIA_NAMES = NamingRule(
    allowed=r"A-Za-z0-9!\-_*'(). ",
    replace={"&": "Et", "$": "S", "@": "A", "+": "--", "{": "(", "[": "(", "}": ")", "]": ")", "=": "-", "#": "-"},
)
FILES = {
    "raw/a&b_WT_t01.tif": ("Mitosis time lapse", {"Channel": "EGFP;SiR-DNA", "Size Z": "5"}),
    "raw/exp_1_KO_t02.tif": ("Mitosis time lapse", {"Channel": "EGFP;SiR-DNA", "Size Z": "7"}),
    "raw/notes.txt": ("Mitosis time lapse", {}),
    "masks/a_mask.tif": ("Nuclear masks", {"Size Z": "5"}),
    "masks/b_mask.tif": ("Nuclear masks", {"Size Z": "5"}),
}


IMAGE_DATA = [
    {
        "type": ["primary"],
        "format_and_compression": "OME-TIFF, LZW",
        "dimension_extents": {"x": 1024, "y": 768, "z": 25, "c": 2, "t": 80},
        "pixel_voxel_size": {"x": 0.108, "y": 0.108, "z": 0.3, "unit": "µm"},
        "size_description": "110.6 × 82.9 × 7.5 µm",
    }
]
MICROSCOPES = [
    {
        "image_acquisition": "Spinning disk 63x",
        "microscope": "Zeiss Axio Observer 7, inverted",
        "objective": "Plan-Apochromat 63x/1.4 Oil DIC M27",
        "magnification": 63,
        "numerical_aperture": 1.4,
        "immersion": "Oil",
        "detector": "Hamamatsu ORCA-Flash4.0",
        "time_interval": 90,
        "software": "ZEN 3.4",
        "temperature": 37,
        "channels": [{"channel_label": "EGFP", "excitation": 488, "emission": 509, "exposure": 50}],
    }
]


def example_document() -> dict[str, Any]:
    """``complete.depositor.json`` with the one mask pointing at a file that is renamed, and with values as headers fill
    them in."""
    document = json.loads((DATA / "complete.depositor.json").read_text("utf-8"))
    document["columns"][1]["values"] = {"masks/a_mask.tif": "raw/a&b_WT_t01.tif"}
    document["metadata"] |= {"image_data": copy.deepcopy(IMAGE_DATA), "light_microscopy": copy.deepcopy(MICROSCOPES)}
    return document


def capabilities(**more: Any) -> Capabilities:
    texts = {key: msg(f"archive.test.{key}", "{key}", key=key) for key in ("summary", "suits", "next_steps", "correct")}
    given = {"homepage": "https://www.ebi.ac.uk/bioimage-archive", **texts, **more}
    return Capabilities("bioimage-archive", "BioImage Archive", "specialist", naming=BIA_NAMES, **given)


def sealed_study(
    folder: Path,
    document: Mapping[str, Any] | None = None,
    files: Mapping[str, tuple[str | None, Mapping[str, str]]] | None = None,
    **more: Any,
) -> Sealed:
    """The study with its files under ``folder``; ``more`` goes to the Sealed."""
    rows = tuple(_rows(folder, FILES if files is None else files))
    document = copy.deepcopy(dict(example_document() if document is None else document))
    total = sum(r.size for r in rows)
    submission = Submission(
        "5f0c9e6a-1111-4222-8333-944455556666",
        "d3adbeef-0000-4000-8000-000000000001",
        "bioimage-archive",
        1,
        "2026-11-21T12:00:00Z",
        document,
        len(rows),
        total,
    )
    return Sealed(submission, capabilities(), lambda: iter(rows), **more)


def _rows(folder: Path, files: Mapping[str, tuple[str | None, Mapping[str, str]]]) -> Iterator[SubmissionFile]:
    for seq, (origin, name) in enumerate(naming.plan(list(files), BIA_NAMES)):
        path = folder / origin
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"pixels of {origin}".encode())
        stat, digest = path.stat(), hashlib.sha256(path.read_bytes()).hexdigest()
        group, facts = files[origin]
        yield SubmissionFile(
            seq, str(path), origin, name, stat.st_size, stat.st_mtime_ns, 0, Role.DATA, digest, group, facts
        )
