"""The basic profile of DICOM PS3.15 Table E.1-1: what it does with each attribute, and what each attribute holds."""

from __future__ import annotations

import functools
from typing import Any

from depositor import resources
from depositor.privacy.kinds import Kind

TABLE = "privacy/dicom-profile.json"


@functools.cache
def _rows() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = resources.json_data(TABLE)["rows"]
    return rows


def edition() -> str:
    """The edition of the table, for reports."""
    return str(resources.json_data(TABLE)["edition"])


@functools.lru_cache(maxsize=4096)
def row(tag: int) -> tuple[str, ...] | None:
    """(action, name, options...) of an attribute; repeating groups 50xx and 60xx are found under their pattern."""
    found = _rows().get(f"{tag:08X}")
    group = tag >> 16
    if found is None and group >> 8 in (0x50, 0x60) and not group & 1:
        pattern = f"{group >> 8:02x}xx{tag & 0xFFFF:04x}"
        found = _rows().get(pattern) or _rows().get(pattern[:4] + "xxxx")
    return tuple(found) if found else None


def action(tag: int) -> str | None:
    """One of X, Z, D, U, K, C or None: the strongest that the table allows without knowing the object's definition.

    Where the table gives alternatives (``X/Z/D``), the one that never makes the object invalid is taken.
    """
    found = row(tag)
    if found is None:
        return None
    choices = found[0].replace("*", "").split("/")
    return next(c for c in ("U", "D", "Z", "X", "C", "K") if c in choices)


_PATIENT_NUMBERS = frozenset({0x00100020, 0x00101000, 0x00101002, 0x00101090, 0x00080050, 0x00100022})
_EXPLICIT: dict[int, Kind] = {
    0x00100010: Kind.PATIENT_NAME,
    0x00101001: Kind.PATIENT_NAME,
    0x00101005: Kind.PATIENT_NAME,
    0x00101060: Kind.PATIENT_NAME,
    0x00102297: Kind.PATIENT_NAME,
    0x00102298: Kind.FREE_TEXT,
    0x00100020: Kind.PATIENT_NUMBER,
    0x00101000: Kind.PATIENT_NUMBER,
    0x00101090: Kind.PATIENT_NUMBER,
    0x00080050: Kind.PATIENT_NUMBER,
    0x00380010: Kind.PATIENT_NUMBER,
    0x00402016: Kind.CASE_NUMBER,
    0x00402017: Kind.CASE_NUMBER,
    0x00401001: Kind.CASE_NUMBER,
    0x00400009: Kind.CASE_NUMBER,
    0x00400253: Kind.CASE_NUMBER,
    0x00200010: Kind.CASE_NUMBER,
    0x00400512: Kind.CASE_NUMBER,
    0x00400551: Kind.CASE_NUMBER,
    0x22000002: Kind.CASE_NUMBER,
    0x22000005: Kind.CASE_NUMBER,
    0x00100030: Kind.BIRTH_DATE,
    0x00100032: Kind.BIRTH_DATE,
    0x00100033: Kind.BIRTH_DATE,
    0x00100035: Kind.BIRTH_DATE,
    0x00101040: Kind.PATIENT_CONTACT,
    0x00102154: Kind.PATIENT_CONTACT,
    0x00102155: Kind.PATIENT_CONTACT,
    0x00100050: Kind.PATIENT_NUMBER,
    0x00102000: Kind.PATIENT_TEXT,
    0x00104000: Kind.PATIENT_TEXT,
    0x001021B0: Kind.PATIENT_TEXT,
    0x00101010: Kind.AGE,
    0x00181000: Kind.SERIAL,
    0x0018700A: Kind.SERIAL,
    0x00081010: Kind.HOST,
    0x00081040: Kind.INSTITUTION,
    0x00080080: Kind.INSTITUTION,
    0x00080081: Kind.INSTITUTION,
    0x00400563: Kind.HOST,
    0x04000563: Kind.HOST,
    0x04000564: Kind.INSTITUTION,
    0x0040A027: Kind.INSTITUTION,
    0x00400241: Kind.HOST,
    0x00400242: Kind.HOST,
    0x00400243: Kind.HOST,
    0x00420010: Kind.FREE_TEXT,
}
_PATIENT_NAMES = frozenset({"PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName"})
_TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR"})
# Attributes whose texts the technique fills in; they stay and are judged by pattern only.
TECHNICAL = frozenset(
    {
        0x00080070,
        0x00081090,
        0x00080005,
        0x00080102,
        0x00080103,
        0x0008010B,
        0x00080100,
        0x00080119,
        0x00080120,
        0x00080122,
        0x00181020,
        0x00181040,
        0x00181210,
        0x00181250,
        0x00181251,
        0x00189005,
        0x00185104,
        0x00100022,
        0x00201040,
        0x00209421,
        0x00420012,
        0x00400032,
        0x00480106,
        0x00120063,
        0x00280103,
        0x00281055,
        0x00283003,
        0x00283006,
        0x00620005,
        0x00620006,
        0x00620009,
        0x00880906,
    }
)


def kind(tag: int, vr: str) -> Kind | None:
    """What an attribute holds, None for those that tell nothing of persons."""
    if tag in _EXPLICIT:
        return _EXPLICIT[tag]
    found = row(tag)
    if vr == "PN":
        return Kind.STAFF_NAME
    if vr in ("DA", "DT", "TM"):
        return Kind.DATE if vr != "TM" else None
    if vr == "UI":
        return Kind.UID if found and "U" in found[0] else None
    if found is None:
        return None
    if "institution" in found:
        return Kind.INSTITUTION
    if "device" in found and vr in _TEXT:
        return Kind.HOST
    return Kind.FREE_TEXT if vr in _TEXT | {"AE", "OB", "UN"} else None


def is_text(vr: str) -> bool:
    return vr in _TEXT


def summary(tag: int) -> dict[str, Any]:
    """One row as words, for reports and tests."""
    found = row(tag)
    return {} if found is None else {"action": found[0], "name": found[1], "options": found[2:]}
