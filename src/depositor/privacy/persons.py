"""Whether a word could be the name of a person. Lists are weak evidence: callers want a second sign beside them."""

from __future__ import annotations

import functools
import re
import unicodedata

from depositor import resources

PARTICLE = (
    r"(?:van(?:\s+de[nr]?)?|von(?:\s+de[nrm])?|zu|de(?:\s+l[ao]s?)?|del|della|di|da|do|dos|du|la|le|el|al|bin|ibn"
    r"|ten|ter|den|der|af|av|O'|Mc|Mac|D')"
)
WORD = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’\-][^\W\d_]+)*"
NAME = rf"{WORD}(?:\s+(?:{PARTICLE}\s+)?{WORD}|\s+[A-Z]\.)*"  # One or more capitalised words with particles.

_PLACEHOLDER = re.compile(
    r"(?:anon\w*|none|null|n/?a|unknown|not (?:set|given|available)|removed|redacted|x+|-+|\?+|0+|de-?identified"
    r"|pseudo-[0-9a-f]{8}|no[ _]?name|test|default|user|admin(?:istrator)?|root|system|\(none\)|nil|empty|unnamed)",
    re.IGNORECASE,
)
_PSEUDONYM = re.compile(
    r"(?:subj|subject|sub|anon\w*|pseudo|participant|patient|pat|p|pt|s|id|test|vol|hc|ctrl|control|case|donor|sample)"
    r"[-_ ]?\d{1,5}|\d{1,3}",
    re.IGNORECASE,
)


@functools.cache
def _list(name: str) -> frozenset[str]:
    lines = resources.text(f"privacy/{name}").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def folded(word: str) -> str:
    """In lower case and without accents, as people type names into file names."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def is_given_name(word: str) -> bool:
    return folded(word) in _list("given-names.txt")


def is_ordinary(word: str) -> bool:
    """True for words of the field and of daily language, whether or not somebody is also called so."""
    bare = folded(word)
    return bare in _list("words.txt") or bare in _list("common-words.txt")


def is_placeholder(text: str) -> bool:
    """True for what programs and people write where nothing is known or something was taken out."""
    bare = text.strip(" \t\r\n\0.,;:^=()[]<>\"'")
    return not bare or _PLACEHOLDER.fullmatch(bare) is not None


def is_pseudonym(text: str) -> bool:
    """True for short running numbers such as SUBJ01 that studies give in place of a patient number."""
    return _PSEUDONYM.fullmatch(text.strip()) is not None


def could_be_name(word: str) -> bool:
    """True for a word of three or more letters, capitalised, that is no ordinary word, code or camelCase of software.

    >>> could_be_name("Okafor"), could_be_name("DAPI"), could_be_name("MetaMorph"), could_be_name("Hunter")
    (True, False, False, False)
    """
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    if len(letters) < 3 or not letters.isalpha() or not word[0].isupper() or is_ordinary(word):
        return False
    parts = [p for p in re.split(r"[-'’]", word) if p]
    if all(is_ordinary(p) for p in parts):
        return False
    if letters.isupper() and letters.isascii():
        return len(letters) >= 5
    return all(p[1:] == p[1:].lower() for p in parts)


def looks_like_name(text: str) -> bool:
    """True for one to four words that could all belong to the name of one person, however DICOM or people order them.

    >>> looks_like_name("van den Berg"), looks_like_name("OME Bio-Formats 6.8.0"), looks_like_name("Clip Border")
    (True, False, False)
    """
    words = re.findall(r"[^\s^,=\\]+", text)
    if not 1 <= len(words) <= 4 or re.search(r"[\d@/:;|]", text):
        return False
    named = [could_be_name(w) or is_given_name(w.strip(".")) or not w.isascii() for w in words]
    fill = [re.fullmatch(rf"{PARTICLE}|[A-Z]\.?|(?:Dr|Prof|Mr|Mrs|Ms)\.?|PhD|MD", w) is not None for w in words]
    return any(named) and all(a or b for a, b in zip(named, fill, strict=True))


def surnames_in(text: str) -> tuple[str, ...]:
    """The words of ``text`` that could be part of a person's name, in order."""
    return tuple(w for w in re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", text) if could_be_name(w))


def is_full_name(text: str) -> bool:
    """True for "Amara Okafor" and "OKAFOR Amara": two or three words, one a known given name, none an ordinary word."""
    words = re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", text)
    plain = [w for w in words if w.lower() not in ("van", "von", "de", "den", "der", "del", "da", "di", "la", "le")]
    if not 2 <= len(plain) <= 3 or not any(is_given_name(w) for w in plain):
        return False
    return all(could_be_name(w) or is_given_name(w) for w in plain)
