"""Whether a word could be the name of a person. Lists are weak evidence: callers want a second sign beside them."""

from __future__ import annotations

import functools
import re
import unicodedata

from depositor import resources
from depositor.privacy.words.scripts import EAST, LOWER, UNCASED, UPPER

PARTICLE = (
    r"(?:van(?:\s+de[nr]?|\s+'t)?|von(?:\s+de[nrm]|\s+und\s+zu)?|vom|zum|zur|zu|de(?:\s+l[ao]s?)?|d[oa]s?|del|dell[ao]?"
    r"|degli|dei|di|du|des|la|le|el|al|bin|ibn|bint|ben|ten|ter|te|den|der|af|av|och|y|e|st\.?)"
)
WORD = rf"(?:[dlDLO]['’]|M[ac]c?(?=[{UPPER}])|[Aa]l-|[Ee]l-)?[{UPPER}{UNCASED}][^\W\d_]*(?:['’\-][^\W\d_]+)*"
NAME = (  # capitalised words with particles and initials, family name first or last
    rf"(?:(?:{PARTICLE}\s+)?(?:[{UPPER}]\.[ -]?){{1,3}}\s?(?:{PARTICLE}\s+)?{WORD}|(?:{PARTICLE}\s+)?{WORD})"
    rf"(?:(?:\s+|,\s?|\s?\^)(?:{PARTICLE}\s+)?(?:{WORD}|[{UPPER}]\.(?:[ -]?[{UPPER}]\.)*))*"
)
WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PARTICLES = re.compile(rf"{PARTICLE}", re.IGNORECASE)

_PLACEHOLDER = re.compile(
    r"(?:anon\w*|none|null|n/?a|unknown|unbekannt|inconnu|desconocido|not (?:set|given|available|known)|removed"
    r"|redacted"
    r"|x+|-+|\?+|0+|de-?identified|pseudo-[0-9a-f]{8}|no[ _]?name|test|default|user|admin(?:istrator)?|root|system"
    r"|\(none\)|nil|empty|unnamed|undefined|not? applicable|keine?|k\. ?a\.|nan|tbd|various|multiple|other|self"
    r"|me|operator|physician|staff|nobody|somebody|supervisor|guest|\w{2,6} user|user[ :]?\d{1,3})",
    re.IGNORECASE,
)
_PSEUDONYM = re.compile(
    r"(?:subj|subject|sub|anon\w*|pseudo|participant|patient|pat|p|pt|s|id|test|vol|hc|ctrl|control|case|donor|sample"
    r"|mouse|rat|animal|d|m|f|n|fall|proband|spender|patiente?|paciente|paziente|fish|hd|nd)[-_ #]?\d{1,5}|\d{1,3}",
    re.IGNORECASE,
)
_CODE_ENDS = re.compile(  # words that end so are things in German, English and the Romance languages
    r".{3,}(?:ungs?|ungen|heit|keit|schaft|tion|tionen|tions|ismus|tät|zellen?|proben?|gewebe|färbung|mittel|maschine"
    r"|ness|ment|ments|able|ical|ogy|ography|scopy|scope|ität|idad|dade|tique|logie|grafie|graphie|skop|skopie|osis"
    r"|itis|oma|emia|phil|philia|blast|cyte|cytes|lysis|genesis|amide|amine|idine|azole|mycin|cillin|otic)"
)


@functools.cache
def _list(name: str) -> frozenset[str]:
    lines = resources.text(f"privacy/{name}").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@functools.lru_cache(maxsize=32768)
def folded(word: str) -> str:
    """In lower case and without accents, as people type names into file names."""
    lower = word.casefold()
    if lower.isascii():
        return lower
    parts = unicodedata.normalize("NFKD", lower.translate(_PLAIN))
    return "".join(c for c in parts if not unicodedata.combining(c))


_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})


def is_given_name(word: str) -> bool:
    """True for given names that are seldom anything else, and for listed ones that are no ordinary word."""
    bare = folded(word)
    return bare in _list("given-names.txt") or (bare in _list("names-given.txt") and not is_ordinary(word))


def is_listed_given(word: str) -> bool:
    """True for capitalised words of the list of given names, whether or not they are words too."""
    return word[:1].isupper() and folded(word) in _list("names-given.txt")


def is_listed_family(word: str) -> bool:
    """True for capitalised words of the list of family names, whether or not they are words too."""
    return word[:1].isupper() and len(word) > 3 and folded(word) in _list("names-family.txt")


def is_family_name(word: str) -> bool:
    """True for listed family names that are no ordinary word and belong to no stain, medium or disease."""
    bare = folded(word)
    listed = bare in _list("names-family.txt")
    return listed and not is_ordinary(word) and bare not in _list("eponyms.txt")


def is_ambiguous(word: str) -> bool:
    """True for family names that are words too (Young, Hunter, Wells): names beside a given name, else words."""
    return folded(word) in _list("word-names.txt")


def is_eponym(word: str) -> bool:
    """True for names that stand in those of stains, cells, diseases, methods, makers (Golgi, Otsu)."""
    bare, listed = folded(word), _list("eponyms.txt")
    return bare in listed or ("-" in bare and all(part in listed for part in bare.split("-")))


@functools.lru_cache(maxsize=32768)
def is_ordinary(word: str) -> bool:
    """True for words of the field and of daily language, whether or not somebody is also called so."""
    bare = folded(word)
    return (
        bare in _list("words.txt")
        or bare in _list("common-words.txt")
        or bare in _list("words-of-languages.txt")
        or (len(bare) >= 6 and _CODE_ENDS.fullmatch(bare) is not None and bare not in _list("names-family.txt"))
    )


def is_placeholder(text: str) -> bool:
    """True for what programs and people write where nothing is known or something was taken out."""
    bare = text.strip(" \t\r\n\0.,;:^=()[]<>\"'")
    return not bare or _PLACEHOLDER.fullmatch(bare) is not None


def is_pseudonym(text: str) -> bool:
    """True for short running numbers such as SUBJ01 that studies give in place of a patient number."""
    return _PSEUDONYM.fullmatch(text.strip()) is not None


@functools.lru_cache(maxsize=32768)
def could_be_name(word: str) -> bool:
    """True for a word of three or more letters, capitalised, that is no ordinary word, code or camelCase of software.

    >>> could_be_name("Okafor"), could_be_name("DAPI"), could_be_name("MetaMorph"), could_be_name("Hunter")
    (True, False, False, False)
    """
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    if is_eastern(word):
        return 2 <= len(letters) <= 5 and not _has_common_eastern(letters)
    if not letters.isalpha() or len(letters) < 3 or not word[0].isupper() or is_ordinary(word):
        return letters.isalpha() and len(letters) >= 3 and _UNCASED_WORD.fullmatch(letters) is not None
    parts = [p for p in re.split(r"[-'’]", word) if p]
    if all(is_ordinary(p) for p in parts):
        return False
    if letters.isupper():
        return len(letters) >= 5 or (len(letters) >= 3 and is_family_name(letters))
    return all(p[1:] == p[1:].lower() or _MAC.fullmatch(p) for p in parts)


_MAC = re.compile(rf"(?:Mac|Mc|De|Di|Da|Le|La|Van|Von|Fitz|O)[{UPPER}][{LOWER}]+|[dlDL]")
_UNCASED_WORD = re.compile(rf"[{UNCASED}]+")
_EASTERN = re.compile(rf"[{EAST}]+")
_COMMON_EASTERN = re.compile(
    "患者|病人|姓名|氏名|名前|検体|标本|標本|样本|切片|染色|组织|組織|細胞|细胞|図|图|画像|图像|医院|病院|大学|研究|左|右|肝|腎|肾|肺|脳|脑"
    "|顕微鏡|显微镜|撮影|操作|日期|年|月|日|医生|医師|先生|教授|教授|博士|환자|검체|교수|병원|대학|신장|조직|영상|촬영|테스트|テスト|サンプル|データ"
)


def is_eastern(word: str) -> bool:
    """True for words in Chinese, Japanese or Korean letters."""
    return bool(word) and _EASTERN.fullmatch(word) is not None


def is_thing(name: str) -> bool:
    """True for East Asian words that name no person (a kidney, an image, a hospital)."""
    return _has_common_eastern(name)


def _has_common_eastern(word: str) -> bool:
    return _COMMON_EASTERN.search(word) is not None


def is_eastern_name(text: str) -> bool:
    """True for two to four Chinese, Japanese or Korean letters that begin with a family name of the lists."""
    letters = re.sub(r"[\s・　]", "", text)
    if not is_eastern(letters) or not 2 <= len(letters) <= 6 or _has_common_eastern(letters):
        return False
    families = _list("eastern-families.txt")
    return any(letters[:n] in families for n in (3, 2, 1) if len(letters) > n)


def looks_like_name(text: str) -> bool:
    """True for one to five words that could all belong to the name of one person, however DICOM or people order them.

    >>> looks_like_name("van den Berg"), looks_like_name("OME Bio-Formats 6.8.0"), looks_like_name("Clip Border")
    (True, False, False)
    """
    words = re.findall(r"[^\s^,=\\　・]+", _apart(text))
    if not 1 <= len(words) <= 6 or re.search(r"[\d@/:;|]", text):
        return False
    named = [is_part(w) for w in words]
    fill = [_FILL.fullmatch(w) is not None or is_ambiguous(w) or is_listed_given(w) for w in words]
    return any(named) and all(a or b for a, b in zip(named, fill, strict=True))


_FILL = re.compile(
    rf"(?i:{PARTICLE}|los|las|['’]t)|[{UPPER}][^\W\d_a-z]|V[uo]|Ly|Ng|Li|Wu|Xu|Hu|Lu|Yu|Su|Ma|Ta|[{UPPER}]\.?|(?:[{UPPER}]\.-?){{1,3}}|(?:Dr|Prof|Mr|Mrs|Ms|Dott|Dra|Sra?|Hr|Fr)\.?|PhD|MD|Jr\.?"
)


def _apart(text: str) -> str:
    """Initials that stand close to a name, apart from it: A.Meyer."""
    return re.sub(rf"((?:[{UPPER}]\.-?)+)(?=[{UPPER}][{LOWER}])", r"\1 ", text)


def is_part(word: str) -> bool:
    """True for a word that could be part of a name by its form or by the lists."""
    bare = word.strip(".")
    return could_be_name(bare) or is_given_name(bare) or is_family_name(bare)


def surnames_in(text: str) -> tuple[str, ...]:
    """The words of ``text`` that could be part of a person's name, in order."""
    return tuple(w for w in WORDS.findall(text) if could_be_name(w) and not is_eponym(w))


def is_full_name(text: str) -> bool:
    """True for "Amara Okafor" and "OKAFOR Amara": two or three words, one a known given name, none an ordinary word."""
    words = [w for w in WORDS.findall(text) if not _PARTICLES.fullmatch(w) and w not in ("los", "las", "t")]
    if not 2 <= len(words) <= 3 or not any(map(is_given_name, words)) or " ".join(map(folded, words)) in _THINGS:
        return False
    if "," in text and is_eponym(words[0]):
        return False
    if any(map(is_eponym, words)) and not any(folded(w) in _list("given-names.txt") for w in words):
        return False
    rest = [w for w in words if not is_given_name(w)]
    return all(could_be_name(w) or (is_ambiguous(w) and len(words) == 2 and _is_strong(words)) for w in rest)


_THINGS = frozenset(  # they look like names of persons, and some were
    (
        "eva green",
        "rose bengal",
        "john innes",
        "carl zeiss",
        "henrietta lacks",
        "santa cruz",
        "charles river",
        "thermo fisher",
        "evans blue",
        "max planck",
        "robert koch",
        "marie curie",
        "paul ehrlich",
        "francis crick",
        "louis pasteur",
        "rosalind franklin",
        "karolinska institutet",
        "cold spring",
        "scripps research",
        "wilhelm conrad",
        "swiss webster",
        "sprague dawley",
        "long evans",
        "wistar han",
        "becton dickinson",
        "eli lilly",
        "perkin elmer",
        "merck millipore",
        "carl roth",
        "ernst leitz",
        "bausch lomb",
        "beckman coulter",
        "jackson immunoresearch",
        "jackson laboratory",
        "johnson johnson",
        "landsberg erecta",
        "luxol fast",
        "frank starling",
        "richardson lucy",
        "sonic hedgehog",
    )
)


def _is_strong(words: list[str]) -> bool:
    return any(map(is_strong_given_name, words))


def is_strong_given_name(word: str) -> bool:
    """True for given names that are hardly ever anything else."""
    return folded(word) in _list("given-names.txt")
