"""MIBItiff of multiplexed ion beam imaging: a page for each mass, with a JSON description.

Layout: the MIBItiff specification of Ionpath. The pages of the optical picture and of the slide's label are not read.
"""

from __future__ import annotations

import json
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan.readers import sane
from depositor.scan.readers.base import with_facts
from depositor.scan.readers.tiff_page import Page, Vendor, per_unit
from depositor.scan.tifftags import Tag

_SOFTWARE, _DESCRIPTION, _UNIT, _DATE = 305, 270, 296, 306
_ASSAY = "OBI:0003100"
_MOST_PAGES = 500
_MOST_TEXT = 1 << 16


def mibi(page: Page) -> tuple[str, ImageFacts] | None:
    """The targets of a MIBItiff as channels of one image."""
    software = page.tiff.text(page.tags.get(_SOFTWARE), 100)
    if not software.startswith("IonpathMIBI"):
        return None
    said = [_described(page, tags) for tags in page.tiff.pages(_MOST_PAGES)]
    masses = [d for d in said if str(d.get("image.type", "")).lower() == "sims"]
    channels = tuple(Channel(name=sane.text(d.get("channel.target"), 120)) for d in masses)
    facts = with_facts(
        page.facts, "channel.target", size_c=len(channels) or None, channels=channels, size_z=1, size_t=1
    )
    if page.tiff.number(page.tags.get(_UNIT)) == 3:
        x, y = (per_unit(page, tag, "cm") for tag in (282, 283))
        facts = with_facts(facts, "XResolution", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = with_facts(facts, "Software", software=sane.text(software, 60), modality="MIBI", modality_id=_ASSAY)
    facts = with_facts(facts, "DateTime", acquired=sane.when(page.tiff.text(page.tags.get(_DATE), 100)))
    return "MIBItiff", with_facts(facts, "Software", instrument=Device("Ionpath"))


def _described(page: Page, tags: dict[int, Tag]) -> dict[str, Any]:
    try:
        found = json.loads(page.tiff.text(tags.get(_DESCRIPTION), _MOST_TEXT))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


VENDORS: tuple[Vendor, ...] = (mibi,)
"""Told by the software of the first page."""
