"""Whole folders: cleaned, renamed, and taken up again after a stop."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path

import pydicom
import pytest

from depositor.draft.cancel import Cancel
from depositor.privacy.clean import Cleaned
from depositor.privacy.policy import PUBLIC
from depositor.privacy.tree import clean_tree

DATA = Path(__file__).parents[1] / "data" / "privacy"
KEY = json.loads((DATA / "planted.json").read_text("utf-8"))
MAY_STAY = {"date", "device", "institution", "uid", "age", "zip", "gps"}


def norm(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("in") / "study"
    for part in ("dicom", "microscopy"):
        shutil.copytree(DATA / part, root / part)
    return root


def run(study: Path, out: Path) -> list[Cleaned]:
    return list(clean_tree([study], out, PUBLIC, Cancel()))


def _readable(path: Path) -> str:
    raw = path.read_bytes()
    texts = [raw.decode("utf-8", "ignore"), raw.decode("utf-16-le", "ignore"), raw.decode("latin-1")]
    if path.suffix == ".dcm":
        texts += [str(e.value) for e in pydicom.dcmread(path).iterall() if e.VR not in ("SQ", "OB", "OW")]
    return norm("\n".join(texts))


def test_no_planted_value_is_left_anywhere(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    results = run(study, out)
    assert [p.code for r in results for p in r.problems] == []
    assert all(r.path and r.path.exists() for r in results)
    files = [p for p in out.rglob("*") if p.is_file()]
    assert len(files) == len(results)
    seen = {p: _readable(p) + norm(str(p.relative_to(out))) for p in files}
    for planted in KEY["planted"]:
        value = norm(planted["value"])
        if len(value) < 5 or (not planted["file"].startswith("dicom") and planted["kind"] in MAY_STAY):
            continue
        assert not [str(p) for p, text in seen.items() if value in text], planted


def test_a_second_run_writes_nothing_twice(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.rglob("*") if p.is_file()}
    again = run(study, out)
    assert not any(r.written for r in again)
    assert before == {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.rglob("*") if p.is_file()}


def test_a_stopped_run_goes_on_with_the_same_replacements(study: Path, tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    run(study, whole)
    for at, _result in enumerate(clean_tree([study], stopped, PUBLIC, Cancel())):
        if at == 4:
            break
    resumed = run(study, stopped)
    assert sum(not r.written for r in resumed) == 5
    names = [r.name for r in resumed]
    assert names == [r.name for r in run(study, stopped)]
    uids = {pydicom.dcmread(p).StudyInstanceUID for p in stopped.glob("dicom/0[1-4]*.dcm")}
    assert len(uids) == 1


def test_a_changed_or_damaged_copy_is_written_again(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    (out / "microscopy" / "samples.csv").write_text("half")
    again = run(study, out)
    assert [r.name for r in again if r.written] == ["microscopy/samples.csv"]
    assert "removed" in (out / "microscopy" / "samples.csv").read_text("utf-8")


def test_the_record_lies_beside_the_copies_and_tells_nothing_of_patients(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(study, out)
    record = tmp_path / ".out.cleaning"
    assert record.stat().st_mode & 0o077 == 0
    assert "Thijs" not in record.read_text("utf-8")
    assert not list(out.rglob("*.cleaning"))


def test_files_without_findings_are_copied_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text("HeLa cells, DAPI")
    (source / "b.bin").write_bytes(bytes(range(256)))
    results = run(source, tmp_path / "out")
    assert (tmp_path / "out/a.txt").read_text() == "HeLa cells, DAPI"
    assert (tmp_path / "out/b.bin").read_bytes() == bytes(range(256))
    assert all(r.removed == () for r in results)


def test_copies_inside_the_study_are_not_cleaned_again(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("by Thijs van den Berg")
    run(tmp_path, tmp_path / "cleaned")
    names = [r.name for r in run(tmp_path, tmp_path / "cleaned")]
    assert names == ["a.txt"]
