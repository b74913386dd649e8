"""Spectra that do not belong to their header become a warning, which goes when the files are mended."""

import hashlib
import shutil
import uuid
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Level
from depositor.session import integrity

HEADER = Path(__file__).parents[1] / "data" / "scan" / "spectra" / "Example_Continuous.imzML"
IDENTIFIER = "554a27fa79d247669a2c862e6d78b1f3"
DIGEST = "a5be532d25997b71be6d20c76561ddc4d5307ddd"


@pytest.fixture
def study(tmp_path):
    """A pair that agrees."""
    folder = tmp_path / "study"
    folder.mkdir()
    spectra = uuid.UUID(IDENTIFIER).bytes + bytes(3 << 20)
    (folder / "a.ibd").write_bytes(spectra)
    text = HEADER.read_text("latin-1").replace(DIGEST, hashlib.sha1(spectra).hexdigest())
    (folder / "a.imzML").write_text(text, "latin-1")
    return folder


def _look(opened):
    opened.scan(Cancel())
    opened.read_headers(Cancel())
    return [f for f in opened.validate() if f.check == "integrity"]


@pytest.fixture
def opened(desk, study):
    found = desk.new_draft()
    found.add_paths([study])
    return found


def test_a_pair_that_agrees_is_compared_once(opened, study, monkeypatch):
    from depositor.scan.readers import imzml

    asked = []
    original = imzml.ibd_agrees
    monkeypatch.setattr(imzml, "ibd_agrees", lambda *given: asked.append(given) or original(*given))
    assert _look(opened) == []
    assert _look(opened) == []
    assert len(asked) == 1


def test_spectra_that_changed_are_told_until_they_are_mended(opened, study):
    assert _look(opened) == []
    right = (study / "a.ibd").read_bytes()
    (study / "a.ibd").write_bytes(right[:-1] + b"\1")
    (found,) = _look(opened)
    assert (found.level, found.path) == (Level.WARNING, "study/a.imzML")
    assert found.message.id == "header.pair-differs"
    (study / "a.ibd").write_bytes(right)
    shutil.copystat(HEADER, study / "a.ibd")
    assert _look(opened) == []
    (study / "a.ibd").unlink()
    (found,) = _look(opened)
    assert found.message.id == "header.part-missing"
    assert found.advice is not None


def test_a_comparison_that_was_stopped_is_done_the_next_time(opened, study):
    from depositor.scan import headers

    cancel = Cancel()
    cancel.set()
    facts = headers.read(study / "a.imzML")
    assert integrity.examined(study / "a.imzML", facts, cancel) is None
    assert integrity.examined(study / "a.imzML", facts, Cancel()) == facts
    (study / "a.ibd").unlink()
    (problem,) = integrity.examined(study / "a.imzML", facts, Cancel()).problems
    assert problem.code == "header.unreadable"
