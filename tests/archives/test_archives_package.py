"""A package: a bag that others can check, and drives that are full, closed or gone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from archives_world import Study, noise, spoil

from depositor.archives import registry
from depositor.archives.package import bag
from depositor.archives.ports import ArchiveSession, Credentials
from depositor.archives.verify import Verdict, compare, verify
from depositor.draft.problem import Damaged, NeedsUser, Refused, Retryable, Side
from depositor.draft.submission import State


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    place = tmp_path / "drive"
    place.mkdir()
    return place


@pytest.fixture
def session(drive: Path) -> ArchiveSession:
    return registry.get("package").session("", Credentials(), {"folder": str(drive)})


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study", "package")


def finished(session: ArchiveSession, study: Study) -> Path:
    remote = study.deliver(session)
    assert session.commit(remote, study.deposit()).state is State.ACCEPTED
    return Path(remote)


def test_the_folder_explains_itself(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    assert folder.name == "nuclei-of-cultured-cells-under-two-doses-5f0c9e6a"
    assert {p.name for p in folder.iterdir()} == {
        "README.txt", "bagit.txt", "bag-info.txt", "data", "manifest-sha256.txt", "tagmanifest-sha256.txt",
    }  # fmt: skip
    text = (folder / "README.txt").read_text("utf-8")
    assert "Nuclei of cultured cells" in text
    assert "CC0-1.0" in text
    assert (folder / "data" / "raw" / "b c.tif").read_bytes() == noise(2000, 2)
    assert {"pagetab.json", "manifest-sha256.txt", "submission.depositor.json"} <= {
        p.name for p in (folder / "data").iterdir()
    }


def test_any_checker_of_sums_finds_it_whole(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        lines = (folder / name).read_text("utf-8").splitlines()
        assert lines
        for line in lines:
            digest, _, path = line.partition("  ")
            assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
    listed = {line.partition("  ")[2] for line in (folder / "manifest-sha256.txt").read_text("utf-8").splitlines()}
    there = {p.relative_to(folder).as_posix() for p in (folder / "data").rglob("*") if p.is_file()}
    assert listed == there
    info = (folder / "bag-info.txt").read_text("utf-8")
    total = sum((folder / p).stat().st_size for p in there)
    assert f"Payload-Oxum: {total}.{len(there)}" in info


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
def test_sha256sum_agrees(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    for place in (folder, folder / "data"):
        line = ["sha256sum", "--quiet", "-c", "manifest-sha256.txt"]
        assert subprocess.run(line, cwd=place, check=False).returncode == 0


def test_while_it_is_written_it_says_so(session: ArchiveSession, study: Study) -> None:
    remote = study.deliver(session)
    assert (Path(remote) / bag.MARK).is_file()
    assert session.state(remote).state is State.DRAFT
    session.commit(remote, study.deposit())
    assert not (Path(remote) / bag.MARK).exists()


def test_a_file_that_the_drive_spoilt_stops_the_commit(session: ArchiveSession, study: Study) -> None:
    remote = study.deliver(session)
    spoil(Path(remote) / "data" / "raw" / "a.tif")
    with pytest.raises(Damaged) as caught:
        session.commit(remote, study.deposit())
    assert caught.value.problem.path == "raw/a.tif"
    assert caught.value.problem.side is Side.COMPUTER
    assert (Path(remote) / bag.MARK).is_file()


def test_a_file_that_vanished_stops_the_commit(session: ArchiveSession, study: Study) -> None:
    remote = study.deliver(session)
    (Path(remote) / "data" / "raw" / "a.tif").unlink()
    with pytest.raises(Damaged) as caught:
        session.commit(remote, study.deposit())
    assert caught.value.problem.code == "package.missing"


def test_what_systems_put_there_is_no_part_of_it(session: ArchiveSession, study: Study) -> None:
    remote = study.deliver(session)
    for name in (".DS_Store", "Thumbs.db", "._a.tif", ".0123456789abcdef.part"):
        (Path(remote) / "data" / "raw" / name).write_text("junk")
    session.commit(remote, study.deposit())
    report = verify(session, remote, study.expected())
    assert report.good
    assert report.extra == 0
    assert not (Path(remote) / "data" / "raw" / ".0123456789abcdef.part").exists()


def test_verify_names_what_is_wrong(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    spoil(folder / "data" / "raw" / "a.tif")
    (folder / "data" / "raw" / "b c.tif").unlink()
    (folder / "data" / "raw" / "new.tif").write_text("new")
    found = {c.name: c.verdict for c in compare(session, str(folder), study.expected())}
    assert found["raw/a.tif"] is Verdict.DIFFERENT
    assert found["raw/b c.tif"] is Verdict.MISSING
    assert found["raw/new.tif"] is Verdict.EXTRA
    report = verify(session, str(folder), study.expected())
    assert (report.different, report.missing, report.extra) == (1, 1, 1)
    assert not report.good
    assert [c.name for c in report.wrong] == ["raw/a.tif", "raw/b c.tif"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_not_taken_for_equal(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    (folder / "data" / "raw" / "a.tif").chmod(0)
    assert verify(session, str(folder), study.expected()).different == 1


def test_a_complete_package_is_not_deleted(session: ArchiveSession, study: Study) -> None:
    folder = finished(session, study)
    with pytest.raises(Refused):
        session.withdraw(str(folder))
    assert (folder / "data" / "raw" / "a.tif").exists()


def test_something_else_in_its_place_is_left_alone(session: ArchiveSession, study: Study, drive: Path) -> None:
    place = drive / bag.name_of(study.submission)
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    with pytest.raises(NeedsUser) as caught:
        session.open(study.deposit())
    assert caught.value.problem.code == "package.taken"
    assert [p.name for p in place.iterdir()] == ["thesis.txt"]


def test_an_empty_folder_of_a_killed_run_is_used(session: ArchiveSession, study: Study, drive: Path) -> None:
    (drive / bag.name_of(study.submission) / "data").mkdir(parents=True)
    assert session.open(study.deposit()) == str(drive / bag.name_of(study.submission))
    assert session.find(study.id)


def test_no_folder_was_chosen(study: Study) -> None:
    session = registry.get("package").session("", Credentials(), {})
    with pytest.raises(NeedsUser) as caught:
        session.sign_in()
    assert caught.value.problem.code == "package.no-folder"
    assert "choose-folder" in caught.value.problem.actions
    assert not session.diagnose()[0].ok


def test_a_drive_that_is_not_there(tmp_path: Path, study: Study) -> None:
    session = registry.get("package").session(str(tmp_path / "nowhere"), Credentials())
    with pytest.raises(NeedsUser) as caught:
        session.open(study.deposit())
    assert caught.value.problem.code == "package.gone"


def test_a_drive_that_was_pulled_out_is_waited_for(session: ArchiveSession, study: Study, drive: Path) -> None:
    remote = study.deliver(session)
    drive.rename(drive.with_name("elsewhere"))
    for call in (lambda: session.state(remote), lambda: session.commit(remote, study.deposit())):
        with pytest.raises(Retryable) as caught:
            call()
        assert caught.value.problem.side is Side.COMPUTER
    drive.with_name("elsewhere").rename(drive)
    assert session.commit(remote, study.deposit()).state is State.ACCEPTED


def test_room_is_looked_at_before_the_start(
    session: ArchiveSession, study: Study, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(drive)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(NeedsUser) as caught:
        session.open(study.deposit())
    assert caught.value.problem.code == "package.no-space"
    assert "1000" in caught.value.problem.message.english()
    assert not list(drive.iterdir())


def test_a_drive_that_fills_up_under_way(small_drive: Path, tmp_path: Path) -> None:
    study = Study(tmp_path / "full", "package", {"raw/a.tif": noise(2_000_000), "raw/b.tif": noise(1_900_000, 2)})
    session = registry.get("package").session(str(small_drive), Credentials())
    remote = session.open(study.deposit())
    (small_drive / "other.bin").write_bytes(bytes(17_500_000))
    outcome = study.send(session, remote)
    assert outcome.stopped
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "disk.full"
    (small_drive / "other.bin").unlink()
    assert study.send(session, remote).failed == 0
    study.write_papers()
    study.send(session, remote)
    assert session.commit(remote, study.deposit()).state is State.ACCEPTED


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written_to(session: ArchiveSession, study: Study, drive: Path) -> None:
    drive.chmod(0o500)
    try:
        with pytest.raises(NeedsUser) as caught:
            session.open(study.deposit())
        assert caught.value.problem.side is Side.COMPUTER
        assert not session.diagnose()[0].ok
    finally:
        drive.chmod(0o700)


def test_a_read_only_drive(tmp_path: Path, study: Study, small_drive: Path) -> None:
    if subprocess.run(["mount", "-o", "remount,ro", str(small_drive)], check=False).returncode:
        pytest.skip("may not remount here")
    session = registry.get("package").session(str(small_drive), Credentials())
    with pytest.raises(NeedsUser) as caught:
        session.open(study.deposit())
    assert caught.value.problem.side is Side.COMPUTER
    assert not session.diagnose()[0].ok
