"""A text as spots to judge, and the text again without what was marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from depositor.draft.finding import Finding
from depositor.privacy.judge import Mark, Spot
from depositor.privacy.texts.forms import Form, Part, form_of
from depositor.privacy.words import labels

REMOVED = "removed"
Wanted = Callable[[Finding], bool]  # which findings a remedy shall mend


def stand_in(length: int) -> str:
    """What stands where something was taken out: never longer than that was, so that nothing has to move."""
    return REMOVED if length >= len(REMOVED) else ""


def parts_of(text: str, form: Form | None = None) -> list[Part]:
    """The parts of ``text`` that can tell anything; measured values, of which tables are full, are passed over."""
    return [part for part in (form or form_of(text))(text) if not _is_measure(part)]


def _is_measure(part: Part) -> bool:
    value = part.text
    if len(value) > 24 or not _MEASURE.fullmatch(value) or _LONG_NUMBER.search(value):
        return False
    return labels.kind_of(part.label) is None and not labels.is_named(part.label)


_MEASURE = re.compile(r"[-+\d.,eE\s]*")
_LONG_NUMBER = re.compile(r"\d{7}|\d{3} \d{3}|\d[-.]\d+[-.]\d")


def spots_of(parts: Iterable[Part], prefix: str, *, medical: bool = False, label: str = "") -> list[Spot]:
    """The parts as spots; ``prefix`` is the place of the whole text, ``label`` that of a text without inner form."""
    return [Spot(_under(prefix, p.location), p.label or label, p.text, None, ("remove",), medical) for p in parts]


def _under(prefix: str, location: str) -> str:
    return f"{prefix}:{location}" if prefix else location


def without(
    text: str, parts: list[Part], marked: Iterable[tuple[Spot, list[Mark]]], wanted: Wanted, *, pad: bool = False
) -> str:
    """``text`` with the ``wanted`` marks taken out, part by part; ``pad`` keeps its length."""
    edits: list[tuple[int, int, str]] = []
    for part, (_spot, found) in zip(parts, marked, strict=True):
        spans = [(m.start, m.end) for m in found if wanted(m.finding)]
        if spans:
            new = _shorter(part, cut(part.text, spans))
            edits.append((part.start, part.end, new.ljust(part.end - part.start) if pad else new))
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def _shorter(part: Part, new: str) -> str:
    raw = part.write(new)
    return raw if len(raw) <= max(part.end - part.start, 2) else part.write("")


def cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with a stand-in at each span; spans may overlap."""
    out, at = "", 0
    for start, end in _joined(sorted(spans)):
        out += text[at:start] + stand_in(end - start)
        at = end
    return out + text[at:]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
