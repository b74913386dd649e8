"""What single DICOM elements say, as spots that the rules for text judge."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from depositor.privacy.dicom import kinds as dicom_kinds
from depositor.privacy.dicom import packed as dicom_packed
from depositor.privacy.dicom import text as dicom_text
from depositor.privacy.dicom.elements import Element
from depositor.privacy.dicom.identity import is_study_label
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.words import labels, persons

PROFILE = ("dicom-profile",)
CODE_MEANING = 0x00080104
CONCEPT_NAME = 0x0040A043
CONCEPT_MEANING, CONCEPT_CODE = -1, -2  # facts of an item that its concept name tells
_CODE_VALUE, _CODING_SCHEME = 0x00080100, 0x00080102
_CHARACTER_SET = 0x00080005
_LONGEST_REMEMBERED = 1024
_PIECE = 50_000
_DUMMY_DATES = ("19000101", "190001010000", "000000")
_EMPTY = "\\^= \0"
_SCHEMES_OF_THE_FIELD = frozenset(
    {
        "SCT",
        "SRT",
        "SNM3",
        "DCM",
        "UCUM",
        "FMA",
        "LN",
        "RADLEX",
        "NCIT",
        "NCIt",
        "UMLS",
        "MSH",
        "ICD10",
        "CTV3",
        "ISO3166_1",
        "MDC",
        "SCPECG",
        "RFC5646",
        "UNS",
        "FDC",
        "NICIP",
        "PUBCHEM_CID",
    }
)
# What values of content items hold, by the code of their concept. Source: PS3.16 TID 1001-1010, CID 8110.
_CONCEPTS: dict[str, Kind] = {
    "121008": Kind.STAFF_NAME,
    "121009": Kind.INSTITUTION,
    "121013": Kind.HOST,
    "121016": Kind.SERIAL,
    "121017": Kind.HOST,
    "121022": Kind.PATIENT_NUMBER,
    "121029": Kind.PATIENT_NAME,
    "121030": Kind.PATIENT_NUMBER,
    "121031": Kind.BIRTH_DATE,
    "121033": Kind.AGE,
    "121041": Kind.CASE_NUMBER,
    "111700": Kind.CASE_NUMBER,
    "113870": Kind.STAFF_NAME,
    "113872": Kind.INSTITUTION,
    "113877": Kind.HOST,
    "113880": Kind.SERIAL,
}
# Fields of which the format says that they are about somebody or something else than the patient.
_OF_OTHERS = frozenset({Kind.STAFF_NAME, Kind.INSTITUTION, Kind.HOST, Kind.SERIAL, Kind.UID, Kind.DATE, Kind.PHONE})
# Content items carry their value in one of these; the name of the field is that of the concept.
_VALUES = frozenset({0x0040A120, 0x0040A121, 0x0040A122, 0x0040A123, 0x0040A124, 0x0040A160, 0x0040A30A})
ABOUT_EACH_OTHER = _VALUES | {CODE_MEANING, _CODE_VALUE, _CODING_SCHEME}
_FILE_ID = frozenset({0x00041130, 0x00041500, 0x00041141})
_NUMERALS = frozenset({"DS", "IS", "AS", "CS"})
_MEASURED = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})


def spots_of(element: Element) -> tuple[Spot, ...]:
    """The spots of one element; an element that can tell nothing has none."""
    tag, vr = element.tag, element.vr
    if not element.raw or vr in _MEASURED or vr == "SQ":
        return ()
    if tag >> 16 & 1:
        return () if 0x10 <= tag & 0xFFFF <= 0xFF else _remembered(element)  # the names of makers go by block
    if tag in _FILE_ID:
        return tuple(_file_id(element))
    if tag in _VALUES and CONCEPT_MEANING in element.scope.facts:
        return _content_item(element)
    if tag == CODE_MEANING:
        _note_concept(element)
    return _remembered(element)


def _remembered(element: Element) -> tuple[Spot, ...]:
    """The slices of a series repeat most of their header: what was read once is not read again."""
    raw, scope, tag = element.raw, element.scope, element.tag
    scheme = scope.facts.get(_CODING_SCHEME, b"") if tag == CODE_MEANING else b""
    sets = b"" if raw.isascii() and b"\x1b" not in raw else scope.fact(_CHARACTER_SET)
    read = _cached if len(raw) <= _LONGEST_REMEMBERED else _read
    return read(scope.prefix, tag, element.vr, raw, sets, scheme)


def _read(prefix: str, tag: int, vr: str, raw: bytes, sets: bytes, scheme: bytes) -> tuple[Spot, ...]:
    location = f"{prefix}({tag >> 16:04X},{tag & 0xFFFF:04X})"
    text = "" if vr in dicom_text.NUMBERS and not tag >> 16 & 1 else dicom_text.text(vr, raw, sets)
    spot = _private(vr, text, location) if tag >> 16 & 1 else _standard(tag, vr, text, scheme, location)
    if spot is None:
        return ()
    spots = (spot,) if len(text) <= _PIECE else tuple(replace(spot, text=piece) for piece in _pieces(text))
    return (*spots, *_fields(raw, text, location)) if tag >> 16 & 1 else spots


def _fields(raw: bytes, text: str, location: str) -> Iterator[Spot]:
    """What the fields inside of a private value are called tells what they hold."""
    for label, value in dict.fromkeys(dicom_packed.fields(raw, text)):
        yield Spot(location, label, value, None, PROFILE, medical=True)


def _pieces(text: str) -> Iterator[str]:
    """A long text in pieces that the rules for text look at as a whole, cut between words."""
    while len(text) > _PIECE:
        cut = max(text.rfind(" ", _PIECE // 2, _PIECE), text.rfind("\n", _PIECE // 2, _PIECE))
        cut = cut if cut > 0 else _PIECE
        yield text[:cut]
        text = text[cut:]
    yield text


_cached = functools.lru_cache(maxsize=16384)(_read)


def _standard(tag: int, vr: str, text: str, scheme: bytes, location: str) -> Spot | None:
    if not text.strip(_EMPTY) or (text.startswith(_DUMMY_DATES) and vr in ("DA", "DT", "TM")):
        return None
    kind = dicom_kinds.kind(tag, vr)
    technical = tag in dicom_kinds.TECHNICAL
    if kind in (Kind.PATIENT_NAME, Kind.PATIENT_NUMBER) and is_study_label(text):
        kind = Kind.PSEUDONYM
    if kind is None and not dicom_kinds.is_text(vr) and vr not in _NUMERALS and vr != "UI":
        return None
    if kind is None and dicom_kinds.is_text(vr) and not technical and _unusual(tag, text, scheme):
        kind = Kind.MAYBE_NAME
    return Spot(location, _keyword(tag), text, kind, PROFILE, medical=not technical and kind not in _OF_OTHERS)


def _unusual(tag: int, text: str, scheme: bytes) -> bool:
    """True for a text outside the profile's table with a word that could be a name."""
    if tag == CODE_MEANING and scheme.strip(b"\0 ").decode("latin-1") in _SCHEMES_OF_THE_FIELD:
        return False
    return bool(doubtful_names(text))


def doubtful_names(text: str) -> list[str]:
    """Words that could be family names, but for those that the field knows as words: the filter after Butterworth."""
    from depositor.privacy.remedies.dicom import wording  # looked up late: remedies know checks

    return [word for word in persons.surnames_in(text) if not wording.is_technical(word)]


@functools.lru_cache(maxsize=8192)
def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return str(keyword_for_tag(tag) or "")


def _private(vr: str, text: str, location: str) -> Spot | None:
    if not text.strip(_EMPTY):
        return None
    kind = None if vr in _NUMERALS else Kind.PRIVATE
    return Spot(location, "", text, kind, PROFILE, medical=True)


def _note_concept(element: Element) -> None:
    """Tell the content item what its concept is called: the value comes after it."""
    scope = element.scope
    if scope.sequence == CONCEPT_NAME and scope.parent is not None:
        scope.parent.facts[CONCEPT_MEANING] = element.raw
        scope.parent.facts[CONCEPT_CODE] = scope.facts.get(_CODE_VALUE, b"")


def _content_item(element: Element) -> tuple[Spot, ...]:
    """A value of a report or of an acquisition context, under the name of its concept."""
    text = dicom_text.text_of(element)
    facts = element.scope.facts
    code = facts.get(CONCEPT_CODE, b"").strip(b"\0 ").decode("latin-1")
    meaning = dicom_text.decoded(facts[CONCEPT_MEANING], element.scope.fact(_CHARACTER_SET)).strip("\0 ")
    kind = _CONCEPTS.get(code) or labels.kind_of(meaning)
    spot = _standard(element.tag, element.vr, text, b"", element.location)
    if spot is None:
        return ()
    if kind is None and element.vr == "PN" and _is_subject(meaning):
        kind = Kind.PATIENT_NAME
    kind = kind or spot.kind
    return (replace(spot, label=meaning or spot.label, kind=kind, medical=kind not in _OF_OTHERS),)


def _is_subject(meaning: str) -> bool:
    return any(word in meaning.lower() for word in ("patient", "subject", "mother", "father", "donor"))


def _file_id(element: Element) -> Iterator[Spot]:
    """The folders and the name of a file that a DICOMDIR lists, each judged as names of files are."""
    for part in dicom_text.text_of(element).split("\\"):
        if part.strip():
            yield Spot(element.location, "FileName", part, None, PROFILE, medical=True)
