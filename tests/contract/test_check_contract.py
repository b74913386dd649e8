"""Each check of the registry against the contract, with a real file that has something to find."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import check_suite
import everyday_samples
import slide_samples
import vendor_samples

from depositor.privacy import checks
from depositor.privacy.checks.ports import Check

DATA = Path(__file__).parents[1] / "data" / "privacy"
SAMPLES = {
    "dicom": "dicom/04_sequences.dcm",
    "tiff": "microscopy/experimenter.ome.tif",
    "jpeg": "microscopy/photo_gps.jpg",
    "png": "microscopy/text_chunks.png",
    "nrrd": "microscopy/vol.nrrd",
    "hdf5": "microscopy/imaris_like.ims",
    "mrc": "microscopy/tilt.mrc",
    "text": "microscopy/companion.ome.xml",
}
REMARKS_ONLY = {"packed", "chunk", "ets", "ser"}  # checks that look at nothing and say so


def _nifti(folder: Path) -> Path:
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    head[148:170] = b"Patient Okonkwo scan 2"
    path = folder / "made.nii"
    path.write_bytes(bytes(head) + bytes(16))
    return path


def _minc(folder: Path) -> Path:
    path = folder / "made.mnc"
    path.write_bytes(b"CDF\1" + bytes(20) + b"history\0\0\0\0>>> mincconvert /home/jdoe42/in.mnc out.mnc" + bytes(200))
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "nifti": _nifti,
    "minc": _minc,
    **everyday_samples.MADE,
    **slide_samples.MADE,
}


def _sample(check: Check, folder: Path) -> Path:
    if check.id in vendor_samples.MAKERS:
        return vendor_samples.made(check.id, folder)
    if check.__class__.__name__ == "PackedNifti":
        return DATA / "microscopy" / "brain.nii.gz"
    return MADE[check.id](folder) if check.id in MADE else DATA / SAMPLES[check.id]


@pytest.mark.parametrize("check", [c for c in checks.all_checks() if c.id not in REMARKS_ONLY], ids=lambda c: c.id)
def test_check_keeps_the_contract(check: Check, tmp_path: Path) -> None:
    check_suite.holds(check, _sample(check, tmp_path), tmp_path)


@pytest.mark.parametrize("check", [c for c in checks.all_checks() if c.id in REMARKS_ONLY], ids=lambda c: c.id)
def test_check_that_only_remarks_says_so(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"\x1f\x8b\x08")
    found = check.run(path, "study/a.zarr/0/0")
    assert not found.findings
    assert found.not_checked[0].why.english()


def test_fallback_keeps_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "strange.bin"
    path.write_bytes(bytes(range(256)) + b"C:\\Users\\jdoe42\\raw.bin\0" + b"mail jane.doe@lab.example" + bytes(50))
    check_suite.holds(checks.FALLBACK, path, tmp_path)
    assert checks.FALLBACK.run(path, "x").not_checked


def test_ids_are_known_and_every_check_is_covered() -> None:
    ids = {c.id for c in checks.all_checks()}
    assert ids == set(SAMPLES) | set(MADE) | set(vendor_samples.MAKERS) | REMARKS_ONLY
