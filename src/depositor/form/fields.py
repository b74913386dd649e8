"""The form as values: modules, fields, and how much each is asked for. Nothing here knows a profile by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from depositor.draft.message import Message

_INDEX = re.compile(r"\[\d+\]")


class Requirement(IntEnum):
    """How much an answer is asked for; the larger one wins where profiles differ."""

    OPTIONAL = 0
    RECOMMENDED = 1
    REQUIRED = 2


class Kind(StrEnum):
    """What an answer is, and so which editor and which shape in the document it has.

    One answer; ``many`` makes a list of them. Terms and taxa are ``{"id", "label"}`` (or plain text where the field is
    ``open``), organisations ``{"name", "ror", "country"}``, references the name of another record. A choice out of a
    vocabulary is stored by its identifier where it has one (``GB``), else by its label (``Investigation``).
    """

    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"  # in ``unit``
    DATE = "date"  # ISO 8601
    DATETIME = "datetime"  # ISO 8601, the day alone is enough
    YEAR = "year"
    BOOLEAN = "boolean"
    ENUM = "enum"  # one of ``choices`` or of the vocabulary; other words too where ``open``
    TERM = "term"
    TEXT_OR_TERM = "text-or-term"
    TAXON = "taxon"
    EMAIL = "email"
    DOI = "doi"
    URL = "url"
    ORCID = "orcid"
    PMID = "pmid"
    ROR = "ror"
    REFERENCE = "reference"  # the name of a record of the module ``refers_to``
    PERSON = "person"  # a record of ``subfields``
    ORGANISATION = "organisation"  # a record of ``subfields``
    RECORD = "record"  # a record of ``subfields``
    ASSOCIATIONS = "associations"  # rows of references
    GRID = "grid"  # rows of ``subfields``, best shown as a table
    FILE = "file"
    CONST = "const"


class Asked(StrEnum):
    """Where a value comes from: a person on the page of the form or of the licence, a column of the file list, or the
    program (or archive) itself."""

    FORM = "form"
    LICENSE = "license"
    FILES = "files"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: ``value`` is stored, ``label`` is shown."""

    value: str
    label: Message


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked: ``of`` names another answer, a key of the same record or, with a dot, a path
    (``image_data.dimension_extents.t``: of any record).

    ``any_of``: that answer is one of these (so it must be there); ``none_of``: it is none of these (so an empty one is
    fine); ``filled``: there is an answer, or (False) there is none.
    """

    of: str
    any_of: tuple[str | bool | float, ...] = ()
    none_of: tuple[str | bool | float, ...] = ()
    filled: bool | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer can be taken from, so that nobody types it twice: it is offered, never put in silently.

    ``paths`` are tried in turn; those of a field in a record are within the record that its parent came from (``.`` is
    that record, a leading ``/`` the whole description), and may end in the name of a rewording (``name|family``).
    ``prefer`` is (key, value) of the record to take, ``only_preferred`` True where no other will do. ``table`` puts
    other words for the found ones; ``default`` is offered where nothing is found.
    """

    paths: tuple[str, ...] = ()
    prefer: tuple[str, str] | None = None
    only_preferred: bool = False
    table: tuple[tuple[str, str], ...] = ()
    default: str | bool | float | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``path`` has no indices (``study.author.orcid``).

    ``needed`` is True where the archive refuses a study without the answer; ``requirement`` is the most that base,
    profiles and archive ask. ``missing`` is the sentence for an empty answer, with a place ``{record}`` for the name
    (or number) of the record. ``above``, ``minimum`` and ``maximum`` bound numbers in ``unit``.

    ``tier`` 2 is "more detail", which a face shows on demand. The question is only asked where all of ``when`` hold;
    ``source`` says where its answer can be taken from; ``pattern`` names the rule of
    :mod:`depositor.form.rules.patterns` that a text must follow.
    """

    path: str
    key: str
    kind: Kind
    label: Message
    help: Message
    requirement: Requirement = Requirement.OPTIONAL
    needed: bool = False
    many: bool = False
    why: Message | None = None
    example: Message | None = None
    missing: Message | None = None
    vocabulary: str | None = None
    choices: tuple[Option, ...] = ()
    open: bool = False
    unit: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str | None = None
    const: str | None = None
    asked: Asked = Asked.FORM
    subfields: tuple[Field, ...] = ()
    tier: int = 1
    when: tuple[Condition, ...] = ()
    source: Source | None = None
    pattern: str | None = None

    @property
    def computed(self) -> bool:
        """True for what no page asks: the program, the archive or the file list holds it."""
        return self.asked in (Asked.COMPUTED, Asked.FILES)

    def subfield(self, key: str) -> Field | None:
        return next((f for f in self.subfields if f.key == key), None)

    def walk(self) -> Iterator[Field]:
        """This field and all below it."""
        yield self
        for field in self.subfields:
            yield from field.walk()


@dataclass(frozen=True, slots=True)
class Module:
    """A group of questions; where it ``repeats`` the document holds a list of records.

    At least ``minimum`` records are asked for, as strongly as ``requirement`` says; ``needed`` as with fields.
    ``name_key`` is the key that other records refer to it by (``title`` or ``name``).
    """

    key: str
    label: Message
    help: Message
    repeats: bool
    minimum: int
    fields: tuple[Field, ...]
    requirement: Requirement = Requirement.REQUIRED
    needed: bool = False
    why: Message | None = None
    missing: Message | None = None
    name_key: str | None = None

    def field(self, key: str) -> Field | None:
        return next((f for f in self.fields if f.key == key), None)


@dataclass(frozen=True, slots=True)
class Form:
    """All questions for the chosen profiles and archive. ``unknown`` are profiles that this program does not have;
    ``layers`` all that were laid over each other, with those that a chosen one extends; ``wants`` rules that an archive
    has beyond questions (``name-parts``: family and given names of authors apart)."""

    modules: tuple[Module, ...]
    profiles: tuple[str, ...] = ()
    archive: str | None = None
    unknown: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    wants: frozenset[str] = frozenset()

    def module(self, key: str) -> Module | None:
        return next((m for m in self.modules if m.key == key), None)

    def field(self, path: str) -> Field | None:
        """The field of an answer's path, with or without indices (``study.author[0].orcid``)."""
        keys = _INDEX.sub("", path).split(".")
        module = self.module(keys[0])
        found = module.field(keys[1]) if module and len(keys) > 1 else None
        for key in keys[2:]:
            found = found.subfield(key) if found else None
        return found

    def fields(self) -> Iterator[Field]:
        """Every field of every module, with the fields below it."""
        for module in self.modules:
            for field in module.fields:
                yield from field.walk()
