"""A name that a person had changed because it tells who a patient is stands in no document that others read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from bundle_example import BIA_NAMES, example_document, sealed_study
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.bundle import documents, naming
from depositor.bundle.sealed import Sealed
from depositor.bundle.spelling import Spelling
from depositor.draft.document import from_document

SECRET = "Mueller_Anna"


def with_cleaned_name(folder: Path) -> Sealed:
    """The study with one file whose name was changed by a decision, and everything that may still point at it."""
    document = example_document()
    path = f"raw/scan_{SECRET}_t01.tif"
    document["columns"] = [
        {"name": "Genotype", "from": {"pattern": "*_{Genotype}_t{Time}.tif"}},
        {"name": "source_image", "annotations": "Nuclear masks", "values": {"masks/a_mask.tif": path}},
    ]
    document["decisions"] = [{"finding": f"privacy:name:{path}", "choice": "clean", "why": "", "by": "x", "at": "y"}]
    files = {path: ("Mitosis time lapse", {}), "masks/a_mask.tif": ("Nuclear masks", {})}
    sealed = sealed_study(folder, document, files)
    rows = [dataclasses.replace(f, name=f.name.replace(SECRET, "p1")) for f in sealed.files()]
    sent = dataclasses.replace(sealed.capabilities, sent_documents=documents.formats())
    return dataclasses.replace(sealed, files=lambda: iter(rows), capabilities=sent)


@pytest.mark.parametrize("form", documents.formats())
def test_no_document_tells_the_old_name(tmp_path: Path, form: str) -> None:
    for path in documents.write(form, with_cleaned_name(tmp_path / "data"), tmp_path / "out"):
        assert SECRET not in path.read_text("utf-8"), path.name
    assert form != "file-lists" or "scan_p1_t01.tif" in (tmp_path / "out/filelist_nuclear-masks.tsv").read_text()


def test_a_document_that_stays_here_keeps_the_decisions(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path / "data")
    (path,) = documents.write("submission", sealed, tmp_path / "out")
    assert "credit to the operator" in path.read_text("utf-8")


def test_a_document_that_is_sent_names_the_files_as_they_lie_beside_it(tmp_path: Path) -> None:
    (path,) = documents.write("submission", with_cleaned_name(tmp_path / "data"), tmp_path / "out")
    draft = from_document(json.loads(path.read_text("utf-8")), "x")
    groups = [(g.path, g.study_component, g.annotations) for g in draft.files]
    assert groups == [("raw", "Mitosis time lapse", None), ("masks", None, "Nuclear masks")]
    assert draft.decisions == ()


@given(st.lists(st.text(min_size=1, max_size=12), max_size=12, unique=True))
@settings(max_examples=200, deadline=None)
def test_every_name_of_a_plan_is_explained_by_its_rule(names: list[str]) -> None:
    spelling = Spelling(BIA_NAMES)
    assert all(spelling.explains(old, new) for old, new in naming.plan(names, BIA_NAMES))
