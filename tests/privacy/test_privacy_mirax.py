"""MIRAX and iSyntax: label and glass go from all files of a slide, and OpenSlide still opens it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import openslide

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
import slide_samples as samples

from depositor.privacy import examine
from depositor.privacy.clean import Cleaned, clean
from depositor.privacy.policy import PUBLIC


def cleaned(source: Path, target: Path) -> Cleaned:
    found = [f for f in examine.file(source, source.name).findings if PUBLIC.wants(f)]
    target.parent.mkdir(parents=True, exist_ok=True)
    return clean(source, target, found, PUBLIC)


def test_label_and_glass_go_from_all_files_of_a_slide(tmp_path: Path) -> None:
    slide = samples.mirax(tmp_path / "in")
    copy = tmp_path / "out" / "case.mrxs"
    for name in ("Slidedat.ini", "Data0000.dat"):
        result = cleaned(slide.parent / "case" / name, copy.parent / "case" / name)
        assert result.path, result.problems
    shutil.copy(slide.parent / "case" / "Index.dat", copy.parent / "case")
    shutil.copy(slide, copy)
    with openslide.OpenSlide(str(slide)) as old, openslide.OpenSlide(str(copy)) as new:
        assert set(old.associated_images) == {"label", "macro"}
        assert not new.associated_images
        assert new.properties["mirax.GENERAL.SLIDE_ID"] == samples.SLIDE_ID
        assert new.dimensions == old.dimensions
        assert np.array_equal(*(np.asarray(s.read_region((0, 0), 0, s.dimensions)) for s in (old, new)))
    for path in copy.parent.rglob("*"):
        raw = path.read_bytes() if path.is_file() else b""
        assert samples.CASE.encode() not in raw
        assert samples.jpeg(80, 60, 7)[-80:-8] not in raw
        assert samples.jpeg(60, 150, 9)[-80:-8] not in raw


def test_a_slide_opens_with_a_blank_label_where_only_its_data_were_cleaned(tmp_path: Path) -> None:
    slide = samples.mirax(tmp_path)
    data = slide.parent / "case" / "Data0000.dat"
    result = cleaned(data, tmp_path / "out" / "Data0000.dat")
    assert result.path, result.problems
    shutil.copy(result.path, data)
    with openslide.OpenSlide(str(slide)) as opened:
        assert {p.size for p in opened.associated_images.values()} == {(1, 1)}
    assert not any("picture" in (f.evidence or "") for f in examine.file(data, "Data0000.dat").findings)


def test_a_data_file_of_no_slide_is_told_as_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "Data0000.dat"
    path.write_bytes(b"01.02" + samples.SLIDE_ID.encode() + bytes(100))
    found = examine.file(path, "Data0000.dat")
    assert not found.findings
    assert [n.why.id for n in found.not_checked] == ["privacy.not-checked.unknown"]


def test_settings_that_lie_end_soon(tmp_path: Path) -> None:
    slide = samples.mirax(tmp_path)
    ini = slide.parent / "case" / "Slidedat.ini"
    raw = ini.read_bytes().replace(b"NONHIER_COUNT = 1", b"NONHIER_COUNT = 9999999")
    ini.write_bytes(raw.replace(b"NONHIER_0_COUNT = 3", b"NONHIER_0_COUNT = 9999999"))
    found = examine.file(slide.parent / "case" / "Data0000.dat", "Data0000.dat")
    assert any(f.location == "mrxs:label" for f in found.findings)


def test_isyntax_keeps_its_length_and_all_behind_the_header(tmp_path: Path) -> None:
    source = samples.isyntax(tmp_path)
    result = cleaned(source, tmp_path / "out" / source.name)
    assert result.path, result.problems
    old, new = source.read_bytes(), result.path.read_bytes()
    assert len(old) == len(new)
    assert old[old.index(b"\x04") :] == new[new.index(b"\x04") :]
    assert samples.PERSON.encode() not in new
    assert b"/9j/" not in new
    assert b"LABELIMAGE" in new
