"""Where the suites of promises lie, and the practice archive that many tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from archives_world import Practicing


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practicing]:
    """A practice archive as a process of its own, stopped afterwards."""
    archive = Practicing(tmp_path / "practice")
    archive.start()
    yield archive
    archive.kill()
