"""What parts of file names usually mean: dates, wells, channels, days, doses ... Offered, never applied by itself.

Each meaning is an expression that finds its part in one name. What is offered are patterns learnt from such parts
(:mod:`depositor.form.names.name_parts`), so that a person sees and edits the same thing as after a choice of her own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from depositor.draft.message import Message, msg
from depositor.draft.name_patterns import NamePattern, nfc, parsed
from depositor.form.names.name_parts import MOST_SAMPLES, Example, learn

_MOST_PATTERNS = 5  # naming schemes for one meaning
_LEAST_SHARE = 0.02  # of the names, below which a meaning is chance
_S = r"(?<![^\W_])"  # a part begins
_E = r"(?![^\W_])"  # a part ends
_B = rf"(?:{_S}|(?<=[0-9])(?=[A-Za-z]))"  # a part begins, or letters after a number
_DYES = (
    "DAPI|Hoechst|E?GFP|mCherry|RFP|YFP|CFP|mScarlet|tdTomato|TRITC|FITC|Cy[235]|Alexa ?[0-9]{3}|AF[0-9]{3}|SiR"
    "|DRAQ5|PI|Phalloidin|BF|Brightfield|DIC|Phase|TL"
)
_CONTROLS = (
    "controls?|ctrl|ctl|dmso|mock|vehicle|untreated|treated|scr(?:amble[d]?)?|siNT|blank"
    "|wild[- ]?type|wt|ko|het|hom|mut(?:ant)?|neg(?:ative)?|pos(?:ative|itive)?"
)
_UNIT = "[numpfµμ]M|[numpfkµμ]?g(?:[-_]?(?:per)?[-_]?m?[lL])?|mgkg|%|pct|percent|[mµu]?Gy|[KM]?Pa|mT|V|mV"
MASKS = (
    "cp_masks?|masks?|segmentations?|seg|labels?|lbl|gt|ground_?truth|instances?|annotations?|annot|binary"
    "|contours?|outlines?"
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning. ``expressions`` have the group ``part``; the first that leads to a pattern counts. ``folders``: it
    is looked for in folder names too. ``loose``: the share of other things that may stand in the same place."""

    id: str
    column: str
    label: Message
    expressions: tuple[re.Pattern[str], ...]
    folders: bool = False
    strip_zeros: bool = False
    loose: float = 0.1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that the names seem to hold: ``patterns`` for their naming schemes, a few ``values``, and how many of
    the ``of`` names have one. ``strip_zeros``: the numbers count something, so that 03 and 3 are the same."""

    meaning: str
    column: str
    label: Message
    patterns: tuple[str, ...]
    values: tuple[str, ...]
    names: int
    of: int
    strip_zeros: bool = False


def _m(
    id: str,  # noqa: A002
    column: str,
    label: Message,
    *rules: str,
    folders: bool = False,
    zeros: bool = False,
    loose: float = 0.1,
) -> Meaning:
    expressions = tuple(re.compile(rule, re.IGNORECASE) for rule in rules)
    return Meaning(id, column, label, expressions, folders, zeros, loose)


_DATE = r"(?:19|20)[0-9]{2}(?P<s>[-_.]?)(?:0[1-9]|1[0-2])(?P=s)(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3])[-h.]?[0-5][0-9](?:[-m.]?[0-5][0-9])?"
_WELL = "[A-P](?:0?[1-9]|1[0-9]|2[0-4])"
MEANINGS: tuple[Meaning, ...] = (
    _m("date", "Date", msg("meaning.date", "dates"), rf"(?<![0-9])(?P<part>{_DATE})(?![0-9])", folders=True),
    _m(
        *("time-of-day", "Time of day", msg("meaning.time-of-day", "times of day")),
        rf"{_DATE}[T_ -](?P<part>{_CLOCK})(?![0-9])",
    ),
    _m(
        *("well", "Well", msg("meaning.well", "wells")),
        r"(?<![^_/-])(?P<part>r[0-9]{2}c[0-9]{2})(?=f[0-9])",
        r"(?<![^_/-])(?P<part>[A-P][0-9]{2})(?=f[0-9]{2}d[0-9])",
        rf"{_S}(?P<part>{_WELL}){_E}",
        folders=True,
    ),
    _m(
        *("plate", "Plate", msg("meaning.plate", "plates")),
        rf"{_S}(?:plate|pl)[-_ ]?(?P<part>[0-9]+[A-Z]?){_E}",
        folders=True,
    ),
    _m(
        *("field", "Field", msg("meaning.field", "fields or sites")),
        rf"{_B}(?:site|field|fov|tile)[-_ ]?(?P<part>[0-9]{{1,5}})(?![0-9])",
        rf"{_B}[sf][-_ ]?(?P<part>[0-9]{{1,5}})(?![0-9])",
        zeros=True,
    ),
    _m(
        *("position", "Position", msg("meaning.position", "positions")),
        rf"{_S}(?:xy|position|pos)[-_ ]?(?P<part>[0-9]{{1,4}})(?![0-9])",
        rf"{_S}p[-_]?(?P<part>[0-9]{{1,4}}){_E}",
        zeros=True,
    ),
    _m("channel", "Channel", msg("meaning.channel", "channels"), rf"(?:{_B}|w[0-9])(?P<part>{_DYES}){_E}"),
    _m(
        *("channel-number", "Channel", msg("meaning.channel", "channels")),
        rf"{_B}(?:channel|chan|ch)[-_ ]?(?P<part>[0-9]{{1,3}})(?![0-9])",
        rf"{_S}w(?P<part>[0-9]){_E}",
        rf"(?<=Z[0-9]{{2}})C(?P<part>[0-9]{{2}}){_E}",
        r"(?<=f[0-9]{2})d(?P<part>[0-9])(?![0-9])",
        rf"{_S}C(?P<part>0[0-9]?|[0-9]){_E}",
        zeros=True,
    ),
    _m(
        *("z", "Z", msg("meaning.z", "positions in depth (z)")),
        rf"{_B}z[-_ ]?(?P<part>[0-9]{{1,4}})(?![0-9])",
        r"(?<=c[0-9]{2}f[0-9]{2})p(?P<part>[0-9]{2})(?![0-9])",
        zeros=True,
    ),
    _m(
        *("day", "Day", msg("meaning.day", "days")),
        rf"{_S}(?:day[-_ ]?|d|dpf|dpi|div)(?P<part>[0-9]{{1,3}}){_E}",
        rf"{_S}(?P<part>[0-9]{{1,3}})(?:dpf|dpi|div|days?){_E}",
        folders=True,
        zeros=True,
    ),
    _m(
        *("hours", "Hours", msg("meaning.hours", "hours")),
        rf"{_S}(?P<part>[0-9]{{1,3}})(?:h|hrs?|hpf|hpi){_E}",
        folders=True,
        zeros=True,
    ),
    _m(
        *("time", "Time", msg("meaning.time", "time points")),
        rf"{_B}(?:timepoint|time|tp|t)[-_ ]?(?P<part>[0-9]{{1,9}})(?![0-9])",
        zeros=True,
    ),
    _m(
        *("replicate", "Replicate", msg("meaning.replicate", "replicates")),
        rf"{_S}(?:replicate|repl?|biorep|techrep|r)[-_ ]?(?P<part>[0-9]{{1,2}}){_E}",
        folders=True,
        zeros=True,
    ),
    _m(
        *("dose", "Dose", msg("meaning.dose", "doses")),
        rf"{_S}(?P<part>[0-9]+(?:[.,][0-9]+)?[ ]?(?:{_UNIT})){_E}",
        folders=True,
        loose=0.6,
    ),
    _m(
        *("split", "Split", msg("meaning.split", "training, validation and test sets")),
        rf"{_S}(?P<part>train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?){_E}",
        folders=True,
    ),
    _m(
        *("condition", "Condition", msg("meaning.condition", "conditions and controls")),
        rf"{_S}(?P<part>{_CONTROLS}){_E}",
        folders=True,
        loose=0.9,
    ),
)
_MASK = re.compile(rf"(?:^|[_\-. ])(?:{MASKS})(?=$|[_\-. ])", re.IGNORECASE)
Progress = Callable[[], bool]


def suggestions(paths: Iterable[str], taken: Iterable[str] = (), stop: Progress = lambda: False) -> list[Suggestion]:
    """What the names of ``paths`` (a sample is enough) seem to hold, that which most of them have first.

    ``taken`` are headings that are there already; ``stop`` is asked between meanings.
    """
    told = [nfc(p) for p in paths][:MOST_SAMPLES]
    done = {t.casefold() for t in taken}
    found: list[Suggestion] = []
    for meaning in MEANINGS:
        if stop():
            break
        if meaning.column.casefold() not in done and (one := _suggestion(meaning, told)):
            found.append(one)
            done.add(meaning.column.casefold())
    return sorted(_different(found), key=lambda s: -s.names)


def _different(found: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """Without those that read the same place as an earlier one: a dose is not offered again as a condition."""
    seen: set[str] = set()
    for one in found:
        shape = "\n".join(re.sub(rf"\{{{re.escape(one.column)}[:}}]", "{X:", rule) for rule in one.patterns)
        if shape not in seen:
            yield one
        seen.add(shape)


def like_masks(paths: Iterable[str]) -> int:
    """How many of the names say that they are annotations (``cell_mask.tif``, ``x_seg.npy``)."""
    return sum(1 for p in paths if is_like_mask(p))


def is_like_mask(path: str) -> bool:
    """True where a file name or its folder says so."""
    folder, _, name = path.rpartition("/")
    return bool(_MASK.search(name.split(".")[0]) or _MASK.search(folder.rpartition("/")[2]))


def _suggestion(meaning: Meaning, told: Sequence[str]) -> Suggestion | None:
    """The first expression of a meaning that leads to patterns."""
    for expression in meaning.expressions:
        spans = {p: span for p in told if (span := _span(meaning, expression, p))}
        few = len(spans) < max(2, _LEAST_SHARE * len(told)) and not (len(told) == len(spans) == 1)
        patterns = [] if few else list(_patterns(meaning, spans, told))
        if patterns:
            return _counted(meaning, patterns, told)
    return None


def _counted(meaning: Meaning, patterns: Sequence[NamePattern], told: Sequence[str]) -> Suggestion:
    values: Counter[str] = Counter()
    for path in told:
        value = next((v for p in patterns if (v := (p.read(path) or {}).get(meaning.column))), "")
        values[value] += 1
    values.pop("", None)
    few = tuple(v for v, _ in values.most_common(4))
    rules = tuple(p.rule for p in patterns)
    number = values.total()
    return Suggestion(meaning.id, meaning.column, meaning.label, rules, few, number, len(told), meaning.strip_zeros)


def _span(meaning: Meaning, expression: re.Pattern[str], path: str) -> tuple[int, int] | None:
    low = path.rfind("/") + 1
    found = expression.search(path, low)
    if found is None and meaning.folders and low:
        found = expression.search(path, 0, low)
    if found is None or "/" in found["part"]:
        return None
    return found.span("part")


def _patterns(meaning: Meaning, spans: dict[str, tuple[int, int]], told: Sequence[str]) -> Iterator[NamePattern]:
    """One pattern for each naming scheme, the most frequent first, as long as they say what the expression says."""
    left = dict(spans)
    for _ in range(_MOST_PATTERNS):
        if not left:
            return
        path = next(iter(left))
        pattern = _learnt(meaning, path, left[path], told)
        covered = {p for p, span in left.items() if pattern and pattern.span(p, meaning.column) == span}
        if (
            pattern is not None
            and len(covered) >= min(len(spans), max(2, 0.01 * len(told)))
            and _true(meaning, pattern, spans, told)
        ):
            yield pattern
        left = {p: span for p, span in left.items() if p not in covered and p != path}


def _learnt(meaning: Meaning, path: str, span: tuple[int, int], told: Sequence[str]) -> NamePattern | None:
    try:
        return parsed(learn([Example(path, *span)], meaning.column, told))
    except ValueError:
        return None


def _true(meaning: Meaning, pattern: NamePattern, spans: dict[str, tuple[int, int]], told: Sequence[str]) -> bool:
    """Whether nearly all that the pattern finds is what the expression finds; "control" may stand beside "drugA"."""
    found = [(p, s) for p in told if (s := pattern.span(p, meaning.column))]
    wrong = sum(1 for p, s in found if spans.get(p) != s)
    return wrong <= meaning.loose * len(found)
