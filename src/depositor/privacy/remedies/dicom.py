"""DICOM: the basic profile of PS3.15 Table E.1-1 at every depth, with new UIDs that fit together within one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from depositor.draft.problem import Damaged
from depositor.privacy import dicom_profile, dicom_tree, judge, troubles
from depositor.privacy.checks import dicom as check
from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy

MEBIBYTES = 1024  # larger files would have to be held in memory as a whole
REMOVED = "removed"
_DUMMIES: dict[str, Any] = {
    "DA": "19000101",
    "DT": "190001010000",
    "TM": "000000",
    "AS": "",
    "DS": "0",
    "IS": "0",
    "US": 0,
    "UL": 0,
    "SS": 0,
    "SL": 0,
    "FD": 0.0,
    "FL": 0.0,
}
_TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_WELL_KNOWN = "1.2.840.10008."
_PATIENT = (0x00100010, 0x00100020)


class DicomRemedy:
    """Applies the whole profile, whatever single findings are wanted: half a profile protects nobody."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        if copy.stat().st_size > MEBIBYTES * 1024**2:
            raise Damaged(troubles.too_large(shown, MEBIBYTES))
        dataset = dicom_tree.read(copy, whole=True)
        if not len(dataset):
            raise ValueError("not a DICOM file")
        if "DirectoryRecordSequence" in dataset:
            raise Damaged(troubles.directory_file(shown))
        profile = _Profile(policy, _told(dataset, shown, known), _patient_tag(dataset, policy))
        profile.apply(dataset, "")
        _note(dataset)
        _write(dataset, copy, policy)
        return tuple(profile.changed)


def _told(dataset: Any, shown: str, known: Known) -> frozenset[str]:
    """Locations of texts outside the profile's table that tell of a person."""
    spots = list(check.elements(dataset, shown, []))
    marked = judge.marks("dicom", shown, spots, known)
    return frozenset(s.location for s, found in marked if any(not_info(m) for m in found))


def not_info(mark: judge.Mark) -> bool:
    return mark.finding.level != "info"


def _patient_tag(dataset: Any, policy: Policy) -> str:
    """One pseudonym per patient of the run, made of the number where there is one, else of the name."""
    try:
        with dicom_tree.quietly():
            who = str(dataset.get("PatientID") or "") or str(dataset.get("PatientName") or "")
    except Exception:  # an identity that cannot be decoded gets a pseudonym of its own
        who = ""
    return f"pseudo-{policy.tag('patient:' + who.strip())}"


class _Profile:
    """One pass over one file; ``changed`` lists what was touched."""

    def __init__(self, policy: Policy, told: frozenset[str], patient: str) -> None:
        self.policy, self.told, self.patient = policy, told, patient
        self.changed: list[str] = []

    def apply(self, dataset: Any, prefix: str) -> None:
        """Treat every element of ``dataset`` and of the items below it."""
        for tag in list(dataset.keys()):
            number = int(tag)
            location = f"{prefix}({number >> 16:04X},{number & 0xFFFF:04X})"
            if self._goes(number):
                del dataset[tag]
                self.changed.append(location)
            elif number not in dicom_tree.PIXELS:
                self._treat(dataset, tag, number, location)

    def _goes(self, number: int) -> bool:
        group, element = number >> 16, number & 0xFFFF
        if group & 1 or group >> 8 in (0x50, 0x60) or number == 0xFFFCFFFC or (element == 0 and group > 2):
            return True
        return dicom_profile.action(number) == "X"

    def _treat(self, dataset: Any, tag: Any, number: int, location: str) -> None:
        try:
            with dicom_tree.quietly():
                element = dataset[tag]
        except Exception:  # a value that nobody can read cannot be vouched for
            del dataset[tag]
            self.changed.append(location)
            return
        action = dicom_profile.action(number)
        if element.VR == "SQ":
            self._sequence(element, action, location)
            return
        new = self._new_value(element, number, action, location)
        if new is not _SAME and new != element.value:
            element.value = new
            self.changed.append(location)

    def _sequence(self, element: Any, action: str | None, location: str) -> None:
        if action == "Z":
            if element.value:
                element.value = []
                self.changed.append(location)
            return
        for at, item in enumerate(element.value or ()):
            self.apply(item, f"{location}[{at}].")

    def _new_value(self, element: Any, number: int, action: str | None, location: str) -> Any:
        if element.VR == "UI":
            return self._uid(element.value) if action == "U" else _SAME
        if number in _PATIENT:
            return self.patient
        if action == "Z":
            return None if element.VR not in _TEXTS else ""
        if action == "D" and number == dicom_tree.DOCUMENT:
            return _document(element.value)
        if action == "D" or element.VR in ("PN", "DA", "DT"):
            return _dummy(element)
        return _blank(element) if location in self.told else _SAME

    def _uid(self, value: Any) -> Any:
        if isinstance(value, str):
            return value if not value or value.startswith(_WELL_KNOWN) else self.policy.uid(value)
        return [self._uid(v) for v in value] if value else value


_SAME = object()


def _dummy(element: Any) -> Any:
    """A value fit for the representation; an empty one stays empty."""
    if element.value in (None, "", b""):
        return _SAME
    return _DUMMIES.get(element.VR, REMOVED if element.VR in _TEXTS else b"\0\0")


def _blank(element: Any) -> Any:
    return REMOVED if element.VR in _TEXTS else (b"" if isinstance(element.value, bytes) else None)


def _document(value: Any) -> Any:
    """An empty page in place of a report; other encapsulated things are the data themselves and cannot be emptied."""
    if not bytes(value or b"").startswith(b"%PDF"):
        raise ValueError("an encapsulated document that is no PDF")
    return check.EMPTY_PDF + b"\n" * (len(check.EMPTY_PDF) % 2)


def _note(dataset: Any) -> None:
    """What PS3.15 asks a de-identified object to say of itself."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    code = Dataset()
    code.CodeValue = "113100"
    code.CodingSchemeDesignator = "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "PS3.15 E.1-1 2024b, Depositor"
    dataset.DeidentificationMethodCodeSequence = Sequence([code])
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def _write(dataset: Any, copy: Path, policy: Policy) -> None:
    """Write the file with a preamble and file meta of our own; pixel data keep their bytes and transfer syntax."""
    import pydicom
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    old = getattr(dataset, "file_meta", None) or {}
    meta = FileMetaDataset()
    implicit, little = dataset.original_encoding
    plain = ImplicitVRLittleEndian if implicit else (ExplicitVRLittleEndian if little else ExplicitVRBigEndian)
    meta.TransferSyntaxUID = old.get("TransferSyntaxUID", plain)
    meta.MediaStorageSOPClassUID = old.get("MediaStorageSOPClassUID", dataset.get("SOPClassUID", ""))
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", policy.uid("none"))
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    mode = pydicom.config.settings.writing_validation_mode
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    try:
        with dicom_tree.quietly():
            dataset.save_as(copy, enforce_file_format=True)
    finally:
        pydicom.config.settings.writing_validation_mode = mode
