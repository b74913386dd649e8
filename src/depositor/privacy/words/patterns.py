"""What free text holds: mails, numbers, paths, dates of birth and names that stand after a word such as "patient".

Each rule wants a form with a check digit, or a word beside it that says what it is: a number or a capitalised word
alone proves nothing (lot 4471, Hunter medium, well H12).
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from depositor.privacy.kinds import Kind
from depositor.privacy.words import births, contacts, cues, folders, national, persons
from depositor.privacy.words.hit import Hit as Hit
from depositor.privacy.words.national import nhs_number as nhs_number
from depositor.privacy.words.scripts import EAST, UPPER

LONGEST = 200_000  # characters of one text that are looked at
_WORTH = re.compile(r"[^\W\d_]{2}|\d{3}[- ]\d|\+\d|\d{9}|\d\d\.\d")
READABLE = re.compile(r"[\x20-\x7e\xa1-\u024f]{8,}")  # what a person can read in raw bytes
_TOKEN = re.compile(r"[^\W\d_]+")

_NUMBER = re.compile(
    r"((?<![^\W_])MRN(?:[-_:#= ]|no\.?){0,3}[A-Z0-9][A-Z0-9-]{3,})"
    r"|(?<![^\W_])(?i:(?:patient|pat|pt|hospital|chart|med(?:ical)?\.? rec(?:ord)?|accession|patienten|fall"
    r"|aufnahme|histologie|journal|donor|spender|encounter|visit|study subject"
    r"|paciente|paziente|patiënt|pacjenta?|pasient|hasta|utente|doente|processo|dossier|cartella"
    r"|historia(?: clínica)?|hist\. clínica|nhc|ipp|protokol|protocolo|kartoteki|история|карта)"
    r"[ _-]*(?:id|no|nr|number|num|nummer|numéro|numero|número|clínica|clinica|akte)?\b[.:#= _-]{0,3}"
    r"|(?:n[o°ºr]\.?|numero|numéro|número|nr\.?|id|nummer)[ _:]*(?:de |del |di |da |du |van )?(?:patient[a-z]*"
    r"|paciente|paziente|patiënt|pacjenta|doente|utente|processo|dossier|cartella|historia clínica|hc)"
    r"|(?:patienten|patiënt|patient|pasient|fall|aufnahme|histologie|journal|potilas)-?(?:nummer|nr|id)"
    r"|\b(?:case|fall|subject)[ _-]*(?:id|no|nr|number)\b[.:#= _-]{0,3}"
    r"|\b(?:case|fall"
    r"|subject)[ #:]{1,2}(?=[A-Z-]{0,4}\d{6}))\.?\s*[.:#= _-]{0,3}((?=[A-Z-]{0,4}\d)[A-Z-]{0,4}\d[\dA-Z-]{4,})"
    r"|((?<![^\W_])(?:ACC|PID|UHID|PAT|NHC|IPP|HRN|URN|CHI)[-_:# ]{0,2}\d{5,})"
    r"|(?:患者ID|患者番号|カルテ番号|病历号|病案号|住院号|门诊号|등록번호|환자번호|номер карты|رقم المريض"
    r"|رقم الملف)[\s:：#№.]{0,3}([A-Z-]{0,4}\d[\dA-Z-]{3,})"
)
_CASE = re.compile(
    r"(?<![A-Za-z0-9-])(?!AB|CD|IL|ID|TP|EP|RT|DM|LS|AX|FF|ET|CF|BP|LP|TF|NA|DS|TI|PN|SN|QD"
    r"|VO)[A-Z]{1,3}[- ]?\d\d[-/]\d{3,6}(?:[-/ ][A-Z]{1,2}\d{1,2})?(?![A-Za-z0-9-])"
)
_INSTITUTION = re.compile(
    rf"(?:{persons.WORD} ){{1,4}}"
    r"(?:Hospital|Clinic|University|Institute|Klinik|Klinikum|College|Infirmary|Krankenhaus|Medical Cent(?:er|re)"
    r"|Hospice|Sykehus|Sjukhus|Sygehus|Ziekenhuis|Hastanesi|Üniversitesi|sairaala)\b"
    r"|\b(?:University|Université|Universität|Universidad|Universidade|Università|Uniwersytet|Hospital|Hôpital"
    r"|Ospedale|Szpital|Institute?|Instituto|Istituto|Institut|CHU|Clínica|Clinique|Policlinico|Klinikum"
    r"|Krankenhaus|Klinik) (?:of |de |for |zu |für |di |do |da |im\.? |d['’]|la )*"
    rf"{persons.WORD}(?: (?:de |of |i )?{persons.WORD})?"
    r"|[^\W\d_]+(?:universität|klinikum|krankenhaus|ziekenhuis|sjukhuset|sykehus|universitet)\b"
    rf"|[{EAST}]{{2,12}}(?:病院|医院|大学|醫院|병원|대학교|研究所)"
    r"|(?:больница|клиника|институт|университет) [^\W\d_]+|(?:مستشفى|جامعة) [^\W\d_]+"
)
_CAPITAL_PARTICLE = r"(?:La|Le|Lo|De|Di|Da|Dos|Du|Van|Von|El|Al|Del|Della|Ten|Ter|St\.?)"
_PAIR = re.compile(
    rf"(?=(?<![^\W\d_])({persons.WORD}(?:,? (?:{persons.PARTICLE}|{_CAPITAL_PARTICLE}))?,? {persons.WORD})(?![^\W\d_]))"
)
_NEXT = re.compile(rf" (?:{persons.PARTICLE} )?({persons.WORD})(?![^\W\d_])")
_INITIAL = re.compile(rf"(?<![^\W_])((?:[{UPPER}]\. ?){{1,3}}(?:{persons.PARTICLE} )?({persons.WORD}))(?![^\W\d_])")
_POLITE = re.compile(rf"(?<![^\W_])([{UPPER}][^\W\d_]+)-(?:san|sama|sensei|kun|ssi|nim)\b")  # Nakamura-san
_CARET = re.compile(rf"(?<![^\W_])[{UPPER}][^\W\d_'-]+(?:[-'][^\W\d_]+)*\^[{UPPER}][^\W\d_]*(?:\^[^\W\d_]*)*")


def hits(text: str) -> list[Hit]:
    """What the rules find in ``text``, in order, without overlaps: the weightier kind wins, then the longer text."""
    if len(text) < 3 or (text.isascii() and not _WORTH.search(text, 0, LONGEST)):
        return []
    return list(_hits(text)) if len(text) <= 256 else _found(text[:LONGEST])


@functools.lru_cache(maxsize=65536)
def _hits(text: str) -> tuple[Hit, ...]:
    return tuple(_found(text))


def sure_hits(text: str) -> list[Hit]:
    """Only mails and user paths: what can be told from raw bytes."""
    if "@" not in text and "sers" not in text and "/home" not in text:
        return []
    return without_overlaps([*contacts.mails(text), *folders.user_paths(text)])


def _found(text: str) -> list[Hit]:
    seen = _Seen(text)
    return without_overlaps([hit for rule in _rules() if rule.worth(seen) for hit in rule.find(text)])


def without_overlaps(found: list[Hit]) -> list[Hit]:
    """The hits in order of place; of two that overlap the earlier rule's stays, for the rules stand in that order."""
    kept: list[Hit] = []  # in order of place: a long text has thousands of hits
    for hit in found:
        at = bisect.bisect_left(kept, hit.start, key=_start)
        free_before = at == 0 or kept[at - 1].end <= hit.start
        if free_before and (at == len(kept) or hit.end <= kept[at].start):
            kept.insert(at, hit)
    return kept


def _start(hit: Hit) -> int:
    return hit.start


class _Seen:
    """What the gates of rules ask of a text, worked out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lower = text.lower()
        self.words = frozenset(_TOKEN.findall(self.lower))
        self.digits = sum(map(self.lower.count, "0123456789"))
        self.ascii = text.isascii()
        self.capitals = self.lower != text


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what a text must hold for it to be worth running: one of ``words``, of ``parts``, ``digits`` digits.

    Most texts hold nothing; looking for a few letters first makes long notes and tables ten times faster.
    """

    find: Callable[[str], Iterator[Hit]]
    words: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    digits: int = 0
    beyond_ascii: bool = False

    def worth(self, seen: _Seen) -> bool:
        if seen.digits < self.digits:
            return False
        if self.beyond_ascii and not seen.ascii:
            return True
        if not self.words and not self.parts:
            return not self.beyond_ascii
        if not self.words.isdisjoint(seen.words):
            return True
        lower = seen.lower
        for part in self.parts:  # noqa: SIM110 - a plain loop: no line of the package runs more often
            if part in lower:
                return True
        return False


def _simple(pattern: re.Pattern[str], kind: Kind, digits: int = 0) -> Callable[[str], Iterator[Hit]]:
    def rule(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            group = next((n for n in range(1, (pattern.groups or 0) + 1) if match[n]), 0)
            if kind is Kind.PATIENT_NUMBER and national.ACCESSION_CODE.fullmatch(match[group].rstrip(" .,;:)")):
                continue
            if sum(c.isdecimal() for c in match[group]) >= digits:
                yield Hit(kind, match.start(group), match.start(group) + len(match[group].rstrip(" .,;:)")))

    return rule


def _full_names(text: str) -> Iterator[Hit]:
    """Two or three capitalised words beside each other, one of them a known given name."""
    for match in _PAIR.finditer(text):
        if not persons.is_full_name(match[1]) or _is_thing(text, match.start(1), match.end(1)):
            continue
        following = _NEXT.match(text, match.end(1))
        if following and belongs_to_next(match[1], following[1]):
            continue
        more = following is not None and _goes_on(following[1]) and not _is_thing(text, match.start(1), following.end())
        yield Hit(Kind.PERSON_NAME, match.start(1), following.end() if following and more else match.end(1))
    for match in _CARET.finditer(text):
        if not persons.looks_like_name(match[0]):
            continue
        yield Hit(Kind.PERSON_NAME, match.start(), match.end())
    for match in _POLITE.finditer(text):
        if persons.could_be_name(match[1]):
            yield Hit(Kind.PERSON_NAME, match.start(1), match.end(1))
    for match in _INITIAL.finditer(text):
        if persons.is_family_name(match[2]) and not _is_thing(text, match.start(1), match.end(1)):
            yield Hit(Kind.MAYBE_NAME, match.start(1), match.end(1))


def belongs_to_next(pair: str, following: str) -> bool:
    """True for "Biopsy Anna" before "Meyer": the given name is the one of what follows."""
    first, last = pair.split()[0], pair.split()[-1]
    if persons.is_given_name(first) or persons.is_family_name(first) or not persons.is_given_name(last):
        return False
    return persons.is_full_name(f"{last} {following}")


def _goes_on(word: str) -> bool:
    """True for a second family name: "Macarena Ordóñez Peña"."""
    things = any(persons.is_eponym(part) or persons.is_ordinary(part) for part in word.split("-"))
    return persons.could_be_name(word) and not things and not word.isupper()


_THING = re.compile(
    r"(?:['’]s)?[ -](?:stain\w*|medium|buffer|cells?|lens|filter|syndrome|disease|test|method|microscop\w*"
    r"|corporation|scientific|instruments"
    r"|fellowship|foundation|institute?|university|hospital|gmbh|inc|ltd|street|lab(?:oratory)?|mice|rats?)\b",
    re.IGNORECASE,
)


def _is_thing(text: str, start: int, end: int) -> bool:
    """True where what follows makes a name that of a thing or house, or where a program's author is named."""
    return _THING.match(text, end) is not None or cues.COPYRIGHT.search(text, max(0, start - 60), start) is not None


@functools.cache
def _rules() -> tuple[Rule, ...]:
    """The rules, the most telling first."""
    return (*_contacts_and_numbers(), *_people(), *_places())


def _contacts_and_numbers() -> tuple[Rule, ...]:
    t = cues.tokens
    return (
        Rule(contacts.mails, parts=("@",)),
        Rule(contacts.hidden_mails, parts=("at)", "at]", "at}", " at ", "ät", "_at_", "arroba", " @ ")),
        Rule(folders.user_paths, parts=cues.words("gate-homes")),
        Rule(folders.url_users, parts=("@",)),
        Rule(folders.identities, parts=(":",), digits=14),
        Rule(folders.paths, parts=("\\", "/")),
        Rule(births.births, births.gate(), ("*", "年", "년", "d.o.b"), 3, beyond_ascii=True),
        Rule(national.named, t("gate-national"), digits=6, beyond_ascii=True),
        Rule(national.alone, digits=7),
        Rule(_simple(_NUMBER, Kind.PATIENT_NUMBER, 4), parts=cues.words("gate-numbers"), digits=4, beyond_ascii=True),
        Rule(_simple(_CASE, Kind.CASE_NUMBER), parts=("-", "/"), digits=5),
        Rule(contacts.phones, t("phone"), ("+", "-", ".", "00"), 7, beyond_ascii=True),
    )


def _people() -> tuple[Rule, ...]:
    t = cues.tokens
    return (
        Rule(cues.patients, t("patient"), beyond_ascii=True),
        Rule(cues.titles, t("title"), beyond_ascii=True),
        Rule(cues.misters, t("mister"), beyond_ascii=True),
        Rule(cues.eastern, beyond_ascii=True),
        Rule(cues.roles, t("role"), beyond_ascii=True),
        Rule(cues.deeds, t("by"), beyond_ascii=True),
        Rule(cues.signatures, frozenset(("md", "phd", "mbbs", "frcpath", "d", "ph"))),
    )


def _places() -> tuple[Rule, ...]:
    return (
        Rule(contacts.streets, parts=cues.words("gate-streets"), digits=1, beyond_ascii=True),
        Rule(_full_names),
        Rule(
            folders.users,
            parts=(
                "operator",
                "user",
                "login",
                "log-in",
                "account",
                "logged",
                "benutzer",
                "anmelde",
                "kennung",
                "utilis",
                "identif",
                "usuario",
                "utente",
                "gebruiker",
                "använd",
                "kullan",
            ),
            beyond_ascii=True,
        ),
        Rule(
            folders.hosts,
            parts=(
                "host",
                "-",
                ":",
                ".",
                "computer",
                "rechner",
                "machine",
                "ordinateur",
                "equipo",
                "workstation",
                "pc",
                "node",
            ),
        ),
        Rule(_simple(_INSTITUTION, Kind.INSTITUTION), parts=cues.words("gate-sites"), beyond_ascii=True),
        Rule(births.ages, digits=2),
        Rule(
            contacts.postcodes,
            parts=("post", "zip", "plz", "cp", "c.p", "cap", "cep", "kod "),
            digits=2,
            beyond_ascii=True,
        ),
    )
