"""NIfTI in gzip: unpack, overwrite the header's texts, pack again."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from depositor.privacy.checks.volumes import NIFTI, PackedNifti
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts.documents import Wanted


@dataclass(frozen=True, slots=True)
class PackedRemedy:
    check: PackedNifti

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        plain, fresh = copy.with_name(copy.name + "~plain"), copy.with_name(copy.name + "~")
        try:
            with gzip.open(copy, "rb") as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            changed = NIFTI.rewrite(plain, shown, wanted, known)
            _pack(plain, fresh)
            os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        finally:
            plain.unlink(missing_ok=True)
            fresh.unlink(missing_ok=True)
        return changed


def _pack(plain: Path, fresh: Path) -> None:
    """Pack without the name and the time of the original in the head."""
    with plain.open("rb") as source, fresh.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)
