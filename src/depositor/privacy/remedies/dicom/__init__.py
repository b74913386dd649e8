"""DICOM: the profile of PS3.15 with its options at every depth, and boxes painted over pixels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import troubles
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.dicom import (
    deflated,
    elements,
    painting,
    person,
    planes,
    reading,
    refusals,
    seeds,
    statements,
    writing,
)
from depositor.privacy.remedies.dicom.painting import Painted
from depositor.privacy.remedies.dicom.reading import PIXEL_DATA, Opened
from depositor.privacy.remedies.dicom.treatment import Treatment
from depositor.privacy.texts.documents import Wanted

_LABELS = frozenset({"LABEL", "OVERVIEW"})


class DicomRemedy:
    """Applies the whole profile, whatever single findings are wanted: half a profile protects nobody."""

    states_pixels = True

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        """Clean the header after ``policy.options``; pictures keep their bytes. Memory does not grow with pictures."""
        with dicom_tree.quietly(), deflated.inflated(copy, shown) as plain:
            opened = reading.opened(plain, shown)
            _refuse(opened, shown)
            changed = _clean(opened, shown, known, policy)
            _publish(opened, copy)
        return tuple(changed)

    def blank(self, copy: Path, shown: str, regions: Sequence[Region], *, looked: bool = False) -> tuple[str, ...]:
        """Paint ``regions``. ``looked``: all pictures of the file were read for text, and ``regions`` is all there was.

        Only then does the file say that nothing is burned in, and name the option of clean pixels.
        """
        with dicom_tree.quietly(), deflated.inflated(copy, shown) as plain:
            opened = reading.opened(plain, shown)
            painted = painting.paint(opened, shown, regions)
            (statements.of_pixels if looked else statements.not_looked_at)(opened.dataset)
            _publish(opened, copy, painted)
        return tuple(dict.fromkeys(str(region) for region in regions))


def _refuse(opened: Opened, shown: str) -> None:
    """Files of which nothing would be left, or that nobody can read."""
    dataset: Any = opened.dataset
    if not len(dataset):
        raise ValueError("not a DICOM file")
    if "DirectoryRecordSequence" in dataset:
        raise Damaged(troubles.directory_file(shown))
    if _LABELS & {str(v).strip().upper() for v in elements.texts(dataset.get("ImageType", None))[2:3]}:
        raise Damaged(refusals.slide_label(shown))


def _clean(opened: Opened, shown: str, known: Known, policy: Policy) -> list[str]:
    dataset: Any = opened.dataset
    opened.mask = planes.mask_of(dataset, opened.little)
    everything = seeds.of(dataset) | known
    sop_class = str(dataset.get("SOPClassUID", "") or "")
    treatment = Treatment(policy, person.of(dataset, policy), sop_class, everything, shown)
    treatment.apply(dataset)
    opened.tells = treatment.tells_in_pictures
    if sop_class and not dataset.get("SOPInstanceUID"):
        dataset.SOPInstanceUID = policy.uid(f"file:{shown}")
    if "EncapsulatedDocument" in dataset and "EncapsulatedDocumentLength" in dataset:
        dataset.EncapsulatedDocumentLength = len(dataset.EncapsulatedDocument)
    statements.of_header(dataset, policy.options)
    for tag in [t for t, long in opened.longs.items() if not treatment.long_stays(t, long.vr)]:
        del opened.longs[tag]
        treatment.changed.append(f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    return treatment.changed


def _publish(opened: Opened, copy: Path, painted: Painted | None = None) -> None:
    """Write beside the copy, then put it in its place."""
    beside = copy.with_name(copy.name + "~")
    packed = opened.path != copy
    streams = {
        tag: writing.copied(opened, long, opened.mask if tag == PIXEL_DATA else None)
        for tag, long in opened.longs.items()
        if painted is None or tag not in painted.without
    }
    syntax = painted.syntax if painted else opened.syntax
    writing.write(
        beside, opened, {**streams, **(painted.streams if painted else {})}, deflated.SYNTAX if packed else syntax
    )
    if packed:
        deflated.pack(beside)
    os.replace(beside, copy)  # noqa: PTH105 - atomic on every system
