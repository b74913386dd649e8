"""What each DICOM attribute tells of persons and places: the kinds of findings that it can make."""

from __future__ import annotations

from depositor.privacy.dicom import profile as dicom_profile
from depositor.privacy.dicom.profile import Row
from depositor.privacy.kinds import Kind
from depositor.privacy.policy import Option

# Kinds that give the lie to "patient identity removed".
IDENTITY = frozenset(
    {Kind.PATIENT_NAME, Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.BIRTH_DATE, Kind.PATIENT_CONTACT}
)
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
    0x04000563: Kind.HOST,
    0x04000564: Kind.INSTITUTION,
    0x0040A027: Kind.INSTITUTION,
    0x00400241: Kind.HOST,
    0x00400242: Kind.HOST,
    0x00400243: Kind.HOST,
    0x00420010: Kind.FREE_TEXT,
    0x00100012: Kind.PATIENT_NAME,
    0x00100013: Kind.PATIENT_TEXT,
    0x00101050: Kind.PATIENT_NUMBER,
    0x00102152: Kind.PATIENT_CONTACT,
    0x00102110: Kind.PATIENT_TEXT,
    0x00102180: Kind.PATIENT_TEXT,
    0x001021F0: Kind.PATIENT_TEXT,
    0x00120010: Kind.INSTITUTION,
    0x00120021: Kind.INSTITUTION,
    0x00120031: Kind.INSTITUTION,
    0x00120040: Kind.PSEUDONYM,
    0x00120042: Kind.PSEUDONYM,
    0x00100021: Kind.INSTITUTION,
    0x00080092: Kind.INSTITUTION,
    0x00080094: Kind.PHONE,
    0x00402009: Kind.PHONE,
    0x00402010: Kind.PHONE,
    0x00321033: Kind.INSTITUTION,
    0x00380300: Kind.INSTITUTION,
    0x00380400: Kind.INSTITUTION,
    0x00380060: Kind.CASE_NUMBER,
}
_TIME_ZONE = 0x00080201  # Timezone Offset From UTC: "+0200" in a field for text, set by the clock
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
        0x00181016,
        0x00181018,
        0x00181019,
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
    by_form = {"PN": Kind.STAFF_NAME, "DA": Kind.DATE, "DT": Kind.DATE}.get(vr)
    found = _EXPLICIT.get(tag, by_form)
    if found is not None or vr == "TM" or tag == _TIME_ZONE:
        return found
    listed = dicom_profile.row(tag)
    return _listed(listed, vr) if listed else None


def _listed(listed: Row, vr: str) -> Kind | None:
    """What the table lets conclude about an attribute that is not named above."""
    if vr == "UI":
        return Kind.UID if "U" in listed.basic else None
    if Option.INSTITUTION in listed.options:
        return Kind.INSTITUTION
    if Option.DEVICE in listed.options and vr in _TEXT:
        return Kind.HOST
    return Kind.FREE_TEXT if vr in _TEXT | {"AE", "OB", "UN"} else None


def is_text(vr: str) -> bool:
    return vr in _TEXT
