"""Patterns from an example: a part of one name is chosen, and the pattern that finds it in all the others follows.

The likeliest meanings come first: a number after its letters (``t03``, ``ch1``), a part between separators counted from
the left, from the right, or between the same neighbours, and last the text around it as it stands. The first that gives
the chosen part in every example and fits nearly as many names as the best one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from depositor.draft.name_patterns import SEPARATORS, NamePattern, nfc, parsed, place_name

MOST_SAMPLES = 2_000  # names that candidates are tried on
_ALMOST = 0.95
_RUNS = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)
_ENDING = re.compile(r"(?<=.)(\.(?:ome|nii|tar|companion))?\.[A-Za-z][A-Za-z0-9]{0,9}$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_SIGNS = re.compile(r"[{}*?]")


@dataclass(frozen=True, slots=True)
class Example:
    """A chosen part: characters ``start`` to ``end`` of ``path`` (form NFC, ``/`` separated), within one name."""

    path: str
    start: int
    end: int

    @property
    def part(self) -> str:
        return self.path[self.start : self.end]


def learn(examples: Sequence[Example], column: str, paths: Iterable[str]) -> str:
    """The pattern of ``column`` that gives the chosen part of every example, tried on ``paths``.

    Raises ValueError where a choice is empty or spans folders, the name cannot be a place, or no one pattern gives
    what all examples say (the faces then make one pattern for each).
    """
    name = place_name(column)
    if not name or not examples or any(not e.part.strip() or "/" in e.part for e in examples):
        raise ValueError("nothing chosen")
    told = [nfc(p) for p in paths][:MOST_SAMPLES]
    tried = dict.fromkeys(c for e in examples for c in _candidates(e, name))
    right = [(rule, p) for rule in tried if _gives((p := parsed(rule)), name, examples)]
    if not right:
        raise ValueError("no one pattern")
    counted = [(rule, sum(1 for t in told if p.match(t) is not None)) for rule, p in right]
    best = max(n for _, n in counted)
    return next(rule for rule, n in counted if n >= _ALMOST * best)


def _gives(pattern: NamePattern, name: str, examples: Sequence[Example]) -> bool:
    return all(pattern.span(e.path, name) == (e.start, e.end) for e in examples)


def _candidates(example: Example, name: str) -> Iterator[str]:
    """Patterns for one example, the likeliest meaning first; the last one always gives it."""
    path, start, end = example.path, example.start, example.end
    low = path.rfind("/", 0, start) + 1
    high = path.find("/", end)
    in_folder = high >= 0
    segment = path[low : high if in_folder else len(path)]
    before = "*/" * path.count("/", 0, low) if in_folder else ""
    after = "/**" if in_folder else ""
    for one in _in_segment(segment, start - low, end - low, name, in_folder=in_folder):
        yield f"{before}{one}{after}"
    yield f"{before}{_literal(segment[: start - low])}{{{name}}}{_literal(segment[end - low :])}{after}"


def _in_segment(segment: str, start: int, end: int, name: str, *, in_folder: bool) -> Iterator[str]:
    part = segment[start:end]
    kind = _kind(part)
    place = f"{{{name}:{kind}}}" if kind else f"{{{name}}}"
    ending = "" if in_folder else _ending(segment, end)
    stem_end = len(segment) - len(ending)
    tail = ".*" if ending else ""
    right = segment[end:stem_end]
    left = segment[:start]
    if kind in ("digits", "number"):
        yield from _keyed(left, place, right, tail)
    whole = (not left or left[-1] in SEPARATORS) and (not right or right[0] in SEPARATORS)
    if whole and kind:
        part_place = f"{{{name}:part}}" if kind != "number" or _is_part(part) else place
        yield f"{_shape(left)}{part_place}{_rest(right)}{tail}"
        yield f"{_start(left)}{part_place}{_shape(right)}{tail}"
    if whole:
        yield f"{_shape(left)}{place}{_shape(right)}{tail}"
        yield f"{_start(left)}{place}{_neighbour(right)}{tail}"
    announced = re.search(rf"(^|[{re.escape(SEPARATORS)}])([^\W\d_]+)[0-9]+$", left)
    if announced and not whole:
        begin = f"*{announced[1]}" if announced[1] else ""
        yield f"{begin}{announced[2]}{{:digits}}{place}{_rest(right)}{tail}"
    yield f"{_shape(left)}{place}{_rest(right)}{tail}"
    yield f"{_runs(left)}{place}{_runs(right)}{tail}"
    yield f"{_runs(left)}{place}{_rest(right)}{tail}"


def _keyed(left: str, place: str, right: str, tail: str) -> Iterator[str]:
    """``t{Time:digits}``: a number that letters announce."""
    letters = re.search(r"[^\W\d_]+[-_ ]?$", left)
    if letters is None:
        return
    key, further = _literal(letters[0]), left[: letters.start()]
    boundary = _literal(further[-1]) if further and further[-1] in SEPARATORS else ""
    rest = _rest(right)
    if not further:
        yield f"{key}{place}{rest}{tail}"
        yield f"{key}{place}*"
    elif boundary:
        yield f"*{boundary}{key}{place}{rest}{tail}"
        yield f"*{boundary}{key}{place}*"
    else:
        yield f"*{{:digits}}{key}{place}{_next_run(right)}*" if further[-1].isdigit() else f"*{key}{place}*"
        yield f"*{key}{place}{_next_run(right)}*"


def _kind(part: str) -> str:
    if part.isascii() and part.isdigit():
        return "digits"
    if _NUMBER.fullmatch(part):
        return "number"
    if all(c.isalpha() for c in part):
        return "letters"
    return "part" if _is_part(part) else ""


def _is_part(part: str) -> bool:
    return not any(c in SEPARATORS for c in part)


def _shape(text: str) -> str:
    """Text as parts and separators: ``exp_1_`` -> ``{:part}_{:part}_``."""
    out, inside = "", False
    for c in text:
        if c in SEPARATORS:
            out, inside = out + c, False
        elif not inside:
            out, inside = out + "{:part}", True
    return out


def _runs(text: str) -> str:
    """Text as runs of digits and letters: ``A01f`` -> ``{:letters}{:digits}{:letters}``."""
    return "".join(_run(m[0]) for m in _RUNS.finditer(text))


def _run(text: str) -> str:
    if text.isascii() and text.isdigit():
        return "{:digits}"
    return "{:letters}" if all(c.isalpha() for c in text) else _literal(text)


def _rest(right: str) -> str:
    """What follows, whatever it is: from the first separator on anything."""
    if not right:
        return ""
    return f"{right[0]}*" if right[0] in SEPARATORS else "*"


def _start(left: str) -> str:
    return f"*{left[-1]}" if left else ""


def _neighbour(right: str) -> str:
    """The next part as it stands, then anything."""
    found = re.match(rf"[{re.escape(SEPARATORS)}]+[^{re.escape(SEPARATORS)}]*", right)
    return f"{_literal(found[0])}*" if found else _rest(right)


def _next_run(right: str) -> str:
    found = re.match(r"[^\W\d_]+", right)
    return _literal(found[0]) if found else ""


def _ending(segment: str, end: int) -> str:
    found = _ENDING.search(segment)
    return found[0] if found and found.start() >= end else ""


def _literal(text: str) -> str:
    """Text as it stands; signs of the pattern language as ``?``, which matches any one character."""
    return _SIGNS.sub("?", text)
