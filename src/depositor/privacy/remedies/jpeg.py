"""JPEG: texts, previews and what stands behind the end go in place; the coded picture stays byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from depositor.privacy.checks.jpeg import JPEG
from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy


class JpegRemedy:
    """Keeps how the picture is turned, its colour profile and what decoders need."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        with copy.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known, policy)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        return JPEG.mend_file(file, shown, wanted, known)
