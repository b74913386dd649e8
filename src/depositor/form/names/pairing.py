"""Which image an annotation file belongs to, by names and folders; and rules that say it for all of them.

In this order: the same name, the same name without the words for masks and images (``cell_01_mask`` and ``cell_01``,
``man_seg001`` and ``t001``), a name that begins with it. Where several images fit, the folders that both share decide;
where they do not, a person is asked.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from depositor.draft.name_patterns import filled, nfc, parsed
from depositor.form.names.name_meanings import MASKS

MOST_RULES = 8
_WORDS = re.compile(rf"(?:^|(?<=[_\-. ]))(?:man_seg|man_track|{MASKS}|rois?|seg)(?:$|(?=[_\-. 0-9]))", re.IGNORECASE)
_IMAGE_WORDS = re.compile(r"(?:^|(?<=[_\-. ]))(?:images?|img|raw|frame|t|im)(?:$|(?=[_\-. 0-9]))", re.IGNORECASE)
_FOLDER_WORDS = re.compile(rf"(?:{MASKS}|images?|imgs?|raw|data|tra|json|rois?|targets?|inputs?)s?|", re.IGNORECASE)
_FOLDER_END = re.compile(r"_(?:GT|ST|RES|ERR_SEG|masks?|labels?|images?)$", re.IGNORECASE)
_EDGE = " _-."
_SIGNS = re.compile(r"[{}*?]")


class How(StrEnum):
    """What a pair was found by."""

    EXACT = "exact"
    PATTERN = "pattern"
    FOLDER = "folder"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Pairs:
    """``found``: annotation -> (image, how). ``unclear``: annotation -> images that all fit. The others are orphans."""

    found: Mapping[str, tuple[str, How]] = field(default_factory=dict)
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairRule:
    """``pattern`` over annotation paths, and the ``template`` of their image's path."""

    pattern: str
    template: str


def pair(annotations: Iterable[str], images: Iterable[str]) -> Pairs:
    """The image of each annotation file."""
    index = _Index(images)
    found: dict[str, tuple[str, How]] = {}
    unclear: dict[str, tuple[str, ...]] = {}
    orphans: list[str] = []
    for one in annotations:
        best, how = index.best(one)
        if len(best) == 1:
            found[one] = (best[0], how)
        elif best:
            unclear[one] = tuple(best[:20])
        else:
            orphans.append(one)
    return Pairs(found, unclear, tuple(orphans))


class _Index:
    """Images by the names that annotations may have."""

    def __init__(self, images: Iterable[str]) -> None:
        self._exact: defaultdict[str, list[str]] = defaultdict(list)
        self._plain: defaultdict[str, list[str]] = defaultdict(list)
        self._bare: defaultdict[str, list[str]] = defaultdict(list)
        self._begun: defaultdict[str, list[str]] = defaultdict(list)
        for image in images:
            name = stem(image)
            self._exact[name].append(image)
            self._plain[name.casefold()].append(image)
            self._bare[_bare(name, _IMAGE_WORDS)].append(image)
            for at in (m.start() for m in re.finditer(r"[_\-. ]", name)):
                self._begun[name[:at].casefold()].append(image)

    def best(self, annotation: str) -> tuple[list[str], How]:
        name = stem(annotation)
        bare = _bare(name, _WORDS)
        for found, how in (
            (self._exact.get(name), How.EXACT),
            (self._plain.get(bare), How.PATTERN),
            (self._bare.get(bare), How.PATTERN),
            (self._bare.get(_bare(bare, _IMAGE_WORDS)), How.PATTERN),
            (self._begun.get(bare), How.PATTERN),
        ):
            if found and bare:
                nearest = _nearest(annotation, found)
                return nearest, how if len(found) == 1 else How.FOLDER
        return [], How.EXACT


def stem(path: str) -> str:
    """The last name without its endings (``a.ome.tif`` -> ``a``)."""
    name = path.rpartition("/")[2]
    return re.sub(r"(?<=.)(?:\.(?:ome|nii|companion))?\.[A-Za-z][A-Za-z0-9]{0,9}$", "", name)


def _bare(name: str, words: re.Pattern[str]) -> str:
    """A stem without words that only say what kind of file it is."""
    plain = words.sub("", name).strip(_EDGE)
    plain = re.sub(r"([_\-. ])[_\-. ]+", r"\1", plain).casefold()
    return plain or name.casefold()


def _nearest(annotation: str, images: Sequence[str]) -> list[str]:
    """Those of ``images`` that share most folders with the annotation."""
    if len(images) == 1:
        return list(images)
    own = _folders(annotation)
    shares = [(_shared(own, _folders(image)), image) for image in images]
    most = max(share for share, _ in shares)
    return [image for share, image in shares if share == most]


def _folders(path: str) -> list[str]:
    parts = [_FOLDER_END.sub("", p).casefold() for p in path.split("/")[:-1]]
    return [p for p in parts if not _FOLDER_WORDS.fullmatch(p)]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Folders in common, less those that only one of them has."""
    common = Counter(one) & Counter(other)
    return 2 * common.total() - abs(len(one) - len(other))


# --- rules -----------------------------------------------------------------------------------------------------------


def rules(pairs: Mapping[str, str]) -> tuple[tuple[PairRule, ...], dict[str, str]]:
    """Rules that say the pairs, and the pairs that they do not say or say wrong (told file by file)."""
    counted: Counter[PairRule] = Counter()
    for annotation, image in pairs.items():
        if rule := _rule(nfc(annotation), nfc(image)):
            counted[rule] += 1
    kept = [rule for rule, n in counted.most_common(MOST_RULES) if n >= 2]
    ready = [(parsed(r.pattern), r.template) for r in kept]
    used, left = set[int](), dict[str, str]()
    for annotation, image in pairs.items():
        said = ((at, filled(t, found)) for at, (p, t) in enumerate(ready) if (found := p.read(nfc(annotation))))
        at, source = next(said, (-1, ""))
        used.add(at)
        if source != nfc(image):
            left[annotation] = image
    return tuple(rule for at, rule in enumerate(kept) if at in used), left


def _rule(annotation: str, image: str) -> PairRule | None:
    """``{top:path}/masks/{rest:path}_mask.tif`` -> ``{top}/images/{rest}.tif``."""
    span = _common(annotation, image)
    if span is None:
        return None
    (a, b), (c, d) = span
    top = _top(annotation[:a], image[:c])
    middle, source_middle = annotation[len(top) : a], image[len(top) : c]
    if not middle or not source_middle:
        top = ""
        middle, source_middle = annotation[:a], image[:c]
    if _SIGNS.search(source_middle + image[d:]):
        return None
    begin, source_begin = ("{top:path}/", "{top}/") if top else ("", "")
    pattern = f"{begin}{_SIGNS.sub('?', middle)}{{rest:path}}{_SIGNS.sub('?', annotation[b:])}"
    return PairRule(pattern, f"{source_begin}{source_middle}{{rest}}{image[d:]}")


def _common(annotation: str, image: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the name stands that both have, with the folders before it that are the same."""
    name, source = stem(annotation), stem(image)
    key = next((k for k in _keys(name) if k in source), "")
    if not key:
        return None
    a = len(annotation) - len(annotation.rpartition("/")[2]) + name.index(key)
    c = len(image) - len(image.rpartition("/")[2]) + source.index(key)
    begin, source_begin = a, c
    while begin and source_begin and annotation[begin - 1] == image[source_begin - 1]:
        begin, source_begin = begin - 1, source_begin - 1
    while begin < a and begin and annotation[begin - 1] != "/":  # whole folder names only
        begin, source_begin = begin + 1, source_begin + 1
    return (begin, a + len(key)), (source_begin, c + len(key))


def _keys(name: str) -> Iterator[str]:
    """The texts of a stem that its image may have too, the longest first."""
    yield name
    plain = _WORDS.sub("\0", name)
    yield from sorted((p.strip(_EDGE) for p in plain.split("\0") if p.strip(_EDGE)), key=len, reverse=True)


def _top(one: str, other: str) -> str:
    """The folders that both begin with, with the ``/`` after them."""
    end = 0
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            break
        if a == "/":
            end = at + 1
    return one[:end]
