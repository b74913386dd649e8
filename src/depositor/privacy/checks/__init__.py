"""The registry of checks. A new one is added here and must pass ``tests/contract/check_suite.py``."""

from __future__ import annotations

import functools

from depositor.privacy.checks.fallback import UNKNOWN
from depositor.privacy.checks.ports import Check

FALLBACK: Check = UNKNOWN


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """All checks in the order in which their findings are shown."""
    from depositor.privacy.checks.dicom import DICOM
    from depositor.privacy.checks.texts import TEXT
    from depositor.privacy.checks.tiff import TIFF

    return (DICOM, TIFF, TEXT)
