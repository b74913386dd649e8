"""Writing to drives: power cuts, full disks, vanished drives, names that would leave the folder."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from transfer_servers import tiny_disk
from transfer_world import QUICK, World, noise

from depositor.draft.problem import NeedsUser, Refused
from depositor.draft.submission import SubmissionFile
from depositor.transfer.folder import limits as folder_limits
from depositor.transfer.folder.carrier import FolderCarrier


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    drive = tmp_path / "drive"
    drive.mkdir()
    return drive


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    with tiny_disk(tmp_path / "tiny") as disk:
        yield disk


def test_the_copy_is_proved_and_nothing_is_left_lying_about(world: World, drive: Path) -> None:
    world.add("a/b/c.tif", noise(1_500_000))
    world.add("a/empty", b"")
    assert world.run(lambda: FolderCarrier(drive)).sent == 2
    assert (drive / "a/b/c.tif").read_bytes() == noise(1_500_000)
    assert sorted(p.name for p in drive.rglob("*")) == ["a", "b", "c.tif", "empty"]
    assert set(world.states().values()) == {"verified"}


def test_the_size_alone_counts_when_asked_for(world: World, drive: Path) -> None:
    world.add("a.tif", noise(1000))
    world.run(lambda: FolderCarrier(drive, read_back=False))
    assert world.states() == {"a.tif": "sent"}


@pytest.mark.parametrize("spoilt", [b"", b"\0" * 300_000, b"\0" * 2_000_000])
def test_what_a_power_cut_left_is_not_built_on(world: World, drive: Path, spoilt: bytes) -> None:
    """A file system may have kept the length and lost the bytes."""
    file = world.add("big.tif", noise(1_500_000))
    with world.journal() as journal:
        carrier = FolderCarrier(drive)
        journal.intend("s-1", file.seq, carrier.id)
        journal.began("s-1", file.seq, carrier.begin(file))
    carrier._part(file).write_bytes(noise(1_500_000)[:400_000] + spoilt)
    outcome = world.run(lambda: FolderCarrier(drive))
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert (drive / "big.tif").read_bytes() == noise(1_500_000)
    assert outcome.bytes_sent <= 1_500_000 - 400_000 + (1 << 20)


def test_a_full_drive_is_told_before_and_says_how_much_is_missing(world: World, tiny: Path) -> None:
    world.add("fits.tif", noise(1_000_000))
    world.add("too-big.tif", noise(4_000_000))
    outcome = world.run(lambda: FolderCarrier(tiny))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "disk.full"
    assert 800_000 < int(outcome.problem.message.args["needed"]) < 4_000_000
    assert not (tiny / "too-big.tif").exists()


def test_a_drive_that_fills_up_under_way_stops_and_goes_on(world: World, tiny: Path) -> None:
    world.add("big.tif", noise(2_000_000))
    hog = tiny / "hog"

    class Filling(FolderCarrier):
        def begin(self, file: SubmissionFile):  # type: ignore[no-untyped-def]
            upload = super().begin(file)
            hog.write_bytes(noise(2_500_000))
            return upload

    outcome = world.run(lambda: Filling(tiny))
    assert outcome.problem is not None
    assert outcome.problem.code == "disk.full"
    hog.unlink()
    assert world.run(lambda: FolderCarrier(tiny)).sent == 1
    assert (tiny / "big.tif").read_bytes() == noise(2_000_000)


_LIMITED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from transfer_world import QUICK, World, noise
from depositor.transfer.folder.carrier import FolderCarrier
world = World(Path(sys.argv[2]))
world.add("big.tif", noise(3_000_000)); world.add("small.tif", noise(1000))
drive = Path(sys.argv[2]) / "drive"; drive.mkdir()
resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))
print([p.code for p in world.run(lambda: FolderCarrier(drive)).problems], sorted(p.name for p in drive.glob("*.tif")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_drive_that_takes_no_large_files_refuses_only_those(tmp_path: Path) -> None:
    """As on a drive in the FAT format, which ends at 4 GiB."""
    command = [sys.executable, "-c", _LIMITED, str(Path(__file__).parent), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "['target.too-large'] ['small.tif']", done.stderr[-2000:]


def test_a_vanished_drive_is_waited_for(world: World, drive: Path) -> None:
    world.add("a.tif", noise(1000))
    away = drive.with_name("away")
    drive.rename(away)
    with world.running(lambda: FolderCarrier(drive)) as run:
        run.until(lambda: (w := run.engine.progress().waiting) is not None and w.code == "target.gone")
        away.rename(drive)
        assert run.join().sent == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_drive_without_permission_asks_the_user(world: World, drive: Path) -> None:
    file = world.add("a.tif", noise(10))
    drive.chmod(0o500)
    with pytest.raises(NeedsUser):
        FolderCarrier(drive).begin(file)


@pytest.mark.parametrize("name", ["../out.tif", "/etc/out.tif", "a/../../out.tif", ""])
def test_no_name_leaves_the_folder(world: World, drive: Path, name: str) -> None:
    file = SubmissionFile(1, str(world.folder), name, name, 1, 1)
    with pytest.raises(Refused):
        FolderCarrier(drive).begin(file)


def test_the_longest_names_fit(world: World, drive: Path) -> None:
    name = "n" * 251 + ".tif"
    file = world.add("short", noise(100))
    assert FolderCarrier(drive).begin(SubmissionFile(9, file.source, name, name, 100, 1)).token == name


def test_a_file_too_large_for_the_fat_format_is_refused_before_its_first_byte(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SubmissionFile(1, "/nowhere", "big.tif", "big.tif", 4 << 30, 1)
    monkeypatch.setattr(FolderCarrier, "_check_room", lambda self, size: None)
    FolderCarrier(drive).begin(file)
    monkeypatch.setattr(folder_limits, "kind_of", lambda root: "vfat")
    with pytest.raises(Refused) as caught:
        FolderCarrier(drive).begin(file)
    assert caught.value.problem.code == "target.too-large"


def test_the_format_of_a_drive_is_known(tiny: Path) -> None:
    assert folder_limits.kind_of(tiny / "not there yet") == "tmpfs"


@pytest.mark.parametrize(
    ("name", "entries", "other"),
    [
        ("A.tif", ["a.tif"], "a.tif"),
        ("A.tif", ["a.tif", "A.tif"], None),
        ("stra\u00dfe.tif", ["STRASSE.tif"], "STRASSE.tif"),
        ("\u00e4.tif", ["a\u0308.tif"], None),
        ("new.tif", ["old.tif"], None),
    ],
)
def test_names_that_a_drive_without_capitals_takes_for_one(name: str, entries: list[str], other: str | None) -> None:
    assert folder_limits.twin(name, entries) == other


def test_no_file_takes_anothers_place_on_a_drive_without_capitals(
    world: World, drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a drive finds the other name under this one; the folder is listed as it is."""
    exists = Path.exists

    def found(path: Path) -> bool:
        if exists(path):
            return True
        return (
            path.is_relative_to(drive)
            and exists(path.parent)
            and any(entry.name.casefold() == path.name.casefold() for entry in path.parent.iterdir())
        )

    monkeypatch.setattr(Path, "exists", found)
    for name in ("sub/plate.tif", "sub/Plate.tif", "SUB/other.tif", "third.tif"):
        world.add(name, noise(500, len(name)))
    outcome = world.run(lambda: FolderCarrier(drive), dataclasses.replace(QUICK, workers=1))
    assert (outcome.sent, outcome.failed) == (2, 2)
    assert {p.code for p in outcome.problems} == {"target.capitals"}
    assert (drive / "sub/plate.tif").read_bytes() == noise(500, len("sub/plate.tif"))


def test_settings_stay_small() -> None:
    assert QUICK.part_bytes < FolderCarrier.part_size  # type: ignore[operator]
