"""Drafts, archives and headers that the tests of the form share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from depositor.draft.capabilities import Capabilities, Limits, ReleaseRule
from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Objective
from depositor.draft.message import msg

DATA = Path(__file__).parents[1] / "data" / "form"
_TEXT = msg("test", "Test")


def complete() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / "complete.depositor.json").read_text("utf-8"))
    return document


def draft(document: dict[str, Any] | None = None, **metadata: Any) -> Draft:
    given = {
        "depositor": 1,
        "archive": "practice",
        "license": "CC0-1.0",
        "files": [{"path": "raw"}],
        "metadata": metadata,
    }
    return from_document(document or given, "d1")


def archive(
    *,
    licenses: tuple[str, ...] = ("CC0-1.0", "CC-BY-4.0"),
    release: ReleaseRule | None = None,
    limits: Limits | None = None,
) -> Capabilities:
    return Capabilities(
        "strict", "Strict Archive", "specialist", _TEXT, _TEXT, _TEXT, _TEXT,
        licenses=licenses,
        release=release or ReleaseRule(required=True, max_days=730),
        limits=limits or Limits(),
    )  # fmt: skip


def confocal(path: str, *, size: float = 0.1, exposure: float = 0.05, **more: Any) -> FileFacts:
    """The header of a confocal stack in two channels."""
    image = ImageFacts(
        size_x=512,
        size_y=512,
        size_z=more.pop("size_z", 1),
        size_t=more.pop("size_t", 1),
        size_c=2,
        pixel_size_x_um=size,
        pixel_size_y_um=size,
        pixel_size_z_um=0.3,
        modality="LaserScanningConfocalMicroscopy",
        instrument=more.pop("instrument", Device("Carl Zeiss", "LSM 880", "Inverted")),
        objective=more.pop("objective", Objective("Plan-Apochromat 63x/1.4 Oil DIC", 63.0, 1.4, "Oil")),
        channels=more.pop(
            "channels",
            (
                Channel("EGFP", "mEGFP", 488.0, 509.0, exposure, contrast="Fluorescence"),
                Channel("T-PMT", "TL Brightfield"),
            ),
        ),
        keys={
            "instrument": "Microscope",
            "pixel_size_x_um": "Scaling",
            "channels": "Channel",
            "size_t": "SizeT",
            "modality": "AcquisitionMode",
        },
        **more,
    )
    return FileFacts(path, "Zeiss CZI", "czi", (image,))
