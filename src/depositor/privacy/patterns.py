"""What free text holds: mails, numbers, paths, dates of birth and names that stand after a word such as "patient".

Each rule wants a form with a check digit, or a word beside it that says what it is: a number or a capitalised word
alone proves nothing (lot 4471, Hunter medium, well H12).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from depositor.privacy import persons
from depositor.privacy.kinds import Kind

LONGEST = 200_000  # characters of one text that are looked at
_WORTH = re.compile(r"[^\W\d_]{2}|\d{3}[- ]\d|\+\d|\d{9}")
READABLE = re.compile(r"[\x20-\x7e\xa1-\u024f]{8,}")  # what a person can read in raw bytes


@dataclass(frozen=True, slots=True)
class Hit:
    """``text[start:end]`` is of ``kind``."""

    kind: Kind
    start: int
    end: int


_DATE = (
    r"(?:(?:19|20)\d\d[-./:]?(?:0[1-9]|1[0-2])[-./:]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2]|[A-Za-z]{3,9})[-./ ](?:19|20)?\d\d"
    r"|(?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)?\d\d)"
)
_SEGMENT = r"[^\\/:*?\"<>|\r\n\t\0;,&]"
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_USER_PATH = re.compile(
    rf"(?:[A-Za-z]:)?[\\/]+(?:Users|Documents and Settings|Benutzer|Utilisateurs)[\\/]+"
    rf"(?!Public\b|All Users\b|Default\b)"
    rf"{_SEGMENT}{{2,}}(?:[\\/]+{_SEGMENT}*)*|(?<![\w.:/])/(?:home\d?|Users|u|export/home|nfs/home|usr/people|afs)/"
    rf"[^/\s\"'<>|;,&]{{2,}}(?:/[^\"'<>|;,&\r\n\t]*)*",
    re.IGNORECASE,
)
_PATH = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]:\\+(?!Program Files|Windows\b|ProgramData){_SEGMENT}+(?:\\+{_SEGMENT}*)*"
    rf"|(?<![\\\w:])\\\\[\w.-]+\\{_SEGMENT}+(?:\\{_SEGMENT}*)*"
    r"|(?<![\w.:/])/(?:mnt|media|data\d*|scratch|gpfs|nfs|Volumes|work|projects?|lustre|srv)/[^\"'<>|;,&\r\n\t]*",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.])\+\d{1,3}[ .\-/()]*\d(?:[ .\-/()]*\d){6,12}(?!\w|\.\d)"
    r"|(?<![\w.\-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w.\-])"
    r"|(?i:\b(?:tel|phone|telephone|mobile|fax|call|tél|telefon)\b\.?[:= ]+)(\(?\d[\d ().\-/]{6,16}\d)"
)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_NATIONAL = re.compile(
    r"(?i:\b(?:ssn|social security|nhs|bsn|personnummer|cpr|dni|national id|passport|ahv|avs)\b[^\w\r\n]{0,3}"
    r"(?:no|number|nr|#)?[^\w\r\n]{0,3})([A-Z]?\d[\d \-.]{5,14}[\dA-Z])"
)
_NHS = re.compile(r"(?<![\w-])\d{3} \d{3} \d{4}(?![\w-])")
_NUMBER = re.compile(
    r"(\bMRN(?:[-_:#= ]|no\.?){0,3}[A-Z0-9][A-Z0-9-]{3,})"
    r"|(?i:\b(?:patient|pat|pt|hospital|chart|medical record|accession)[ _-]*"
    r"(?:id|no|nr|number|num|nummer)?\b[.:#= _-]{0,3}|\b(?:case|fall|subject)[ _-]*(?:id|no|nr|number)\b[.:#= _-]{0,3}"
    r"|\b(?:case|fall|subject)[ #:]{1,2}(?=[A-Z-]{0,4}\d{6}))((?=[A-Z-]{0,4}\d)[A-Z-]{0,4}\d[\dA-Z-]{4,})"
    r"|(\b(?:ACC|PID|UHID|PAT)[-_]?\d{5,})"
)
_CASE = re.compile(
    r"(?<![A-Za-z0-9-])(?!AB|CD|IL|ID|TP|EP|RT|DM|LS|AX)[A-Z]{1,3}\d\d-\d{3,6}(?:-[A-Z]{1,2}\d{1,2})?(?![A-Za-z0-9-])"
)
_BIRTH = re.compile(
    rf"(?i:\b(?:dob|d\.o\.b\.?|born|birth ?date|date of birth|birthday|geb(?:oren|\.)?|geburtsdatum|n[ée]e? le)\b"
    rf"[^\w\r\n]{{0,4}}(?:on |am |in )?)({_DATE})"
)
_AGE = re.compile(r"(?i:\b(?:age|aged|alter)[:= ]{1,3})(9\d|1[01]\d)\b|\b(9\d|1[01]\d)[- ](?:years?|yrs?|y/?o)\b")
_TITLE = re.compile(
    rf"\b(?:Dr|Prof|Doctor|Professor|Drs|PD)\b(?:\.? ?(?:med|rer|nat|dent|phil|Dr)\b)*\.?\s+({persons.NAME})"
)
_MISTER = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Herr|Frau|Mme|Monsieur|Madame|Sr|Sra|Señor|Señora)\.?\s+({persons.NAME})")
_PATIENT = re.compile(
    rf"(?i:\b(?:patient|pat|pt|proband|donor|subject|participant)(?:'s)?(?: name)?[:=]?\s+)({persons.NAME})"
)
_ACTOR = re.compile(
    r"(?i:\b(?:operator|technician|user|author|owner|contact|experimenter|microscopist)(?: name)?[:=]?\s+|\bby:?\s+)"
    rf"({persons.NAME})"
)
_PAIR = re.compile(rf"(?=(?<![^\W\d_])({persons.WORD},? (?:{persons.PARTICLE} )?{persons.WORD})(?![^\W\d_]))")
_USER = re.compile(r"(?i:\b(?:user ?name|user|login|account)\s*[:=]\s*)([\w.\\-]{3,40})")
_HOST = re.compile(
    r"\b(?:DESKTOP|LAPTOP|WS|PC|WKS|WORKSTATION)-[A-Z0-9]+(?:-[A-Z0-9]+)*\b|(?i:\bhost(?:name)?[:= ]+)[\w.-]{4,}"
)

_INSTITUTION = re.compile(
    rf"(?:{persons.WORD} ){{1,4}}"
    r"(?:Hospital|Clinic|University|Institute|Klinik|Klinikum|College|Infirmary|Krankenhaus)\b"
    r"|\b(?:University|Université|Universität|Universidad|Hospital|Institute) (?:of |de |for |zu |d')?"
    rf"{persons.WORD}(?: {persons.WORD})?"
    r"|[^\W\d_]+(?:universität|klinikum|krankenhaus)\b"
)


def hits(text: str) -> list[Hit]:
    """What the rules find in ``text``, in order, without overlaps: the weightier kind wins, then the longer text."""
    if len(text) < 4 or not _WORTH.search(text, 0, LONGEST):
        return []
    return list(_hits(text)) if len(text) <= 256 else _found(text[:LONGEST])


@functools.lru_cache(maxsize=65536)
def _hits(text: str) -> tuple[Hit, ...]:
    return tuple(_found(text))


def sure_hits(text: str) -> list[Hit]:
    """Only mails and user paths: what can be told from raw bytes."""
    if "@" not in text and "sers" not in text and "/home" not in text:
        return []
    return without_overlaps([h for rule in _RULES[:2] for h in rule.find(text)])


def _found(text: str) -> list[Hit]:
    lower = text.lower()
    digits = sum(map(lower.count, "0123456789"))
    worth = (r for r in _RULES if digits >= r.digits and (not r.words or any(w in lower for w in r.words)))
    return without_overlaps([hit for rule in worth for hit in rule.find(text)])


def without_overlaps(found: list[Hit]) -> list[Hit]:
    """The hits in order of place; of two that overlap the earlier rule's stays, for the rules stand in that order."""
    kept: list[Hit] = []
    for hit in found:
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _simple(
    pattern: re.Pattern[str], kind: Kind, accept: Callable[[str], bool] | None = None
) -> Callable[[str], Iterator[Hit]]:
    def rule(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            group = next((n for n in range(1, (pattern.groups or 0) + 1) if match[n]), 0)
            if accept is None or accept(match[group]):
                yield Hit(kind, match.start(group), _end(match, group))

    return rule


def _end(match: re.Match[str], group: int) -> int:
    return match.start(group) + len(match[group].rstrip(" .,;:)"))


def _named(
    pattern: re.Pattern[str], kind: Kind, weak: Kind | None = None, *, sure: bool = False
) -> Callable[[str], Iterator[Hit]]:
    """Names after a cue: ordinary words end the name, a name of only such words is none.

    Where ``weak`` is given, a single word counts only as that. A ``sure`` cue (Dr, Mrs) makes a name of any word.
    """

    def rule(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            end = _name_end(match[1], sure=sure)
            if not end:
                continue
            bare = weak is not None and len(match[1][:end].split()) == 1
            yield Hit(weak if bare and weak else kind, match.start(1), match.start(1) + end)

    return rule


def _full_names(text: str) -> Iterator[Hit]:
    """Two or three capitalised words beside each other, one of them a known given name."""
    for match in _PAIR.finditer(text):
        if persons.is_full_name(match[1]):
            yield Hit(Kind.PERSON_NAME, match.start(1), match.end(1))


def _name_end(name: str, *, sure: bool) -> int:
    end = 0
    for word in re.finditer(r"\S+", name):
        bare = word[0].rstrip(".,;:'’")
        known = persons.could_be_name(bare) or persons.is_given_name(bare) or (sure and not end and len(bare) > 1)
        if not known and not (end and (len(bare) == 1 or re.fullmatch(persons.PARTICLE, bare))):
            break
        end = word.start() + len(bare) if known else end
    return end


def nhs_number(text: str) -> bool:
    """The check digit of an NHS number (modulus 11)."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 10:
        return False
    check = 11 - sum(d * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return (0 if check == 11 else check) == digits[9]


def _serious_number(text: str) -> bool:
    return sum(c.isdigit() for c in text) >= 4


def _real_user(text: str) -> bool:
    return not persons.is_placeholder(text) and not persons.is_ordinary(text)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what a text must hold for it to be worth running: one of ``words`` (lower case), ``digits`` digits.

    Most texts hold nothing; looking for a few letters first makes long notes and tables ten times faster.
    """

    find: Callable[[str], Iterator[Hit]]
    words: tuple[str, ...] = ()
    digits: int = 0


_NATIONAL_WORDS = ("ssn", "social", "nhs", "bsn", "personnummer", "cpr", "dni", "national", "passport", "ahv", "avs")
_HOMES = ("users", "settings", "benutzer", "utilisateurs", "/home", "/u/", "/afs", "/usr/people")
_NUMBER_WORDS = ("mrn", "pat", "pt", "hospital", "chart", "record", "acc", "case", "fall", "subject", "pid", "uhid")
_ACTOR_WORDS = ("operator", "technician", "user", "author", "owner", "contact", "experimenter", "microscopist", "by")
_SITES = ("hospital", "hôpital", "clinic", "universi", "institut", "klinik", "college", "infirmary", "krankenhaus")
_RULES: tuple[Rule, ...] = (
    Rule(_simple(_MAIL, Kind.MAIL), ("@",)),
    Rule(_simple(_USER_PATH, Kind.USER_PATH), _HOMES),
    Rule(_simple(_PATH, Kind.PATH), ("\\", "/")),
    Rule(_simple(_BIRTH, Kind.BIRTH_DATE), ("dob", "d.o.b", "born", "birth", "geb", "né", "ne le"), 4),
    Rule(_simple(_NATIONAL, Kind.NATIONAL_NUMBER), _NATIONAL_WORDS, 6),
    Rule(_simple(_SSN, Kind.NATIONAL_NUMBER), ("-",), 9),
    Rule(_simple(_NHS, Kind.NATIONAL_NUMBER, nhs_number), (" ",), 10),
    Rule(_simple(_NUMBER, Kind.PATIENT_NUMBER, _serious_number), _NUMBER_WORDS, 4),
    Rule(_simple(_CASE, Kind.CASE_NUMBER), ("-",), 5),
    Rule(_simple(_PHONE, Kind.PHONE), ("+", "-", ".", "tel", "phone", "mobile", "fax", "call", "tél"), 7),
    Rule(_named(_TITLE, Kind.STAFF_NAME, sure=True), ("dr", "prof", "doctor", "pd")),
    Rule(
        _named(_MISTER, Kind.PATIENT_NAME, sure=True),
        ("mr", "ms", "miss", "herr", "frau", "mme", "monsieur", "madame", "sr", "señor"),
    ),
    Rule(_named(_PATIENT, Kind.PATIENT_NAME), ("pat", "pt", "proband", "donor", "subject", "participant")),
    Rule(_named(_ACTOR, Kind.STAFF_NAME, Kind.MAYBE_NAME), _ACTOR_WORDS),
    Rule(_full_names),
    Rule(_simple(_USER, Kind.USER_NAME, _real_user), ("user", "login", "account")),
    Rule(_simple(_HOST, Kind.HOST), ("host", "desktop-", "laptop-", "ws-", "pc-", "wks-", "workstation-")),
    Rule(_simple(_INSTITUTION, Kind.INSTITUTION), _SITES),
    Rule(_simple(_AGE, Kind.AGE), ("age", "alter", "year", "yr", "y/o", "yo"), 2),
)
