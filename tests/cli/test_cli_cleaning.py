"""clean: copies beside the originals, renamed, checked again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cli_running import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two TIFFs by a named artist and a note without one."""
    from PIL import Image

    made = tmp_path / "data"
    (made / "sub").mkdir(parents=True)
    info = Image.Exif()
    info[0x013B] = "Josiah Carberry"  # Artist
    Image.new("L", (8, 8)).save(made / "a.tif", exif=info)
    Image.new("L", (8, 8)).save(made / "sub" / "b.tif", exif=info)
    Image.new("L", (8, 8)).save(made / "plain.png")
    return made


def digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_copies_are_cleaned_and_originals_stay(run: Run, folder: Path, tmp_path: Path) -> None:
    before = digests(folder)
    done = run("clean", folder, "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.err
    files = {Path(f["path"]).name: f for f in done.json()["files"]}
    assert set(files) == {"a.tif", "b.tif", "plain.png"}
    assert files["a.tif"]["removed"]
    assert not files["plain.png"]["removed"]
    assert digests(folder) == before
    copies = sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert copies == ["a.tif", "plain.png", "sub/b.tif"]
    assert b"Carberry" not in (tmp_path / "out" / "a.tif").read_bytes()
    assert "Carberry" not in done.out + done.err


def test_what_is_kept_stays(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder, "--out", tmp_path / "out", "--keep", "staff", "--json")
    assert done.code in (0, 1)
    assert b"Carberry" in (tmp_path / "out" / "a.tif").read_bytes()


def test_a_second_run_writes_nothing_twice(run: Run, folder: Path, tmp_path: Path) -> None:
    run("clean", folder, "--out", tmp_path / "out")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*") if p.is_file()}
    inodes = {p: p.stat().st_ino for p in before}
    assert run("clean", folder, "--out", tmp_path / "out").code == 0
    assert {p: p.stat().st_ino for p in before} == inodes


def test_a_folder_in_use_is_not_written_to_unless_forced(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.tif").write_text("mine")
    done = run("clean", folder, "--out", tmp_path / "out", "--json")
    assert done.code == 3
    assert done.json()["problems"][0]["code"] == "clean.not-empty"
    assert "--force" in done.err
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.tif"]
    assert (tmp_path / "out" / "a.tif").read_text() == "mine"
    assert run("clean", folder, "--out", tmp_path / "out", "--force").code == 0
    assert (tmp_path / "out" / "a.tif").read_bytes()[:2] in (b"II", b"MM")


def test_a_copy_that_somebody_changed_is_left_alone(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("clean", folder, "--out", out).code == 0
    (out / "a.tif").write_text("mine")
    done = run("clean", folder, "--out", out, "--json")
    assert done.code == 1
    assert [p["code"] for p in done.json()["problems"]] == ["clean.there-already"]
    assert (out / "a.tif").read_text() == "mine"
    (out / "a.tif").unlink()
    assert run("clean", folder, "--out", out).code == 0


def test_another_policy_replaces_the_copies_of_the_first(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("clean", folder, "--out", out, "--keep", "staff")
    assert b"Carberry" in (out / "a.tif").read_bytes()
    assert run("clean", folder, "--out", out).code == 0
    assert b"Carberry" not in (out / "a.tif").read_bytes()


def test_what_was_made_is_told_and_what_was_not(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (folder / "plain.png").rename(folder / "Wojciechowska_Halina_1958-07-03.png")
    done = run("clean", folder, "--out", out)
    assert done.code == 0, done.err
    assert "3 files were copied to" in done.out
    assert "1 copy has another name" in done.out
    assert (tmp_path / ".out.cleaning").is_file()
    assert f"Do not pass on {tmp_path / '.out.cleaning'}" in done.err
    (out / "a.tif").write_text("mine")
    again = run("clean", folder, "--out", out)
    assert again.code == 1
    assert "2 files were copied to" in again.out
    assert "1 file has no copy." in again.out


def test_copies_never_go_among_the_originals(run: Run, folder: Path) -> None:
    done = run("clean", folder, "--out", folder / "cleaned", "--json")
    assert done.code == 3
    assert done.json()["problems"][0]["code"] == "clean.inside"
    assert not (folder / "cleaned").exists()


def test_help_and_usage(run: Run, folder: Path) -> None:
    told = " ".join(run("clean", "--help").out.split())
    assert "--policy" in told
    assert "patient, staff, site, place, other" in told
    assert "“name now” and “new name”" in told
    assert run("clean", folder).code == 2
    assert run("clean", folder, "--out", "x", "--keep", "nobody").code == 2
