"""Workbooks made and read back in tests, without the worker process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.form import profiles
from depositor.form.fields import Form
from depositor.form.sources.registry import read
from depositor.form.sources.source import Context
from depositor.form.workbook.changes import Preview
from depositor.form.workbook.compare import preview
from depositor.form.workbook.values import Wording
from depositor.form.workbook.xlsx_write import FileSheet, write_book

ENGLISH = Wording(Message.english)
COMPLETE: dict[str, Any] = {
    "study": {
        "title": "Time-lapse images of dividing HeLa cells",
        "description": "Dividing cells every 90 s.\nMeant for tests of tracking.",
        "study_type": [{"id": "GO:0000278", "label": "mitotic cell cycle"}],
        "keywords": ["mitosis", "live-cell imaging"],
        "author": [
            {
                "name": "Josiah Carberry",
                "email": "josiah.carberry@example.org",
                "orcid": "0000-0002-1825-0097",
                "role": ["corresponding author", "data acquisition"],
                "affiliation": [{"name": "Example Institute", "ror": "https://ror.org/02catss52", "country": "GB"}],
            },
            {"name": "Ada Example", "affiliation": [{"name": "A | B"}, {"name": "Elsewhere"}]},
        ],
        "publication": [{"title": "A paper", "doi": "10.1234/example.1", "pubmed_id": "34021280", "year": 2026}],
        "grant": [{"identifier": "EX-2041", "funder": [{"name": "Example Foundation"}]}],
    },
    "study_component": [
        {
            "name": "Mitosis",
            "description": "Raw recordings",
            "associations": [
                {"biosample": "HeLa Kyoto", "specimen": "Live cells", "image_acquisition": "Spinning disk"},
                {"biosample": "HeLa Kyoto", "specimen": "Fixed cells", "image_acquisition": "Spinning disk"},
            ],
        }
    ],
    "biosample": [
        {"title": "HeLa Kyoto", "organism": [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}],
         "biological_entity": {"id": "CLO:0003684", "label": "HeLa cell"}, "intrinsic_variable": ["SMC2-mEGFP"]},
        {"title": "siRNA +", "organism": ["Homo sapiens"], "biological_entity": "cells"},
        {"title": "siRNA -", "organism": ["Homo sapiens"], "biological_entity": "cells"},
    ],
    "specimen": [
        {"title": "Live cells", "preparation_method": "=HYPERLINK(\"x\")",
         "channels": [{"channel_label": "EGFP", "channel_content": "mEGFP"}, {"channel_label": "DNA"}]},
        {"title": "Fixed cells", "preparation_method": "+fixed"},
    ],
    "image_acquisition": [
        {"title": "Spinning disk", "imaging_method": [{"id": "FBbi:00000251", "label": "confocal microscopy"}],
         "imaging_instrument": "Spinning disk", "image_acquisition_parameters": "488 nm"}
    ],
    "image_data": [{"format_and_compression": "OME-TIFF", "pixel_voxel_size": {"x": 0.108, "y": 0.108, "z": 0.3},
                    "contrast_inversion": False}],
    "version": {"version": "1.0", "timestamp": "2026-11-20T09:00:00Z"},
}  # fmt: skip


def a_form(*ids: str, archive: str | None = "bioimage-archive") -> Form:
    return profiles.load(ids, archive)


def a_draft(metadata: Any = None, **more: Any) -> Draft:
    return Draft(id="abc", metadata=COMPLETE if metadata is None else metadata, **more)


def exported(
    folder: Path, form: Form, draft: Draft, wording: Wording = ENGLISH, files: FileSheet | None = None
) -> Path:
    path = folder / "study.xlsx"
    write_book(path, form, draft, wording, files or FileSheet())
    return path


def looked(path: Path, form: Form, draft: Draft, wording: Wording = ENGLISH, part: str = "") -> Preview:
    return preview(form, draft, read(path, Context(form, wording, part)), path.name, wording)


def told(found: Preview) -> list[tuple[str, str, Any, Any]]:
    return [(str(c.kind), c.path, c.old, c.new) for c in found.changes]
