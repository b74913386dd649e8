"""Names that people make up (of files, samples, images): a person, a number, a date of birth in them?"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor.privacy.kinds import Kind
from depositor.privacy.words import cues, patterns, persons
from depositor.privacy.words.patterns import Hit
from depositor.privacy.words.scripts import EAST, LOWER, UPPER

_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+")
_DATE = re.compile(
    r"(?<!\d)(?:((?:19|20)\d\d)[-._]?(0[1-9]|1[0-2])[-._]?(0[1-9]|[12]\d|3[01])"
    r"|(0[1-9]|[12]\d|3[01])[-._]?(0[1-9]|1[0-2])[-._]?((?:19|20)\d\d))(?!\d)"
)
_NUMBER = re.compile(
    r"(?<![A-Za-z])(?:MRN|PID|UHID|NHC|IPP|HRN|(?:pat|patient|patienten|acc|accession|case|fall|hosp|donor)(?:id"
    r"|no|nr)?)"
    r"[-_ #:]{0,2}(?=[A-Z-]{0,4}\d)[A-Z\d-]{4,}",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"(?<![A-Za-z0-9])((?!AB|CD|IL|ID|TP|EP|RT|DM|LS"
    r"|AX)[A-Z]{1,3}[- ]?\d\d[-]\d{4,6}(?:-[A-Z]{1,2}\d{1,2})?)(?![A-Za-z0-9])"
)
_BIRTH_WORD = re.compile(
    r"(?<![^\W\d_])(?:dob|born|geb|birth|geboren|n[ée]e?|nacid[oa]|nat[oa]|ur|född|生)[-_. ]{0,2}$", re.IGNORECASE
)
_INITIALS = re.compile(rf"(?:^|[_\-. ])[{UPPER}]{{2,3}}[_\-. ]{{1,2}}$")
BORN_BEFORE = 1990  # digital images of this year or earlier hardly exist: such a date is one of birth
_GAP = r"[_\-. ,+]{1,2}"
_ENDING = re.compile(r"(?:\.(?:ome|nii|tar|zarr|seg|csv|json|xml))?\.[A-Za-z][A-Za-z0-9]{0,7}$")
_CAMEL = re.compile(rf"(?<![^\W_])([{UPPER}][{LOWER}]{{2,}})([{UPPER}][{LOWER}]{{2,}})(?![^\W\d_])")


def hits(name: str) -> list[Hit]:
    """What a made-up name tells; of two signs at one place the weightier comes first."""
    return list(_hits(name)) if len(name) <= 256 else _found(name)


@functools.lru_cache(maxsize=16384)
def _hits(name: str) -> tuple[Hit, ...]:
    return tuple(_found(name))


def _found(name: str) -> list[Hit]:
    general = patterns.hits(name)
    if "_" in name:
        general += [h for h in patterns.hits(name.replace("_", " ")) if h.kind in _SPACED]
    structured = [h for h in general if h.kind in (Kind.MAIL, Kind.USER_PATH, Kind.PATH)]
    own = (*_numbers(name), *_births(name), *_cued(name), *_persons(name))
    return patterns.without_overlaps([*structured, *own, *general, *_families(name)])


_SPACED = frozenset(
    {Kind.PATIENT_NAME, Kind.STAFF_NAME, Kind.BIRTH_DATE, Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.AGE}
)


def _stem(name: str) -> str:
    """Without the ending: its letters are no word."""
    match = _ENDING.search(name)
    return name[: match.start()] if match and match.start() else name


def _numbers(name: str) -> Iterator[Hit]:
    for match in _NUMBER.finditer(name):
        if sum(c.isdigit() for c in match[0]) >= 4:
            yield Hit(Kind.PATIENT_NUMBER, match.start(), match.end())
    for match in _CASE.finditer(name.replace("_", " ")):
        yield Hit(Kind.CASE_NUMBER, match.start(1), match.end(1))


def _births(name: str) -> Iterator[Hit]:
    for match in _DATE.finditer(name):
        year, before = int(match[1] or match[6]), name[: match.start()]
        old = 1900 < year < BORN_BEFORE
        named = _names_before(before) or _INITIALS.search(before) or _names_after(name[match.end() :])
        if _BIRTH_WORD.search(before) or (old and named) or (1900 < year < 2000 and _is_whole(_names_before(before))):
            yield Hit(Kind.BIRTH_DATE, match.start(), match.end())


def _is_whole(words: tuple[str, ...]) -> bool:
    return len(words) >= 2 and persons.is_full_name(" ".join(map(_cap, words[-2:])))


def _names_before(text: str) -> tuple[str, ...]:
    """The words directly before a date that could be a person's name."""
    match = re.search(
        rf"((?:[^\W\d_]+(?:['’-][^\W\d_]+)*{_GAP}){{1,3}})(?:(?:dob|geb|born)[-_. ]?)?$", text, re.IGNORECASE
    )
    return _surnames(match[1]) if match else ()


def _names_after(text: str) -> tuple[str, ...]:
    match = re.match(rf"((?:{_GAP}[^\W\d_]+(?:['’-][^\W\d_]+)*){{1,3}})", _stem(text))
    return _surnames(match[1]) if match else ()


def _surnames(text: str) -> tuple[str, ...]:
    return persons.surnames_in(text.replace("_", " "))


@functools.cache
def _cue() -> re.Pattern[str]:
    mister = {
        c for c in cues.words("mister") if len(c) > 2 and c not in ("pan", "bay", "don", "miss", "fru", "sig", "dhr")
    }
    every = dict.fromkeys((*cues.words("patient"), *mister), "patient")
    every |= dict.fromkeys(("pat", "pac", "paz", "pts"), "patient")
    staff = "|".join(re.escape(c) for c in cues.words("title") if c not in ("doc", "ing", "hab", "lek"))
    patient = "|".join(re.escape(c).replace(r"\ ", "[_ ]") for c in sorted(every, key=len, reverse=True))
    word = rf"[^\W\d_{EAST}][^\W\d_{EAST}]+(?:['’\-][^\W\d_]+)*"
    return re.compile(
        rf"(?<![^\W\d_])(?:(?P<p>{patient})|(?P<s>{staff}))[_\-. :=]{{1,3}}(?P<name>{word}(?:[_ .,\-]{{1,2}}{word})?)",
        re.IGNORECASE,
    )


def _cued(name: str) -> Iterator[Hit]:
    """ "patient_okafor", "Dr_Meyer_images": in names people write without capitals and with lines for spaces."""
    stem = _stem(name)
    for match in _cue().finditer(stem):
        words = list(_TOKEN.finditer(match["name"]))
        first = next((w for w in words if not re.fullmatch(persons.PARTICLE, w[0])), None)
        if first is None:
            continue
        bare = _until_ordinary(first[0])
        if not bare or not _could_be(bare, stem, match.start("name") + first.start() + len(bare)):
            continue
        last = words[-1] if words[-1] is not first and persons.is_part(_cap(words[-1][0])) else first
        kind = Kind.PATIENT_NAME if match["p"] else Kind.STAFF_NAME
        length = first.start() + len(bare) if last is first else last.end()
        yield Hit(kind, match.start("name"), match.start("name") + length)


def _until_ordinary(word: str) -> str:
    """ "meyer" of "meyer-left", "" where the first part is an ordinary word itself."""
    parts = word.split("-")
    ordinary = next((n for n, part in enumerate(parts) if persons.is_ordinary(part)), len(parts))
    return "-".join(parts[:ordinary]) if ordinary else (word if persons.is_ambiguous(word) else "")


def _could_be(word: str, stem: str, end: int) -> bool:
    if persons.folded(word) in cues.words("never"):
        return False
    return (persons.is_part(_cap(word)) and not persons.is_eponym(word)) or (
        word[0].isupper() and persons.is_ambiguous(word) and not re.match(r"[_\- ]?[^\W\d_]", stem[end:])
    )


def _persons(name: str) -> Iterator[Hit]:
    """Two words of a name beside each other; with a date of birth behind them one is enough."""
    for match in _DATE.finditer(name):
        year = int(match[1] or match[6])
        words = _names_before(name[: match.start()])
        if words and 1900 < year < BORN_BEFORE:
            start = name.rindex(words[0], 0, match.start()) if len(words) == 1 else name.index(words[0])
            yield Hit(Kind.PATIENT_NAME, start, match.start() - 1)
        after = _names_after(name[match.end() :])
        if after and 1900 < year < BORN_BEFORE:
            start = name.index(after[0], match.end())
            yield Hit(Kind.PATIENT_NAME, start, name.index(after[-1], start) + len(after[-1]))
    yield from _before_birth_word(name)
    stem = _stem(name)
    tokens = [t for t in _TOKEN.finditer(stem) if not t[0].isdigit()]
    for one, two, three in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        between = stem[one.end() : two.start()]
        close = three is not None and re.fullmatch(_GAP, stem[two.end() : three.start()])
        if three and close and patterns.belongs_to_next(f"{one[0]} {two[0]}", three[0]):
            continue
        if re.fullmatch(_GAP, between) and _is_pair(one[0], two[0], between):
            yield Hit(Kind.PERSON_NAME, one.start(), two.end())
    for match in _CAMEL.finditer(stem):
        if min(map(len, match.groups())) >= 4 and _is_pair(match[1], match[2], "") and _is_known(match[1], match[2]):
            yield Hit(Kind.PERSON_NAME, match.start(), match.end())


_BORN = re.compile(
    rf"((?:[^\W\d_]+(?:['’-][^\W\d_]+)*{_GAP}){{1,3}})(?:dob|geb|born|geboren)[-_. ]{{0,2}}(?=\d)", re.IGNORECASE
)


def _before_birth_word(name: str) -> Iterator[Hit]:
    """ "meyer_anna_dob19710304": what stands before the word is a name, however it is written."""
    for match in _BORN.finditer(name):
        if any(persons.could_be_name(_cap(w)) for w in re.split(_GAP, match[1]) if w):
            yield Hit(Kind.PATIENT_NAME, match.start(1), match.start(1) + len(match[1].rstrip("_-. ,+")))


def _is_known(one: str, two: str) -> bool:
    """Names of models are written close too (TrioTim): here a given name must be a sure one, or both listed."""
    given, other = (one, two) if persons.is_given_name(one) else (two, one)
    return persons.is_strong_given_name(given) or persons.is_family_name(other) or len(other) >= 7


def _is_pair(one: str, two: str, between: str) -> bool:
    """Whether two words are a person's name. Without capitals, and joined by lines, both must be known as names."""
    if not persons.is_full_name(f"{_cap(one)} {_cap(two)}"):
        return False
    if between == " " and one[0].isupper() and two[0].islower():
        return False  # "Georgia clay"
    listed = [persons.is_given_name(w) or persons.is_family_name(w) for w in (one, two)]
    if one[0].isupper() and two[0].isupper() and "-" not in between:
        return True
    strong = persons.is_strong_given_name(one) or persons.is_strong_given_name(two)
    return min(len(one), len(two)) >= 3 and (all(listed) or strong)


def _families(name: str) -> Iterator[Hit]:
    """A family name of the lists that stands alone: perhaps somebody's."""
    for token in _TOKEN.finditer(_stem(name)):
        word = token[0]
        if len(word) >= 5 and word[0].isupper() and _is_family(word):
            yield Hit(Kind.MAYBE_NAME, token.start(), token.end())


def _is_family(word: str) -> bool:
    return persons.is_family_name(word) and persons.could_be_name(word) and not persons.is_given_name(word)


def _cap(word: str) -> str:
    return word[0].upper() + word[1:]
