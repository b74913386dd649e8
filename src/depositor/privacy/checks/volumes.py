"""The checks for volumes with small headers, under the names by which the registry and remedies know them."""

from __future__ import annotations

from depositor.privacy.checks.minc import MINC
from depositor.privacy.checks.mrc import MRC
from depositor.privacy.checks.nifti import NIFTI, PACKED_NIFTI, PackedNifti
from depositor.privacy.checks.nrrd import NRRD

__all__ = ["MINC", "MRC", "NIFTI", "NRRD", "PACKED_NIFTI", "PackedNifti"]
