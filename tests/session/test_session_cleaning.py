"""Whole folders: cleaned, renamed, and taken up again after a stop."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from depositor.draft.cancel import Cancel
from depositor.session import cleaning, tasks
from depositor.session.cleaning import CleanedFile
from depositor.session.worker import Worker

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


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with contextlib.closing(Worker()) as one:
        yield one


def running(study: Path, out: Path, worker: Worker) -> Iterator[CleanedFile]:
    with tasks.look([str(study)], Cancel()) as looked:
        yield from cleaning.clean(looked, worker, out, "public", frozenset(), Cancel())


def run(study: Path, out: Path, worker: Worker) -> list[CleanedFile]:
    return list(running(study, out, worker))


def stamps(out: Path) -> dict[Path, tuple[int, int]]:
    return {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in out.rglob("*") if p.is_file()}


def _readable(path: Path) -> str:
    raw = path.read_bytes()
    texts = [raw.decode("utf-8", "ignore"), raw.decode("utf-16-le", "ignore"), raw.decode("latin-1")]
    if path.suffix == ".dcm":
        texts += [str(e.value) for e in pydicom.dcmread(path).iterall() if e.VR not in ("SQ", "OB", "OW")]
    return norm("\n".join(texts))


def test_no_planted_value_is_left_anywhere(study: Path, tmp_path: Path, worker: Worker) -> None:
    out = tmp_path / "out"
    results = run(study, out, worker)
    assert [p.code for r in results for p in r.problems] == []
    files = [p for p in out.rglob("*") if p.is_file()]
    assert {str(p) for p in files} == {r.target for r in results}
    seen = {p: _readable(p) + norm(str(p.relative_to(out))) for p in files}
    for planted in KEY["planted"]:
        value = norm(planted["value"])
        if len(value) < 5 or (not planted["file"].startswith("dicom") and planted["kind"] in MAY_STAY):
            continue
        assert not [str(p) for p, text in seen.items() if value in text], planted


def test_a_second_run_writes_nothing_twice(study: Path, tmp_path: Path, worker: Worker) -> None:
    out = tmp_path / "out"
    run(study, out, worker)
    before = stamps(out)
    run(study, out, worker)
    assert stamps(out) == before


def test_a_stopped_run_goes_on_with_the_same_replacements(study: Path, tmp_path: Path, worker: Worker) -> None:
    out = tmp_path / "out"
    begun = running(study, out, worker)
    first = [next(begun) for _ in range(5)]
    begun.close()
    before = stamps(out)
    assert len(before) == len(first)
    run(study, out, worker)
    assert before.items() <= stamps(out).items()
    uids = {pydicom.dcmread(p).StudyInstanceUID for p in out.glob("dicom/0[1-4]*.dcm")}
    assert len(uids) == 1


def test_a_changed_or_damaged_copy_is_not_taken_for_ours(study: Path, tmp_path: Path, worker: Worker) -> None:
    """Somebody wrote into the folder of copies: what lies there is left alone, and that is said."""
    out = tmp_path / "out"
    run(study, out, worker)
    (out / "microscopy" / "samples.csv").write_text("half")
    told = {r.source: [p.code for p in r.problems] for r in run(study, out, worker) if r.problems}
    assert list(told.values()) == [["clean.there-already"]]
    assert (out / "microscopy" / "samples.csv").read_text("utf-8") == "half"


def test_the_record_lies_beside_the_copies_and_tells_nothing_of_patients(
    study: Path, tmp_path: Path, worker: Worker
) -> None:
    out = tmp_path / "out"
    run(study, out, worker)
    record = tmp_path / ".out.cleaning"
    assert record.stat().st_mode & 0o077 == 0
    assert "Thijs" not in record.read_text("utf-8")
    assert not list(out.rglob("*.cleaning"))


def test_files_without_findings_are_copied_as_they_are(tmp_path: Path, worker: Worker) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text("HeLa cells, DAPI")
    (source / "b.bin").write_bytes(bytes(range(256)))
    results = run(source, tmp_path / "out", worker)
    assert (tmp_path / "out/a.txt").read_text() == "HeLa cells, DAPI"
    assert (tmp_path / "out/b.bin").read_bytes() == bytes(range(256))
    assert all(r.removed == () for r in results)
