"""Digests and the manifest: read once, changes noticed, readable by sha256sum."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from bundle_example import FILES, sealed_study

from depositor.bundle import documents, manifest
from depositor.bundle.digest import BLOCK, RunningDigest, file_digest
from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, Defect, NeedsUser, Stopped
from depositor.draft.submission import SubmissionFile


def row(name: str, sha256: str | None = "0" * 64) -> SubmissionFile:
    return SubmissionFile(0, "/nowhere", name, name, 1, 0, sha256=sha256)


def test_digest_of_a_file_larger_than_a_block(tmp_path: Path) -> None:
    path = tmp_path / "big"
    data = os.urandom(2 * BLOCK + 17)
    path.write_bytes(data)
    seen: list[int] = []
    assert file_digest(path, Cancel(), seen.append) == hashlib.sha256(data).hexdigest()
    assert sum(seen) == len(data)


@pytest.mark.parametrize("change", ["grows", "shrinks", "replaced", "touched"])
def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "live"
    path.write_bytes(b"x" * (3 * BLOCK))

    def meddle(_: int) -> None:
        if change == "grows":
            with path.open("ab") as file:
                file.write(b"y")
        elif change == "shrinks":
            os.truncate(path, BLOCK)
        elif change == "replaced":
            shutil.copy2(path, tmp_path / "new")
            (tmp_path / "new").replace(path)
        else:
            os.utime(path, ns=(1, 1))

    with pytest.raises(Damaged) as damaged:
        file_digest(path, Cancel(), meddle)
    assert damaged.value.problem.code == "file.changed"


def test_what_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(Damaged) as gone:
        file_digest(tmp_path / "gone", Cancel())
    assert gone.value.problem.code == "file.gone"
    with pytest.raises((Damaged, NeedsUser)) as folder:
        file_digest(tmp_path, Cancel())
    assert folder.value.problem.code in ("file.unreadable", "file.no-permission")
    assert str(tmp_path) not in str(folder.value)


def test_a_cancelled_digest_stops(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(4 * BLOCK))
    cancel, seen = Cancel(), []

    def one_block(count: int) -> None:
        seen.append(count)
        cancel.set()

    with pytest.raises(Stopped):
        file_digest(path, cancel, one_block)
    assert len(seen) == 1


def test_running_digest_takes_overlaps_and_refuses_gaps() -> None:
    running = RunningDigest()
    running.feed(0, b"hello ")
    running.feed(3, b"lo wor")
    running.feed(0, b"hell")
    running.feed(9, memoryview(b"ld"))
    assert running.count == 11
    assert running.hexdigest() == hashlib.sha256(b"hello world").hexdigest()
    with pytest.raises(ValueError, match="11 to 20"):
        running.feed(20, b"x")


def test_manifest_is_sorted_by_bytes_and_its_digest_is_that_of_its_text(tmp_path: Path) -> None:
    names = ["b", "é", "a/b", "a.b", "Z", "a b", "z"]
    path, digest = manifest.write(map(row, names), tmp_path)
    text = path.read_bytes()
    assert [line[66:] for line in text.decode().splitlines()] == ["Z", "a b", "a.b", "a/b", "b", "z", "é"]
    assert digest == hashlib.sha256(text).hexdigest() == manifest.sha256_of(map(row, reversed(names)))


def test_manifest_without_a_digest_or_with_a_name_twice_is_our_defect() -> None:
    with pytest.raises(Defect) as unknown:
        manifest.sha256_of([row("a"), row("b", None)])
    assert unknown.value.problem.code == "manifest.no-digest"
    with pytest.raises(Defect) as twice:
        manifest.sha256_of([row("a"), row("b"), row("a")])
    assert twice.value.problem.code == "manifest.twice"


def test_a_broken_off_manifest_leaves_the_old_one(tmp_path: Path) -> None:
    path, _ = manifest.write([row("old")], tmp_path)
    with pytest.raises(Defect):
        manifest.write([row("a"), row("a")], tmp_path)
    assert path.read_text() == "0" * 64 + "  old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_manifest_of_many_files_stays_lean() -> None:
    tracemalloc.start()
    try:
        manifest.sha256_of(row(f"folder/{(n * 7919) % 50_000:06}") for n in range(50_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_verify_finds_what_differs_and_goes_on(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path)
    by_origin = [dataclasses.replace(f, name=f.origin) for f in sealed.files()]
    path, _ = manifest.write(by_origin, tmp_path)
    (tmp_path / "raw/notes.txt").write_text("edited")
    (tmp_path / "masks/a_mask.tif").unlink()
    found = {c.name: str(c.found) for c in manifest.verify(tmp_path, path, Cancel())}
    expected = dict.fromkeys(FILES, "equal") | {"raw/notes.txt": "different", "masks/a_mask.tif": "missing"}
    assert found == expected


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_agrees_both_ways(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path)
    manifest.write([dataclasses.replace(f, name=f.origin) for f in sealed.files()], tmp_path)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", manifest.NAME], cwd=tmp_path, check=True)
    theirs = subprocess.run(["sha256sum", "-b", *FILES], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "theirs").write_bytes(theirs.stdout)
    assert {c.found for c in manifest.verify(tmp_path, tmp_path / "theirs", Cancel())} == {manifest.Found.EQUAL}


@pytest.mark.parametrize(
    "content",
    ["no digest  a\n", "0" * 64 + "  ../../etc/passwd\n", "0" * 64 + "  /etc/passwd\n", "0" * 64 + "  \n", "\udcff"],
)
def test_a_broken_or_hostile_manifest_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / manifest.NAME
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(Damaged):
        list(manifest.verify(tmp_path, path, Cancel()))


def test_an_export_before_the_send_reads_the_files(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path / "data")
    before = documents.write("manifest", sealed, tmp_path / "one")
    unread = dataclasses.replace(sealed, files=lambda: (dataclasses.replace(f, sha256=None) for f in sealed.files()))
    after = documents.write("manifest", unread, tmp_path / "two")
    assert [p.read_bytes() for p in before] == [p.read_bytes() for p in after]
    assert [p.name for p in after] == ["manifest-sha256.txt", "renames.tsv"]


def test_an_unknown_format_says_which_there_are(tmp_path: Path) -> None:
    for later in ("empiar", "idr", "ssbd", "xlsx", "no such thing"):
        with pytest.raises(NeedsUser) as asked:
            documents.write(later, sealed_study(tmp_path), tmp_path / "out")
        advice = asked.value.problem.advice.english()
        assert all(known in advice for known in documents.formats())
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permissions that hold")
def test_a_closed_folder_needs_the_user(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(NeedsUser) as asked:
        documents.write("manifest", sealed_study(tmp_path / "data"), tmp_path / "closed")
    assert asked.value.problem.code == "bundle.not-written"


def test_a_file_where_the_folder_should_be_needs_the_user(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(NeedsUser) as asked:
        documents.write("manifest", sealed_study(tmp_path / "data"), tmp_path / "out")
    assert asked.value.problem.code == "bundle.not-written"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_needs_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, *a, **k: real(Path("/dev/full") if "part" in self.name else self, *a, **k)
    )
    with pytest.raises(NeedsUser) as asked:
        documents.write("submission", sealed_study(tmp_path / "data"), tmp_path / "out")
    assert asked.value.problem.code == "bundle.full"


def test_a_cancelled_verify_stops(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path)
    path, _ = manifest.write([dataclasses.replace(f, name=f.origin) for f in sealed.files()], tmp_path)
    cancel = Cancel()
    found = manifest.verify(tmp_path, path, cancel)
    assert next(found).found is manifest.Found.EQUAL
    cancel.set()
    with pytest.raises(Stopped):
        next(found)
