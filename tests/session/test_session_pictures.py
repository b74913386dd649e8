"""Pictures are made once, kept until the file changes, and gone with the files."""

import os

from depositor.draft.cancel import Cancel
from depositor.session import pictures


class Counting:
    """The real worker, with what it was asked."""

    def __init__(self, worker):
        self._worker, self.asked = worker, 0

    def call(self, *args, **named):
        self.asked += 1
        return self._worker.call(*args, **named)


def test_a_picture_is_made_once_and_again_when_the_file_changed(desk, example):
    opened = desk.load(example)
    opened.scan(Cancel())
    worker = Counting(desk.worker())
    one = next(s for s in opened.inventory().sets() if s.kind != "other")
    first = pictures.picture(opened, worker, desk.home, one)
    assert first is not None
    assert first.startswith(b"\x89PNG")
    assert pictures.picture(opened, worker, desk.home, one) == first
    assert worker.asked == 1
    path = opened.places.absolute(one.root, one.path)
    os.utime(path, (1, 1))
    opened.scan(Cancel())
    again = next(s for s in opened.inventory().sets() if s.path == one.path)
    assert pictures.picture(opened, worker, desk.home, again) is not None
    assert worker.asked == 2


def test_that_nothing_can_be_shown_is_remembered_and_names_tell_nothing(desk, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "SECRETNAME.tif").write_bytes(b"II*\0\x08\0\0\0")
    opened = desk.new_draft()
    opened.add_paths([folder])
    opened.scan(Cancel())
    worker = Counting(desk.worker())
    one = next(iter(opened.inventory().sets()))
    assert pictures.picture(opened, worker, desk.home, one) is None
    assert pictures.picture(opened, worker, desk.home, one) is None
    assert worker.asked == 1
    kept = [p.name for p in pictures.folder_of(desk.home, opened.id).iterdir()]
    assert len(kept) == 1
    assert "SECRET" not in kept[0]
    opened.remove_path(str(folder))
    assert not pictures.folder_of(desk.home, opened.id).exists()


def test_the_oldest_pictures_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 1000)
    for n in range(12):
        pictures._keep(tmp_path, tmp_path / f"{n}.png", bytes(100))
        if (tmp_path / f"{n}.png").exists():
            os.utime(tmp_path / f"{n}.png", (n + 1, n + 1))
    left = sorted(int(p.stem) for p in tmp_path.iterdir())
    assert left
    assert left[-1] == 11
    assert 0 not in left
