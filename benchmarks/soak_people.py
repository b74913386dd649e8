"""Who deposits in the soak: the program in a process at one end of the line, and the study that it sends."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from soak_line import SlowLine
from soak_sites import digest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "archives"))

from archives_world import description

_SENDER = Path(__file__).with_name("soak_sender.py")
_SMALL = 40


class Sender:
    """``soak_sender.py`` in a process at one end of the line."""

    def __init__(self, line: SlowLine, side: str, home: Path, variables: dict[str, str]) -> None:
        command = line.inside(side, [sys.executable, str(_SENDER), str(home)])
        plain = {k: v for k, v in os.environ.items() if not k.startswith("DEPOSITOR_")}
        self._told = (home.parent / "said.txt").open("a")
        self._process = subprocess.Popen(
            command,
            env={
                **plain,
                **variables,
                "DEPOSITOR_LANG": "en",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            text=True,
        )
        self.news: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        self.seen = psutil.Process(self._process.pid)
        if not self.until(lambda: self.has("ready") or self.has("gone"), 120) or self.has("gone"):
            raise OSError("the program does not start")

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.news.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self.news.append({"gone": True})
            self._changed.notify_all()

    def tell(self, do: str, **more: Any) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self._process.stdin.flush()

    def has(self, key: str) -> Any:
        """The last news of a kind; None where there is none."""
        return next((n[key] for n in reversed(self.news) if key in n), None)

    def until(self, true: Callable[[], Any], seconds: float) -> bool:
        """Wait for news that make it true; False where they did not come in time."""
        with self._changed:
            return bool(self._changed.wait_for(true, max(seconds, 0.0)))

    def kill(self) -> list[psutil.Process]:
        """kill -9; the processes that it had."""
        children = self.seen.children(recursive=True)
        self._process.kill()
        self._close()
        return list(children)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.wait()
        self._told.close()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()


class Study:
    """The files of one deposit, on a disk of their own that can be unmounted; ``allowed`` are the digests that a file
    may have in the end."""

    def __init__(self, base: Path, side: str) -> None:
        self._disk, self._base, self._side = base / "disk", base / "study", side
        self.images = self._base / "images"
        for folder in (self._disk, self.images):
            folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(self._disk)], check=True)
        self._bound = False
        self.mount()
        self.allowed: dict[str, set[str]] = {}
        self.bytes = 0

    def fill(self, archive: str, number: int, big: int, dice: random.Random) -> Path:
        """New files, and the document that describes them."""
        for path in self._disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        sizes = {f"planes/plane {i:03d}.bin": dice.randrange(1000, 24_000) for i in range(_SMALL)}
        sizes["movie.bin"] = big - dice.randrange(100_000)
        for name, size in sizes.items():
            path = self._disk / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(dice.randbytes(size))
        self.allowed = {name: {digest(self._disk / name)} for name in sizes}
        self.bytes = sum(sizes.values())
        content = {**description(), "archive": archive, "files": [{"path": "images", "study_component": "Dose series"}]}
        content["metadata"]["study"]["title"] = f"side {self._side} cycle {number}"
        document = self._base / "study.depositor.json"
        document.write_text(json.dumps(content))
        return document

    def change(self, dice: random.Random) -> int:
        """Somebody writes into a file; how many bytes may go once more for that."""
        name = dice.choice(["movie.bin", *(n for n in self.allowed if n != "movie.bin")])
        path = self._disk / name
        with path.open("r+b") as file:
            file.seek(dice.randrange(path.stat().st_size))
            file.write(dice.randbytes(64))
        self.allowed[name].add(digest(path))
        return path.stat().st_size

    def mount(self) -> None:
        if not self._bound:
            subprocess.run(["mount", "--bind", str(self._disk), str(self.images)], check=True)
            self._bound = True

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.images)], check=True)
        self._bound = False

    def close(self) -> None:
        if self._bound:
            self.unmount()
        subprocess.run(["umount", "-l", str(self._disk)], check=False)
