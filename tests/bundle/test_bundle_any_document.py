"""Every document from every tree of answers: whatever shape a file of a person has, no writer falls over."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from bundle_example import example_document, sealed_study
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.bundle import documents
from depositor.draft.paths import leaves
from depositor.draft.problem import NeedsUser

KEYS = sorted(
    {
        k
        for path, _ in leaves(example_document()["metadata"])
        for k in path.replace("]", "").replace("[", ".").split(".")
    }
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TREES = st.recursive(
    VALUES, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.sampled_from(KEYS), t, max_size=4), max_leaves=25
)
MODULES = ["study", "study_component", "biosample", "specimen", "image_acquisition", "annotations", "analyzed_data"]


@pytest.mark.parametrize("form", documents.formats())
@given(metadata=st.dictionaries(st.sampled_from(MODULES), TREES) | TREES, other=TREES)
@settings(max_examples=40, deadline=None)
def test_no_tree_breaks_a_writer(form: str, metadata: Any, other: Any) -> None:
    document = {"depositor": 1, "archive": "x", "metadata": metadata, "columns": other, "release_date": other}
    with tempfile.TemporaryDirectory() as folder:
        sealed = sealed_study(Path(folder) / "data", document)
        try:
            paths = documents.write(form, sealed, Path(folder) / "out")
        except NeedsUser as asked:
            if asked.problem.code in ("file-lists.homeless", "pagetab.license"):
                return  # the two things that a format may ask for
            raise
        for path in paths:
            said = path.read_text("utf-8")
            if path.suffix == ".json":
                json.loads(said)
