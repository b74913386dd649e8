"""The registry of remedies: how findings of each check are taken out of a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from depositor.privacy import checks
from depositor.privacy.checks.ports import Check
from depositor.privacy.examination import Examination
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.ports import Blanks, LooksIntoOpenFiles, MendsOpenFiles, Remedy
from depositor.privacy.texts.documents import Wanted


def remedy_for(check: Check) -> Remedy | None:
    """The remedy for files that ``check`` looks at; None where they cannot be cleaned yet."""
    from depositor.privacy.checks.volumes import PackedNifti
    from depositor.privacy.checks.zarr import TextChunk
    from depositor.privacy.remedies import czi, dicom, everyday, hdf5, jpeg, packed, png, slides, zarr
    from depositor.privacy.remedies.in_place import InPlace, InPlaceOpen

    special: dict[str, Remedy] = {
        "czi": czi.CziRemedy(),
        "dicom": dicom.DicomRemedy(),
        "hdf5": hdf5.Hdf5Remedy(),
        "jpeg": jpeg.JpegRemedy(),
        "png": png.PngRemedy(),
        "tiff": slides.TiffRemedy(),
        "zarr": zarr.MetadataRemedy(),
        **everyday.EVERYDAY,
    }
    if check is checks.FALLBACK:
        return None
    if check.id in special:
        return special[check.id]
    if isinstance(check, TextChunk):
        return zarr.ChunkRemedy(check.array)
    if isinstance(check, PackedNifti):
        return packed.PackedRemedy(check)
    if hasattr(check, "mend_file"):
        return InPlaceOpen(check)
    return InPlace(check) if hasattr(check, "rewrite") else None


def blanks_for(check: Check) -> Blanks | None:
    """What paints boxes over the pictures of such files; None where nothing here can."""
    remedy = remedy_for(check)
    return remedy if isinstance(remedy, Blanks) else None


@dataclass(frozen=True, slots=True)
class InPlaceRemedy:
    """A remedy with the check that looks at what it made, both on open files."""

    remedy: MendsOpenFiles
    check: LooksIntoOpenFiles

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        return self.remedy.mend_file(file, shown, wanted, known, policy)

    def look(self, file: BinaryIO, shown: str, known: Known) -> Examination:
        return self.check.look(file, shown, known)


def in_place_for(check: Check) -> InPlaceRemedy | None:
    """How such files are cleaned without a copy; None where they need one."""
    remedy: object = remedy_for(check)
    looking: object = check
    if isinstance(remedy, MendsOpenFiles) and isinstance(looking, LooksIntoOpenFiles):
        return InPlaceRemedy(remedy, looking)
    return None
