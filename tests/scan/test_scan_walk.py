"""The walk: what it lists, what it leaves out, and what it finds odd."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest
from scan_made import DATA, tiff, write

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import Batch, SetKind
from depositor.draft.problem import Stopped
from depositor.scan import walk as walking
from depositor.scan.walk import locate, walk


class Found:
    """All batches of one walk."""

    def __init__(self, *roots: Path, exclude: tuple[tuple[str, ...], ...] = ()) -> None:
        self.batches: list[Batch] = list(walk(roots, exclude, Cancel()))
        self.files = {f.path: f for b in self.batches for f in b.files}
        self.ignored = {i.path: i.why.id for b in self.batches for i in b.ignored}
        self.problems = {(p.code, p.path): p for b in self.batches for p in b.problems}
        sets: dict[tuple[SetKind, str], list[int]] = defaultdict(lambda: [0, 0])
        for batch in self.batches:
            for one in batch.sets:
                sets[one.kind, one.path][0] += one.files
                sets[one.kind, one.path][1] += one.bytes
        self.sets = {key: tuple(total) for key, total in sets.items()}

    @property
    def codes(self) -> set[str]:
        return {code for code, _ in self.problems}


def test_every_file_is_listed_once_and_belongs_to_at_most_one_set(tmp_path: Path) -> None:
    for name in ("a.czi", "notes.txt", "deep/er/b.nd2", "deep/c.csv"):
        write(tmp_path / name, b"12345")
    found = Found(tmp_path)
    assert set(found.files) == {"a.czi", "notes.txt", "deep/er/b.nd2", "deep/c.csv"}
    assert sum(len(b.files) for b in found.batches) == 4
    assert found.sets == {
        (SetKind.SINGLE, "a.czi"): (1, 5),
        (SetKind.OTHER, "."): (1, 5),
        (SetKind.SINGLE, "deep/er/b.nd2"): (1, 5),
        (SetKind.OTHER, "deep"): (1, 5),
    }
    assert found.codes == set()
    row = found.files["deep/er/b.nd2"]
    assert (row.size, row.mtime_ns, row.set_path) == (5, 1_700_000_000 * 10**9, "deep/er/b.nd2")
    assert found.files["notes.txt"].set_path is None


def test_a_chosen_file_is_listed_under_its_name(tmp_path: Path) -> None:
    chosen = write(tmp_path / "only.czi")
    write(tmp_path / "other.czi")
    found = Found(chosen)
    assert set(found.files) == {"only.czi"}
    assert locate(chosen, "only.czi") == chosen
    assert locate(tmp_path, "only.czi") == chosen
    assert locate(tmp_path, ".") == tmp_path


@pytest.mark.parametrize(
    ("name", "kind", "files"),
    [("simple_0.4", SetKind.ZARR, 15), ("simple_0.5", SetKind.ZARR, 10), ("plate-01.zarr", SetKind.PLATE, 32)],
)
def test_a_chunked_folder_is_one_object_whose_files_are_rows(
    tmp_path: Path, name: str, kind: SetKind, files: int
) -> None:
    shutil.copytree(DATA / "zarr" / name, tmp_path / "in" / name)
    found = Found(tmp_path)
    total = sum(f.size for f in found.files.values())
    assert found.sets == {(kind, f"in/{name}"): (files, total)}
    assert {f.set_path for f in found.files.values()} == {f"in/{name}"}
    assert len(found.files) == files
    assert "scan.hidden" not in found.codes  # .zattrs and the like are parts of it
    inside = Found(tmp_path / "in" / name)
    assert list(inside.sets) == [(kind, ".")]


def test_bioformats2raw_and_n5_are_one_object(tmp_path: Path) -> None:
    write(tmp_path / "b2r/.zattrs", '{"bioformats2raw.layout": 3}')
    write(tmp_path / "b2r/OME/METADATA.ome.xml", "<OME/>")
    write(tmp_path / "b2r/0/0/.zarray", "{}")
    write(tmp_path / "data.n5/attributes.json", '{"n5": "2.0.0"}')
    write(tmp_path / "data.n5/s0/0/0")
    assert Found(tmp_path).sets.keys() == {(SetKind.ZARR, "b2r"), (SetKind.N5, "data.n5")}


def test_junk_in_a_chunked_folder_is_left_out_and_empty_chunks_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr/.zgroup", "{}")
    write(tmp_path / "a.zarr/.DS_Store")
    for n in range(5):
        write(tmp_path / f"a.zarr/0/{n}", b"")
    found = Found(tmp_path)
    assert found.ignored == {"a.zarr/.DS_Store": "scan.ignored.desktop"}
    problem = found.problems["scan.empty", "a.zarr"]
    assert problem.message.count == 5


def test_multi_file_ome_tiff_is_one_set_named_by_its_companion(tmp_path: Path) -> None:
    shutil.copytree(DATA / "multifile", tmp_path / "m")
    shutil.copy(DATA / "ome-tiff" / "ome.tiff", tmp_path / "m" / "alone.ome.tiff")
    found = Found(tmp_path)
    assert found.sets[SetKind.OME_TIFF, "m/multifile.companion.ome"][0] == 6
    assert found.sets[SetKind.SINGLE, "m/alone.ome.tiff"][0] == 1


def test_numbered_planes_are_a_stack_and_two_are_not(tmp_path: Path) -> None:
    for n in range(4):
        write(tmp_path / f"run/img_{n:04}.tif", b"1234")
    for n in range(2):
        write(tmp_path / f"pair/img_{n:04}.tif")
    write(tmp_path / "mouse1.tif", b"1" * 100)
    write(tmp_path / "mouse22.tif", b"1" * 3000)
    write(tmp_path / "mouse333.tif", b"1" * 90000)
    found = Found(tmp_path)
    assert found.sets[SetKind.STACK, "run/img_0000.tif"] == (4, 16)
    assert {k for k, _ in found.sets} == {SetKind.STACK, SetKind.SINGLE}
    assert sum(1 for kind, _ in found.sets if kind is SetKind.SINGLE) == 5


def test_a_stack_of_a_very_large_folder_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_PART", 10)
    for n in range(45):
        write(tmp_path / f"img_{n:04}.tif", b"12")
    found = Found(tmp_path)
    assert list(found.sets.values()) == [(45, 90)]
    assert {f.set_path for f in found.files.values()} == {path for _, path in found.sets}


def test_dicom_series_are_told_by_their_uid(tmp_path: Path) -> None:
    source = (DATA / "dicom" / "CT_small.dcm").read_bytes()
    uid = b"1.3.6.1.4.1.5962.1.3.1.1.20040119072730.12322"
    assert uid in source
    for n in range(3):
        write(tmp_path / f"ct/IM{n:04}.dcm", source)
    write(tmp_path / "ct/IM0009.dcm", source.replace(uid, uid[:-1] + b"9"))
    write(tmp_path / "bare/IM0001", source)
    write(tmp_path / "bare/readme")
    found = Found(tmp_path)
    assert found.sets[SetKind.DICOM, "ct/IM0000.dcm"][0] == 3
    assert found.sets[SetKind.DICOM, "ct/IM0009.dcm"][0] == 1
    assert found.sets[SetKind.DICOM, "bare/IM0001"][0] == 1
    assert found.sets[SetKind.OTHER, "bare"][0] == 1


def test_files_that_belong_to_an_image_go_with_it(tmp_path: Path) -> None:
    for name in ("t.mrc", "t.mrc.mdoc", "v.mhd", "v.raw", "s.imzML", "s.ibd", "x.tif", "x.xml", "loose.xml"):
        write(tmp_path / name)
    found = Found(tmp_path)
    assert found.files["t.mrc.mdoc"].set_path == "t.mrc"
    assert found.files["v.raw"].set_path == "v.mhd"
    assert found.files["s.ibd"].set_path == "s.imzML"
    assert found.files["x.xml"].set_path == "x.tif"
    assert found.files["loose.xml"].set_path is None
    assert {k for k in found.sets if k[0] is SetKind.COMPANION} == {
        (SetKind.COMPANION, name) for name in ("t.mrc", "v.mhd", "s.imzML", "x.tif")
    }


def test_metamorph_and_plate_folders(tmp_path: Path) -> None:
    for name in ("exp.nd", "exp_w1GFP.stk", "exp_w2RFP.stk", "other.stk"):
        write(tmp_path / "mm" / name)
    for name in ("Index.idx.xml", "r01c01f01p01-ch1sk1fk1fl1.tiff", "r01c02f01p01-ch1sk1fk1fl1.tiff"):
        write(tmp_path / "plate" / name)
    found = Found(tmp_path)
    assert found.sets[SetKind.COMPANION, "mm/exp.nd"][0] == 3
    assert found.sets[SetKind.PLATE, "plate"][0] == 3
    assert found.sets[SetKind.SINGLE, "mm/other.stk"][0] == 1


def test_junk_is_listed_with_the_reason(tmp_path: Path) -> None:
    junk = {
        ".DS_Store": "desktop", "Thumbs.db": "desktop", "desktop.ini": "desktop", "._img.tif": "desktop",
        "~$report.docx": "lock", ".~lock.x.ods#": "lock", "copy.part": "partial", "x.tmp": "partial",
    }  # fmt: skip
    for name in junk:
        write(tmp_path / name)
    for folder in ("@eaDir", ".git", "__MACOSX"):
        write(tmp_path / folder / "inner" / "file.tif")
    write(tmp_path / "data.tif")
    found = Found(tmp_path)
    assert set(found.files) == {"data.tif"}
    assert {k: v.removeprefix("scan.ignored.") for k, v in found.ignored.items() if k in junk} == junk
    assert found.ignored.keys() - junk.keys() == {"@eaDir", ".git", "__MACOSX"}


def test_patterns_leave_out_names_paths_and_folders(tmp_path: Path) -> None:
    for name in ("a.log", "b.tif", "old/c.tif", "raw/old/d.tif", "raw/new/e.tif"):
        write(tmp_path / name)
    found = Found(tmp_path, exclude=(("*.log", "raw/old", "old/*.tif"),))
    assert set(found.files) == {"b.tif", "raw/new/e.tif"}
    assert set(found.ignored) == {"a.log", "raw/old", "old/c.tif"}
    assert set(found.ignored.values()) == {"scan.ignored.excluded"}
    words = [i.why.english() for b in found.batches for i in b.ignored if i.path == "a.log"]
    assert "*.log" in words[0]


def test_patterns_belong_to_their_own_root(tmp_path: Path) -> None:
    write(tmp_path / "one/a.log")
    write(tmp_path / "two/a.log")
    found = Found(tmp_path / "one", tmp_path / "two", exclude=(("*.log",), ()))
    assert [(f.root, f.path) for f in found.files.values()] == [(1, "a.log")]


def test_empty_and_hidden_files_are_reported_and_still_listed(tmp_path: Path) -> None:
    write(tmp_path / "empty.tif", b"")
    write(tmp_path / ".hidden.csv")
    found = Found(tmp_path)
    assert set(found.files) == {"empty.tif", ".hidden.csv"}
    assert found.problems.keys() == {("scan.empty", "empty.tif"), ("scan.hidden", ".hidden.csv")}


def test_thousands_of_one_kind_are_one_problem_with_a_number(tmp_path: Path) -> None:
    for n in range(30):
        write(tmp_path / f"many/e{n}.dat", b"")
    found = Found(tmp_path)
    assert found.problems.keys() == {("scan.empty", "many")}
    assert found.problems["scan.empty", "many"].message.english() == "30 files in this folder are empty."


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_are_reported_and_never_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "elsewhere" / "x.tif").parent
    root = tmp_path / "root"
    write(root / "a" / "real.tif")
    (root / "a" / "inner.tif").symlink_to(root / "a" / "real.tif")
    (root / "up").symlink_to(root, target_is_directory=True)
    (root / "out").symlink_to(outside, target_is_directory=True)
    (root / "gone").symlink_to(tmp_path / "nothing")
    found = Found(root)
    assert set(found.files) == {"a/real.tif"}
    assert found.problems.keys() == {
        ("scan.link", "a/inner.tif"),
        ("scan.link", "up"),
        ("scan.link-outside", "out"),
        ("scan.link-broken", "gone"),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX names and files")
def test_special_files_and_names_that_are_no_text_are_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        previous = Path.cwd()
        os.chdir(tmp_path)
        try:
            listener.bind("sock")
        finally:
            os.chdir(previous)
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.tif")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    write(tmp_path / "fine.tif")
    found = Found(tmp_path)
    assert set(found.files) == {"fine.tif"}
    assert found.problems["scan.special", "."].message.count == 2
    assert ("scan.name-not-text", "caf?.tif") in found.problems


def test_names_that_clash_elsewhere_are_reported(tmp_path: Path) -> None:
    composed, decomposed = unicodedata.normalize("NFC", "Zürich.tif"), unicodedata.normalize("NFD", "Zürich.tif")
    for name in ("Image.tif", "image.tif", composed, decomposed):
        write(tmp_path / name)
    if len(list(tmp_path.iterdir())) < 4:
        pytest.skip("this file system keeps only one of them")
    found = Found(tmp_path)
    assert len(found.files) == 4
    assert found.problems.keys() == {("scan.case-clash", "image.tif"), ("scan.unicode-clash", composed)} or (
        found.problems.keys() == {("scan.case-clash", "image.tif"), ("scan.unicode-clash", decomposed)}
    )


def test_a_file_that_is_being_written_is_reported(tmp_path: Path) -> None:
    growing = tmp_path / "now.tif"
    growing.write_bytes(b"1")
    found = Found(tmp_path)
    assert found.problems.keys() == {("scan.growing", "now.tif")}
    assert set(found.files) == {"now.tif"}


def test_a_file_that_changes_between_two_looks_is_reported(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif")
    os.utime(file, (time.time() - 1.5,) * 2)
    walker = walk([tmp_path], [()], Cancel())
    from depositor.scan import sieve

    seen: list[str] = []
    original = sieve.Sieve.growing

    def later(self: sieve.Sieve) -> list:  # type: ignore[type-arg]
        file.write_bytes(b"more than before")
        os.utime(file, (1_700_000_000,) * 2)
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sieve.Sieve, "growing", later)
        for batch in walker:
            seen += [p.code for p in batch.problems]
    assert seen == ["scan.growing"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = Found(tmp_path / "nowhere", write(tmp_path / "here/a.tif").parent)
    assert ("scan.missing", "nowhere") in found.problems
    assert set(found.files) == {"a.tif"}


def test_a_folder_within_another_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "all/part/a.tif")
    write(tmp_path / "all-else/b.tif")
    found = Found(tmp_path / "all", tmp_path / "all" / "part", tmp_path / "all-else")
    assert found.problems.keys() == {("scan.twice", "part")}
    assert Found(tmp_path / "all", tmp_path / "all").problems.keys() == {("scan.twice", "all")}


def test_a_folder_that_vanishes_is_a_problem_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / name / "x.tif")
    original = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("/a"):
            shutil.rmtree(tmp_path / "b")
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = Found(tmp_path)
    assert set(found.files) == {"a/x.tif", "c/x.tif"}
    assert ("scan.vanished", "b") in found.problems


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_unreadable_files_and_folders_are_reported(tmp_path: Path) -> None:
    write(tmp_path / "ok.tif")
    write(tmp_path / "locked.tif").chmod(0)
    write(tmp_path / "closed" / "x.tif").parent.chmod(0)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from depositor.draft.cancel import Cancel\n"
        "from depositor.scan.walk import walk\n"
        "if os.getuid() == 0: os.setresuid(65534, 65534, 65534)\n"
        "for b in walk([Path(sys.argv[1])], [()], Cancel()):\n"
        "    for p in b.problems: print(p.code, p.path)\n"
        "    for f in b.files: print('file', f.path)\n"
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    out = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    (tmp_path / "closed").chmod(0o755)
    lines = set(out.stdout.splitlines())
    assert {"scan.unreadable-folder closed", "scan.unreadable locked.tif", "file ok.tif", "file locked.tif"} <= lines


def test_cancel_stops_between_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "BATCH_FILES", 5)
    for n in range(50):
        write(tmp_path / f"d{n}" / "x.tif")
    cancel = Cancel()
    seen = 0
    with pytest.raises(Stopped) as stopped:  # noqa: PT012 - the loop itself is what stops
        for batch in walk([tmp_path], [()], cancel):
            seen += len(batch.files)
            cancel.set()
    assert stopped.value.problem.code == "scan.stopped"
    assert 5 <= seen < 50
    with pytest.raises(Stopped):
        list(walk([tmp_path], [()], cancel))


def test_batches_are_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "BATCH_FILES", 20)
    for folder in range(10):
        for n in range(10):
            write(tmp_path / f"d{folder}" / f"{n}.csv")
    sizes = [len(b.files) for b in walk([tmp_path], [()], Cancel())]
    assert sum(sizes) == 100
    assert max(sizes) <= 30


def test_a_tiff_that_lies_does_not_stop_the_walk(tmp_path: Path) -> None:
    for n in range(3):
        tiff(tmp_path / f"{n}.ome.tif", tags=((270, 2, 0xFFFFFFF0, 8),))
    assert len(Found(tmp_path).files) == 3
