"""Where in a file a finding is, in words; what is no everyday word stays as the format calls it."""

from __future__ import annotations

from depositor.draft.region import parse
from depositor.gui.texts import count, tr
from depositor.session import place_names


def words(location: str | None) -> str:
    """The place, with the number of the frame; a DICOM attribute by its name."""
    region = parse(location)
    if region is not None:
        where = _picture(region.source)
        return where if not region.frame else tr("{where}, number {n}", where=where, n=count(region.frame + 1))
    name = place_names.attribute(location)
    return name or _named(location) or location or ""


def kind(location: str | None) -> str:
    """The kind of place, equal for all pages, rows and frames."""
    from depositor.draft.decided import place_pattern

    region = parse(location)
    if region is not None:
        return _picture(region.source)
    return place_names.attribute(location) or _named(location) or place_pattern(location)


def _picture(source: str) -> str:
    return {
        "pixels": tr("in the picture"),
        "label": tr("on the label of the slide"),
        "macro": tr("in the overview of the slide"),
        "thumbnail": tr("in the small preview"),
        "overlay": tr("in a layer over the picture"),
    }[source]


def _named(location: str | None) -> str:
    return {
        "name": tr("name of the file"),
        "folder": tr("name of the folder"),
        "trailing": tr("behind the end of the data"),
    }.get(location or "", "")
