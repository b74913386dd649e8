"""Golden documents: byte for byte what the archive gets for the example. DEPOSITOR_GOLDEN=write renews them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bundle_example import sealed_study

from depositor.bundle import documents

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "bundle"


@pytest.mark.parametrize("form", documents.formats())
def test_documents_are_as_they_were(tmp_path: Path, form: str) -> None:
    paths = documents.write(form, sealed_study(tmp_path / "data"), tmp_path / "out")
    for path in paths:
        golden = GOLDEN / path.name
        if os.environ.get("DEPOSITOR_GOLDEN") == "write":
            golden.parent.mkdir(exist_ok=True)
            golden.write_bytes(path.read_bytes())
        assert path.read_bytes() == golden.read_bytes(), path.name
