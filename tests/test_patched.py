"""A file with patches over it reads and writes like the file that it stands for; the original stays as it was."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor import patched
from depositor.bundle.digest import sent_digest
from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged
from depositor.draft.submission import SubmissionFile
from depositor.patched import PAGE, NoRecipe, PatchedFile
from depositor.transfer.source import Source

SIZE = 3 * PAGE + 100

_step = st.one_of(
    st.tuples(st.just("write"), st.integers(0, SIZE + PAGE), st.binary(min_size=1, max_size=PAGE + 10)),
    st.tuples(st.just("truncate"), st.integers(0, SIZE + 2 * PAGE), st.just(b"")),
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("patched") / "slide.tif"
    path.write_bytes(bytes(n % 251 for n in range(SIZE)))
    return path


@settings(max_examples=80, deadline=None)
@given(steps=st.lists(_step, max_size=8))
def test_like_the_file_itself(original: Path, steps: list[tuple[str, int, bytes]]) -> None:
    copy = original.with_name("copy.tif")
    copy.write_bytes(original.read_bytes())
    with copy.open("r+b") as plain, contextlib.closing(PatchedFile(original)) as file:
        for what, at, data in steps:
            for one in (plain, file):
                one.seek(at)
                _ = one.write(data) if what == "write" else one.truncate(at)
        plain.flush()
        wanted = copy.read_bytes()
        assert file.seek(0, os.SEEK_END) == len(wanted)
        file.seek(0)
        assert file.read() == wanted
        recipe = original.with_name(f"again{patched.SUFFIX}")
        file.save(recipe)
    with contextlib.closing(PatchedFile.from_recipe(recipe)) as again:
        assert again.read() == wanted


def _recipe(original: Path, folder: Path) -> tuple[Path, bytes]:
    recipe = folder / f"slide.tif{patched.SUFFIX}"
    with contextlib.closing(PatchedFile(original)) as file:
        file.seek(10)
        file.write(b"removed")
        file.seek(0, os.SEEK_END)
        file.write(b"appended")
        file.save(recipe)
        file.seek(0)
        return recipe, file.read()


def _row(recipe: Path, original: Path, wanted: bytes) -> SubmissionFile:
    return SubmissionFile(1, str(recipe), "slide.tif", "slide.tif", len(wanted), original.stat().st_mtime_ns)


def test_the_original_is_never_written(original: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(original.read_bytes()).hexdigest()
    _recipe(original, tmp_path)
    assert hashlib.sha256(original.read_bytes()).hexdigest() == before


def test_a_transfer_sends_the_patched_bytes(original: Path, tmp_path: Path) -> None:
    recipe, wanted = _recipe(original, tmp_path)
    row = _row(recipe, original, wanted)
    source = Source(row)
    source.open()
    with contextlib.closing(source):
        assert source.read(0, len(wanted)) == wanted
        source.catch_up(len(wanted), lambda: None)
        assert source.digest.hexdigest() == hashlib.sha256(wanted).hexdigest() == sent_digest(row, Cancel())


def test_a_changed_original_is_not_sent(tmp_path: Path) -> None:
    original = tmp_path / "slide.tif"
    original.write_bytes(b"a" * SIZE)
    recipe, wanted = _recipe(original, tmp_path)
    row = _row(recipe, original, wanted)
    original.write_bytes(b"b" * SIZE)
    os.utime(original, ns=(1, 1))
    with pytest.raises(Damaged):
        Source(row).open()
    with pytest.raises(Damaged):
        sent_digest(row, Cancel())


def test_a_damaged_recipe_counts_as_gone(original: Path, tmp_path: Path) -> None:
    recipe, wanted = _recipe(original, tmp_path)
    recipe.write_bytes(recipe.read_bytes()[:-100])
    with pytest.raises(NoRecipe):
        PatchedFile.from_recipe(recipe)
    with pytest.raises(Damaged):
        Source(_row(recipe, original, wanted)).open()


def test_a_users_file_of_such_a_name_is_sent_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / f"mine{patched.SUFFIX}"
    mine.write_bytes(b"text")
    row = SubmissionFile(1, str(mine), mine.name, mine.name, 4, mine.stat().st_mtime_ns)
    source = Source(row)
    source.open()
    with contextlib.closing(source):
        assert source.read(0, 4) == b"text"


def test_too_much_change_is_told(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patched, "MOST", PAGE)
    with contextlib.closing(PatchedFile(original)) as file, pytest.raises(patched.TooMuchChanged):
        file.write(bytes(3 * PAGE))
