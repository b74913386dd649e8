"""Who a DICOM file is about, as its own headers say, and where else in the file the same person shows."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known
from depositor.privacy.words import persons

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PARTS = re.compile(r"[^\W_]+")
_DAY = re.compile(r"((?:18|19|20)\d\d)[-.]?(0[1-9]|1[0-2])[-.]?(0[1-9]|[12]\d|3[01])")
_DUMMY_YEARS = frozenset({"1900"})
# The start of the months' names in languages of the field; three letters tell them apart.
_MONTHS = (
    "jan|ene|gen|sty|янв",
    "feb|fév|fev|lut|фев",
    "mar|mär|mrz|maa|мар",
    "apr|avr|abr|kwi|апр",
    "may|mai|mag|mei|maj|май|мая",
    "jun|jui|giu|cze|июн",
    "jul|juil|lug|lip|июл",
    "aug|aoû|ago|sie|авг",
    "sep|set|wrz|сен",
    "oct|okt|out|ott|paź|окт",
    "nov|lis|ноя",
    "dec|dez|déc|dic|gru|дек",
)
_LEAST_DIGITS = 5
_LEAST_CODE = 4


# Subjects as studies and public collections number them: whoever has such a label finds no patient by it.
_SUBJECT = re.compile(
    r"(?:anon\w*|pseudo\w*|deident\w*|subj|sub|subject|volunteer|participant|proband|patient|case|control|donor|test)"
    r" ?\d{1,5}[a-z]?",
    re.IGNORECASE,
)
_COLLECTED = re.compile(
    r"(?:TCGA|LIDC IDRI|MIDRC|ADNI|OASIS|HCP|NLST|CPTAC|BraTS|ACRIN|ISPY|I SPY|QIN|RIDER|UPENN|IXI|CMMD|ABIDE|NSCLC"
    r"|LUNG1|HN1)\b(?: [\w]{1,14}){0,3} \w*\d\w*"
)
_PHANTOM = re.compile(r"(?:ph|f)ant[oô]me?s?", re.IGNORECASE)
_ABOUT_PHANTOMS = frozenset(["acr", "nema", "qa", "qc", "jaszczak", "ge", "siemens", "philips", "aapm", "snm", "adni"])


def is_study_label(text: str) -> bool:
    """True for what stands in the place of a name or number where there is no patient, or none that it leads to.

    >>> [is_study_label(t) for t in ("ANON^0012", "TCGA-AA-3502", "Water Phantom", "MRN-4471920", "Phantom^Kowalski")]
    [True, True, True, False, False]
    """
    bare = " ".join(re.split(r"[\s^_\-=.]+", text.strip(" ^=")))
    if _SUBJECT.fullmatch(bare) or _COLLECTED.fullmatch(bare):
        return True
    words = bare.split()
    others = [w for w in words if not _PHANTOM.fullmatch(w)]
    return len(others) < len(words) and all(w.isdigit() or _is_of_phantoms(w) for w in others)


def _is_of_phantoms(word: str) -> bool:
    return word.lower() in _ABOUT_PHANTOMS or (persons.is_ordinary(word) and not persons.is_ambiguous(word))


@dataclass(frozen=True)
class Identity:
    """Names, numbers and days of birth of the patient; empty where the file has been cleaned of them."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    births: tuple[str, ...] = ()

    def known(self) -> Known:
        """What :mod:`judge` shall look for in every text of the file, beside what it learns itself."""
        terms: dict[str, Kind] = {}
        for name in self.names:
            terms |= dict.fromkeys(_name_terms(name), Kind.PATIENT_NAME)
        for number in self.numbers:
            terms |= dict.fromkeys(_number_terms(number), Kind.PATIENT_NUMBER)
        return Known(terms)

    def seen_in(self, text: str) -> Iterator[tuple[Kind, str]]:
        """What leads to the patient in ``text`` beyond words: the day of birth as people write it, joined names."""
        for birth in self.births:
            if birth[2:4] in text and (match := _birth_pattern(birth).search(text)):
                yield Kind.BIRTH_DATE, match[0]
        if not text.isascii():
            yield from ((Kind.PATIENT_NAME, name) for name in self._joined if name in text)

    def in_uid(self, uid: str) -> Iterator[tuple[Kind, str]]:
        """Parts of a UID that are the patient's number or day of birth."""
        parts = uid.split(".")
        for number in self.numbers:
            digits = re.sub(r"\D", "", number)
            if len(digits) >= _LEAST_DIGITS and digits.lstrip("0") in parts:
                yield Kind.PATIENT_NUMBER, uid
        yield from ((Kind.BIRTH_DATE, uid) for birth in self.births if any(p.startswith(birth) for p in parts))

    def in_bytes(self, raw: bytes) -> Iterator[tuple[Kind, str]]:
        """Names with letters beyond ASCII in bytes, whatever their encoding: runs of ASCII do not hold them."""
        for name in self._joined:
            for encoding in ("utf-8", "latin-1", "cp1250", "shift_jis", "gb18030", "euc_kr", "utf-16-le", "utf-16-be"):
                try:
                    needle = name.encode(encoding)
                except UnicodeEncodeError:
                    continue
                if len(needle) >= 4 and needle in raw:
                    yield Kind.PATIENT_NAME, name
                    break

    @property
    def _joined(self) -> tuple[str, ...]:
        """Family names and whole names with letters beyond ASCII, as they stand in running text."""
        found: dict[str, None] = {}
        for name in self.names:
            for group in name.split("="):
                parts = [p.strip() for p in group.split("^") if p.strip()]
                if parts and not group.isascii():
                    found |= dict.fromkeys(("".join(parts[:2]), *(p for p in parts[:1] if _is_telling(p))))
        return tuple(n for n in found if len(n) >= 2 and not n.isascii())


def identity(named: Iterable[tuple[Kind, str]], days: Iterable[str] = ()) -> Identity:
    """The identity out of (kind, text) of a file's fields; ``days`` are its other dates, which are no day of birth."""
    names: dict[str, None] = {}
    numbers: dict[str, None] = {}
    births: dict[str, None] = {}
    others = set(days)
    for kind, text in named:
        for value in text.split("\\"):
            value = value.strip()
            if persons.is_placeholder(value) or persons.is_pseudonym(value):
                continue
            if kind is Kind.PATIENT_NAME:
                names[value] = None
            elif kind is Kind.PATIENT_NUMBER:
                numbers[value] = None
            elif kind is Kind.BIRTH_DATE and (day := _DAY.match(value)) and day[1] not in _DUMMY_YEARS:
                births["".join(day.groups())] = None
    return Identity(tuple(names), tuple(numbers), tuple(b for b in births if b not in others))


def _is_telling(part: str) -> bool:
    """A family name of one ideograph stands in half of all texts; one of an alphabet needs three letters."""
    return len(part) >= (3 if part[0] < "\u1100" else 2)


def _name_terms(name: str) -> Iterator[str]:
    """Family and given name beside each other in both orders; the family name alone where it is no ordinary word."""
    for group in name.split("="):
        parts = [[w.casefold() for w in _WORD.findall(p)] for p in group.split("^")[:3]]
        if len(parts) >= 2 and parts[0] and parts[1]:
            yield _term([*parts[0], *parts[1]])
            yield _term([*parts[1], *parts[0]])
            yield _term([parts[1][0], parts[0][-1]])
            yield _term([parts[0][0], parts[1][0]])
        elif len(parts[0]) >= 2:
            yield _term(parts[0])
        for word in parts[0]:
            if len(word) >= 4 and not persons.is_ordinary(word) and not persons.is_given_name(word):
                yield from (_term([word]), persons.folded(word), _spelled_out(word))


def _spelled_out(word: str) -> str:
    """``müller`` as ``mueller``."""
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa"), ("ß", "ss"), ("æ", "ae")):
        word = word.replace(letter, letters)
    return persons.folded(word)


def _term(words: Iterable[str]) -> str:
    return " ".join(part for word in words for part in _PARTS.findall(word))


def _number_terms(number: str) -> Iterator[str]:
    """The number as it stands and without what stands between its parts; short ones would hit by chance."""
    parts = [p.casefold() for p in _PARTS.findall(number)]
    whole = "".join(parts)
    digits = sum(c.isdigit() for c in whole)
    if digits >= _LEAST_DIGITS or (digits >= 2 and len(whole) >= _LEAST_CODE and not whole.isdigit()):
        yield " ".join(parts)
        yield whole
        if whole.isdigit() and len(whole.lstrip("0")) >= _LEAST_DIGITS:
            yield whole.lstrip("0")


@functools.lru_cache(maxsize=1024)
def _birth_pattern(birth: str) -> re.Pattern[str]:
    """The ways in which people write one day: 1971-03-04, 04.03.1971, 3/4/71, 4 March 1971, Mar 4, 1971."""
    year, month, day = birth[:4], int(birth[4:6]), int(birth[6:8])
    years = rf"(?:{year}|['’]?{year[2:]})"
    name = rf"(?:{_MONTHS[month - 1]})\w*\.?"
    gap = r"[-./ ]{1,2}"
    two = rf"0?{day}{gap}0?{month}{gap}{years}|0?{month}{gap}0?{day}{gap}{years}"
    words = rf"0?{day}(?:st|nd|rd|th|\.|º)?(?: de)?[-. ]*{name}(?: de)?[-., ]*{years}"
    words += rf"|{name}[-. ]*0?{day}(?:st|nd|rd|th)?[, ]+{years}"
    whole = rf"{birth}|{year}[-./ ]0?{month}[-./ ]0?{day}|{year}年0?{month}月0?{day}日|{birth[6:8]}{birth[4:6]}{year}"
    return re.compile(rf"(?<![\d.])(?:{whole}|{two}|{words})(?!\d)", re.IGNORECASE)
