"""JPEG: texts, previews and what stands behind the end go in place; the coded picture stays byte by byte.

Only boxes have the picture packed again, with the tables that it had.
"""

from __future__ import annotations

from depositor.privacy.checks.jpeg import JPEG
from depositor.privacy.remedies import boxes
from depositor.privacy.remedies.pictures import PictureRemedy


def JpegRemedy() -> PictureRemedy:  # noqa: N802 - the registry makes remedies by their class
    return PictureRemedy(JPEG, boxes.blank_jpeg)
