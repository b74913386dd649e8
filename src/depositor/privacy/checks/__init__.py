"""The registry of checks. A new one is added here and must pass ``tests/contract/check_suite.py``."""

from __future__ import annotations

import functools

from depositor.privacy.checks.fallback import UNKNOWN
from depositor.privacy.checks.ports import Check

FALLBACK: Check = UNKNOWN


@functools.cache
def all_checks() -> tuple[Check, ...]:
    """All checks; the first that claims a file looks at it."""
    from depositor.privacy.checks.dicom import DICOM
    from depositor.privacy.checks.everyday import EVERYDAY
    from depositor.privacy.checks.hdf5 import HDF5
    from depositor.privacy.checks.isyntax import ISYNTAX
    from depositor.privacy.checks.jpeg import JPEG
    from depositor.privacy.checks.mirax import MIRAX_DATA, MIRAX_SETTINGS
    from depositor.privacy.checks.png import PNG
    from depositor.privacy.checks.texts import TEXT
    from depositor.privacy.checks.tiff import TIFF
    from depositor.privacy.checks.vendors import CONTAINERS, VENDORS
    from depositor.privacy.checks.volumes import MINC, MRC, NIFTI, NRRD, PACKED_NIFTI
    from depositor.privacy.checks.zarr import CHUNKS, METADATA

    binary: tuple[Check, ...] = (
        CHUNKS,
        METADATA,
        DICOM,
        *VENDORS,
        TIFF,
        MIRAX_SETTINGS,
        MIRAX_DATA,
        ISYNTAX,
        JPEG,
        PNG,
        PACKED_NIFTI,
        NIFTI,
        NRRD,
        HDF5,
        MINC,
        *EVERYDAY,
        *CONTAINERS,
        MRC,
    )
    return (*binary, TEXT)
