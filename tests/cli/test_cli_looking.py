"""scan, headers, check: shapes of the contract, on the bundled example and on bad input."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from cli_running import Run

PROBLEM = {"code", "side", "message", "advice", "path"}


def test_scan_tells_sets_and_totals(run: Run, example: Path) -> None:
    done = run("scan", example / "images", "--json")
    assert done.code == 0
    found = done.json()
    assert {"files", "bytes", "sets", "ignored", "problems"} <= set(found)
    assert found["files"] == 9
    assert found["bytes"] == sum(p.stat().st_size for p in (example / "images").rglob("*") if p.is_file())
    kinds = {Path(s["path"]).name: s["kind"] for s in found["sets"]}
    assert kinds["blobs_image_v05.ome.zarr"] == "ome-zarr"
    assert kinds["TZ_nucleus.ome.tif"] == "single"
    assert all(Path(s["path"]).exists() for s in found["sets"]), "paths lead to the file"


def test_scan_says_what_is_left_out_and_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.tif").write_bytes(b"II*\x00")
    (folder / "Thumbs.db").write_bytes(b"x")
    done = run("scan", folder, tmp_path / "gone", "--json")
    found = done.json()
    assert done.code == 1
    assert [Path(i["path"]).name for i in found["ignored"]] == ["Thumbs.db"]
    assert "scan.missing" in {p["code"] for p in found["problems"]}
    assert all(set(p) >= PROBLEM for p in found["problems"])
    assert "gone" in done.err, "people are told on standard error"


def test_scan_of_one_file_and_words_for_people(run: Run, example: Path) -> None:
    done = run("scan", example / "images/time-lapse/TZ_nucleus.ome.tif")
    assert done.code == 0
    assert done.out.startswith("1 file, 122.7\u00a0kB")


def test_headers_give_the_facts_of_each_file(run: Run, example: Path) -> None:
    done = run("headers", example / "images", "--json")
    assert done.code == 0, "a file without a reader is not a failure"
    files = {Path(f["path"]).name: f for f in done.json()["files"]}
    nucleus = files["TZ_nucleus.ome.tif"]
    assert nucleus["format"] == "OME-TIFF"
    image = nucleus["images"][0]
    assert (image["size_x"], image["size_z"], image["size_t"]) == (73, 5, 4)
    assert abs(image["pixel_size_x_um"] - 0.41513292348643577) < 1e-9
    assert "blobs_image_v05.ome.zarr" in files, "a chunked image is one object"
    assert not any("/0/c/" in f["path"] for f in done.json()["files"])
    assert files["benchmark_v1_2018_x64y64z5c2s1t11.nd"]["reader"] == "imagexpress"


def test_headers_of_a_truncated_file_are_a_problem_of_that_file(run: Run, example: Path, tmp_path: Path) -> None:
    shutil.copy(example / "images/time-lapse/TZ_nucleus.ome.tif", tmp_path / "good.ome.tif")
    (tmp_path / "bad.ome.tif").write_bytes((tmp_path / "good.ome.tif").read_bytes()[:64])
    (tmp_path / "empty.czi").touch()
    done = run("headers", tmp_path, "--json")
    files = {Path(f["path"]).name: f for f in done.json()["files"]}
    assert files["good.ome.tif"]["images"]
    for name in ("bad.ome.tif", "empty.czi"):
        assert files[name]["problems"], name
        assert set(files[name]["problems"][0]) >= PROBLEM
    assert done.code == 1


def test_check_masks_what_it_found(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    info = Image.Exif()
    info[0x013B] = "Josiah Carberry"  # Artist
    Image.new("L", (8, 8)).save(tmp_path / "a.tif", exif=info)
    masked = run("check", tmp_path, "--json")
    shown = run("check", tmp_path, "--json", "--show-evidence")
    found = [f for f in masked.json()["findings"] if "Artist" in (f["location"] or "")]
    assert found
    keys = {"key", "check", "level", "subject", "path", "location", "evidence", "message", "remedies"}
    assert keys <= set(found[0])
    assert Path(found[0]["path"]) == tmp_path / "a.tif"
    assert "Carberry" not in masked.out
    assert "Carberry" in shown.out
    assert masked.json()["files"] == 1
    assert masked.code == 1


def test_check_of_something_clean(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (8, 8)).save(tmp_path / "plain.png")
    done = run("check", tmp_path, "--json")
    assert done.code == 0
    assert not [f for f in done.json()["findings"] if f["level"] in ("warning", "blocker")]


def test_what_could_not_be_looked_into_is_told_by_check_and_by_clean(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "plain.txt").write_text("cells")
    try:
        (folder / "gone.tif").symlink_to(tmp_path / "nowhere.tif")
    except OSError:
        pytest.skip("this system lets us make no links")
    gaps = run("check", folder, "--pixels", "none", "--json").json()["not_checked"]
    assert [Path(gap["path"]).name for gap in gaps] == ["gone.tif"]
    assert gaps[0]["why"] == "This link points to nothing."
    done = run("clean", folder, "--out", tmp_path / "out", "--json")
    assert [p["code"] for p in done.json()["problems"]] == ["scan.link-broken"]
    assert "gone.tif" in done.err


def test_a_path_that_is_not_there_is_a_slip(run: Run, tmp_path: Path) -> None:
    for command in ("headers", "check"):
        done = run(command, tmp_path / "nowhere", "--json")
        assert done.code == 2
        assert done.json()["problems"][0]["code"] == "cli.usage"
        assert "nowhere" in done.err


def test_many_roots_keep_their_own_paths(run: Run, example: Path) -> None:
    roots = [example / "images/time-lapse", example / "images/stacks"]
    done = run("headers", *roots, "--json")
    assert all(any(Path(f["path"]).is_relative_to(r) for r in roots) for f in done.json()["files"])


def test_a_name_that_is_no_text_is_said_and_breaks_nothing(run: Run, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.tif")
    try:
        (tmp_path / name).write_bytes(b"II*\x00")
    except OSError:
        pytest.skip("this file system takes no such name")
    (tmp_path / "other.tif").write_bytes(b"II*\x00")
    done = run("scan", tmp_path, "--json")
    assert done.code == 1
    assert done.json()["files"] == 1
    assert "scan.name-not-text" in {p["code"] for p in done.json()["problems"]}


def test_a_thousand_like_problems_are_told_once(run: Run, tmp_path: Path) -> None:
    for n in range(40):
        (tmp_path / f"{n:02}").mkdir()
        (tmp_path / f"{n:02}" / "empty.tif").touch()
    done = run("scan", tmp_path, "--json")
    assert len([p for p in done.json()["problems"] if p["code"] == "scan.empty"]) == 40, "programs get all of them"
    assert "... and 34 more" in done.err
    assert done.err.count("[scan.empty]") == 1


def test_a_folder_and_the_document_about_it_give_the_same_keys(run: Run, tmp_path: Path) -> None:
    """So that a decision made from the one holds for the other."""
    from PIL import Image

    folder = tmp_path / "data"
    folder.mkdir()
    info = Image.Exif()
    info[0x013B] = "Josiah Carberry"  # Artist
    Image.new("L", (8, 8)).save(folder / "a.tif", exif=info)
    document = tmp_path / "x.depositor.json"
    document.write_text(json.dumps({"depositor": 1, "archive": "practice", "files": [{"path": "data"}]}))
    by_folder = {f["key"] for f in run("check", folder, "--json").json()["findings"]}
    by_document = {f["key"] for f in run("check", document, "--json").json()["findings"]}
    assert by_folder
    assert by_folder == by_document


def test_dicom_places_have_names_for_people_and_tags_in_json(run: Run) -> None:
    file = Path(__file__).parents[1] / "data" / "privacy" / "dicom" / "01_headers.dcm"
    assert "(0010,0010) Patient's Name" in run("check", file).out
    assert "(0010,0010)" in {f["location"] for f in run("check", file, "--json").json()["findings"]}


def test_what_electrons_see_is_told_in_nanometres() -> None:
    from depositor.cli.looking import _length

    assert (_length(0.00012827), _length(0.597976), _length(0.01)) == ("0.1283 nm", "0.598 µm", "0.01 µm")
