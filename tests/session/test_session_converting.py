"""Files that cannot be cleaned in their own format: from the finding to the OME-TIFF at the archive."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from vendor_files import NAME, OWNER, czi, lif, written

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice, Decision, Finding, Level, Subject
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Stopped
from depositor.draft.region import parse
from depositor.privacy import clean, convert, examine
from depositor.privacy.clean import Cleaned
from depositor.privacy.known import NOTHING_KNOWN
from depositor.privacy.pixels import engine
from depositor.privacy.policy import PUBLIC
from depositor.scan import headers
from depositor.scan.whole import leica
from depositor.scan.whole.base import ENDINGS, NotWhole
from depositor.scan.whole.read import opened as whole
from depositor.session import chosen, cleaning, converting, copies, tasks
from depositor.session.worker import Worker

needs_engine = pytest.mark.skipif(not engine.installed(), reason="the extra ocr is not installed")
POLICY = PUBLIC.fresh()
SAMPLES = Path(__file__).parents[1] / "data" / "scan"


def box(path: str, place: str = "pixels:8,4,250,30", text: str = NAME) -> Finding:
    """What the check of pictures says of a text."""
    key = f"privacy:pixels:{path}:{place}:patient-name"
    told = msg("test", "Text")
    return Finding(key, "pixels", Level.BLOCKER, told, None, told, path, place, Subject.PATIENT, text, ("blank",))


def made(source: Path, target: Path, *findings: Finding) -> Cleaned:
    """As the worker does it, without reading the pictures again."""
    wanted = [*examine.file(source, source.name).findings, *findings]
    return converting.written(source, target, wanted, POLICY, NOTHING_KNOWN, source.name, lambda *_: ())


# --- offered ---------------------------------------------------------------------------------------------------------


def test_it_is_offered_where_the_own_format_has_no_remedy():
    text = converting.offered(box("a/b.CZI"))
    assert text.remedies == ("convert",)
    assert "OME-TIFF" in text.advice.english()
    assert converting.offered(replace(box("a/b.lif"), location="lif/x", remedies=())).remedies == ("convert",)


@pytest.mark.parametrize(
    "finding",
    [
        box("a/b.tif"),  # boxes are painted in its own format
        box("a/b.czi", "label:1,2,30,4"),  # the label is taken out
        box("a/b.vsi"),  # planes cannot be read
        replace(box("a/b.czi"), location="czi/Comment", remedies=("remove",)),
        replace(box("a/b.czi"), location="name", remedies=("rename",)),
        replace(box("a/b.czi"), level=Level.INFO),
    ],
)
def test_it_is_not_offered_elsewhere(finding: Finding):
    assert converting.offered(finding) is finding


def test_nothing_paints_boxes_over_images_of_these_formats(tmp_path: Path):
    files = [SAMPLES / "em" / "haadf.dm3", SAMPLES / "light" / "Minimal_IMS_File.ims", SAMPLES / "czi" / "100x100.czi"]
    files.append(lif(tmp_path / "a.lif", written((1, 1, 1, 20, 30), text="")))
    for path in files:
        assert path.suffix in ENDINGS
        done = clean.clean(path, tmp_path / "copy", [box(path.name, "pixels:0,0,5,5")], POLICY, shown=path.name)
        assert [p.code for p in done.problems] == ["privacy.clean.no-boxes"], path.name


# --- the new file ----------------------------------------------------------------------------------------------------


def test_pixels_sizes_and_harmless_names_stay_and_nobody_is_in_it(tmp_path: Path):
    pixels = written((2, 2, 3, 70, 300), text="")
    source = czi(tmp_path / "a.czi", pixels, "Biopsy of Halina Kowalczyk")
    done = made(source, tmp_path / "out" / "a.ome.tif")
    assert done.path == tmp_path / "out" / "a.ome.tif"
    assert not done.problems
    assert {how for _, how in done.removed} == {"convert"}
    assert np.array_equal(tifffile.imread(done.path), pixels)
    image, old = headers.read(done.path).images[0], headers.read(source).images[0]
    for name in ("size_x", "size_y", "size_z", "size_c", "size_t", "pixel_type", "pixel_size_x_um", "pixel_size_z_um"):
        assert getattr(image, name) == getattr(old, name), name
    assert [c.name for c in image.channels] == ["DAPI", "Channel 2"]  # the second bears the owner's name
    content = done.path.read_bytes().lower()
    assert not [n for n in (b"kowalczyk", b"halina", b"wolffersdorff") if n in content]
    assert not examine.file(done.path, "a.ome.tif").findings
    assert OWNER.encode() in source.read_bytes()


def test_every_image_of_a_file_becomes_one_and_boxes_lie_in_the_one_that_was_read(tmp_path: Path):
    first, second = written((1, 2, 3, 60, 300)), written((4, 1, 1, 50, 90), seed=2, text="")
    source = lif(tmp_path / "a.lif", first, second)
    done = made(source, tmp_path / "a.ome.tif", box("a.lif"))
    assert not done.problems
    with tifffile.TiffFile(done.path) as file:
        found = [s.asarray() for s in file.series]
    assert np.array_equal(found[1].squeeze(), second.squeeze())
    assert not found[0][..., 4:34, 8:258].any()
    blanked = first.copy()
    blanked[..., 4:34, 8:258] = 0
    assert np.array_equal(found[0].squeeze(), blanked.squeeze())
    old, new = headers.read(source).images, headers.read(done.path).images
    sizes = [[(i.size_x, i.size_y, i.size_z, i.size_c, i.size_t, i.pixel_size_x_um) for i in f] for f in (old, new)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("name", ["czi/100x100.czi", "light/Minimal_IMS_File.ims"])
def test_real_files_keep_their_pixels(name: str, tmp_path: Path):
    source = SAMPLES / name
    with whole(source) as images:
        planes = [image.plane(0, 0, 0) for image, _ in images]
    done = made(source, tmp_path / "a.ome.tif")
    assert not done.problems
    assert np.array_equal(tifffile.imread(done.path).squeeze(), planes[0])
    assert len(planes) == 1


def test_what_cannot_be_read_whole_is_said_and_nothing_is_written(tmp_path: Path):
    with pytest.raises(NotWhole), whole(SAMPLES / "em" / "haadf.dm3"):  # a spectrum image of colours
        pass
    done = made(SAMPLES / "em" / "haadf.dm3", tmp_path / "out" / "a.ome.tif")
    assert [p.code for p in done.problems] == ["privacy.convert.not-whole"]
    assert not (tmp_path / "out").exists()


def test_a_cut_off_file_gives_a_problem_and_no_half_file(tmp_path: Path):
    source = lif(tmp_path / "a.lif", written((1, 1, 4, 60, 300)))
    source.write_bytes(source.read_bytes()[:-5000])
    done = made(source, tmp_path / "out" / "a.ome.tif", box("a.lif"))
    assert done.path is None
    assert [p.code for p in done.problems] == ["privacy.clean.unreadable"]
    assert not list(tmp_path.rglob("*.tif*"))


def test_a_drive_that_fails_in_the_middle_gives_a_problem_and_no_half_file(tmp_path: Path, monkeypatch):
    source = lif(tmp_path / "a.lif", written((1, 1, 4, 60, 300)))
    read, calls = leica.spaced, []

    def failing(*given: object):
        calls.append(given)
        if len(calls) == 3:
            raise OSError(errno.EIO, "the drive is gone")
        return read(*given)

    monkeypatch.setattr(leica, "spaced", failing)
    done = made(source, tmp_path / "out" / "a.ome.tif", box("a.lif"))
    assert [p.code for p in done.problems] == ["privacy.clean.unreadable"]
    assert len(calls) == 3
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_gives_a_problem_and_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = lif(tmp_path / "a.lif", written((1, 1, 4, 60, 300)))

    def full(*_: object) -> None:
        (tmp_path / "out").mkdir(exist_ok=True)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(convert, "_described", full)
    done = made(source, tmp_path / "out" / "a.ome.tif", box("a.lif"))
    assert [p.code for p in done.problems] == ["privacy.clean.disk-full"]
    assert not list((tmp_path / "out").iterdir())


def test_text_that_is_still_read_throws_the_new_file_away(tmp_path: Path):
    source = lif(tmp_path / "a.lif", written((1, 1, 1, 60, 300)))
    seen = box("a.lif", "pixels:10,5,240,28")
    done = converting.written(
        source, tmp_path / "a.ome.tif", [box("a.lif")], POLICY, NOTHING_KNOWN, "a.lif", lambda *_: (seen,)
    )
    assert [p.code for p in done.problems] == ["privacy.clean.left"]
    assert not (tmp_path / "a.ome.tif").exists()


# --- a draft ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(desk, example):
    """The description of the bundled example over two LIF files, one with a name in its pictures."""
    for name, text in (("shown", NAME), ("plain", "")):
        (example.parent / name).mkdir()
        lif(example.parent / name / "cells.lif", written((1, 2, 2, 90, 320), text=text))
    desk.settings.set("privacy_pixels", "sample")
    found = desk.load(example)
    parts = (("shown", "Nucleus over time"), ("plain", "Stacks and channels"))
    found.set_files([FileGroup(str(example.parent / name), part) for name, part in parts])
    found.scan(Cancel())
    found.read_headers(Cancel())
    found.prefill()
    found.check_privacy(Cancel())
    text = [f for f in found.privacy() or () if f.check == "pixels"]
    assert {f.remedies for f in text} == {("convert",)}
    found.decide([Decision(f.key, Choice.CLEAN, "", "me", "2026-11-21T12:00:00Z") for f in text])
    return found


@needs_engine
def test_from_the_text_in_a_picture_to_the_new_file_at_the_archive(desk, opened, monkeypatch):
    pixels = written((1, 2, 2, 90, 320))
    need = copies.need(desk, opened, chosen.copies_planned(opened))
    assert (need.files, need.copied, need.converted, need.bytes) == (1, 1, 1, pixels.size)
    refuses(desk, opened, monkeypatch)

    sealed = opened.seal()
    rows = desk.store.connection().execute("SELECT origin, name FROM submission_file WHERE name LIKE '%tif'").fetchall()
    assert [tuple(r) for r in rows] == [("shown/cells.lif", "shown/cells.lif.ome.tif")]
    receipt = desk.deposit(sealed.id).run()
    assert receipt.more["checksums"]["different"] == 0
    held = list(desk.home.practice.rglob("*.bin"))
    kept = [p for p in held if p.read_bytes()[:3] == b"II*"]
    assert len(kept) == 1
    expected = pixels.copy()
    for r in (parse(f.location) for f in opened.privacy() or () if f.check == "pixels"):
        expected[..., r.y : r.y + r.height, r.x : r.x + r.width] = 0
    assert not np.array_equal(expected, pixels)
    assert np.array_equal(tifffile.imread(kept[0]).squeeze(), expected.squeeze())
    assert opened.places.locate("shown/cells.lif").read_bytes() not in [p.read_bytes() for p in held]
    lists = [text for p in held if (text := p.read_bytes()).startswith(b"Files")]
    assert any(b"shown/cells.lif.ome.tif" in text for text in lists)
    assert not any(b"shown/cells.lif\t" in text or b"shown/cells.lif\n" in text for text in lists)


def refuses(desk, opened, monkeypatch):
    """A disk that is too small, and a file that was cut off since it was checked: the seal stops, and nothing lies
    there."""
    with monkeypatch.context() as patched:
        patched.setattr(copies, "SPARE", 1 << 60)
        with pytest.raises(NeedsUser) as room:
            opened.seal()
    assert room.value.problem.code == "seal.copies-no-room"
    path = opened.places.locate("shown/cells.lif")
    whole_one, status = path.read_bytes(), path.stat()
    path.write_bytes(whole_one[:-9000])
    with pytest.raises(Damaged) as cut:
        opened.seal()
    assert cut.value.problem.code == "privacy.clean.unreadable"
    assert not any(desk.home.submissions.iterdir())
    path.write_bytes(whole_one)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --- folders ---------------------------------------------------------------------------------------------------------


def test_clean_converts_only_where_it_is_asked_to_and_where_it_must(tmp_path: Path, monkeypatch):
    (tmp_path / "in").mkdir()
    lif(tmp_path / "in" / "a.lif", written((1, 1, 1, 90, 320), text=""))
    czi(tmp_path / "in" / "b.czi", written((1, 2, 1, 60, 90), text=""))  # a name where the check finds none
    czi(tmp_path / "in" / "c.czi", written((1, 2, 1, 60, 90), text=""), channel="Phalloidin")
    text = {"in/a.lif": ((box("in/a.lif"),), True)}
    monkeypatch.setattr(cleaning, "_in_pictures", lambda *_: text)
    with closing(Worker()) as worker, tasks.look([str(tmp_path / "in")], Cancel()) as looked:

        def run(out: str, *, convert: bool) -> dict[str, cleaning.CleanedFile]:
            asked = (looked, worker, tmp_path / out, "public", frozenset(), Cancel())
            return {Path(f.source).name: f for f in cleaning.clean(*asked, convert=convert)}

        plain = run("plain", convert=False)
        done = run("out", convert=True)
        times = {p.name: p.stat().st_ctime_ns for p in (tmp_path / "out").iterdir()}
        again = run("out", convert=True)
    for name in ("a.lif", "b.czi"):
        assert plain[name].target is None
        assert "--convert" in plain[name].problems[0].advice.english()
        assert again[name].target == done[name].target
    assert set(times) == {"a.lif.ome.tif", "b.czi.ome.tif", "c.czi"}
    assert {p.name: p.stat().st_ctime_ns for p in (tmp_path / "out").iterdir()} == times  # nothing was written twice
    assert not tifffile.imread(tmp_path / "out" / "a.lif.ome.tif")[4:34, 8:258].any()
    assert b"Wolffersdorff" not in (tmp_path / "out" / "b.czi.ome.tif").read_bytes()
    assert b"Phalloidin" in (tmp_path / "out" / "c.czi").read_bytes()


def test_a_stop_leaves_nothing(tmp_path: Path):
    source = lif(tmp_path / "a.lif", written((1, 1, 1, 60, 300)))
    cancel = Cancel()
    cancel.set()
    with whole(source) as images:
        parts = [converting.part(image, facts) for image, facts in images]
        with pytest.raises(Stopped):
            convert.write(parts, tmp_path / "out" / "a.ome.tif", "a.lif", cancel)
    assert not list((tmp_path / "out").iterdir())
