"""What is sent goes away or changes in the middle: a drive is pulled out, a share is unmounted, files grow, shrink,
change, vanish. A drive is waited for; a changed file is told, and nothing of it counts as sent."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apart_place import ApartPlace
from crash_routes import BIG, ROUTES, Route, fill
from crash_sender import LINES, PART, SETTINGS, factory, settings
from transfer_world import World, noise

from depositor import patched

pytestmark = pytest.mark.timeout(60)
MANY = dataclasses.replace(SETTINGS, workers=LINES)


class Drive:
    """A drive that can be pulled out: what is open there fails, and nothing can be opened."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._away = folder, folder.with_name("away")
        self.gone, self.refused = False, 0
        drive = self

        class File(io.FileIO):
            def readinto(self, buffer: Any) -> int:  # type: ignore[override]
                drive.look()
                return super().readinto(buffer) or 0

            def read(self, size: int = -1) -> bytes:  # type: ignore[override]
                drive.look()
                return super().read(size) or b""

        def opened(path: Path, *, recipe: bool) -> File:
            drive.refused += drive.gone
            return File(path, "r")

        monkeypatch.setattr(patched, "opened", opened)

    def look(self) -> None:
        if self.gone:
            raise OSError(errno.EIO, "Input/output error")

    def pull(self) -> None:
        self.gone = True
        self._folder.rename(self._away)

    def plug(self) -> None:
        self._away.rename(self._folder)
        self.gone = False


def test_a_drive_that_is_pulled_out_while_several_lines_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line finds that the drive is gone, and cannot open the file again; another one, which had a part in memory,
    asks for its next part only then."""
    world = World(tmp_path)
    world.add("big.ome.tif", noise(12 * PART))
    place, drive, held = ApartPlace(tmp_path / "place"), Drive(world.folder, monkeypatch), threading.Event()

    def before(number: int) -> None:
        if number == 2:
            held.wait(20)
        if number == 4:
            drive.pull()

    place.before = before
    with world.running(place.carrier, MANY) as run:
        run.until(lambda: drive.refused >= 2 or run.outcome is not None)
        held.set()
        run.until(lambda: drive.refused >= 5 or run.outcome is not None)
        assert run.outcome is None
        waiting = run.engine.progress().waiting
        assert waiting is not None
        assert waiting.code == "source.gone"
        drive.plug()
        assert run.join().sent == 1
    assert place.content("big.ome.tif") == noise(12 * PART)
    assert world.digests() == world.true_digests()


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="mounting needs root on Linux")
def test_a_share_that_is_unmounted_in_the_middle_and_comes_back(tmp_path: Path) -> None:
    share, world = tmp_path / "share", World(tmp_path)
    world.folder.rename(share)
    world.folder.mkdir()
    mounted = ["mount", "--bind", str(share), str(world.folder)]
    subprocess.run(mounted, check=True)
    try:
        fill(world, ROUTES["folder"])
        with ROUTES["s3"].served(tmp_path) as served:
            told = {**served.told, "limit": 2_000_000}
            with world.running(factory(told), settings(told)) as run:
                run.until(lambda: served.held() > BIG // 3)
                subprocess.run(["umount", "-l", str(world.folder)], check=True)
                world.folder.rmdir()
                served.line.cut()  # type: ignore[union-attr]
                run.until(lambda: run.engine.progress().waiting is not None or run.outcome is not None)
                world.folder.mkdir()
                subprocess.run(mounted, check=True)
                outcome = run.join()
            assert (outcome.failed, outcome.stopped) == (0, False), outcome.problems
            assert served.names() == sorted(f.name for f in world.files)
            assert world.digests() == world.true_digests()
    finally:
        subprocess.run(["umount", "-l", str(world.folder)], check=False)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrink(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(BIG // 4)


def change(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(BIG - 10)
        file.write(b"!")


MEDDLING: dict[str, Callable[[Path], object]] = {
    "grows": grow,
    "shrinks": shrink,
    "changes": change,
    "vanishes": lambda path: path.unlink(),
    "is replaced": lambda path: (
        path.with_suffix(".new").write_bytes(noise(BIG, 99)) and path.with_suffix(".new").replace(path)
    ),
}


@contextlib.contextmanager
def meddled(tmp_path: Path, route: Route, meddle: Callable[[Path], object]) -> Iterator[tuple[World, Any, Any]]:
    """A run in the middle of whose big file something happens to it."""
    world = World(tmp_path)
    fill(world, route)
    with route.served(tmp_path) as served:
        told = {**served.told, "limit": 2_000_000}
        with world.running(factory(told), settings(told)) as run:
            run.until(lambda: any(f.size == BIG and f.sent > BIG // 3 for f in run.engine.progress().active))
            meddle(Path(world.files[0].source))
            yield world, served, run.join()


@pytest.mark.parametrize(
    "route", [ROUTES[name] for name in ("tus", "s3", "put", "folder", "figshare")], ids=lambda route: route.name
)
@pytest.mark.parametrize("what", MEDDLING)
def test_a_file_that_changes_while_it_is_sent_never_counts_as_sent(tmp_path: Path, route: Route, what: str) -> None:
    with meddled(tmp_path, route, MEDDLING[what]) as (world, served, outcome):
        states = world.states()
        if states["stack/big.ome.tif"] != "failed":  # what had been opened before may be read to its end
            assert what in ("vanishes", "is replaced")
            assert served.content("stack/big.ome.tif") == noise(BIG, BIG)
            return
        assert [p.code for p in outcome.problems] in (["file.changed"], ["file.gone"])
        others = {state for name, state in states.items() if name != "stack/big.ome.tif"}
        assert others <= {"sent", "verified"}
        assert "stack/big.ome.tif" not in served.names() or served.content("stack/big.ome.tif") != noise(BIG, 99)
