"""What DICOM calls the attribute that a finding is in."""

from __future__ import annotations

import functools
import re

_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)")


@functools.lru_cache(maxsize=4096)
def attribute(location: str | None) -> str:
    """The standard's English name of the last tag in ``location`` (``Patient ID``), of those that may tell of people;
    else empty. The first call reads the standard's table: not in the window's thread.

    >>> attribute("(0010,1002)[0].(0010,0020)"), attribute("tiff:0:Artist")
    ('Patient ID', '')
    """
    tags = _TAG.findall(location or "")
    if not tags or not location or not location.startswith("("):
        return ""
    from depositor.privacy.dicom import profile as dicom_profile

    row = dicom_profile.row(int("".join(tags[-1]), 16))
    return row.name if row is not None else ""
