"""Sentences with gaps: templates out of ``resources/words``, filled from a record; a gap knows the path of its answer.

The meaning of the templates' keys stands at the head of ``resources/words/rembi.toml``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from depositor import resources
from depositor.bundle.answers import Record, items, terms, text, texts

_CLAUSE = re.compile(r"\[([^\]]*)\]|([^\[]+)")
_SLOT = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_NONE = frozenset(("-", "–", "—", "none", "n/a", "n.a", "na", "nothing", "not applicable", "not available"))


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A gap in a text: the answer at ``path`` is missing; ``label`` says in English what it is. An empty path stands
    for what nobody can type (an accession number)."""

    path: str
    label: str

    @property
    def told(self) -> str:
        return f"[{self.label}]"


Piece = str | Placeholder


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for an answer."""

    key: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence; an optional one stands only where all of it is known."""

    parts: tuple[str | Slot, ...]
    optional: bool

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(p for p in self.parts if isinstance(p, Slot))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a template."""

    clauses: tuple[Clause, ...]
    gap: str = "never"
    each: str | None = None
    plain: bool = False
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """The sentences about the records of one module."""

    module: str
    heading: str
    of: str | None
    unnamed: bool
    profiles: tuple[str, ...]
    labels: Mapping[str, str]
    sentences: tuple[Sentence, ...]

    def label(self, key: str) -> str:
        return self.labels.get(key, key.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Filling:
    """How sentences are filled: with gaps that are only ``wanted`` or without them, and leaving out what was said."""

    wanted: bool = True
    said: str = ""
    computed: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def sections() -> tuple[Section, ...]:
    """All templates: those of the base first."""
    names = resources.names("words", ".toml")
    ordered = sorted(names, key=lambda name: (name != "rembi", name))
    return tuple(_section(s) for name in ordered for s in resources.toml(f"words/{name}.toml")["section"])


def filled(section: Section, record: Record, path: str, how: Filling) -> Iterator[tuple[Piece, ...]]:
    """The sentences that the record gives, each as pieces."""
    for sentence in section.sentences:
        for row, place in _rows(sentence, record, path):
            pieces = _sentence(section, sentence, row, place, how)
            if pieces:
                yield pieces


def tells(said: str, words: str) -> bool:
    """Whether ``said`` holds ``words``: 488 nm is not told by 1488 nm."""
    return bool(words) and re.search(rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,]\d)", said, re.IGNORECASE) is not None


# --- one sentence ----------------------------------------------------------------------------------------------------


def _rows(sentence: Sentence, record: Record, path: str) -> Iterator[tuple[Record, str]]:
    if sentence.each is None:
        yield record, path
        return
    found = record.get(sentence.each)
    for at, row in enumerate(found if isinstance(found, Sequence) and not isinstance(found, str) else ()):
        if isinstance(row, Mapping):
            yield {"channel_label": str(at + 1), **row}, f"{path}.{sentence.each}[{at}]"


def _sentence(section: Section, sentence: Sentence, record: Record, path: str, how: Filling) -> tuple[Piece, ...]:
    def told(slot: Slot) -> str:
        return how.computed.get(slot.key) or _value(record.get(slot.key), slot.unit, plain=sentence.plain)

    if any(told(Slot(key)) for key in sentence.lacking):
        return ()
    main = [s for c in sentence.clauses if not c.optional for s in c.slots]
    known = [s for s in main if told(s)]
    kept = tuple(c for c in sentence.clauses if not c.optional or _worth(c, told, how.said))
    if len(known) < len(main) and not _gap_shown(sentence, how, known):
        return ()
    if _is_old(sentence, kept, known, told, how.said):
        return ()
    pieces: list[Piece] = []
    for part in (p for c in kept for p in c.parts):
        piece = part if isinstance(part, str) else told(part) or _gap(section, part, path)
        if isinstance(part, Slot) and isinstance(piece, str) and piece[:1] in "AEIOaeio" and pieces:
            before = pieces[-1]
            pieces[-1] = f"{before[:-1]}n " if isinstance(before, str) and before.endswith(" a ") else before
        pieces.append(piece)
    return _tidy(pieces)


def _gap_shown(sentence: Sentence, how: Filling, known: Sequence[Slot]) -> bool:
    return sentence.gap == "needed" or (sentence.gap == "wanted" and how.wanted)


def _worth(clause: Clause, told: Callable[[Slot], str], said: str) -> bool:
    values = [told(s) for s in clause.slots]
    return all(values) and not (values and all(tells(said, v) for v in values))


def _is_old(
    sentence: Sentence, kept: Sequence[Clause], known: Sequence[Slot], told: Callable[[Slot], str], said: str
) -> bool:
    """True where the sentence says nothing that was not said before, or nothing but the name of a row."""
    if any(c.optional for c in kept):
        return False
    fresh = [s for s in known if s.key != "channel_label" and not tells(said, told(s))]
    return not fresh and (bool(known) or sentence.each is not None)


def _gap(section: Section, slot: Slot, path: str) -> Placeholder:
    return Placeholder(f"{path}.{slot.key}", section.label(slot.key))


def _tidy(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbouring texts joined; no comma behind a colon, one full stop at the end, a capital at the beginning."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    tidy = [p if isinstance(p, Placeholder) else re.sub(r"([.!?])\.$", r"\1", re.sub(r":\s*,", ":", p)) for p in out]
    if tidy and isinstance(tidy[0], str):
        tidy[0] = tidy[0][:1].upper() + tidy[0][1:]
    return tuple(p for p in tidy if p)


def _value(value: Any, unit: str, *, plain: bool) -> str:
    """An answer in words: a number with its unit, terms with their identifiers, several joined by "and"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _with_unit(f"{value:.6g}", unit)
    if isinstance(value, Mapping) and "value" in value:
        return text(value) if value.get("unit") else _value(value["value"], unit, plain=plain)
    known = [t for v in items(value) for t in terms([v]) if isinstance(v, Mapping)]
    said = [f"{t.label} ({t.id})" if t.id and not plain else t.label for t in known] if known else list(texts(value))
    return joined([" ".join(s.split()) for s in said if s.strip().casefold().rstrip(".") not in _NONE])


def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _with_unit(number: str, unit: str) -> str:
    if not unit:
        return number
    return f"{number}{unit}" if unit in ("×", "°") else f"{number} {unit}"


# --- reading ---------------------------------------------------------------------------------------------------------


def _section(data: Mapping[str, Any]) -> Section:
    return Section(
        data["module"],
        data.get("heading", ""),
        data.get("of"),
        data.get("unnamed", False),
        tuple(data.get("profiles", ())),
        data.get("labels", {}),
        tuple(_template(s) for s in data["sentence"]),
    )


def _template(data: Mapping[str, Any]) -> Sentence:
    clauses = tuple(
        Clause(_parts(found[1] if found[1] is not None else found[2]), found[1] is not None)
        for found in _CLAUSE.finditer(data["say"])
    )
    lacking = tuple(data.get("lacking", ()))
    return Sentence(clauses, data.get("gap", "never"), data.get("each"), data.get("plain", False), lacking)


def _parts(say: str) -> tuple[str | Slot, ...]:
    parts: list[str | Slot] = []
    end = 0
    for found in _SLOT.finditer(say):
        parts += [say[end : found.start()], Slot(found[1], found[2] or "")]
        end = found.end()
    return tuple(p for p in (*parts, say[end:]) if p)
