"""Names that stand behind a word such as "patient", "Dr" or "acquired by", in the languages of ``cues.toml``."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from depositor import resources
from depositor.privacy.kinds import Kind
from depositor.privacy.words import persons
from depositor.privacy.words.hit import Hit
from depositor.privacy.words.scripts import EAST

_LETTER = r"[^\W\d_]"
_TOKEN = re.compile(rf"{_LETTER}+")
_EASTERN_NAME = rf"[{EAST}]{{1,4}}[ 　・]?[{EAST}]{{1,4}}"
_THINGS = re.compile(  # behind an eponym: then it is the name of a thing
    r"['’]s\b|[- ](?:cells?|stain\w*|disease|syndrome|lymphoma|medium|buffer|body|bodies|method|test|index|score"
    r"|filter)",
    re.IGNORECASE,
)
Rule = Callable[[str], Iterator[Hit]]


@functools.cache
def words(kind: str) -> tuple[str, ...]:
    """The cues of a kind, the longest first."""
    return tuple(sorted(resources.toml("privacy/cues.toml")[kind], key=len, reverse=True))


@functools.cache
def any_of(*kinds: str) -> str:
    """A pattern for the cues of some kinds."""
    every = sorted({w for kind in kinds for w in words(kind)}, key=len, reverse=True)
    return "|".join(re.escape(w).replace(r"\ ", r"[ _]") for w in every)


@functools.cache
def tokens(*kinds: str) -> frozenset[str]:
    """Words of which a text must hold one for the rules of some kinds to be worth running."""
    return frozenset(t for kind in kinds for w in words(kind) for t in _TOKEN.findall(w)[:1])


@functools.cache
def _before(kind: str, between: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:(?i:{any_of(kind)}))(?:['’]s)?{between}({persons.NAME})")


@functools.cache
def _deed() -> re.Pattern[str]:
    done = rf"(?:(?i:{any_of('deed')})(?:\s+(?:and|und|et|y|e|en|i|och|&)\s+\w+)?\s+)?"
    person = rf"(?:(?i:{any_of('title', 'mister')})\.?\s+)*"
    return re.compile(rf"(?<![^\W_]){done}(?i:{any_of('by')})[:=]?\s+{person}({persons.NAME})")


def patients(text: str) -> Iterator[Hit]:
    """ "patient Okafor", "Patientin: Frau Meyer", "donor name = OKAFOR^NGOZI"."""
    mister = rf"(?:(?i:{any_of('mister', 'title')})\.?\s+)*"
    between = rf"(?:[\s_]+(?i:{any_of('name-of')}))*\.?(?:\s*[:=#]\s*|[\s_]+){mister}"
    for match in _before("patient", between).finditer(text):
        end = name_end(match[1], after=text[match.end(1) :], lenient=True)
        if end:
            yield Hit(Kind.PATIENT_NAME, match.start(1), match.start(1) + end)


def misters(text: str) -> Iterator[Hit]:
    """ "Mrs May", "Frau Okafor": any capitalised word is a name here."""
    for match in _before("mister", r"\.?\s+").finditer(text):
        cue = match[0][: match.start(1) - match.start()].strip(" .\t")
        end = name_end(match[1], sure=cue in words("sure"))
        if end and (_is_capital(cue[0]) or len(cue) > 3):
            yield Hit(Kind.PATIENT_NAME, match.start(1), match.start(1) + end)


def titles(text: str) -> Iterator[Hit]:
    """ "Dr Ferreira", "Prof. Dr. med. Jürgen Müller", "dr hab. Nowak"."""
    more = rf"(?:[.,]?\s*(?i:med|rer|nat|dent|phil|vet|{any_of('title')})\b)*"
    for match in _before("title", rf"{more}\.?\s+").finditer(text):
        end = name_end(match[1], sure=re.match(r"[^\W_]+", match[0])[0] in words("sure"))  # type: ignore[index]
        if end:
            yield Hit(Kind.STAFF_NAME, match.start(1), match.start(1) + end)


def roles(text: str) -> Iterator[Hit]:
    """ "Operator: J. Meyer"; a single word without a colon before it is only perhaps a name."""
    between = rf"(?:[\s_]+(?i:{any_of('name-of')}))?(\s*[:=]\s*|,?\s+)(?:(?i:{any_of('title', 'mister')})\.?\s+)*"
    for match in _before("role", between).finditer(text):
        end = name_end(match[2], after=text[match.end(2) :])
        if end:
            colon = any(c in match[1] for c in ":=")
            yield Hit(_staff(match[2][:end], sure=colon), match.start(2), match.start(2) + end)


def deeds(text: str) -> Iterator[Hit]:
    """ "acquired by Ines Ferreira", "aufgenommen von Meyer"."""
    for match in _deed().finditer(text):
        end = name_end(match[1], after=text[match.end(1) :])
        bare = match[1][:end]
        if COPYRIGHT.search(text, max(0, match.start() - 60), match.start()):
            continue
        if not end or (len(match[0]) - len(match[1]) <= 4 and _is_place_or_thing(bare)):
            continue
        yield Hit(_staff(bare, sure=False), match.start(1), match.start(1) + end)


COPYRIGHT = re.compile(r"copyright|\(c\)|©|license", re.IGNORECASE)  # then an author of a program is named


def _is_place_or_thing(name: str) -> bool:
    """Behind a bare "by", "von", "de": a single word, or words none of which a list knows, is more often a thing."""
    parts = persons.WORDS.findall(name)
    if any(map(persons.is_eponym, parts)):
        return True
    return not any(map(persons.is_given_name, parts)) and len(parts) < 2


def _staff(name: str, *, sure: bool) -> Kind:
    parts = persons.WORDS.findall(name)
    if len(parts) > 1 or sure or any(map(persons.is_family_name, parts)):
        return Kind.STAFF_NAME
    return Kind.MAYBE_NAME


def _is_capital(letter: str) -> bool:
    return letter.isupper()


def signatures(text: str) -> Iterator[Hit]:
    """ "signed, Ines Ferreira, MD"."""
    for match in _SIGNED.finditer(text):
        end = name_end(match[1])
        if end:
            yield Hit(_staff(match[1][:end], sure=True), match.start(1), match.start(1) + end)


_SIGNED = re.compile(
    rf"({persons.WORD}(?:\s+(?:{persons.WORD}|[A-Z]\.)){{1,3}}),?\s+(?:MD|M\.D\.|PhD|Ph\.D\.|MBBS|FRCPath)\b"
)


def name_end(name: str, *, sure: bool = False, lenient: bool = False, after: str = "") -> int:
    """Where the name in ``name`` ends, 0 where there is none: ordinary words end it.

    ``sure`` takes any first word; ``lenient`` also eponyms and words that are family names where they stand alone.
    """
    end, proper = 0, False
    for count, word in enumerate(re.finditer(r"[^\s,^]+", name)):
        bare = word[0].rstrip(".,;:'’")
        told = _tells(bare, first=not end, sure=sure, proper=proper)
        if not told and not end and persons.is_listed_given(bare) and _next_tells(name[word.end() :]):
            told = True
        if not told and lenient and not end and _alone(bare, name, word.end(), after):
            told = True
        if not told and not (_FILL.fullmatch(word[0]) and count < 5):
            break
        if (
            end
            and told
            and "," in name[end : word.start()]
            and _is_whole(name[:end])
            and not persons.is_given_name(bare)
        ):
            break  # "Anna Meyer, Leica": a new thing begins, for the name was whole
        proper = proper or told
        end = word.start() + len(bare) if told else end
        if count > 5 or (told and count >= 2 and not bare[:1].isupper()):
            break  # scripts without capitals do not show where a name ends
    return end if proper else 0


def _is_whole(name: str) -> bool:
    return len([w for w in persons.WORDS.findall(name) if not re.fullmatch(persons.PARTICLE, w)]) > 1


_FILL = re.compile(rf"(?:{persons.PARTICLE}|(?:[^\W\d_]\.-?){{1,3}}|[^\W\d_]|[A-Z]{{2}})", re.IGNORECASE)


def _tells(word: str, *, first: bool, sure: bool, proper: bool) -> bool:
    if persons.folded(word) in words("never"):
        return False
    if sure and first:
        return len(word) > 1 and (word[1:].islower() or word.isupper() or persons.could_be_name(word) or "-" in word)
    inner = re.split(r"[.]", word)[-1]
    if persons.could_be_name(inner):
        return proper or not persons.is_eponym(inner)
    return persons.is_given_name(inner) or (proper and (persons.is_ambiguous(inner) or persons.is_listed_family(inner)))


def _next_tells(rest: str) -> bool:
    """True where a name follows: then a given name before it counts though it is a word too (Åsa, Will, Dolores)."""
    following = re.match(rf"\s+(?:{persons.PARTICLE}\s+)?({persons.WORD})", rest)
    return following is not None and persons.could_be_name(following[1]) and not persons.is_eponym(following[1])


def _alone(word: str, name: str, end: int, after: str) -> bool:
    """An eponym or a word like Young right behind the cue, with nothing behind it that makes it a thing."""
    rest = name[end:] + after
    if _THINGS.match(rest) or _THINGS.search(word):
        return False
    if persons.is_eponym(word) and persons.could_be_name(word):
        return True
    return persons.is_ambiguous(word) and (word.isupper() or word[1:].islower()) and not re.match(r"[\s_-]*\w", rest)


# --- Chinese, Japanese, Korean ---------------------------------------------------------------------------------------


@functools.cache
def _eastern() -> tuple[tuple[re.Pattern[str], Kind, bool], ...]:
    made: list[tuple[re.Pattern[str], Kind, bool]] = []
    for kind, who in (("eastern-patient", Kind.PATIENT_NAME), ("eastern-staff", Kind.STAFF_NAME)):
        gap = r"(?P<gap>[\s:：=_＝\-「（(]*)"
        made.append((re.compile(rf"(?:{any_of(kind)}){gap}(?P<name>{_EASTERN_NAME})"), who, True))
    for kind, who in (("eastern-after-patient", Kind.PATIENT_NAME), ("eastern-after-staff", Kind.STAFF_NAME)):
        one = rf"(?<![{EAST}])(?P<name>[{EAST}]{{2,4}}(?:[ 　・][{EAST}]{{1,4}})?)[ 　_]?(?:{any_of(kind)})"
        made.append((re.compile(one), who, False))
    return tuple(made)


def eastern(text: str) -> Iterator[Hit]:
    """Names in Chinese, Japanese or Korean letters behind a cue, or before an honorific."""
    for pattern, kind, before in _eastern():
        for match in pattern.finditer(text):
            name = _until_particle(_HONORIFIC.sub("", match["name"]) if before else match["name"])
            parted = before and bool(match["gap"])
            if persons.is_eastern_name(name) or (parted and len(name) >= 2 and not persons.is_thing(name)):
                yield Hit(kind, match.start("name"), match.start("name") + len(name))


_HONORIFIC = re.compile("(?<=..)(?:先生|教授|博士|医師|医生|大夫|主任|技師|様|さん|氏|교수|박사|선생|님|씨)$")


def _until_particle(name: str) -> str:
    return re.split(r"[的之の]", name)[0].strip()
