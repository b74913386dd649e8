"""Where the suites of promises lie."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The engine waits for as long as it takes; a test of it must not."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(60))
