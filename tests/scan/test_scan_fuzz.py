"""The search for files that readers cannot bear runs, reaches every reader, and finds nothing in a few seconds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from depositor.scan import headers

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="the search needs limits that Windows does not have")
@pytest.mark.timeout(120)
def test_a_short_search_finds_nothing(tmp_path):
    tool = ROOT / "tests" / "fuzz" / "readers.py"
    given = [str(ROOT / "tests" / "data" / "scan"), "--minutes", "0.06", "--keep", str(tmp_path / "found")]
    done = subprocess.run([sys.executable, str(tool), *given], capture_output=True, text=True, timeout=110, check=False)
    found = json.loads(done.stdout)
    assert (found["found"], found["first"]) == (0, [])
    assert {r.id for r in headers.readers()} <= set(found["readers"])
