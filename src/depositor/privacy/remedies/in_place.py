"""Formats whose check can overwrite its own places, and text files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts.documents import Wanted


@dataclass(frozen=True, slots=True)
class InPlace:
    """Lets the check overwrite what it found."""

    check: Any

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        changed: tuple[str, ...] = self.check.rewrite(copy, shown, wanted, known)
        return changed


@dataclass(frozen=True, slots=True)
class InPlaceOpen(InPlace):
    """The same for checks that overwrite in any open file."""

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        changed: tuple[str, ...] = self.check.mend_file(file, shown, wanted, known)
        return changed
