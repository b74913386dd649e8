"""The instrument and lab library: what a facility or a lab describes once and everybody picks from.

One language-neutral JSON file (``*.depositor-library.json``), made to lie on a share. What this version does not
understand is kept when the file is written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from depositor.draft.message import msg
from depositor.draft.paths import is_empty
from depositor.draft.problem import Damaged, Problem, Side

FORMAT = 1
SUFFIX = ".depositor-library.json"


class EntryKind(StrEnum):
    """What an entry describes."""

    INSTRUMENT = "instrument"
    PERSON = "person"
    ORGANISATION = "organisation"
    GRANT = "grant"
    BIOSAMPLE = "biosample"
    SPECIMEN = "specimen"
    PROTOCOL = "protocol"
    MEDIUM = "medium"


class PartKind(StrEnum):
    """The parts of an instrument."""

    STAND = "stand"
    OBJECTIVE = "objective"
    LIGHT_SOURCE = "light-source"
    DETECTOR = "detector"
    FILTER = "filter"
    SOFTWARE = "software"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: ``name`` as people at the instrument know it (of an objective all that is engraved), ``kind_of`` a word
    for its type (``inverted``, ``CCD``), ``version`` of a program. ``extra`` holds what this version does not know."""

    kind: PartKind
    name: str = ""
    manufacturer: str = ""
    model: str = ""
    kind_of: str = ""
    version: str = ""
    magnification: float | None = None
    na: float | None = None
    immersion: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        said = {key: getattr(self, key) for key in (*_PART_TEXTS, *_PART_NUMBERS)}
        return {"kind": str(self.kind), **{k: v for k, v in said.items() if v not in ("", None)}, **self.extra}

    @property
    def text(self) -> str:
        """The part in words for a description: maker and model; of lenses and filters the name where it says more."""
        name, model = " ".join(self.name.split()), " ".join(self.model.split())
        engraved = self.kind in (PartKind.OBJECTIVE, PartKind.FILTER)
        said = name if engraved and len(name) > len(model) else model or name
        maker = "" if said.casefold().startswith(self.manufacturer.casefold()) else self.manufacturer
        version = self.version if self.version not in said else ""
        plain = " ".join(filter(None, (maker, said, version)))
        return ", ".join(filter(None, (plain, self.kind_of if self.kind is PartKind.STAND else "")))


_PART_TEXTS = ("name", "manufacturer", "model", "kind_of", "version", "immersion")
_PART_NUMBERS = ("magnification", "na")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to pick. ``answers`` maps a module or list (``biosample``, ``study.author``) to answers by key;
    ``known_as`` are names under which file headers know an instrument; ``unread`` parts of kinds unknown here."""

    id: str
    kind: EntryKind
    name: str
    note: str = ""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    known_as: tuple[str, ...] = ()
    unread: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def of(self, kind: PartKind) -> tuple[Part, ...]:
        """The parts of one kind."""
        return tuple(p for p in self.parts if p.kind is kind)

    def as_json(self) -> dict[str, Any]:
        pairs: dict[str, Any] = {
            "note": self.note,
            "answers": {k: dict(v) for k, v in self.answers.items()},
            "parts": [*(p.as_json() for p in self.parts), *self.unread],
            "known_as": list(self.known_as),
        }
        said = {k: v for k, v in pairs.items() if v}
        return {"id": self.id, "kind": str(self.kind), "name": self.name, **said, **self.extra}


@dataclass(frozen=True, slots=True)
class Library:
    """All entries of one file. ``changed`` is ISO 8601 UTC; ``unread`` are entries of kinds that this version does not
    know, ``extra`` further keys: both are written again as they were."""

    id: str
    name: str
    contact: str = ""
    changed: str = ""
    entries: tuple[Entry, ...] = ()
    unread: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def entry(self, entry_id: str) -> Entry | None:
        return next((e for e in self.entries if e.id == entry_id), None)

    def with_entry(self, entry: Entry) -> Library:
        """The library with an entry added, or put in the place of the one of the same id."""
        if self.entry(entry.id) is None:
            return replace(self, entries=(*self.entries, entry))
        return replace(self, entries=tuple(entry if e.id == entry.id else e for e in self.entries))

    def without(self, entry_id: str) -> Library:
        return replace(self, entries=tuple(e for e in self.entries if e.id != entry_id))

    def as_json(self) -> dict[str, Any]:
        """The file's content."""
        said = {k: v for k, v in {"contact": self.contact, "changed": self.changed}.items() if v}
        entries = [*(e.as_json() for e in self.entries), *self.unread]
        return {"depositor_library": FORMAT, "id": self.id, "name": self.name, **said, "entries": entries, **self.extra}


_LIBRARY_KEYS = frozenset(("depositor_library", "id", "name", "contact", "changed", "entries"))
_ENTRY_KEYS = frozenset(("id", "kind", "name", "note", "answers", "parts", "known_as"))


def from_json(data: Any) -> Library:
    """Read a library. Raises Damaged for what is none, and for one of a newer program."""
    version = data.get("depositor_library") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or not _text(data.get("id")):
        raise Damaged(_not_one())
    if version > FORMAT:
        raise Damaged(_too_new(version))
    raw = data.get("entries")
    read = [(one, _entry(one)) for one in raw] if isinstance(raw, list) else []
    return Library(
        id=_text(data["id"]),
        name=_text(data.get("name")) or "?",
        contact=_text(data.get("contact")),
        changed=_text(data.get("changed")),
        entries=tuple(_unique(e for _, e in read if e is not None)),
        unread=tuple(one for one, e in read if e is None),
        extra={k: v for k, v in data.items() if k not in _LIBRARY_KEYS},
    )


def _unique(entries: Any) -> list[Entry]:
    """One entry for each id; of two the later counts."""
    return list({e.id: e for e in entries}.values())


def _entry(data: Any) -> Entry | None:
    if not isinstance(data, Mapping) or data.get("kind") not in [k.value for k in EntryKind]:
        return None
    if not _text(data.get("id")) or not _text(data.get("name")):
        return None
    answers = data.get("answers")
    found = (
        {str(k): dict(v) for k, v in answers.items() if isinstance(v, Mapping)} if isinstance(answers, Mapping) else {}
    )
    raw = data.get("parts")
    parts = [(one, _part(one)) for one in raw] if isinstance(raw, list) else []
    known = data.get("known_as")
    return Entry(
        id=_text(data["id"]),
        kind=EntryKind(data["kind"]),
        name=_text(data["name"]),
        note=_text(data.get("note")),
        answers={k: v for k, v in found.items() if not is_empty(v)},
        parts=tuple(p for _, p in parts if p is not None),
        known_as=tuple(k for k in known if isinstance(k, str)) if isinstance(known, list) else (),
        unread=tuple(one for one, p in parts if p is None),
        extra={k: v for k, v in data.items() if k not in _ENTRY_KEYS},
    )


def _part(data: Any) -> Part | None:
    if not isinstance(data, Mapping) or data.get("kind") not in [k.value for k in PartKind]:
        return None
    known = {"kind", *_PART_TEXTS, *_PART_NUMBERS}
    return Part(
        PartKind(data["kind"]),
        name=_text(data.get("name")),
        manufacturer=_text(data.get("manufacturer")),
        model=_text(data.get("model")),
        kind_of=_text(data.get("kind_of")),
        version=_text(data.get("version")),
        magnification=_number(data.get("magnification")),
        na=_number(data.get("na")),
        immersion=_text(data.get("immersion")),
        extra={k: v for k, v in data.items() if k not in known},
    )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e6
    return float(value) if good else None


def _not_one() -> Problem:
    return Problem(
        "library.not-one",
        Side.COMPUTER,
        msg("library.not-one", "This file is not a library of Depositor."),
        msg("library.not-one.advice", "Choose a file whose name ends in .depositor-library.json."),
    )


def _too_new(version: int) -> Problem:
    return Problem(
        "library.too-new",
        Side.COMPUTER,
        msg("library.too-new", "This library was made by a newer Depositor (format {version}).", version=version),
        msg("library.too-new.advice", "Update Depositor on this computer and open the library again."),
    )
