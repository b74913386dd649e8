"""Places inside of files in words for people; the JSON of a finding keeps the bare place."""

from __future__ import annotations

import re

_TAG = re.compile(r"\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)")


def told(location: str | None) -> str:
    """A place as people read it: the innermost DICOM tag with its name, ``(0010,0010) Patient's Name``.

    Places of other kinds, private tags and tags that no table knows come back as they are; None is empty.
    """
    tags = list(_TAG.finditer(location or ""))
    name = _name(int(tags[-1][1] + tags[-1][2], 16)) if tags else ""
    if not location or not name:
        return location or ""
    end = tags[-1].end()
    return f"{location[:end]} {name}{location[end:]}"


def _name(tag: int) -> str:
    from depositor.privacy.dicom import profile as dicom_profile

    row = dicom_profile.row(tag)
    if row:
        return row[1]
    from pydicom.datadict import dictionary_description

    try:
        return str(dictionary_description(tag))
    except KeyError:
        return ""
