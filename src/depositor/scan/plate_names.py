"""Well and field out of the names that screening microscopes give to the files of a plate. Pure rules.

Only for files of a plate whose index was recognised: there the instrument made the names, and they say the same as its
index (tests compare the two), without reading an index of a hundred thousand files again.
"""

from __future__ import annotations

import re

_OPERA = re.compile(r"r(?P<row>\d{2,3})c(?P<column>\d{2,3})f(?P<field>\d+)p\d+", re.IGNORECASE)
_YOKOGAWA = re.compile(r".*_(?P<well>[A-Z]{1,2}\d{2})_T\d+F(?P<field>\d+)L\d+A\d+Z\d+C\d+\.", re.IGNORECASE)
_IMAGEXPRESS = re.compile(
    r".*_(?P<well>[A-Z]{1,2}\d{2})(?:_s(?P<field>\d+))?(?:_w\d+)?(?:_thumb)?"
    r"(?:_?\[?[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\]?)?\.tiff?",
    re.IGNORECASE,
)
_OF_READER = {"opera": _OPERA, "yokogawa": _YOKOGAWA, "imagexpress": _IMAGEXPRESS}
READERS = frozenset(_OF_READER)
"""The readers whose plates have such names."""


def place(reader: str, name: str) -> tuple[str | None, str | None]:
    """(well, field) of the file ``name`` of a plate that ``reader`` read; None for what the name does not tell."""
    pattern = _OF_READER.get(reader)
    found = pattern.match(name) if pattern else None
    if found is None:
        return None, None
    said = found.groupdict()
    well = said.get("well") or well_name(int(said["row"]) - 1, int(said["column"]) - 1)
    number = said.get("field")
    return (well.upper() if well else None), (str(int(number)) if number else None)


def well_name(row: int, column: int) -> str | None:
    """``A01`` for row 0, column 0; two letters after Z; None for what no plate has."""
    if not (0 <= row < 702 and 0 <= column < 1000):
        return None
    letters = chr(65 + row) if row < 26 else chr(64 + row // 26) + chr(65 + row % 26)
    return f"{letters}{column + 1:02}"
