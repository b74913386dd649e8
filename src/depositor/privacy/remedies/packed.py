"""NIfTI in gzip: unpack, overwrite the header's texts, pack again."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from depositor.privacy.checks.volumes import NIFTI, PackedNifti
from depositor.privacy.documents import Wanted
from depositor.privacy.judge import Known
from depositor.privacy.policy import Policy


@dataclass(frozen=True, slots=True)
class PackedRemedy:
    check: PackedNifti

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        plain, fresh = copy.with_name(copy.name + "~plain"), copy.with_name(copy.name + "~")
        try:
            with gzip.open(copy, "rb") as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            changed = NIFTI.rewrite(plain, shown, wanted, known)
            with plain.open("rb") as source, fresh.open("wb") as raw:
                # No name and no time of the original in the gzip head.
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed_again:
                    shutil.copyfileobj(source, packed_again, 1 << 20)
            os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        finally:
            plain.unlink(missing_ok=True)
            fresh.unlink(missing_ok=True)
        return changed
