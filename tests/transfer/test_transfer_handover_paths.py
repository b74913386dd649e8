"""Which files of this computer Globus can read, by which names; progress of a hand-over; a missing extra."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from depositor.draft.problem import NeedsUser
from depositor.transfer.handover import globus_paths, globus_wire
from depositor.transfer.handover.globus_paths import Own, globus_path, own_collection, shared_folders
from depositor.transfer.handover.globus_wire import GlobusAccount
from depositor.transfer.handover.globus_words import look_of
from depositor.transfer.handover.meter import Meter
from depositor.transfer.handover.ports import Phase
from depositor.transfer.net import web

MINE = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (PureWindowsPath(r"C:\Users\Ada B\data\a.tif"), "/C/Users/Ada B/data/a.tif"),
        (PureWindowsPath(r"\\?\d:\x\a.tif"), "/D/x/a.tif"),
        (PureWindowsPath(r"\\server\share\a.tif"), None),
        (PureWindowsPath(r"C:a.tif"), None),
        (PurePosixPath("/home/ada/a b.tif"), "/home/ada/a b.tif"),
        (PurePosixPath("a.tif"), None),
    ],
)
def test_paths_have_the_names_that_globus_gives_them(path: PureWindowsPath | PurePosixPath, name: str | None) -> None:
    assert globus_path(path) == name


@pytest.mark.skipif(sys.platform == "win32", reason="paths of this test are those of POSIX")
def test_only_what_connect_personal_may_read_is_reached(tmp_path: Path) -> None:
    (tmp_path / "lta").mkdir()
    (tmp_path / "lta" / "client-id.txt").write_text(f"{MINE}\n")
    (tmp_path / "lta" / "config-paths").write_text("/data/,0,1\n~/images/,0,1\n")
    own = own_collection("", {"GLOBUS_PERSONAL_DIR": str(tmp_path)})
    assert own.collection == MINE
    assert own.path_of("/data/a.tif") == "/data/a.tif"
    assert own.path_of("/database/a.tif") is None
    assert own.path_of(str(Path.home() / "images" / "a.tif")) == f"{Path.home()}/images/a.tif"
    assert own.path_of("/etc/passwd") is None


def test_a_list_of_folders_that_cannot_be_read_restricts_nothing(tmp_path: Path) -> None:
    assert shared_folders(tmp_path) == ()
    (tmp_path / "config-paths").write_bytes(b"\xff\xfe\x00nonsense")
    assert shared_folders(tmp_path) == ()
    assert Own(MINE).path_of(str(tmp_path / "a")) is not None


def test_without_connect_personal_it_is_explained(tmp_path: Path) -> None:
    with pytest.raises(NeedsUser) as caught:
        own_collection("", {"GLOBUS_PERSONAL_DIR": str(tmp_path)})
    assert caught.value.problem.code == "globus.personal-absent"
    assert "Globus Connect Personal" in caught.value.problem.advice.english()


@pytest.mark.skipif(sys.platform == "win32", reason="paths of this test are those of POSIX")
def test_a_collection_of_the_institute_reads_a_folder_of_this_computer() -> None:
    own = own_collection(f"/mnt/lab=globus://{MINE}/projects/lab", {})
    assert own == Own(MINE, "/mnt/lab", "/projects/lab/")
    assert own.path_of("/mnt/lab/x/a.tif") == "/projects/lab/x/a.tif"
    assert own.path_of("/mnt/laboratory/a.tif") is None
    for nonsense in ("/mnt/lab", "=globus://x/", f"/mnt=globus://{MINE}x/"):
        with pytest.raises(NeedsUser):
            own_collection(nonsense, {})


def test_without_the_extra_it_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "globus_sdk", None)
    for call in (globus_wire.sdk, lambda: globus_wire.client(GlobusAccount("c", "t"), web.session)):
        with pytest.raises(NeedsUser) as caught:
            call()
        assert caught.value.problem.code == "globus.missing"
    with pytest.raises(NeedsUser):
        globus_paths.own_collection("", {})


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"status": "ACTIVE", "nice_status": "OK"}, None),
        ({"status": "ACTIVE", "nice_status": "Queued"}, None),
        ({"status": "ACTIVE", "nice_status": "GC_PAUSED"}, "globus.personal-paused"),
        ({"status": "ACTIVE", "nice_status": "PERMISSION_DENIED"}, "globus.forbidden"),
        ({"status": "ACTIVE", "nice_status": "SOMETHING_NEW"}, "globus.trouble"),
        ({"status": "ACTIVE", "is_paused": True}, "globus.paused-there"),
        ({"status": "INACTIVE"}, "globus.inactive"),
        ({"status": "INACTIVE", "nice_status": "PAUSED_BY_ADMIN"}, "globus.paused-there"),
        ({"status": "FAILED", "fatal_error": {"code": "QUOTA_EXCEEDED"}}, "archive.quota"),
        ({"status": "FAILED", "fatal_error": None, "nice_status": None}, "globus.ended"),
        ({"status": "FAILED", "fatal_error": {"code": "CANCELED"}}, "handover.stopped-there"),
    ],
)
def test_what_globus_says_of_a_task(task: dict[str, object], code: str | None) -> None:
    look = look_of(task, None)
    assert (look.problem.code if look.problem else None) == code
    assert (look.phase is Phase.FAILED) == (task["status"] == "FAILED")


def test_numbers_that_make_no_sense_count_as_none() -> None:
    look = look_of({"status": "SUCCEEDED", "bytes_transferred": "many", "faults": -3}, None)
    assert (look.phase, look.moved, look.trouble) == (Phase.DONE, 0, 0)


def test_progress_counts_what_this_run_moved_and_never_more_than_there_is() -> None:
    meter = Meter((3, 1, 300, 100), (0, 0))
    meter.at("earlier", 40, 100)  # an earlier run's batch: what it had moved is not ours
    meter.begun("fresh")
    meter.at("earlier", 70, 100)
    meter.at("fresh", 500, 100)
    told = meter.snapshot(paused=False)
    assert (told.bytes_done, told.bytes_sent, told.files_done) == (270, 130, 1)
    meter.ended("earlier")
    meter.done(100)
    assert meter.snapshot(paused=False).bytes_done == 300
    assert meter.snapshot(paused=True).speed == 0.0
