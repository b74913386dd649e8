"""Where the servers and worlds of the transfer tests lie."""

from __future__ import annotations

import sys
from pathlib import Path

for _name in ("contract", "transfer", "archives"):
    sys.path.insert(0, str(Path(__file__).parents[1] / _name))
