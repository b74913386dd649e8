"""Where the suites of promises lie, and the practice archive that many tests share."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

for beside in ("contract", "transfer"):  # the suites of promises, and the servers of the transfer tests
    sys.path.insert(0, str(Path(__file__).parents[1] / beside))

from archives_world import Practicing  # noqa: E402


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practicing]:
    """A practice archive as a process of its own, stopped afterwards."""
    archive = Practicing(tmp_path / "practice")
    archive.start()
    yield archive
    archive.kill()


@pytest.fixture
def small_drive(tmp_path: Path) -> Iterator[Path]:
    """A real drive of 20 MB, where this user may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(line, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small drive here")
    yield place
    subprocess.run(["umount", str(place)], check=True)
