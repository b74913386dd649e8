"""Profiles as data: ``resources/profiles/*.toml`` read, laid over each other, and made a Form.

A profile of kind ``base`` or ``modality`` may bring modules (``[[module]]`` with ``[[module.field]]``); every profile
may raise what is asked (``required``, ``recommended``: lists of paths) and change texts or bounds (``[[override]]``
with a ``path``). A requirement is only ever raised: the most that base, profiles and archive ask counts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from depositor import resources
from depositor.draft.message import Message
from depositor.form.fields import Asked, Field, Form, Kind, Module, Option, Requirement

BASE = "rembi"
_TEXTS = ("label", "help", "why", "example", "missing")
_CHANGES = ("unit", "min_length", "above", "maximum", "vocabulary")
_LEVELS = {"optional": Requirement.OPTIONAL, "recommended": Requirement.RECOMMENDED, "required": Requirement.REQUIRED}


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """A profile that one can choose; ``kind`` is ``base``, ``modality`` or ``archive``."""

    id: str
    name: Message
    summary: Message
    kind: str


def available() -> tuple[ProfileInfo, ...]:
    """The profiles that a draft can have on top of the base: those for ways of imaging and kinds of data."""
    return tuple(p for p in every() if p.kind == "modality")


@functools.cache
def every() -> tuple[ProfileInfo, ...]:
    """All profiles: the base, the choosable ones, and those of archives."""
    found = (_data(name) for name in resources.names("profiles", ".toml"))
    return tuple(ProfileInfo(d["id"], _own(d["id"], d, "label"), _own(d["id"], d, "help"), d["kind"]) for d in found)


def load(profile_ids: Sequence[str], archive_profile: str | None) -> Form:
    """The form for these profiles and the overlay of the archive (None for an archive without one).

    Profiles that this program does not have are named in ``Form.unknown``; a document of another program stays usable.
    """
    return _load(tuple(dict.fromkeys(profile_ids)), archive_profile)


@functools.lru_cache(maxsize=64)
def _load(profile_ids: tuple[str, ...], archive_profile: str | None) -> Form:
    known = {p.id: p.kind for p in every()}
    chosen = tuple(p for p in profile_ids if known.get(p) == "modality")
    unknown = tuple(p for p in profile_ids if p not in known)
    archive = archive_profile if known.get(archive_profile or "") == "archive" else None
    layers = [(p, False) for p in (BASE, *chosen)] + [(p, True) for p in _lineage(archive)]
    modules: tuple[Module, ...] = ()
    for profile, strict in layers:
        modules = _overlaid(modules, profile, strict)
    return Form(modules, chosen, archive, unknown)


def _lineage(profile: str | None) -> tuple[str, ...]:
    """An archive's profile after those that it extends."""
    if profile is None:
        return ()
    return (*_lineage(_data(profile).get("extends")), profile)


def texts() -> Iterator[Message]:
    """Every text of every profile once, for the extraction of texts for translators."""
    for info in every():
        data = _data(info.id)
        yield info.name
        yield info.summary
        for module in data.get("module", ()):
            yield from _texts_of(info.id, module, module["key"])
        for change in data.get("override", ()):
            yield from _said(info.id, change, change["path"]).values()


def _texts_of(profile: str, data: Mapping[str, Any], path: str) -> Iterator[Message]:
    yield from _said(profile, data, path).values()
    yield from (o.label for o in _options(profile, data, path))
    for field in data.get("field", ()):
        yield from _texts_of(profile, field, f"{path}.{field['key']}")


def _data(profile: str) -> dict[str, Any]:
    return resources.toml(f"profiles/{profile}.toml")


def _own(profile: str, data: Mapping[str, Any], key: str) -> Message:
    return Message(f"profile.{profile}.{key}", data[key])


# --- reading ---------------------------------------------------------------------------------------------------------


def _said(profile: str, data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The texts of a module, field or override as Messages, by their names."""
    return {k: Message(f"profile.{profile}.{path}.{k}", data[k]) for k in _TEXTS if k in data}


def _module(profile: str, data: Mapping[str, Any]) -> Module:
    key = data["key"]
    return Module(
        key=key,
        repeats=data.get("repeats", False),
        minimum=data.get("minimum", 0),
        fields=tuple(_field(profile, f, key) for f in data.get("field", ())),
        requirement=_LEVELS[data.get("requirement", "required")],
        name_key=data.get("name_key"),
        **_said(profile, data, key),
    )


def _field(profile: str, data: Mapping[str, Any], parent: str) -> Field:
    path = f"{parent}.{data['key']}"
    plain = ("many", "vocabulary", "open", "unit", "min_length", "above", "minimum", "maximum", "refers_to", "const")
    return Field(
        path=path,
        key=data["key"],
        kind=Kind(data["kind"]),
        requirement=_LEVELS[data.get("requirement", "optional")],
        asked=Asked(data.get("asked", "form")),
        choices=_options(profile, data, path),
        subfields=tuple(_field(profile, f, path) for f in data.get("field", ())),
        **{k: data[k] for k in plain if k in data},
        **_said(profile, data, path),
    )


def _options(profile: str, data: Mapping[str, Any], path: str) -> tuple[Option, ...]:
    made = (data.get("choices", ()), f"profile.{profile}.{path}.choice.")
    return tuple(Option(c["value"], Message(made[1] + c["value"], c["label"])) for c in made[0])


# --- laying over each other ------------------------------------------------------------------------------------------


def _overlaid(modules: tuple[Module, ...], profile: str, strict: bool) -> tuple[Module, ...]:
    """The modules with what ``profile`` adds and raises; ``strict`` where missing answers are refused."""
    data = _data(profile)
    own = tuple(_module(profile, m) for m in data.get("module", ()))
    changes: dict[str, dict[str, Any]] = {}
    for level in ("recommended", "required"):
        for path in data.get(level, ()):
            changes.setdefault(path, {})["requirement"] = level
    for change in data.get("override", ()):
        changes.setdefault(change["path"], {}).update({k: v for k, v in change.items() if k != "path"})
    return tuple(_changed_module(m, changes, profile, strict) for m in (*modules, *own))


def _changed_module(module: Module, changes: Mapping[str, Any], profile: str, strict: bool) -> Module:
    change = changes.get(module.key, {})
    fields = tuple(_changed_field(f, changes, profile, strict) for f in module.fields)
    asked = _LEVELS[change["requirement"]] if "requirement" in change else None
    minimum = max(module.minimum, change.get("minimum", 0))
    if minimum > 0 and module.minimum == 0:
        level = asked or Requirement.REQUIRED
    else:
        level = max(module.requirement, asked or Requirement.OPTIONAL)
    needed = module.needed or (strict and asked is Requirement.REQUIRED)
    said = _said(profile, change, module.key)
    return replace(module, fields=fields, requirement=level, needed=needed, minimum=minimum, **said)


def _changed_field(field: Field, changes: Mapping[str, Any], profile: str, strict: bool) -> Field:
    change = changes.get(field.path, {})
    subfields = tuple(_changed_field(f, changes, profile, strict) for f in field.subfields)
    asked = _LEVELS[change.get("requirement", "optional")]
    return replace(
        field,
        subfields=subfields,
        requirement=max(field.requirement, asked),
        needed=field.needed or (strict and asked is Requirement.REQUIRED),
        **{k: change[k] for k in _CHANGES if k in change},
        **_said(profile, change, field.path),
    )
