"""What may stay of a description: words that some list of the field knows, and small numbers. All other words go."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from depositor import resources
from depositor.privacy.known import Known
from depositor.privacy.words import persons

LONGEST = 256  # characters: longer texts are reports, not descriptions
SENTENCE = 64  # characters: a longer text with words that nobody knows tells a story, so it goes as a whole
WORDS = "privacy/radiology-words.txt"
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EDGES = " \t\r\n,;:^_-=/\\.&+#*|"
_YEAR = re.compile(r"(?:19|20)\d\d")


# Coding schemes of the field: their meanings are printed in books. Source: PS3.16 table 8-1.
SCHEMES = frozenset(
    {"SCT", "SRT", "SNM3", "DCM", "UCUM", "FMA", "LN", "RADLEX", "NCIT", "NCIt", "UMLS", "MSH", "MDC", "SCPECG", "IBSI"}
    | {"ICD10", "I10", "CTV3", "ISO3166_1", "RFC5646", "FDC", "NICIP", "PUBCHEM_CID", "RXNORM", "NEU", "BARI", "C4"}
)


@functools.cache
def _vocabulary() -> tuple[frozenset[str], re.Pattern[str]]:
    lines = [x for x in resources.text(WORDS).splitlines() if not x.startswith("#")]
    words = frozenset(form for line in lines for w in line.split() for form in (w.casefold(), persons.folded(w)))
    wide = sorted((w for line in lines for w in line.split() if _WIDE.search(w)), key=len, reverse=True)
    return words, re.compile("|".join(map(re.escape, wide)))


@functools.cache
def _names() -> frozenset[str]:
    """Family and given names of the world, those that are words as well among them."""
    lists = (resources.text(f"privacy/{name}.txt").splitlines() for name in ("names-family", "names-given"))
    return frozenset(word for lines in lists for line in lines if not line.startswith("#") for word in line.split())


@functools.lru_cache(maxsize=65536)
def is_technical(word: str) -> bool:
    """True for a word of the field, and for one of plain language that nobody is known to be called."""
    words, wide = _vocabulary()
    bare = re.sub(r"['’]s$", "", word.casefold())
    if bare in words:
        return True
    if _WIDE.search(word):
        parts = _PARTS.findall(wide.sub(" ", word))
        return all(not _WIDE.search(p) and (p.isdecimal() or is_technical(p)) for p in parts)
    if (
        len(bare) < 3
        or not word.isascii()
        or bare in _names()
        or persons.is_ambiguous(bare)
        or persons.is_given_name(bare)
    ):
        return False
    return persons.is_ordinary(bare)


def cleaned(text: str, known: Known, *, strict: bool = True) -> str:
    """``text`` without words that no list knows, values in ``known``, and long numbers; "" where nothing is left.

    With ``strict`` a word with digits needs letters that are known; without it codes of the technique stay too.

    >>> cleaned("CT THORAX Kowalczyk w/ contrast 5mm", Known())
    'CT THORAX w/ contrast 5mm'
    >>> cleaned("Nakamura^Yui 19710304", Known())
    ''
    """
    if not text.strip() or len(text) > LONGEST:
        return ""
    telling = [(h.start, h.end) for h in known.hits(text)]
    gone = list(_unknown(text, telling, strict))
    if not gone:
        return text
    if len(text) > SENTENCE:
        return ""
    left = _without(text, gone)
    return left if any(len(w) > 1 and not w.isdigit() for w in _TOKEN.findall(left)) else ""


def has_unknown(text: str, shortest: int = 5) -> bool:
    """True where a word of at least ``shortest`` letters is in no list of the field."""
    return any(len(w) >= shortest and not is_technical(w) for w in re.findall(r"[^\W\d_]+", text))


def names_someone(text: str, shortest: int = 4) -> bool:
    """True where a word of at least ``shortest`` letters is a name in some list and no word of the field."""
    words = (w for w in re.findall(r"[^\W\d_]+", text) if len(w) >= shortest and not is_technical(w))
    return any(persons.is_family_name(w) or persons.is_given_name(w) for w in words)


def _unknown(text: str, telling: list[tuple[int, int]], strict: bool) -> Iterator[tuple[int, int]]:
    """Spans of the words that go. Numbers in a row, such as a telephone number in groups, go together."""
    run: list[re.Match[str]] = []
    found: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        if token[0].isdecimal() and (not run or token.start() - run[-1].end() <= 2):
            run.append(token)
            continue
        found += _long_run(run, text)
        run = [token] if token[0].isdecimal() else []
        inside = any(start < token.end() and token.start() < end for start, end in telling)
        if inside or not (token[0].isdecimal() or _stays(token[0], strict)):
            found.append(token.span())
    found += _long_run(run, text)
    found += [t.span() for t in _TOKEN.finditer(text) if any(s < t.end() and t.start() < e for s, e in telling)]
    small = [t.span() for t in _TOKEN.finditer(text) if found and (len(t[0]) == 1 or t[0].isdecimal())]
    near = [s for s in small if any(0 <= s[0] - e <= 3 or 0 <= b - s[1] <= 2 for b, e in found)]  # initials, numbers
    yield from sorted({*found, *near})


def _long_run(run: list[re.Match[str]], text: str) -> list[tuple[int, int]]:
    if run and text[: run[0].start()].rstrip().upper().endswith("JPEG"):
        return []  # JPEG 2000
    digits = "".join(t[0] for t in run)
    telling = len(digits) > 6 or any(len(t[0]) > 4 or _YEAR.fullmatch(t[0]) for t in run)
    return [t.span() for t in run] if telling else []


def _stays(token: str, strict: bool) -> bool:
    if is_technical(token):
        return True
    parts = _PARTS.findall(token)
    digits = [p for p in parts if p.isdecimal()]
    if not digits:
        return len(token) == 1 or (not strict and len(token) == 2 and token.isascii())
    if sum(map(len, digits)) > 4 or any(_YEAR.fullmatch(d) for d in digits):
        return False
    letters = [p for p in parts if not p.isdecimal()]
    unknown = [p for p in letters if not is_technical(p) and p.casefold() != "b"]
    if not strict:
        return all(len(p) <= 3 for p in unknown)
    most = 4 if "b" in letters or (not unknown and max(map(len, letters)) > 1) else 3
    return all(len(p) <= 1 for p in unknown) and sum(map(len, digits)) <= (2 if unknown else most)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    out, at = "", 0
    for start, end in spans:
        out += text[at:start].rstrip(_EDGES) + " " if text[at:start].strip(_EDGES) else ""
        at = max(at, end)
    out += text[at:].lstrip(_EDGES) if at and text[at : at + 1] not in "/" else text[at:]
    return re.sub(r"\s{2,}", " ", out).strip(_EDGES)
