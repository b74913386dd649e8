"""What a cleaned object says of itself: nothing that was not done. Source: PS3.15 E.1.1, E.2, E.3; PS3.3 C.7.1.1."""

from __future__ import annotations

from typing import Any

import depositor
from depositor.privacy.dicom import profile as dicom_profile
from depositor.privacy.policy import Option
from depositor.privacy.remedies.dicom import needs

BASIC = "113100"
BURNED_IN, FACES = 0x00280301, 0x00280302
_MEANINGS = {
    BASIC: "Basic Application Confidentiality Profile",
    Option.CLEAN_PIXELS: "Clean Pixel Data Option",
    Option.CLEAN_FACES: "Clean Recognizable Visual Features Option",
    Option.CLEAN_GRAPHICS: "Clean Graphics Option",
    Option.CLEAN_STRUCTURED: "Clean Structured Content Option",
    Option.CLEAN_DESCRIPTORS: "Clean Descriptors Option",
    Option.FULL_DATES: "Retain Longitudinal Temporal Information Full Dates Option",
    Option.MODIFIED_DATES: "Retain Longitudinal Temporal Information Modified Dates Option",
    Option.PATIENT_CHARACTERISTICS: "Retain Patient Characteristics Option",
    Option.DEVICE: "Retain Device Identity Option",
    Option.UIDS: "Retain UIDs",
    Option.SAFE_PRIVATE: "Retain Safe Private Option",
    Option.INSTITUTION: "Retain Institution Identity Option",
}
_ONLY_WHEN_LOOKED_AT = frozenset({Option.CLEAN_PIXELS, Option.CLEAN_FACES})


def of_header(dataset: Any, options: frozenset[Option]) -> None:
    """Say that the header was cleaned, and how. What others said about the pictures goes: nobody looked at them yet."""
    from pydicom.sequence import Sequence

    full, modified = Option.FULL_DATES in options, Option.MODIFIED_DATES in options
    applied = [o for o in Option if o in options - _ONLY_WHEN_LOOKED_AT and not (full and o is Option.MODIFIED_DATES)]
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = [
        f"Depositor {depositor.__version__}",
        f"PS3.15 Table E.1-1 {dicom_profile.edition()}",
    ]
    dataset.DeidentificationMethodCodeSequence = Sequence([_code(c) for c in (BASIC, *applied)])
    dataset.LongitudinalTemporalInformationModified = "UNMODIFIED" if full else ("MODIFIED" if modified else "REMOVED")
    _forget_flags(dataset)


def _forget_flags(dataset: Any) -> None:
    """A flag that says NO is no proof. Where the class needs it, it stays as the device wrote it."""
    sop_class = str(dataset.get("SOPClassUID", "") or "")
    needed = needs.known(sop_class) and needs.of(sop_class, BURNED_IN) < 3
    if BURNED_IN in dataset and not needed and str(dataset[BURNED_IN].value) != "YES":
        del dataset[BURNED_IN]
    if FACES in dataset and str(dataset[FACES].value) != "YES":
        del dataset[FACES]


def of_pixels(dataset: Any) -> None:
    """Say that all pictures were read for text and what was found is painted over."""
    from pydicom.sequence import Sequence

    dataset.BurnedInAnnotation = "NO"
    codes = list(dataset.get("DeidentificationMethodCodeSequence", None) or ())
    if all(str(c.get("CodeValue", "")) != Option.CLEAN_PIXELS for c in codes):
        dataset.DeidentificationMethodCodeSequence = Sequence([*codes, _code(Option.CLEAN_PIXELS)])


def not_looked_at(dataset: Any) -> None:
    """Boxes were painted, yet nobody vouches for the rest of the pictures."""
    _forget_flags(dataset)


def _code(value: str) -> Any:
    from pydicom.dataset import Dataset

    code: Any = Dataset()
    code.CodeValue = str(value)
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = _MEANINGS[value]
    return code
