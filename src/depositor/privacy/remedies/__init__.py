"""The registry of remedies: how findings of each check are taken out of a copy."""

from __future__ import annotations

from depositor.privacy import checks
from depositor.privacy.checks.ports import Check
from depositor.privacy.remedies.ports import Blanks, Remedy


def remedy_for(check: Check) -> Remedy | None:
    """The remedy for files that ``check`` looks at; None where they cannot be cleaned yet."""
    from depositor.privacy.checks.volumes import PackedNifti
    from depositor.privacy.remedies import dicom, jpeg, packed, png, slides
    from depositor.privacy.remedies.in_place import InPlace

    special: dict[str, Remedy] = {
        "dicom": dicom.DicomRemedy(),
        "jpeg": jpeg.JpegRemedy(),
        "png": png.PngRemedy(),
        "tiff": slides.TiffRemedy(),
    }
    if check is checks.FALLBACK:
        return None
    if check.id in special:
        return special[check.id]
    if isinstance(check, PackedNifti):
        return packed.PackedRemedy(check)
    return InPlace(check) if hasattr(check, "rewrite") else None


def blanks_for(check: Check) -> Blanks | None:
    """What paints boxes over the pictures of such files; None where nothing here can."""
    remedy = remedy_for(check)
    return remedy if isinstance(remedy, Blanks) else None
